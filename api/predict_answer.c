#include "api/predict_answer.h"

#include <string.h>

#include "api/predict_detail.h"
#include "api/predict_record.h"
#include "core/base/memory.h"
#include "core/model/predict.h"
#include "core/text/json_write.h"

struct answer {
    const struct serving *serving; /* scored */
    const struct model *model;
    const struct predict_body *body;
    double *probabilities; /* [n_classes], of the row at hand */
    struct json_writer json;
};

/* ---- one row ---- */

static const double *scores_of(const struct answer *answer, size_t good)
{
    return serving_scores_of(answer->serving, good);
}

static size_t label_of(const struct answer *answer, size_t good, bool *tie)
{
    return predict_label(answer->model, scores_of(answer, good),
                         answer->body->options.threshold, tie);
}

static void write_record(struct answer *answer, size_t good)
{
    const struct predict_options *options = &answer->body->options;
    json_write_begin_object(&answer->json);
    predict_record_write(&answer->json, answer->model, options->outputs,
                         options->threshold, scores_of(answer, good),
                         answer->probabilities);
    json_write_end_object(&answer->json);
}

/* {"code","detail","column"}, which is of the input, or the expression, that makes a row
 * a bad one; null: neither. */
static void write_error(struct answer *answer, const struct predict_bad_row *bad)
{
    struct buffer column = BUFFER_EMPTY;
    if (bad->input != SIZE_MAX)
        encoding_write_unusable(answer->model->encoding, bad->input, &column);
    answer->json.out->failed = answer->json.out->failed || column.failed;
    predict_record_write_error(&answer->json, bad->code,
                               predict_detail(bad->code, bad->input), column.bytes);
    buffer_free(&column);
}

static void write_bad_record(struct answer *answer, const struct predict_bad_row *bad)
{
    json_write_begin_object(&answer->json);
    json_write_key(&answer->json, "error");
    write_error(answer, bad);
    json_write_end_object(&answer->json);
}

static void write_null(struct answer *answer, const struct predict_bad_row *bad)
{
    (void)bad;
    json_write_null(&answer->json);
}

/* ---- layouts ---- */

typedef void write_good_fn(struct answer *answer, size_t good);
typedef void write_bad_fn(struct answer *answer, const struct predict_bad_row *bad);

/* An array with one element for each row. */
static void write_rows(struct answer *answer, const char *key, write_good_fn *write_good,
                       write_bad_fn *write_bad)
{
    const struct predict_body *body = answer->body;
    size_t good = 0, bad = 0;
    json_write_key(&answer->json, key);
    json_write_begin_array(&answer->json);
    for (size_t row = 0; row < body->n_rows; row++) {
        if (bad < body->n_bad && body->bad[bad].row == row)
            write_bad(answer, &body->bad[bad++]);
        else
            write_good(answer, good++);
    }
    json_write_end_array(&answer->json);
}

static void write_label(struct answer *answer, size_t good)
{
    bool tie;
    json_write_string(&answer->json,
                      answer->model->classes[label_of(answer, good, &tie)]);
}

static bool is_tie(const struct answer *answer, size_t good)
{
    bool tie = false;
    label_of(answer, good, &tie);
    return tie;
}

static void write_tie(struct answer *answer, size_t good)
{
    json_write_bool(&answer->json, is_tie(answer, good));
}

static void write_values(struct answer *answer, const double *values, size_t n)
{
    json_write_begin_array(&answer->json);
    for (size_t i = 0; i < n; i++)
        json_write_number(&answer->json, values[i]);
    json_write_end_array(&answer->json);
}

static void write_probability(struct answer *answer, size_t good)
{
    predict_probabilities(answer->model, scores_of(answer, good), answer->probabilities);
    write_values(answer, answer->probabilities, answer->model->n_classes);
}

static void write_score(struct answer *answer, size_t good)
{
    json_write_number(&answer->json, *scores_of(answer, good));
}

static void write_logits(struct answer *answer, size_t good)
{
    write_values(answer, scores_of(answer, good), answer->serving->n_scores);
}

static void write_good_null(struct answer *answer, size_t good)
{
    (void)good;
    json_write_null(&answer->json);
}

static void write_classes(struct answer *answer)
{
    json_write_key(&answer->json, "classes");
    json_write_begin_array(&answer->json);
    for (size_t k = 0; k < answer->model->n_classes; k++)
        json_write_string(&answer->json, answer->model->classes[k]);
    json_write_end_array(&answer->json);
}

static bool has_tie(const struct answer *answer)
{
    bool has_classes = answer->model->n_classes > 0;
    for (size_t i = 0; has_classes && i < answer->body->n_good; i++)
        if (is_tie(answer, i))
            return true;
    return false;
}

static void write_columns(struct answer *answer)
{
    unsigned outputs = answer->body->options.outputs;
    if (answer->model->n_classes > 0)
        write_classes(answer);
    if (outputs & PREDICT_LABEL)
        write_rows(answer, "label", write_label, write_null);
    if (has_tie(answer))
        write_rows(answer, "tie", write_tie, write_null);
    if (outputs & PREDICT_PROBABILITY)
        write_rows(answer, "probability", write_probability, write_null);
    if (outputs & PREDICT_LOGITS)
        write_rows(answer, "logits", write_logits, write_null);
    if (outputs & PREDICT_PREDICTION)
        write_rows(answer, "prediction", write_score, write_null);
    if (outputs & PREDICT_LOG_ODDS)
        write_rows(answer, "log_odds", write_score, write_null);
    if (outputs & PREDICT_LINEAR_PREDICTOR)
        write_rows(answer, "linear_predictor", write_score, write_null);
    if (answer->body->n_bad > 0)
        write_rows(answer, "error", write_good_null, write_error);
}

/* ---- the whole ---- */

/* What the text will take: a generous guess, so that a small request cannot ask
 * for an answer that the machine has no memory for. */
static size_t memory_needed(const struct answer *answer)
{
    const struct model *model = answer->model;
    size_t class_bytes = 0;
    for (size_t k = 0; k < model->n_classes; k++)
        class_bytes += 2 * strlen(model->classes[k]) + 32;
    size_t good_bytes = answer->serving->n_scores * 24 + 2 * class_bytes + 64;
    size_t bad_bytes = 256;
    return answer->body->n_good * good_bytes + answer->body->n_bad * bad_bytes + 256;
}

static int write_answer(struct answer *answer, struct error *err)
{
    answer->probabilities =
        memory_new_aligned(answer->model->n_classes, sizeof(double), err);
    if (!answer->probabilities)
        return -1;
    json_write_begin_object(&answer->json);
    json_write_member_string(&answer->json, "model", answer->serving->name);
    json_write_member_integer(&answer->json, "version",
                              (int64_t)answer->serving->found.version);
    if (answer->body->options.columns_layout)
        write_columns(answer);
    else
        write_rows(answer, "predictions", write_record, write_bad_record);
    json_write_end_object(&answer->json);
    return buffer_check(answer->json.out, err);
}

int predict_answer_write(const struct serving *serving, const struct predict_body *body,
                         struct buffer *out, struct error *err)
{
    struct answer answer = {.serving = serving,
                            .model = serving->found.model,
                            .body = body,
                            .json = json_write_start(out)};
    size_t bytes = memory_needed(&answer);
    if (budget_reserve(serving->budget, bytes, err) < 0)
        return -1;
    int result = write_answer(&answer, err);
    memory_free(answer.probabilities);
    budget_release(serving->budget, bytes);
    return result;
}
