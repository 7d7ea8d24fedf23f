/*
 * How a model becomes a version: durable first, then served. Fits, imports and updates
 * all publish here, so that numbers are given once and the registry follows the store.
 */
#ifndef LOGITD_API_MODEL_PUBLISH_H
#define LOGITD_API_MODEL_PUBLISH_H

#include <stddef.h>
#include <stdint.h>

#include "core/model/model.h"
#include "core/store/store.h"

struct service;

/*
 * What else goes in the version's transaction. Called with the catalogue held, once the
 * version has its number; `key` is the version's, "model/3". Fills up to
 * MODEL_PUBLISH_MOST changes, which the caller of model_publish owns and keeps until it
 * has returned. -1 with err: nothing is published.
 */
#define MODEL_PUBLISH_MOST 16U
typedef int model_publish_fn(void *context, const char *key, struct store_change *changes,
                             size_t *n_changes, struct error *err);

/*
 * Makes `model` the next version of `name`, a valid one (registry_name_is_valid): the
 * version, the highest number and what `more` (NULL: nothing) adds, in one transaction.
 * The model is retained, and must not change any more. Takes the catalogue lock. Blocks
 * until durable. Errors of the store, and of `more`.
 */
int model_publish(struct service *service, const char *name, struct model *model,
                  model_publish_fn *more, void *context, uint64_t *version,
                  struct error *err) MUST_CHECK;

#endif
