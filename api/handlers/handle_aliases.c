#include "api/handlers/handle_aliases.h"

#include "api/alias_record.h"
#include "api/json_fields.h"
#include "api/model_path.h"
#include "api/precondition.h"
#include "api/problem.h"
#include "api/service_internal.h"
#include "core/text/json_write.h"

/* What a path names. */
struct target {
    struct service *service;
    struct exchange *exchange;
    const char *model, *alias;
    char key[MODEL_PATH_KEY_BYTES];
    const struct store_record *stored; /* NULL: there is none yet */
};

/* Release target.stored. */
static struct target find(struct service *service, struct exchange *exchange)
{
    struct target target = {.service = service,
                            .exchange = exchange,
                            .model = exchange->request.params[0],
                            .alias = exchange->request.params[1]};
    if (registry_name_is_valid(target.model) && registry_name_is_valid(target.alias)) {
        model_path_alias_key(target.model, target.alias, target.key);
        target.stored = store_find(service->store, STORE_ALIAS, target.key);
    }
    return target;
}

static void respond_missing(const struct target *target)
{
    problem_respond_status(target->exchange, 404, "not_found",
                           "the model has no such alias");
}

/* False with the answer made: 412. */
static bool check_precondition(const struct target *target)
{
    uint64_t revision = target->stored ? target->stored->revision : 0;
    if (precondition_holds(&target->exchange->request, revision))
        return true;
    problem_respond_status(target->exchange, 412, "precondition_failed",
                           "the alias is not as the request expects it; read it again");
    return false;
}

/* ---- showing ---- */

static void write_alias(const struct target *target, uint64_t version)
{
    struct response *response = &target->exchange->response;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    json_write_member_string(&json, "model", target->model);
    json_write_member_string(&json, "alias", target->alias);
    json_write_member_integer(&json, "version", (int64_t)version);
    json_write_end_object(&json);
}

static void respond_found(const struct target *target)
{
    uint64_t version = alias_record_version(target->stored);
    struct error err = {0};
    if (version > 0) {
        write_alias(target, version);
        precondition_tag(&target->exchange->response, target->stored->revision);
    } else {
        error_set(&err, ERROR_CORRUPT, "an alias cannot be read");
        problem_respond(target->exchange, &err);
    }
}

void handle_aliases_show(struct service *service, struct exchange *exchange)
{
    struct target target = find(service, exchange);
    if (target.stored)
        respond_found(&target);
    else
        respond_missing(&target);
    store_release(target.stored);
    exchange_complete(exchange);
}

/* ---- putting ---- */

static int read_version(void *context, const json_t *value, const char *pointer,
                        struct problem_list *problems, struct error *err)
{
    (void)err;
    json_fields_integer(value, pointer, 1, INT64_MAX, problems, context);
    return 0;
}

/* 0, or -1 with err or problems. */
static int read_body(const struct request *request, int64_t *version,
                     struct problem_list *problems, struct error *err)
{
    static const struct json_field fields[] = {{"version", true, read_version}};
    json_t *json = json_fields_parse(request->body, request->body_bytes, err);
    if (!json)
        return -1;
    int result = json_fields_read(json, "", fields, 1, version, problems, err);
    json_decref(json);
    return result < 0 || problems->n > 0 ? -1 : 0;
}

/* An unknown version is the body's fault, an unknown model the path's. */
static int check_version(const struct target *target, uint64_t version,
                         struct problem_list *problems, struct error *err)
{
    struct registry *registry = target->service->registry;
    struct registry_found found;
    struct error why = {0};
    if (registry_find_version(registry, target->model, version, &found, &why) == 0) {
        model_release(found.model);
        return 0;
    }
    if (!registry_has(registry, target->model))
        return error_copy(err, &why);
    problem_report(problems, ERROR_NOT_FOUND, "/version", "%s", why.message);
    return -1;
}

/* The store first, then the registry. */
static int keep(const struct target *target, uint64_t version, struct error *err)
{
    struct service *service = target->service;
    struct buffer meta = BUFFER_EMPTY;
    alias_record_pack(version, &meta);
    const struct store_change change = {
        .kind = STORE_ALIAS,
        .key = target->key,
        .meta = meta.bytes,
        .meta_bytes = meta.n_bytes,
        .condition = target->stored ? STORE_IF_REVISION : STORE_IF_ABSENT,
        .revision = target->stored ? target->stored->revision : 0};
    int result = buffer_check(&meta, err);
    if (result == 0)
        result = registry_reserve(service->registry, target->model, err);
    if (result == 0)
        result = store_commit(service->store, &change, 1, err);
    if (result == 0)
        registry_set_alias(service->registry, target->model, target->alias, version);
    buffer_free(&meta);
    return result;
}

/* To the body that is there already. */
static void finish_kept(const struct target *target)
{
    struct response *response = &target->exchange->response;
    const struct store_record *kept =
        store_find(target->service->store, STORE_ALIAS, target->key);
    precondition_tag(response, kept->revision);
    if (!target->stored) {
        response->status = 201;
        response_header(response, "Location", "/v1/models/%s/aliases/%s", target->model,
                        target->alias);
    }
    store_release(kept);
}

/* With the catalogue held. The answer is written first: nothing may fail once it is kept.
 */
static int put(struct service *service, struct exchange *exchange, uint64_t version,
               struct problem_list *problems, struct error *err)
{
    struct target target = find(service, exchange);
    int result = check_version(&target, version, problems, err);
    if (result == 0 && check_precondition(&target)) {
        write_alias(&target, version);
        result = buffer_check(&exchange->response.body, err);
        if (result == 0)
            result = keep(&target, version, err);
        if (result == 0)
            finish_kept(&target);
    }
    store_release(target.stored);
    return result;
}

static bool check_alias_name(struct exchange *exchange)
{
    if (registry_name_is_valid(exchange->request.params[1]))
        return true;
    problem_respond_status(exchange, 422, "invalid",
                           "an alias is 1 to 128 letters, digits, dots, underscores and "
                           "hyphens, with a letter or a digit first");
    return false;
}

void handle_aliases_put(struct service *service, struct exchange *exchange)
{
    struct problem_list problems = {0};
    struct error err = {0};
    int64_t version = 0;
    if (problem_require_json(exchange) && check_alias_name(exchange) &&
        read_body(&exchange->request, &version, &problems, &err) == 0) {
        pthread_mutex_lock(&service->catalogue);
        put(service, exchange, (uint64_t)version, &problems, &err);
        pthread_mutex_unlock(&service->catalogue);
    }
    if (error_is_set(&err))
        problem_respond(exchange, &err);
    else if (problems.n > 0)
        problem_respond_list(exchange, &problems);
    problem_list_free(&problems);
    exchange_complete(exchange);
}

/* ---- deleting ---- */

static int remove_alias(const struct target *target, struct error *err)
{
    struct service *service = target->service;
    const struct store_change change = {.deletes = true,
                                        .kind = STORE_ALIAS,
                                        .key = target->key,
                                        .condition = STORE_IF_REVISION,
                                        .revision = target->stored->revision};
    if (store_commit(service->store, &change, 1, err) < 0)
        return -1;
    registry_remove_alias(service->registry, target->model, target->alias);
    return 0;
}

/* With the catalogue held. */
static void delete_found(const struct target *target)
{
    struct error err = {0};
    if (!check_precondition(target))
        return;
    if (!target->stored)
        respond_missing(target);
    else if (remove_alias(target, &err) < 0)
        problem_respond(target->exchange, &err);
    else
        response_start(&target->exchange->response, 204, NULL);
}

void handle_aliases_delete(struct service *service, struct exchange *exchange)
{
    pthread_mutex_lock(&service->catalogue);
    struct target target = find(service, exchange);
    delete_found(&target);
    store_release(target.stored);
    pthread_mutex_unlock(&service->catalogue);
    exchange_complete(exchange);
}
