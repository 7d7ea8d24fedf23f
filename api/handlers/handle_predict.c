#include "api/handlers/handle_predict.h"

#include <string.h>

#include "api/model_path.h"
#include "api/predict_answer.h"
#include "api/predict_libsvm.h"
#include "api/problem.h"
#include "api/service_internal.h"

#define LIBSVM "text/x-libsvm"

static int write(struct service *service, struct exchange *exchange,
                 const struct registry_found *found, const struct predict_body *body,
                 struct error *err)
{
    struct response *response = &exchange->response;
    const char *name = exchange->request.params[0];
    response_start_json(response, 200);
    if (predict_answer_write(found->model, name, found->version, body, &service->budget,
                             &response->body, err) < 0)
        return -1;
    return response_reserve(response, &service->budget, err);
}

static void respond(struct service *service, struct exchange *exchange,
                    const struct registry_found *found, const struct predict_body *body)
{
    struct error err = {0};
    if (write(service, exchange, found, body, &err) == 0)
        return;
    buffer_free(&exchange->response.body); /* which may be large */
    problem_respond(exchange, &err);
}

typedef int read_fn(const struct model *model, const char *body, size_t n_bytes,
                    struct budget *budget, struct predict_body *parsed,
                    struct problem_list *problems, struct error *err);

static void predict(struct service *service, struct exchange *exchange,
                    const struct registry_found *found)
{
    const struct request *request = &exchange->request;
    struct problem_list problems = {0};
    struct predict_body body = {0};
    struct error err = {0};
    char type[64];
    bool is_utf8 = request_media_type(request, type, sizeof(type));
    read_fn *read =
        is_utf8 && strcmp(type, LIBSVM) == 0 ? predict_libsvm_read : predict_body_read;
    if (read(found->model, request->body, request->body_bytes, &service->budget, &body,
             &problems, &err) == 0)
        respond(service, exchange, found, &body);
    else if (error_is_set(&err))
        problem_respond(exchange, &err);
    else
        problem_respond_list(exchange, &problems);
    predict_body_free(&body);
    problem_list_free(&problems);
}

typedef bool find_fn(struct service *service, struct exchange *exchange,
                     struct registry_found *found);

static void find_and_predict(struct service *service, struct exchange *exchange,
                             find_fn *find)
{
    struct registry_found found;
    if (problem_require_json_or(exchange, LIBSVM) && find(service, exchange, &found)) {
        predict(service, exchange, &found);
        model_release(found.model);
    }
    exchange_complete(exchange);
}

void handle_predict_model(struct service *service, struct exchange *exchange)
{
    find_and_predict(service, exchange, model_path_find);
}

void handle_predict_version(struct service *service, struct exchange *exchange)
{
    find_and_predict(service, exchange, model_path_find_version);
}

void handle_predict_alias(struct service *service, struct exchange *exchange)
{
    find_and_predict(service, exchange, model_path_find_alias);
}
