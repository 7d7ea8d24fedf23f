#include "api/version_json.h"

#include <string.h>

#include "api/dialect/tensorflow_model.h"
#include "api/model_json.h"
#include "api/model_path.h"
#include "api/model_state.h"
#include "api/service_internal.h"
#include "core/base/checksum.h"
#include "core/base/clock.h"

#define N_WORDS 5U

void version_json_write_time(struct json_writer *json, const struct store_record *stored)
{
    char text[CLOCK_TEXT_BYTES];
    json_write_member_string(json, "created_at", clock_text(stored->created_at, text));
}

void version_json_write_sha256(struct json_writer *json,
                               const struct store_record *stored)
{
    char hex[CHECKSUM_HEX_BYTES];
    json_write_member_string(json, "sha256", checksum_hex(stored->blob_sha256, hex));
}

void version_json_write_aliases(struct json_writer *json,
                                const struct registry_listing *listing, uint64_t version)
{
    json_write_key(json, "aliases");
    json_write_begin_array(json);
    for (size_t i = 0; i < listing->n_aliases; i++)
        if (alias_target_answers(&listing->aliases[i].target, version))
            json_write_string(json, listing->aliases[i].name);
    json_write_end_array(json);
}

int version_json_list(struct service *service, const char *model,
                      struct registry_listing *listing, struct error *err)
{
    struct error why = {0};
    if (registry_list(service->registry, model, listing, &why) == 0 ||
        why.code == ERROR_NOT_FOUND)
        return 0;
    return error_copy(err, &why);
}

/* ---- one version ---- */

struct view {
    const char *model;
    uint64_t version;
    const struct store_record *stored;
    struct registry_listing listing;
    unsigned include;  /* enum model_json_include */
    bool of_the_model; /* it is asked for by the model's name alone */
};

/* What KServe's V1 and TensorFlow Serving have at the same paths. */
static void write_for_dialects(const struct view *view, struct json_writer *json)
{
    json_write_member_string(json, "name", view->model);
    json_write_member_bool(json, "ready", true);
    tensorflow_model_write_status(json, view->version,
                                  view->of_the_model ? &view->listing : NULL);
}

static void write_version(const struct view *view, const struct model *model,
                          struct json_writer *json)
{
    json_write_begin_object(json);
    json_write_member_string(json, "model", view->model);
    json_write_member_integer(json, "version", (int64_t)view->version);
    version_json_write_time(json, view->stored);
    model_json_write_members(json, model, view->include);
    if (view->include & VERSION_JSON_STATE)
        model_state_write(json, model);
    version_json_write_aliases(json, &view->listing, view->version);
    version_json_write_sha256(json, view->stored);
    write_for_dialects(view, json);
    json_write_end_object(json);
}

unsigned version_json_read_include(const struct request *request,
                                   struct problem_list *problems)
{
    static const char *const words[] = {"covariance", "coefficients", "inputs",
                                        "residuals", "state"};
    const char *at = request_query(request, "include");
    unsigned include = 0;
    while (at) {
        size_t n = strcspn(at, ","), i = 0;
        while (i < N_WORDS && (strlen(words[i]) != n || memcmp(words[i], at, n) != 0))
            i++;
        if (i == N_WORDS) {
            problem_report(
                problems, ERROR_INVALID, "query include",
                "must be of covariance, coefficients, inputs, residuals, state, "
                "with commas between");
            return 0;
        }
        include |= 1U << i;
        at = at[n] ? at + n + 1 : NULL;
    }
    return include;
}

int version_json_respond(struct service *service, struct exchange *exchange,
                         const struct registry_found *found, unsigned include,
                         struct error *err)
{
    char key[MODEL_PATH_KEY_BYTES];
    struct view view = {.model = exchange->request.params[0],
                        .version = found->version,
                        .include = include,
                        .of_the_model = exchange->request.n_params == 1};
    model_path_version_key(view.model, view.version, key);
    view.stored = store_find(service->store, STORE_VERSION, key);
    if (!view.stored)
        return error_set(err, ERROR_NOT_FOUND, "the version was deleted just now");
    int result = version_json_list(service, view.model, &view.listing, err);
    if (result == 0) {
        response_start_json(&exchange->response, 200);
        struct json_writer json = json_write_start(&exchange->response.body);
        write_version(&view, found->model, &json);
        result = response_reserve(&exchange->response, &service->budget, err);
    }
    registry_listing_free(&view.listing);
    store_release(view.stored);
    return result;
}
