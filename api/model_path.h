/*
 * Path parameters that name a model, a version or an alias: checked, and found in the
 * registry.
 */
#ifndef LOGITD_API_MODEL_PATH_H
#define LOGITD_API_MODEL_PATH_H

#include <stdbool.h>

#include "api/exchange.h"
#include "api/registry.h"

struct service;

/* By what a version is asked for. */
enum model_path_by {
    MODEL_PATH_BY_MODEL, /* what answers for the bare name */
    MODEL_PATH_BY_VERSION,
    MODEL_PATH_BY_ALIAS
};

/* The version of the model that `which`, a version or an alias as text (by the bare name:
 * not looked at), names. ERROR_NOT_FOUND that says what is missing. On 0 release
 * found->model. */
int model_path_lookup(struct service *service, enum model_path_by by, const char *model,
                      const char *which, struct registry_found *found,
                      struct error *err) MUST_CHECK;

/* What a path's {model}, {model}/{version} or {model}/{alias} names. False: the answer
 * (404) is made. On true release found->model. */
bool model_path_find(struct service *service, struct exchange *exchange,
                     struct registry_found *found);
bool model_path_find_version(struct service *service, struct exchange *exchange,
                             struct registry_found *found);
bool model_path_find_alias(struct service *service, struct exchange *exchange,
                           struct registry_found *found);

/* The store's keys "model/version" and "model@alias". `key` holds MODEL_PATH_KEY_BYTES.
 */
#define MODEL_PATH_KEY_BYTES 288
void model_path_version_key(const char *model, uint64_t version, char *key);
void model_path_alias_key(const char *model, const char *alias, char *key);

#endif
