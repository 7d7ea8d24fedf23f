#include "api/handlers/handle_predict.h"

#include <string.h>

#include "api/predict_answer.h"
#include "api/predict_libsvm.h"
#include "api/problem.h"

#define LIBSVM "text/x-libsvm"

static int write(struct exchange *exchange, struct serving *serving,
                 const struct predict_body *body, struct error *err)
{
    struct response *response = &exchange->response;
    if (serving_score(serving, body, err) < 0)
        return -1;
    response_start_json(response, 200);
    if (predict_answer_write(serving, body, &response->body, err) < 0)
        return -1;
    return response_reserve(response, serving->budget, err);
}

static void respond(struct exchange *exchange, struct serving *serving,
                    const struct predict_body *body)
{
    struct error err = {0};
    if (write(exchange, serving, body, &err) == 0)
        return;
    serving->failed = true;
    buffer_free(&exchange->response.body); /* which may be large */
    problem_respond(exchange, &err);
}

typedef int read_fn(const struct model *model, const char *body, size_t n_bytes,
                    struct budget *budget, struct predict_body *parsed,
                    struct problem_list *problems, struct error *err);

static void predict(struct exchange *exchange, struct serving *serving)
{
    const struct request *request = &exchange->request;
    struct problem_list problems = {0};
    struct predict_body body = {0};
    struct error err = {0};
    char type[64];
    bool is_utf8 = request_media_type(request, type, sizeof(type));
    read_fn *read =
        is_utf8 && strcmp(type, LIBSVM) == 0 ? predict_libsvm_read : predict_body_read;
    if (read(serving->found.model, request->body, request->body_bytes, serving->budget,
             &body, &problems, &err) == 0)
        respond(exchange, serving, &body);
    else if (error_is_set(&err))
        problem_respond(exchange, &err);
    else
        problem_respond_list(exchange, &problems);
    predict_body_free(&body);
    problem_list_free(&problems);
}

/* False: the answer is made. */
static bool find(struct service *service, struct exchange *exchange,
                 enum model_path_by by, struct serving *serving)
{
    char *const *params = exchange->request.params;
    struct error err = {0};
    if (serving_open(service, by, params[0], params[1], serving, &err) == 0)
        return true;
    problem_respond(exchange, &err);
    return false;
}

static void find_and_predict(struct service *service, struct exchange *exchange,
                             enum model_path_by by)
{
    struct serving serving = {0};
    if (problem_require_json_or(exchange, LIBSVM) &&
        find(service, exchange, by, &serving))
        predict(exchange, &serving);
    serving_close(&serving);
    exchange_complete(exchange);
}

void handle_predict_model(struct service *service, struct exchange *exchange)
{
    find_and_predict(service, exchange, MODEL_PATH_BY_MODEL);
}

void handle_predict_version(struct service *service, struct exchange *exchange)
{
    find_and_predict(service, exchange, MODEL_PATH_BY_VERSION);
}

void handle_predict_alias(struct service *service, struct exchange *exchange)
{
    find_and_predict(service, exchange, MODEL_PATH_BY_ALIAS);
}
