#include "api/handlers/handle_evaluate.h"

#include "api/evaluation_data.h"
#include "api/evaluation_json.h"
#include "api/evaluation_rows.h"
#include "api/model_path.h"
#include "api/service_internal.h"

static int write(struct service *service, struct exchange *exchange,
                 const struct registry_found *found,
                 const struct evaluation_request *request,
                 const struct evaluation_result *result, struct error *err)
{
    struct response *response = &exchange->response;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    json_write_member_string(&json, "model", exchange->request.params[0]);
    json_write_member_integer(&json, "version", (int64_t)found->version);
    json_write_member_string(&json, "family", family_traits(found->model->family)->word);
    evaluation_json_write(&json, found->model, result, request->options.threshold);
    json_write_end_object(&json);
    if (buffer_check(&response->body, err) < 0)
        return -1;
    return response_reserve(response, &service->budget, err);
}

/* A dataset is there for those who train. */
static bool may_read(struct exchange *exchange, const struct evaluation_request *request)
{
    unsigned held = exchange->request.principal.scopes;
    if (!request->dataset || held & (SCOPE_TRAIN | SCOPE_ADMIN))
        return true;
    problem_respond_status(exchange, 403, "missing_scope",
                           "this key lacks the scope train, which a dataset needs; send "
                           "rows and labels instead");
    return false;
}

/* 0, with the answer made or what is wrong among the problems. */
static int judge(struct service *service, struct exchange *exchange,
                 const struct registry_found *found, struct evaluation_request *request,
                 struct evaluation_result *result, struct error *err)
{
    const struct request *http = &exchange->request;
    if (evaluation_request_read(request, found->model, http->body, http->body_bytes,
                                result->problems, err) < 0)
        return -1;
    result->skips = request->on_error_row;
    request->options.stop = service_work_stop(service);
    if (result->problems->n > 0 || !may_read(exchange, request))
        return 0;
    int status = request->dataset
                     ? evaluation_data_run(service, found->model, request, result, err)
                     : evaluation_rows_run(service, found->model, request, http->body,
                                           http->body_bytes, result, err);
    if (status < 0 || result->problems->n > 0)
        return status;
    return write(service, exchange, found, request, result, err);
}

static void evaluate(struct service *service, struct exchange *exchange,
                     const struct registry_found *found)
{
    struct problem_list problems = {0};
    struct evaluation_request request = {0};
    struct evaluation_result result = {.model = found->model, .problems = &problems};
    struct error why = {0}, err = {0};
    if (judge(service, exchange, found, &request, &result, &why) < 0 &&
        service_tell_stop(&why, &err) < 0) {
        buffer_free(&exchange->response.body); /* which may be large */
        problem_respond(exchange, &err);
    } else if (problems.n > 0) {
        problem_respond_list(exchange, &problems);
    }
    evaluation_result_free(&result);
    evaluation_request_free(&request);
    problem_list_free(&problems);
}

typedef bool find_fn(struct service *service, struct exchange *exchange,
                     struct registry_found *found);

static void find_and_evaluate(struct service *service, struct exchange *exchange,
                              find_fn *find)
{
    struct registry_found found;
    if (problem_require_json(exchange) && find(service, exchange, &found)) {
        evaluate(service, exchange, &found);
        model_release(found.model);
    }
    exchange_complete(exchange);
}

void handle_evaluate_model(struct service *service, struct exchange *exchange)
{
    find_and_evaluate(service, exchange, model_path_find);
}

void handle_evaluate_version(struct service *service, struct exchange *exchange)
{
    find_and_evaluate(service, exchange, model_path_find_version);
}

void handle_evaluate_alias(struct service *service, struct exchange *exchange)
{
    find_and_evaluate(service, exchange, model_path_find_alias);
}
