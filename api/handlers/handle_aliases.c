#include "api/handlers/handle_aliases.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/alias_json.h"
#include "api/alias_record.h"
#include "api/model_path.h"
#include "api/precondition.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/record_list.h"
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

static void write_head(struct json_writer *json, const char *model, const char *alias,
                       const struct alias_target *of)
{
    json_write_member_string(json, "model", model);
    json_write_member_string(json, "alias", alias);
    alias_json_write(json, of);
}

/* What the shadow's scores were like. */
static void write_report(struct json_writer *json,
                         const struct alias_tally_counts *counts)
{
    double n = (double)counts->n_differences;
    json_write_key(json, "shadow_report");
    json_write_begin_object(json);
    json_write_member_integer(json, "rows", (int64_t)counts->n_compared);
    json_write_member_integer(json, "rows_skipped", (int64_t)counts->n_skipped);
    json_write_member_integer(json, "rows_unusable", (int64_t)counts->n_unusable);
    json_write_member_integer(json, "labels_compared", (int64_t)counts->n_labels);
    json_write_member_integer(json, "labels_differ", (int64_t)counts->n_disagree);
    json_write_member_number(json, "mean_difference",
                             n > 0 ? counts->sum_difference / n : NAN);
    json_write_member_number(json, "largest_difference",
                             n > 0 ? counts->largest_difference : NAN);
    json_write_end_object(json);
}

static void write_alias(struct service *service, const char *model, const char *alias,
                        const struct alias_target *of, struct json_writer *json)
{
    struct alias_tally_counts counts;
    json_write_begin_object(json);
    write_head(json, model, alias, of);
    if (of->shadow && registry_read_tally(service->registry, model, alias, &counts))
        write_report(json, &counts);
    json_write_end_object(json);
}

static void respond_alias(const struct target *target, const struct alias_target *of)
{
    struct response *response = &target->exchange->response;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    write_alias(target->service, target->model, target->alias, of, &json);
}

static void respond_found(const struct target *target)
{
    struct alias_target of;
    struct error err = {0};
    if (alias_record_unpack(target->stored, &of)) {
        respond_alias(target, &of);
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

/* ---- the list ---- */

/* "admissions@default" → default. */
static int write_entry(struct service *service, const struct store_record *stored,
                       const void *context, struct json_writer *json, struct error *err)
{
    struct alias_target of;
    const char *model = context;
    if (!alias_record_unpack(stored, &of))
        return error_set(err, ERROR_CORRUPT, "an alias cannot be read");
    write_alias(service, model, strrchr(stored->key, '@') + 1, &of, json);
    return 0;
}

void handle_aliases_list(struct service *service, struct exchange *exchange)
{
    const char *model = exchange->request.params[0];
    struct problem_list problems = {0};
    char prefix[MODEL_PATH_KEY_BYTES], after[MODEL_PATH_KEY_BYTES];
    const struct query_page page = query_read_page(&exchange->request, &problems);
    model_path_alias_key(model, "", prefix);
    model_path_alias_key(model, page.after ? page.after : "", after);
    const struct store_query query = {
        .kind = STORE_ALIAS, .prefix = prefix, .after = page.after ? after : NULL};
    if (problems.n == 0 && !registry_has(service->registry, model))
        problem_respond_status(exchange, 404, "not_found", "there is no such model");
    else
        record_list_respond(service, exchange, &query, &page, &problems, write_entry,
                            model);
    problem_list_free(&problems);
    exchange_complete(exchange);
}

/* ---- putting ---- */

/* An unknown version is the body's fault, an unknown model the path's. */
static int check_version(const struct target *target, uint64_t version,
                         const char *pointer, struct problem_list *problems,
                         struct error *err)
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
    problem_report(problems, ERROR_NOT_FOUND, pointer, "%s", why.message);
    return 0;
}

static int check_versions(const struct target *target, const struct alias_target *of,
                          struct problem_list *problems, struct error *err)
{
    char pointer[PROBLEM_POINTER_BYTES] = "/version";
    size_t n = problems->n;
    for (size_t i = 0; i < of->n_shares; i++) {
        if (of->n_shares > 1)
            snprintf(pointer, sizeof(pointer), "/split/%" PRIu64, of->shares[i].version);
        if (check_version(target, of->shares[i].version, pointer, problems, err) < 0)
            return -1;
    }
    if (of->shadow && check_version(target, of->shadow, "/shadow", problems, err) < 0)
        return -1;
    return problems->n == n ? 0 : -1;
}

/* The store first, then the registry. */
static int keep(const struct target *target, const struct alias_target *of,
                struct error *err)
{
    struct service *service = target->service;
    struct buffer meta = BUFFER_EMPTY;
    alias_record_pack(of, &meta);
    const struct store_change change = {
        .kind = STORE_ALIAS,
        .key = target->key,
        .meta = meta.bytes,
        .meta_bytes = meta.n_bytes,
        .condition = target->stored ? STORE_IF_REVISION : STORE_IF_ABSENT,
        .revision = target->stored ? target->stored->revision : 0};
    struct alias_tally *tally = alias_tally_new(err);
    int result = tally ? buffer_check(&meta, err) : -1;
    if (result == 0)
        result = registry_reserve(service->registry, target->model, err);
    if (result == 0)
        result = store_commit(service->store, &change, 1, err);
    if (result == 0)
        registry_set_alias(service->registry, target->model, target->alias, of, tally);
    else
        alias_tally_release(tally);
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

/* Of one that has no shadow's report yet. */
static void respond_kept(const struct target *target, const struct alias_target *of)
{
    struct response *response = &target->exchange->response;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    write_head(&json, target->model, target->alias, of);
    json_write_end_object(&json);
}

/* With the catalogue held. The answer is written first: nothing may fail once it is kept.
 */
static int put(struct service *service, struct exchange *exchange,
               const struct alias_target *of, struct problem_list *problems,
               struct error *err)
{
    struct target target = find(service, exchange);
    int result = check_versions(&target, of, problems, err);
    if (result == 0 && check_precondition(&target)) {
        respond_kept(&target, of);
        result = buffer_check(&exchange->response.body, err);
        if (result == 0)
            result = keep(&target, of, err);
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
    struct alias_target of;
    if (problem_require_json(exchange) && check_alias_name(exchange) &&
        alias_json_read(exchange->request.body, exchange->request.body_bytes, &of,
                        &problems, &err) == 0) {
        pthread_mutex_lock(&service->catalogue);
        put(service, exchange, &of, &problems, &err);
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
