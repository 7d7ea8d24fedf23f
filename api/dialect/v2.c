#include "api/dialect/v2.h"

#include <string.h>

#include "api/dialect/scoring.h"
#include "api/dialect/v2_answer.h"
#include "api/dialect/v2_packing.h"
#include "api/problem.h"

#define LENGTH_HEADER "Inference-Header-Content-Length"

struct inference {
    struct service *service;
    struct exchange *exchange;
    struct serving serving;
    struct v2_packing_body body;
    struct v2_request request;
    struct problem_list problems;
};

/* A raw request is none of JSON: numbers must not be made of a text. */
static int check_raw(const struct request *request, size_t header_bytes,
                     struct error *err)
{
    char type[64];
    if (header_bytes > 0 || request->body_bytes == 0 ||
        !request_media_type(request, type, sizeof(type)) ||
        strcmp(type, "application/json") != 0)
        return 0;
    error_set(err, ERROR_INVALID, "0 is for a raw binary body; this one says it is JSON");
    error_place(err, "header %s", LENGTH_HEADER);
    return -1;
}

static int read(struct inference *inference, struct error *err)
{
    const struct request *request = &inference->exchange->request;
    const struct v2_packing_body *body = &inference->body;
    size_t header_bytes;
    if (v2_packing_unpack(inference->service, request, &inference->body, err) < 0 ||
        v2_request_header_bytes(request_header(request, LENGTH_HEADER), body->n_bytes,
                                &header_bytes, err) < 0 ||
        check_raw(request, header_bytes, err) < 0)
        return -1;
    return v2_request_read(inference->serving.found.model, body->bytes, body->n_bytes,
                           header_bytes, inference->serving.budget, &inference->request,
                           &inference->problems, err);
}

static int write(struct inference *inference, struct error *err)
{
    struct serving *serving = &inference->serving;
    struct exchange *exchange = inference->exchange;
    struct response *response = &exchange->response;
    if (serving_score(serving, &inference->request.body, err) < 0)
        return -1;
    serving->is_answered =
        v2_answer_write(serving, &inference->request, response, err) == 0 &&
        v2_packing_pack(inference->service, &exchange->request, response, err) == 0 &&
        response_reserve(response, serving->budget, err) == 0;
    if (serving->is_answered)
        return 0;
    buffer_free(&response->body); /* which may be large */
    return -1;
}

static int infer(struct inference *inference, enum model_path_by by, struct error *err)
{
    char *const *params = inference->exchange->request.params;
    if (serving_open(inference->service, &inference->exchange->request, by, params[0],
                     params[1], &inference->serving, err) < 0)
        return -1;
    return read(inference, err) < 0 ? -1 : write(inference, err);
}

static void respond(struct service *service, struct exchange *exchange,
                    enum model_path_by by)
{
    struct inference inference = {.service = service, .exchange = exchange};
    struct error err = {0};
    if (!scoring_check_packed_type(exchange)) {
        exchange_complete(exchange);
        return;
    }
    int result = infer(&inference, by, &err);
    if (result < 0 && error_is_set(&err))
        problem_respond(exchange, &err);
    else if (result < 0)
        problem_respond_list(exchange, &inference.problems);
    v2_request_free(&inference.request);
    v2_packing_free(&inference.body);
    problem_list_free(&inference.problems);
    serving_close(&inference.serving);
    exchange_complete(exchange);
}

void v2_infer_model(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_MODEL);
}

void v2_infer_version(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_VERSION);
}
