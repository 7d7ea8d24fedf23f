#include "api/handlers/handle_predict.h"

#include <inttypes.h>
#include <string.h>

#include "api/accept.h"
#include "api/predict_answer.h"
#include "api/predict_csv.h"
#include "api/predict_libsvm.h"
#include "api/predict_ndjson.h"
#include "api/predict_query.h"
#include "api/predict_text.h"
#include "api/problem.h"

/* ---- the answer ---- */

static const char *const answer_types[] = {"application/json", "text/csv",
                                           "application/x-ndjson"};
#define N_ANSWER_TYPES (sizeof(answer_types) / sizeof(*answer_types))

/* One of them; JSON for who takes none. */
static size_t choose_answer(const struct exchange *exchange)
{
    const char *header = request_header(&exchange->request, "Accept");
    size_t i = accept_choose(header, answer_types, N_ANSWER_TYPES);
    return i < N_ANSWER_TYPES ? i : 0;
}

static int write_answer(struct response *response, const struct serving *serving,
                        const struct predict_body *body, size_t type, struct error *err)
{
    response_start(response, 200, answer_types[type]);
    return type == 0
               ? predict_answer_write(serving, body, &response->body, err)
               : predict_text_write(serving, body, type == 1 ? SCORE_CSV : SCORE_NDJSON,
                                    &response->body, err);
}

static int write(struct exchange *exchange, struct serving *serving,
                 const struct predict_body *body, struct error *err)
{
    struct response *response = &exchange->response;
    size_t type = choose_answer(exchange);
    if (serving_score(serving, body, err) < 0 ||
        write_answer(response, serving, body, type, err) < 0 ||
        response_reserve(response, serving->budget, err) < 0)
        return -1;
    if (type > 0) /* JSON has it in the body */
        response_header(response, "Model-Version", "%" PRIu64, serving->found.version);
    return 0;
}

static void respond(struct exchange *exchange, struct serving *serving,
                    const struct predict_body *body)
{
    struct error err = {0};
    serving->is_answered = write(exchange, serving, body, &err) == 0;
    if (serving->is_answered)
        return;
    buffer_free(&exchange->response.body); /* which may be large */
    problem_respond(exchange, &err);
}

/* ---- the body ---- */

typedef int read_fn(const struct model *model, const char *body, size_t n_bytes,
                    struct budget *budget, struct predict_body *parsed,
                    struct problem_list *problems, struct error *err);

/* Other than JSON, with the options in the query. */
static const char *const text_types[] = {"text/csv", "application/x-ndjson",
                                         "text/x-libsvm", NULL};
static read_fn *const text_readers[] = {predict_csv_read, predict_ndjson_read,
                                        predict_libsvm_read};

/* `read` NULL: JSON. */
static int read_body(struct exchange *exchange, struct serving *serving, read_fn *read,
                     struct predict_body *body, struct problem_list *problems,
                     struct error *err)
{
    const struct request *request = &exchange->request;
    const struct model *model = serving->found.model;
    if (!read)
        predict_query_refuse(request, problems);
    else if (predict_query_read(model, request, &body->options, problems, err) < 0)
        return -1;
    if ((read ? read : predict_body_read)(model, request->body, request->body_bytes,
                                          serving->budget, body, problems, err) < 0)
        return -1;
    if (!body->options.columns_layout || choose_answer(exchange) == 0)
        return 0;
    problem_report(
        problems, ERROR_INVALID, read ? "query layout" : "/layout",
        "columns are laid out in JSON alone, and Accept asks for rows of text");
    return -1;
}

static void predict(struct exchange *exchange, struct serving *serving, read_fn *read)
{
    struct problem_list problems = {0};
    struct predict_body body = {0};
    struct error err = {0};
    if (read_body(exchange, serving, read, &body, &problems, &err) == 0)
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
    if (serving_open(service, &exchange->request, by, params[0], params[1], serving,
                     &err) == 0)
        return true;
    problem_respond(exchange, &err);
    return false;
}

static void find_and_predict(struct service *service, struct exchange *exchange,
                             enum model_path_by by)
{
    struct serving serving = {0};
    size_t type;
    if (problem_require_json_or(exchange, text_types, &type) &&
        find(service, exchange, by, &serving))
        predict(exchange, &serving, type == SIZE_MAX ? NULL : text_readers[type]);
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
