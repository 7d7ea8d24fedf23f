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

bool model_path_find_version(struct service *service, struct exchange *exchange,
                             struct registry_found *found)
{
    char *const *params = exchange->request.params;
    struct error err = {0};
    uint64_t version = registry_parse_version(params[1]);
    int result =
        version == 0
            ? error_set(&err, ERROR_NOT_FOUND, "a version is a whole number from 1 on")
            : registry_find_version(service->registry, params[0], version, found, &err);
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
