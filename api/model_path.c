#include "api/model_path.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/problem.h"
#include "api/service_internal.h"

/* A version that is kept but was left out when the models were loaded is another matter.
 */
static int find_version(struct service *service, const char *model, uint64_t version,
                        struct registry_found *found, struct error *err)
{
    struct error why = {0};
    char key[MODEL_PATH_KEY_BYTES];
    if (registry_find_version(service->registry, model, version, found, &why) == 0)
        return 0;
    model_path_version_key(model, version, key);
    const struct store_record *kept = store_find(service->store, STORE_VERSION, key);
    if (kept)
        error_set(err, ERROR_NOT_FOUND,
                  "version %" PRIu64 " of model %s is kept but not served: it was found "
                  "damaged, or is just being made",
                  version, model);
    store_release(kept);
    return error_copy(err, &why);
}

static int lookup_version(struct service *service, const char *model, const char *which,
                          struct registry_found *found, struct error *err)
{
    uint64_t version = registry_parse_version(which);
    if (version == 0)
        return error_set(err, ERROR_NOT_FOUND, "a version is a whole number from 1 on");
    return find_version(service, model, version, found, err);
}

int model_path_lookup(struct service *service, enum model_path_by by, const char *model,
                      const char *which, struct registry_found *found, struct error *err)
{
    if (by == MODEL_PATH_BY_VERSION)
        return lookup_version(service, model, which, found, err);
    if (by == MODEL_PATH_BY_ALIAS)
        return registry_find_alias(service->registry, model, which, found, err);
    return registry_find(service->registry, model, found, err);
}

/* A name that no model can have is not there, either. */
static bool find(struct service *service, struct exchange *exchange,
                 enum model_path_by by, struct registry_found *found)
{
    char *const *params = exchange->request.params;
    struct error err = {0};
    if (model_path_lookup(service, by, params[0], params[1], found, &err) == 0)
        return true;
    problem_respond(exchange, &err);
    return false;
}

bool model_path_find(struct service *service, struct exchange *exchange,
                     struct registry_found *found)
{
    return find(service, exchange, MODEL_PATH_BY_MODEL, found);
}

bool model_path_find_version(struct service *service, struct exchange *exchange,
                             struct registry_found *found)
{
    return find(service, exchange, MODEL_PATH_BY_VERSION, found);
}

bool model_path_find_alias(struct service *service, struct exchange *exchange,
                           struct registry_found *found)
{
    return find(service, exchange, MODEL_PATH_BY_ALIAS, found);
}

void model_path_version_key(const char *model, uint64_t version, char *key)
{
    snprintf(key, MODEL_PATH_KEY_BYTES, "%s/%" PRIu64, model, version);
}

void model_path_alias_key(const char *model, const char *alias, char *key)
{
    snprintf(key, MODEL_PATH_KEY_BYTES, "%s@%s", model, alias);
}
