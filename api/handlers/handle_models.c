#include "api/handlers/handle_models.h"

#include <stdio.h>
#include <string.h>

#include "api/model_path.h"
#include "api/query.h"
#include "api/record_list.h"
#include "api/service_internal.h"
#include "api/update_copy.h"
#include "api/version_json.h"
#include "core/base/memory.h"

/* ---- one version ---- */

typedef bool find_fn(struct service *service, struct exchange *exchange,
                     struct registry_found *found);

static void show(struct service *service, struct exchange *exchange, find_fn *find)
{
    struct problem_list problems = {0};
    struct registry_found found;
    struct error err = {0};
    unsigned include = version_json_read_include(&exchange->request, &problems);
    if (problems.n > 0) {
        problem_respond_list(exchange, &problems);
    } else if (find(service, exchange, &found)) {
        if (version_json_respond(service, exchange, &found, include, &err) < 0) {
            buffer_free(&exchange->response.body); /* which may be large */
            problem_respond(exchange, &err);
        }
        model_release(found.model);
    }
    problem_list_free(&problems);
    exchange_complete(exchange);
}

void handle_models_show(struct service *service, struct exchange *exchange)
{
    show(service, exchange, model_path_find);
}

void handle_models_show_version(struct service *service, struct exchange *exchange)
{
    show(service, exchange, model_path_find_version);
}

/* ---- lists ---- */

static bool is_served(void *context, const struct store_record *stored)
{
    return registry_has(context, stored->key);
}

static void write_model(const struct store_record *stored,
                        const struct registry_listing *listing, struct json_writer *json)
{
    json_write_begin_object(json);
    json_write_member_string(json, "model", stored->key);
    version_json_write_time(json, stored);
    json_write_member_integer(json, "latest_version",
                              (int64_t)listing->versions[listing->n_versions - 1]);
    json_write_member_integer(json, "n_versions", (int64_t)listing->n_versions);
    json_write_key(json, "aliases");
    json_write_begin_object(json);
    for (size_t i = 0; i < listing->n_aliases; i++) {
        const struct registry_alias *alias = &listing->aliases[i];
        json_write_member_integer(json, alias->name,
                                  (int64_t)alias_target_largest(&alias->target));
    }
    json_write_end_object(json);
    json_write_end_object(json);
}

static int write_model_entry(struct service *service, const struct store_record *stored,
                             const void *context, struct json_writer *json,
                             struct error *err)
{
    struct registry_listing listing = {0};
    (void)context;
    if (version_json_list(service, stored->key, &listing, err) < 0)
        return -1;
    if (listing.n_versions > 0) /* else it was deleted just now */
        write_model(stored, &listing, json);
    registry_listing_free(&listing);
    return 0;
}

static struct store_query query_of_served(struct service *service, const char *after)
{
    return (struct store_query){.kind = STORE_MODEL,
                                .after = after,
                                .accept = is_served,
                                .context = service->registry};
}

/* What KServe's V1 has at the same path: the names, whatever the page; the first
 * thousand.
 */
static void write_names(struct service *service, struct json_writer *json)
{
    const struct store_record *records[QUERY_LIMIT_MOST];
    const struct store_query query = query_of_served(service, NULL);
    bool has_more;
    size_t n = store_list(service->store, &query, QUERY_LIMIT_MOST, records, &has_more);
    json_write_key(json, "models");
    json_write_begin_array(json);
    for (size_t i = 0; i < n; i++) {
        json_write_string(json, records[i]->key);
        store_release(records[i]);
    }
    json_write_end_array(json);
}

void handle_models_list(struct service *service, struct exchange *exchange)
{
    struct problem_list problems = {0};
    const struct query_page page = query_read_page(&exchange->request, &problems);
    const struct store_query query = query_of_served(service, page.after);
    record_list_respond_more(service, exchange, &query, &page, &problems,
                             write_model_entry, NULL, write_names);
    problem_list_free(&problems);
    exchange_complete(exchange);
}

/* What the entries of one model have in common. */
struct view {
    const char *model;
    struct registry_listing listing;
};

/* "admissions/3" → 3. */
static uint64_t version_of(const struct store_record *stored)
{
    return registry_parse_version(strrchr(stored->key, '/') + 1);
}

static int write_version_entry(struct service *service, const struct store_record *stored,
                               const void *context, struct json_writer *json,
                               struct error *err)
{
    const struct view *view = context;
    uint64_t version = version_of(stored);
    (void)service, (void)err;
    json_write_begin_object(json);
    json_write_member_string(json, "model", view->model);
    json_write_member_integer(json, "version", (int64_t)version);
    version_json_write_time(json, stored);
    version_json_write_aliases(json, &view->listing, version);
    version_json_write_sha256(json, stored);
    if (stored->damaged)
        json_write_member_bool(json, "damaged", true);
    json_write_end_object(json);
    return 0;
}

#define PREFIX_BYTES (REGISTRY_NAME_BYTES + 1)
/* "admissions/", with which the keys of its versions begin. False with the answer made if
 * there is no version. */
static bool find_prefix(struct service *service, struct exchange *exchange,
                        char prefix[PREFIX_BYTES])
{
    const char *model = exchange->request.params[0];
    const struct store_record *any = NULL;
    const struct store_query query = {.kind = STORE_VERSION, .prefix = prefix};
    bool has_more;
    if (registry_name_is_valid(model)) {
        snprintf(prefix, PREFIX_BYTES, "%s/", model);
        store_list(service->store, &query, 1, &any, &has_more);
    }
    if (!any)
        problem_respond_status(exchange, 404, "not_found", "there is no such model");
    store_release(any);
    return any != NULL;
}

static void respond_versions(struct service *service, struct exchange *exchange,
                             const struct query_page *page, const char *prefix)
{
    static const struct problem_list none = {0};
    struct error err = {0};
    struct view view = {.model = exchange->request.params[0]};
    char after[MODEL_PATH_KEY_BYTES];
    snprintf(after, sizeof(after), "%s%s", prefix, page->after ? page->after : "");
    const struct store_query query = {
        .kind = STORE_VERSION, .prefix = prefix, .after = page->after ? after : NULL};
    if (version_json_list(service, view.model, &view.listing, &err) < 0)
        problem_respond(exchange, &err);
    else
        record_list_respond(service, exchange, &query, page, &none, write_version_entry,
                            &view);
    registry_listing_free(&view.listing);
}

void handle_models_list_versions(struct service *service, struct exchange *exchange)
{
    struct problem_list problems = {0};
    char prefix[PREFIX_BYTES];
    const struct query_page page = query_read_page(&exchange->request, &problems);
    if (problems.n > 0)
        problem_respond_list(exchange, &problems);
    else if (find_prefix(service, exchange, prefix))
        respond_versions(service, exchange, &page, prefix);
    problem_list_free(&problems);
    exchange_complete(exchange);
}

/* ---- deleting a version ---- */

/* With the catalogue held. Version 0: any. */
static int refuse_aliased(struct service *service, const char *model, uint64_t version,
                          struct error *err)
{
    struct registry_listing listing = {0};
    int result = version_json_list(service, model, &listing, err);
    for (size_t i = 0; i < listing.n_aliases && result == 0; i++)
        if (version == 0 || alias_target_names(&listing.aliases[i].target, version))
            result = error_set(
                err, ERROR_CONFLICT, "alias %s names %s; move or delete it first",
                listing.aliases[i].name, version == 0 ? "a version" : "this version");
    registry_listing_free(&listing);
    return result;
}

/* With the model's turn taken. */
static int refuse_needed(struct service *service, const char *model, uint64_t version,
                         struct error *err)
{
    return update_copy_needs(service->store, model, version)
               ? error_set(err, ERROR_CONFLICT,
                           "the model's working copy stands on version %llu; publish or "
                           "delete it first",
                           (unsigned long long)version)
               : 0;
}

/* With the model's turn taken and the catalogue held. */
static int delete_version(struct service *service, const char *model, uint64_t version,
                          struct error *err)
{
    char key[MODEL_PATH_KEY_BYTES];
    model_path_version_key(model, version, key);
    const struct store_change change = {.deletes = true,
                                        .kind = STORE_VERSION,
                                        .key = key,
                                        .condition = STORE_IF_PRESENT};
    const struct store_record *stored = store_find(service->store, STORE_VERSION, key);
    store_release(stored);
    if (!stored)
        return error_set(err, ERROR_NOT_FOUND, "the model has no such version");
    if (refuse_aliased(service, model, version, err) < 0 ||
        refuse_needed(service, model, version, err) < 0 ||
        store_commit(service->store, &change, 1, err) < 0)
        return -1;
    registry_withdraw(service->registry, model, version);
    return 0;
}

static void delete_version_in_turn(struct service *service, struct exchange *exchange)
{
    char *const *params = exchange->request.params;
    struct error err = {0};
    pthread_mutex_lock(&service->catalogue);
    int result =
        delete_version(service, params[0], registry_parse_version(params[1]), &err);
    pthread_mutex_unlock(&service->catalogue);
    if (result < 0)
        problem_respond(exchange, &err);
    else
        response_start(&exchange->response, 204, NULL);
    exchange_complete(exchange);
}

void handle_models_delete_version(struct service *service, struct exchange *exchange)
{
    update_turns_run(service, exchange, delete_version_in_turn);
}

/* ---- deleting a model ---- */

#define COLLECT_AT_ONCE 256

struct versions {
    const struct store_record **records; /* retained */
    size_t n;
};

static void versions_free(struct versions *versions)
{
    for (size_t i = 0; i < versions->n; i++)
        store_release(versions->records[i]);
    memory_free(versions->records);
}

/* All there are, a page at a time. */
static int collect(struct service *service, const char *prefix, struct versions *versions,
                   struct error *err)
{
    bool has_more = true;
    while (has_more) {
        const struct store_query query = {
            .kind = STORE_VERSION,
            .prefix = prefix,
            .after = versions->n ? versions->records[versions->n - 1]->key : NULL};
        const struct store_record **grown =
            memory_resize((void *)versions->records, versions->n + COLLECT_AT_ONCE,
                          sizeof(*grown), err);
        if (!grown)
            return -1;
        versions->records = grown;
        versions->n += store_list(service->store, &query, COLLECT_AT_ONCE,
                                  grown + versions->n, &has_more);
    }
    return 0;
}

/* The working copy goes with the versions. */
static int commit_deletes(struct service *service, const char *model,
                          const struct versions *versions, struct error *err)
{
    struct store_change *changes = memory_new(versions->n + 1, sizeof(*changes), err);
    size_t n = versions->n;
    if (!changes)
        return -1;
    for (size_t i = 0; i < versions->n; i++)
        changes[i] = (struct store_change){.deletes = true,
                                           .kind = STORE_VERSION,
                                           .key = versions->records[i]->key,
                                           .condition = STORE_IF_PRESENT};
    n += update_copy_remove(service->store, model, &changes[n]);
    int result = store_commit(service->store, changes, n, err);
    memory_free(changes);
    return result;
}

/* With the model's turn taken and the catalogue held. The model's record stays: it keeps
 * the highest number. */
static int delete_model(struct service *service, const char *model, const char *prefix,
                        struct error *err)
{
    struct versions versions = {0};
    int result = refuse_aliased(service, model, 0, err);
    if (result == 0)
        result = collect(service, prefix, &versions, err);
    if (result == 0)
        result = commit_deletes(service, model, &versions, err);
    if (result == 0)
        registry_withdraw_model(service->registry, model);
    versions_free(&versions);
    return result;
}

static void delete_model_in_turn(struct service *service, struct exchange *exchange)
{
    char prefix[PREFIX_BYTES];
    struct error err = {0};
    pthread_mutex_lock(&service->catalogue);
    if (find_prefix(service, exchange, prefix)) {
        if (delete_model(service, exchange->request.params[0], prefix, &err) < 0)
            problem_respond(exchange, &err);
        else
            response_start(&exchange->response, 204, NULL);
    }
    pthread_mutex_unlock(&service->catalogue);
    exchange_complete(exchange);
}

void handle_models_delete(struct service *service, struct exchange *exchange)
{
    update_turns_run(service, exchange, delete_model_in_turn);
}
