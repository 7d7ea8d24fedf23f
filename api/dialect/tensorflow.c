#include "api/dialect/tensorflow.h"

#include <string.h>

#include "api/dialect/members.h"
#include "api/dialect/named_columns.h"
#include "api/dialect/scoring.h"
#include "api/dialect/tensors.h"
#include "api/dialect/text_problem.h"
#include "core/base/memory.h"
#include "core/model/predict.h"

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
    text_problem_write(json, "error", problem);
    json_write_end_object(json);
}

const struct problem_shape tensorflow_problem_shape = {
    .content_type = "application/json",
    .status = status,
    .write = write_problem,
    .out_of_memory = "{\"error\":\"not enough memory to answer; try again later\"}"};

/* ---- signatures ---- */

/* 0: there is none of this name. */
static unsigned outputs_of_word(const struct scoring *scoring,
                                const struct json_text *word)
{
    unsigned usual = scoring->body.options.outputs;
    const struct tensors_output *list[TENSORS_MOST];
    size_t n = tensors_list(scoring->serving.found.model, usual, list);
    if (word->n_bytes == 0 || json_scan_text_is(word, "serving_default"))
        return usual;
    for (size_t i = 0; i < n; i++)
        if (json_scan_text_is(word, list[i]->name))
            return list[i]->output;
    return 0;
}

static void refuse_signature(struct scoring *scoring)
{
    problem_report(&scoring->problems, ERROR_INVALID, "/signature_name",
                   "the model has no such signature for this; its metadata lists them");
}

/* The text of signature_name; "" where it is not given. Else it has been told. */
static bool read_signature(struct scoring *scoring, const struct members_field *field,
                           struct json_text *word)
{
    struct json_scan scan = field->at;
    *word = (struct json_text){.text = ""};
    if (!field->has)
        return true;
    if (json_scan_peek(&scan) == JSON_KIND_STRING &&
        json_scan_string(&scan, word, NULL) == 0)
        return true;
    problem_report(&scoring->problems, ERROR_INVALID_TYPE, "/signature_name",
                   "a signature's name is needed");
    return false;
}

/* ---- predict ---- */

enum { ROWS, COLUMNS }; /* scoring->form */

static int read_list(struct scoring *scoring, const struct members_field *field,
                     const char *pointer, struct error *err)
{
    struct predict_members members = {.is_object = true,
                                      .takes_any = true,
                                      .takes_arrays = true,
                                      .takes_nan = scoring->takes_nan};
    members.at[PREDICT_MEMBER_INSTANCES] = field->at;
    members.has[PREDICT_MEMBER_INSTANCES] = true;
    members.pointers[PREDICT_MEMBER_INSTANCES] = pointer;
    return scoring_read_rows(scoring, &members, err);
}

static int read_tensors(struct scoring *scoring, const struct members_field *instances,
                        const struct members_field *inputs, struct error *err)
{
    if (instances->has == inputs->has) {
        problem_report(&scoring->problems, ERROR_MISSING_FIELD, "",
                       "exactly one of \"instances\" and \"inputs\" is needed");
        return 0;
    }
    scoring->form = instances->has ? ROWS : COLUMNS;
    if (instances->has)
        return read_list(scoring, instances, "/instances", err);
    struct json_scan at = inputs->at;
    if (json_scan_peek(&at) == JSON_KIND_OBJECT)
        return named_columns_read(scoring, at, "/inputs", err);
    return read_list(scoring, inputs, "/inputs", err);
}

static int read_predict(struct scoring *scoring, struct error *err)
{
    struct members_field fields[] = {{.name = "signature_name"},
                                     {.name = "instances", .is_checked_later = true},
                                     {.name = "inputs", .is_checked_later = true}};
    struct json_scan scan = scoring_scan(scoring);
    struct json_text word;
    if (members_find(&scan, "", fields, 3, &scoring->problems, err) < 0 ||
        json_scan_finish(&scan, err) < 0)
        return -1;
    if (read_signature(scoring, &fields[0], &word)) {
        unsigned outputs = outputs_of_word(scoring, &word);
        if (outputs == 0)
            refuse_signature(scoring);
        else
            scoring->body.options.outputs = outputs;
    }
    return read_tensors(scoring, &fields[1], &fields[2], err);
}

static int write_predict(struct scoring *scoring, struct error *err)
{
    struct json_writer json = json_write_start(&scoring->exchange->response.body);
    bool by_rows = scoring->form == ROWS;
    json_write_begin_object(&json);
    json_write_key(&json, by_rows ? "predictions" : "outputs");
    if ((by_rows ? tensors_write_rows : tensors_write_columns)(&json, &scoring->serving,
                                                               &scoring->body, err) < 0)
        return -1;
    json_write_end_object(&json);
    return 0;
}

static const struct scoring_form predict_form = {true, read_predict, write_predict};

/* ---- classify and regress ---- */

static bool has_probabilities(const struct scoring *scoring)
{
    return scoring->body.options.outputs & PREDICT_PROBABILITY;
}

static int read_examples(struct scoring *scoring, const struct members_field *context,
                         const struct members_field *examples, struct error *err)
{
    struct predict_members members = {
        .is_object = true, .takes_arrays = true, .takes_nan = scoring->takes_nan};
    if (!examples->has) {
        problem_report(&scoring->problems, ERROR_MISSING_FIELD, "",
                       "\"examples\" is needed");
        return 0;
    }
    members.at[PREDICT_MEMBER_INSTANCES] = examples->at;
    members.has[PREDICT_MEMBER_INSTANCES] = true;
    members.pointers[PREDICT_MEMBER_INSTANCES] = "/examples";
    members.shared = context->has ? &context->at : NULL;
    members.shared_pointer = "/context";
    return scoring_read_rows(scoring, &members, err);
}

/* `signature`: beside serving_default; NULL: the model has none such. */
static int read_request(struct scoring *scoring, const char *signature, struct error *err)
{
    struct members_field fields[] = {{.name = "signature_name"},
                                     {.name = "context"},
                                     {.name = "examples", .is_checked_later = true}};
    struct json_scan scan = scoring_scan(scoring);
    struct json_text word;
    if (members_find(&scan, "", fields, 3, &scoring->problems, err) < 0 ||
        json_scan_finish(&scan, err) < 0)
        return -1;
    if (read_signature(scoring, &fields[0], &word) &&
        (!signature || (word.n_bytes > 0 && !json_scan_text_is(&word, signature) &&
                        !json_scan_text_is(&word, "serving_default"))))
        refuse_signature(scoring);
    return read_examples(scoring, &fields[1], &fields[2], err);
}

static int read_classify(struct scoring *scoring, struct error *err)
{
    return read_request(scoring, has_probabilities(scoring) ? "classification" : NULL,
                        err);
}

static int read_regress(struct scoring *scoring, struct error *err)
{
    bool is_one_score = model_n_scores(scoring->serving.found.model) == 1;
    return read_request(scoring, is_one_score ? "regression" : NULL, err);
}

static void write_classes(struct json_writer *json, const struct scoring *scoring,
                          size_t row, double *probabilities)
{
    const struct model *model = scoring->serving.found.model;
    predict_probabilities(model, serving_scores_of(&scoring->serving, row),
                          probabilities);
    json_write_begin_array(json);
    for (size_t k = 0; k < model->n_classes; k++) {
        json_write_begin_array(json);
        json_write_string(json, model->classes[k]);
        json_write_number(json, probabilities[k]);
        json_write_end_array(json);
    }
    json_write_end_array(json);
}

static void write_value(struct json_writer *json, const struct scoring *scoring,
                        size_t row, double *probabilities)
{
    const struct model *model = scoring->serving.found.model;
    const double *scores = serving_scores_of(&scoring->serving, row);
    if (!has_probabilities(scoring)) {
        json_write_number(json, scores[0]);
        return;
    }
    predict_probabilities(model, scores, probabilities);
    json_write_number(json, probabilities[model->positive]);
}

typedef void write_fn(struct json_writer *json, const struct scoring *scoring, size_t row,
                      double *probabilities);

static void write_list(struct json_writer *json, const char *key,
                       const struct scoring *scoring, write_fn *write,
                       double *probabilities)
{
    json_write_key(json, key);
    json_write_begin_array(json);
    for (size_t row = 0; row < scoring->serving.n_rows; row++)
        write(json, scoring, row, probabilities);
    json_write_end_array(json);
}

/* The server has named the list results ever since; its document says result. */
static void write_both(const struct scoring *scoring, write_fn *write,
                       double *probabilities)
{
    struct json_writer json = json_write_start(&scoring->exchange->response.body);
    json_write_begin_object(&json);
    write_list(&json, "results", scoring, write, probabilities);
    write_list(&json, "result", scoring, write, probabilities);
    json_write_end_object(&json);
}

static int write_results(struct scoring *scoring, write_fn *write, struct error *err)
{
    size_t n_bytes, n_classes = scoring->serving.found.model->n_classes;
    double *probabilities = memory_new(n_classes ? n_classes : 1, sizeof(double), err);
    int result = -1;
    if (probabilities && tensors_reserve(&scoring->serving, &n_bytes, err) == 0) {
        write_both(scoring, write, probabilities);
        budget_release(scoring->serving.budget, n_bytes);
        result = 0;
    }
    memory_free(probabilities);
    return result;
}

static int write_classify(struct scoring *scoring, struct error *err)
{
    return write_results(scoring, write_classes, err);
}

static int write_regress(struct scoring *scoring, struct error *err)
{
    return write_results(scoring, write_value, err);
}

static const struct scoring_form classify_form = {true, read_classify, write_classify};
static const struct scoring_form regress_form = {true, read_regress, write_regress};

/* ---- handlers ---- */

static void respond(struct service *service, struct exchange *exchange,
                    enum model_path_by by, const struct scoring_form *form)
{
    char *const *params = exchange->request.params;
    if (scoring_check_text_type(exchange))
        scoring_respond(service, exchange, by, params[0], params[1], form);
    exchange_complete(exchange);
}

void tensorflow_predict_model(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_MODEL, &predict_form);
}

void tensorflow_predict_version(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_VERSION, &predict_form);
}

void tensorflow_predict_label(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_ALIAS, &predict_form);
}

void tensorflow_classify_model(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_MODEL, &classify_form);
}

void tensorflow_classify_version(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_VERSION, &classify_form);
}

void tensorflow_classify_label(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_ALIAS, &classify_form);
}

void tensorflow_regress_model(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_MODEL, &regress_form);
}

void tensorflow_regress_version(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_VERSION, &regress_form);
}

void tensorflow_regress_label(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_ALIAS, &regress_form);
}
