#include "api/update_publish.h"

#include <string.h>

#include "api/model_path.h"
#include "api/model_publish.h"
#include "api/precondition.h"
#include "api/problem.h"
#include "api/service_internal.h"
#include "api/update_copy.h"
#include "api/update_json.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/model/online_model.h"

_Static_assert(1 + IDEMPOTENCY_MAX_CHANGES <= MODEL_PUBLISH_MOST,
               "a publication has room for what a key remembers");

struct publishing {
    struct service *service;
    struct exchange *exchange;
    struct idempotency *idempotency;
    const char *name;
    struct update_copy copy;
    struct registry_found base;
    struct online online;
    struct buffer meta;
    size_t reserved_bytes;
};

static int write_answer(struct publishing *publishing, struct error *err)
{
    struct response *response = &publishing->exchange->response;
    response_start_json(response, 201);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    json_write_member_integer(&json, "version", (int64_t)publishing->copy.published);
    update_json_write(&json, publishing->name, &publishing->copy, NULL);
    json_write_end_object(&json);
    return buffer_check(&response->body, err);
}

/* In the version's transaction: the copy stands on it from now on. The answer is written
 * first. */
static int add_copy(void *context, const char *key, struct store_change *changes,
                    size_t *n_changes, struct error *err)
{
    struct publishing *publishing = context;
    struct update_copy *copy = &publishing->copy;
    const char *version = strrchr(key, '/') + 1;
    copy->published = registry_parse_version(version);
    copy->revision++;
    copy->updated_at = clock_wall_microseconds();
    update_copy_pack(copy, &publishing->meta);
    if (buffer_check(&publishing->meta, err) < 0 || write_answer(publishing, err) < 0)
        return -1;
    changes[0] = update_copy_put(copy, publishing->name, &publishing->meta, NULL);
    if (idempotency_remember(publishing->idempotency, publishing->service->store, 201,
                             version, publishing->exchange->response.body.bytes,
                             changes + 1, n_changes, err) < 0)
        return -1;
    ++*n_changes;
    return 0;
}

/* The copy, the model that is made of it, and its file. */
static int reserve(struct publishing *publishing, struct error *err)
{
    size_t copy, n_bytes;
    if (!online_bytes(publishing->base.model, publishing->copy.head.plan.l1, &copy) ||
        !memory_product(copy, 8, &n_bytes))
        return error_no_memory(err, SIZE_MAX);
    if (budget_reserve(&publishing->service->budget, n_bytes, err) < 0)
        return -1;
    publishing->reserved_bytes = n_bytes;
    return 0;
}

static struct model *make_model(struct publishing *publishing, struct error *err)
{
    struct service *service = publishing->service;
    char from[MODEL_PATH_KEY_BYTES];
    model_path_version_key(publishing->name, publishing->copy.from, from);
    if (registry_find_version(service->registry, publishing->name,
                              update_copy_base(&publishing->copy), &publishing->base,
                              err) < 0 ||
        reserve(publishing, err) < 0 ||
        update_copy_open(service->store, &publishing->copy, publishing->base.model,
                         &publishing->online, err) < 0)
        return NULL;
    return online_model(&publishing->online, from, err);
}

static int publish(struct publishing *publishing, struct error *err)
{
    struct response *response = &publishing->exchange->response;
    uint64_t version;
    struct model *model = make_model(publishing, err);
    if (!model)
        return -1;
    int result = model_publish(publishing->service, publishing->name, model, add_copy,
                               publishing, &version, err);
    model_release(model);
    if (result < 0)
        return -1;
    response_header(response, "Location", "/v1/models/%s/versions/%llu", publishing->name,
                    (unsigned long long)version);
    precondition_tag(response, publishing->copy.revision);
    return 0;
}

static int run(struct publishing *publishing, struct error *err)
{
    struct exchange *exchange = publishing->exchange;
    struct store *store = publishing->service->store;
    if (registry_name_is_valid(publishing->name))
        publishing->copy = update_copy_find(store, publishing->name);
    if (!publishing->copy.stored)
        problem_respond_status(exchange, 404, "not_found",
                               "the model has no working copy");
    else if (!precondition_holds(&exchange->request, publishing->copy.revision))
        problem_respond_status(exchange, 412, "precondition_failed",
                               "the working copy is not as the request expects it; read "
                               "it again");
    else
        return update_copy_check(&publishing->copy, err) < 0 ? -1
                                                             : publish(publishing, err);
    return 0;
}

int update_publish(struct service *service, struct exchange *exchange,
                   struct idempotency *idempotency, struct error *err)
{
    struct publishing publishing = {.service = service,
                                    .exchange = exchange,
                                    .idempotency = idempotency,
                                    .name = exchange->request.params[0]};
    int result = run(&publishing, err);
    online_free(&publishing.online);
    update_copy_free(&publishing.copy);
    buffer_free(&publishing.meta);
    model_release(publishing.base.model);
    budget_release(&service->budget, publishing.reserved_bytes);
    return result;
}
