#include "api/handlers/handle_import.h"

#include <inttypes.h>
#include <string.h>

#include "api/idempotency.h"
#include "api/import_model.h"
#include "api/model_publish.h"
#include "api/service_internal.h"
#include "api/version_json.h"

_Static_assert(IDEMPOTENCY_MAX_CHANGES <= MODEL_PUBLISH_MOST,
               "a publication has room for what a key remembers");

static bool check_name(struct exchange *exchange)
{
    if (registry_name_is_valid(exchange->request.params[0]))
        return true;
    problem_respond_status(exchange, 422, "invalid",
                           "a model's name is 1 to 128 letters, digits, dots, "
                           "underscores and hyphens, with a letter or a digit first");
    return false;
}

struct importing {
    struct service *service;
    struct exchange *exchange;
    struct idempotency idempotency;
    struct problem_list problems;
};

static int respond(struct importing *importing, const struct registry_found *found,
                   struct error *err)
{
    struct exchange *exchange = importing->exchange;
    if (version_json_respond(importing->service, exchange, found, 0, err) < 0)
        return -1;
    exchange->response.status = 201;
    response_header(&exchange->response, "Location", "/v1/models/%s/versions/%" PRIu64,
                    exchange->request.params[0], found->version);
    return 0;
}

/* ---- a key that was seen before ---- */

/* With the catalogue held, so that a version that is remembered is served, too. */
static int find_made(struct importing *importing, struct registry_found *made,
                     struct error *err)
{
    struct service *service = importing->service;
    struct idempotency_answer answer = {0};
    int found = idempotency_find(&importing->idempotency, service->store, &answer, err);
    if (found == 1 &&
        registry_find_version(service->registry, importing->exchange->request.params[0],
                              registry_parse_version(answer.subject), made, err) < 0)
        found = -1;
    idempotency_free_answer(&answer);
    return found;
}

/* 1: the version was made before, and is told again; 0: it is new; -1. */
static int replay(struct importing *importing, struct error *err)
{
    struct registry_found made = {0};
    pthread_mutex_lock(&importing->service->catalogue);
    int found = find_made(importing, &made, err);
    pthread_mutex_unlock(&importing->service->catalogue);
    if (found == 1 && respond(importing, &made, err) < 0)
        found = -1;
    model_release(made.model);
    return found;
}

/* In the version's transaction: its number, "model/3", which tells all. */
static int remember(void *context, const char *key, struct store_change *changes,
                    size_t *n_changes, struct error *err)
{
    struct importing *importing = context;
    return idempotency_remember(&importing->idempotency, importing->service->store, 201,
                                strrchr(key, '/') + 1, "", changes, n_changes, err);
}

/* ---- a new one ---- */

static int publish(struct importing *importing, struct model *model, struct error *err)
{
    struct registry_found found = {.model = model};
    struct error why = {0};
    if (model_publish(importing->service, importing->exchange->request.params[0], model,
                      remember, importing, &found.version, &why) == 0)
        return respond(importing, &found, err);
    if (why.code != ERROR_CONFLICT || !importing->idempotency.is_asked)
        return error_copy(err, &why);
    /* The same key came twice at the same time. */
    int made = replay(importing, err);
    return made == 0 ? error_copy(err, &why) : made < 0 ? -1 : 0;
}

/* What a tree of the body takes, at most: of "1," a number and a place in an array. */
#define TREE_BYTES_A_BYTE 20U

static struct model *read_body(struct importing *importing, struct error *err)
{
    struct service *service = importing->service;
    const struct request *request = &importing->exchange->request;
    size_t n_bytes = request->body_bytes * TREE_BYTES_A_BYTE;
    if (budget_reserve(&service->budget, n_bytes, err) < 0)
        return NULL;
    struct model *model =
        import_model_read(request->body, request->body_bytes, &importing->problems, err);
    budget_release(&service->budget, n_bytes);
    return model;
}

static int make(struct importing *importing, struct error *err)
{
    struct model *model = read_body(importing, err);
    int result = model ? publish(importing, model, err) : -1;
    model_release(model);
    return result;
}

static int run(struct importing *importing, struct error *err)
{
    if (idempotency_start(&importing->idempotency, &importing->exchange->request, err) <
        0)
        return -1;
    int found = replay(importing, err);
    return found == 0 ? make(importing, err) : found < 0 ? -1 : 0;
}

void handle_import_version(struct service *service, struct exchange *exchange)
{
    struct importing importing = {.service = service, .exchange = exchange};
    struct error err = {0};
    if (problem_require_json(exchange) && check_name(exchange) &&
        run(&importing, &err) < 0) {
        buffer_free(&exchange->response.body); /* which may be large */
        if (error_is_set(&err))
            problem_respond(exchange, &err);
        else
            problem_respond_list(exchange, &importing.problems);
    }
    idempotency_free(&importing.idempotency);
    problem_list_free(&importing.problems);
    exchange_complete(exchange);
}
