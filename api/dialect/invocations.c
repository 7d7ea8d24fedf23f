#include "api/dialect/invocations.h"

#include <string.h>

#include "api/accept.h"
#include "api/dialect/mlflow.h"
#include "api/dialect/sagemaker.h"
#include "api/dialect/tensors.h"
#include "api/dialect/text_problem.h"
#include "api/predict_csv.h"
#include "api/service_internal.h"
#include "core/base/memory.h"

#define JSON "application/json"
#define JSON_LINES "application/jsonlines"
#define CSV "text/csv"

/* ---- problems ---- */

static int status(const struct problem *problem)
{
    return problem->status == 422 ? 400 : problem->status;
}

static void write_problem(struct json_writer *json, const struct problem *problem,
                          const char *request_id)
{
    (void)request_id;
    json_write_begin_object(json);
    json_write_member_string(json, "error_code", mlflow_error_code(problem->status));
    text_problem_write(json, "message", problem);
    json_write_end_object(json);
}

const struct problem_shape invocations_problem_shape = {
    .content_type = JSON,
    .status = status,
    .write = write_problem,
    .out_of_memory = "{\"error_code\":\"TEMPORARILY_UNAVAILABLE\",\"message\":\"not "
                     "enough memory to answer; try again later\"}"};

/* ---- rows ---- */

enum { MLFLOW, SAGEMAKER }; /* scoring->form */

static int read_json(struct scoring *scoring, struct error *err)
{
    bool in_features;
    int result = mlflow_read(scoring, &in_features, err);
    scoring->form = in_features ? SAGEMAKER : MLFLOW;
    return result;
}

static int read_csv(struct scoring *scoring, struct error *err)
{
    const struct request *request = &scoring->exchange->request;
    const struct serving *serving = &scoring->serving;
    bool has_header;
    int result = predict_csv_read_any(
        serving->found.model, request->body, request->body_bytes, serving->budget,
        &scoring->body, &has_header, &scoring->problems, err);
    scoring->form = has_header ? MLFLOW : SAGEMAKER;
    if (scoring->body.options.outputs & PREDICT_LABEL)
        scoring->body.options.outputs = PREDICT_LABEL;
    return result;
}

static int read_rows(struct scoring *scoring, struct error *err)
{
    char type[64];
    request_media_type(&scoring->exchange->request, type, sizeof(type));
    if (strcmp(type, CSV) == 0)
        return read_csv(scoring, err);
    if (strcmp(type, JSON) == 0)
        return read_json(scoring, err);
    scoring->form = SAGEMAKER;
    return sagemaker_read_lines(scoring, err);
}

/* ---- the answer ---- */

static const char *const answer_types[] = {JSON, JSON_LINES, CSV};

/* Its index; 3: the client takes none of them. */
static size_t choose_type(const struct exchange *exchange)
{
    return accept_choose(request_header(&exchange->request, "Accept"), answer_types, 3);
}

static void write_row(struct json_writer *json, const struct scoring *scoring, size_t row,
                      double *probabilities)
{
    if (scoring->form == SAGEMAKER)
        sagemaker_write_row(json, scoring, row, probabilities);
    else
        tensors_write_row(json, &scoring->serving, &scoring->body.options, row,
                          probabilities);
}

static void write_json(struct buffer *out, const struct scoring *scoring,
                       double *probabilities)
{
    struct json_writer json = json_write_start(out);
    json_write_begin_object(&json);
    json_write_key(&json, "predictions");
    json_write_begin_array(&json);
    for (size_t row = 0; row < scoring->serving.n_rows; row++)
        write_row(&json, scoring, row, probabilities);
    json_write_end_array(&json);
    json_write_end_object(&json);
}

static void write_json_lines(struct buffer *out, const struct scoring *scoring,
                             double *probabilities)
{
    for (size_t row = 0; row < scoring->serving.n_rows; row++) {
        struct json_writer json = json_write_start(out);
        write_row(&json, scoring, row, probabilities);
        buffer_append_byte(out, '\n');
    }
}

static void write_csv(struct buffer *out, const struct scoring *scoring,
                      double *probabilities)
{
    for (size_t row = 0; row < scoring->serving.n_rows; row++)
        if (scoring->form == SAGEMAKER)
            sagemaker_write_line(out, scoring, row, probabilities);
        else
            tensors_write_line(out, &scoring->serving, &scoring->body.options, row,
                               probabilities);
}

typedef void write_fn(struct buffer *out, const struct scoring *scoring,
                      double *probabilities);

static int write_answer(struct scoring *scoring, struct error *err)
{
    static write_fn *const writers[] = {write_json, write_json_lines, write_csv};
    struct response *response = &scoring->exchange->response;
    size_t type = choose_type(scoring->exchange);
    size_t n_bytes, n_classes = scoring->serving.found.model->n_classes;
    double *probabilities = memory_new(n_classes ? n_classes : 1, sizeof(double), err);
    int result = -1;
    response->content_type = answer_types[type];
    if (probabilities && tensors_reserve(&scoring->serving, &n_bytes, err) == 0) {
        writers[type](&response->body, scoring, probabilities);
        budget_release(scoring->serving.budget, n_bytes);
        result = 0;
    }
    memory_free(probabilities);
    return result;
}

/* ---- handlers ---- */

bool invocations_has_model(struct service *service, struct exchange *exchange)
{
    if (service->invocations_model.name[0])
        return true;
    problem_respond_status(exchange, 404, "not_found",
                           "no model answers here: the daemon was started without "
                           "--invocations-model");
    return false;
}

static bool can_answer(struct exchange *exchange)
{
    if (choose_type(exchange) < 3)
        return true;
    problem_respond_status(exchange, 406, "not_acceptable",
                           "the answer is " JSON ", " JSON_LINES " or " CSV);
    return false;
}

void invocations_score(struct service *service, struct exchange *exchange)
{
    static const char *const types[] = {JSON, CSV, JSON_LINES};
    static const struct scoring_form form = {true, read_rows, write_answer};
    const struct invocations_model *model = &service->invocations_model;
    if (scoring_check_type(exchange, types, 3, JSON ", " CSV " or " JSON_LINES) &&
        can_answer(exchange) && invocations_has_model(service, exchange))
        scoring_respond(service, exchange, model->by, model->name, model->which, &form);
    exchange_complete(exchange);
}

void invocations_ping(struct service *service, struct exchange *exchange)
{
    const struct invocations_model *model = &service->invocations_model;
    struct registry_found found = {0};
    struct error err = {0};
    if (!service_is_ready(service)) {
        problem_respond_status(exchange, 503, "draining", "no requests are taken now");
    } else if (invocations_has_model(service, exchange)) {
        if (model_path_lookup(service, model->by, model->name, model->which, &found,
                              &err) < 0)
            problem_respond(exchange, &err);
        else {
            response_start_json(&exchange->response, 200);
            buffer_append_string(&exchange->response.body, "{}\n");
        }
    }
    model_release(found.model);
    exchange_complete(exchange);
}

void invocations_version(struct service *service, struct exchange *exchange)
{
    static const char text[] = LOGITD_VERSION;
    (void)service;
    response_start(&exchange->response, 200, "text/plain");
    exchange->response.static_body = text;
    exchange->response.static_body_bytes = sizeof(text) - 1;
    exchange_complete(exchange);
}
