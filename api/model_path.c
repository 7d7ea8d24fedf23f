#include "api/model_path.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/problem.h"
#include "api/service_internal.h"

/* A name that no model can have is not there, either. */
static bool answer(struct exchange *exchange, int result, const struct error *err)
{
    if (result < 0)
        problem_respond(exchange, err);
    return result == 0;
}

bool model_path_find(struct service *service, struct exchange *exchange,
                     struct registry_found *found)
{
    struct error err = {0};
    int result =
        registry_find(service->registry, exchange->request.params[0], found, &err);
    return answer(exchange, result, &err);
}

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

bool model_path_find_version(struct service *service, struct exchange *exchange,
                             struct registry_found *found)
{
    char *const *params = exchange->request.params;
    struct error err = {0};
    uint64_t version = registry_parse_version(params[1]);
    int result = version == 0 ? error_set(&err, ERROR_NOT_FOUND,
                                          "a version is a whole number from 1 on")
                              : find_version(service, params[0], version, found, &err);
    return answer(exchange, result, &err);
}

bool model_path_find_alias(struct service *service, struct exchange *exchange,
                           struct registry_found *found)
{
    char *const *params = exchange->request.params;
    struct error err = {0};
    int result =
        registry_find_alias(service->registry, params[0], params[1], found, &err);
    return answer(exchange, result, &err);
}

void model_path_version_key(const char *model, uint64_t version, char *key)
{
    snprintf(key, MODEL_PATH_KEY_BYTES, "%s/%" PRIu64, model, version);
}

void model_path_alias_key(const char *model, const char *alias, char *key)
{
    snprintf(key, MODEL_PATH_KEY_BYTES, "%s@%s", model, alias);
}
