#include "api/job_warm_start.h"

#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"

/* "model/3" → "model" and 3; "model" → 0. False if it is neither. */
static bool cut(const char *text, char name[REGISTRY_NAME_BYTES], uint64_t *version)
{
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    if (n >= REGISTRY_NAME_BYTES)
        return false;
    memcpy(name, text, n);
    name[n] = '\0';
    *version = slash ? registry_parse_version(slash + 1) : 0;
    return registry_name_is_valid(name) && (!slash || *version > 0);
}

static int find(struct service *service, const char *name, uint64_t version,
                struct registry_found *found, struct error *err)
{
    return version > 0
               ? registry_find_version(service->registry, name, version, found, err)
               : registry_find(service->registry, name, found, err);
}

static void hold(struct job_request *request, struct model *model)
{
    model_release(request->start_model);
    request->start_model = model;
    request->fit.warm_start = model;
    request->fit.warm_start_name = request->warm_start;
}

/* The request as it is kept says which version it was. */
static int write_version(struct job_request *request, const char *name, uint64_t version,
                         struct error *err)
{
    char text[REGISTRY_NAME_BYTES + 24];
    snprintf(text, sizeof(text), "%s/%llu", name, (unsigned long long)version);
    json_t *settled = json_string(text);
    if (json_object_set_new(request->json, "warm_start", settled) < 0)
        return error_set(err, ERROR_NO_MEMORY, "not enough memory for the job");
    request->warm_start = json_string_value(settled);
    return 0;
}

int job_warm_start_settle(struct service *service, struct job_request *request,
                          struct problem_list *problems, struct error *err)
{
    char name[REGISTRY_NAME_BYTES];
    uint64_t version;
    struct registry_found found = {0};
    struct error why = {0};
    if (!request->warm_start)
        return 0;
    if (!cut(request->warm_start, name, &version)) {
        problem_report(problems, ERROR_INVALID, "/warm_start",
                       "must be the name of a model, or NAME/VERSION");
        return 0;
    }
    if (find(service, name, version, &found, &why) < 0) {
        if (why.code == ERROR_NO_MEMORY)
            return error_copy(err, &why);
        problem_report(problems, why.code, "/warm_start", "%s", why.message);
        return 0;
    }
    if (write_version(request, name, found.version, err) < 0) {
        model_release(found.model);
        return -1;
    }
    hold(request, found.model);
    return 0;
}

int job_warm_start_find(struct service *service, struct job_request *request,
                        struct error *err)
{
    char name[REGISTRY_NAME_BYTES];
    uint64_t version;
    struct registry_found found = {0};
    if (!request->warm_start)
        return 0;
    if (!cut(request->warm_start, name, &version) ||
        find(service, name, version, &found, NULL) < 0) {
        error_set(err, ERROR_NOT_FOUND,
                  "the version to start from is not there any more");
        error_place(err, "/warm_start");
        return -1;
    }
    hold(request, found.model);
    return 0;
}
