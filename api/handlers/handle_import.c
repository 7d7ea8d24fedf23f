#include "api/handlers/handle_import.h"

#include <inttypes.h>

#include "api/import_model.h"
#include "api/model_publish.h"
#include "api/service_internal.h"
#include "api/version_json.h"

static bool check_name(struct exchange *exchange)
{
    if (registry_name_is_valid(exchange->request.params[0]))
        return true;
    problem_respond_status(exchange, 422, "invalid",
                           "a model's name is 1 to 128 letters, digits, dots, "
                           "underscores and hyphens, with a letter or a digit first");
    return false;
}

static int publish(struct service *service, struct exchange *exchange,
                   struct model *model, struct error *err)
{
    struct registry_found found = {.model = model};
    const char *name = exchange->request.params[0];
    if (model_publish(service, name, model, NULL, NULL, &found.version, err) < 0 ||
        version_json_respond(service, exchange, &found, 0, err) < 0)
        return -1;
    exchange->response.status = 201;
    response_header(&exchange->response, "Location", "/v1/models/%s/versions/%" PRIu64,
                    name, found.version);
    return 0;
}

/* What a tree of the body takes, at most: of "1," a number and a place in an array. */
#define TREE_BYTES_A_BYTE 20U

static struct model *read_body(struct service *service, const struct request *request,
                               struct problem_list *problems, struct error *err)
{
    size_t n_bytes = request->body_bytes * TREE_BYTES_A_BYTE;
    if (budget_reserve(&service->budget, n_bytes, err) < 0)
        return NULL;
    struct model *model =
        import_model_read(request->body, request->body_bytes, problems, err);
    budget_release(&service->budget, n_bytes);
    return model;
}

void handle_import_version(struct service *service, struct exchange *exchange)
{
    struct problem_list problems = {0};
    struct error err = {0};
    struct model *model = NULL;
    if (problem_require_json(exchange) && check_name(exchange)) {
        model = read_body(service, &exchange->request, &problems, &err);
        if (model && publish(service, exchange, model, &err) < 0)
            buffer_free(&exchange->response.body); /* which may be large */
    }
    if (error_is_set(&err))
        problem_respond(exchange, &err);
    else if (problems.n > 0)
        problem_respond_list(exchange, &problems);
    model_release(model);
    problem_list_free(&problems);
    exchange_complete(exchange);
}
