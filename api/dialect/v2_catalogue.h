/*
 * All versions that are served, for what tells of many of them.
 */
#ifndef LOGITD_API_DIALECT_V2_CATALOGUE_H
#define LOGITD_API_DIALECT_V2_CATALOGUE_H

#include "api/registry.h"

struct service;

/* One version, while the call lasts. */
typedef void v2_catalogue_fn(void *context, const char *name, uint64_t version,
                             struct model *model);

/* Of all models. Versions that go meanwhile may be passed over. */
int v2_catalogue_visit(struct service *service, v2_catalogue_fn *visit, void *context,
                       struct error *err) MUST_CHECK;
/* Of one model, ascending: ERROR_NOT_FOUND if there is none. */
int v2_catalogue_visit_model(struct service *service, const char *name,
                             v2_catalogue_fn *visit, void *context,
                             struct error *err) MUST_CHECK;

#endif
