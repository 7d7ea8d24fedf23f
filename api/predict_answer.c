#include "api/predict_answer.h"

#include "api/predict_detail.h"
#include "api/predict_record.h"

#define LOST                                                                             \
    "some standard errors are null: their variances are what rounding leaves of far "    \
    "greater numbers; fit with \"standardize\":true, or with columns nearer to 0"

#define SMALL_BYTES 4096 /* an answer for which room is made at once */

struct answer {
    const struct serving *serving; /* scored */
    const struct model *model;
    const struct predict_body *body;
    struct predict_outcome outcome;
    struct json_writer json;
};

/* ---- one row ---- */

static void take(struct answer *answer, size_t good)
{
    predict_outcome_take(&answer->outcome, serving_scores_of(answer->serving, good),
                         answer->body, good);
}

static void write_record(struct answer *answer, size_t good)
{
    take(answer, good);
    json_write_begin_object(&answer->json);
    predict_record_write(&answer->json, &answer->outcome);
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
    take(answer, good);
    json_write_string(&answer->json, answer->model->classes[answer->outcome.label]);
}

static bool is_tie(struct answer *answer, size_t good)
{
    take(answer, good);
    return answer->outcome.is_tie;
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
    take(answer, good);
    write_values(answer, answer->outcome.probabilities, answer->model->n_classes);
}

static void write_score(struct answer *answer, size_t good)
{
    json_write_number(&answer->json, *serving_scores_of(answer->serving, good));
}

static void write_logits(struct answer *answer, size_t good)
{
    write_values(answer, serving_scores_of(answer->serving, good),
                 answer->serving->n_scores);
}

static void write_std_error(struct answer *answer, size_t good)
{
    take(answer, good);
    predict_record_write_error_column(&answer->json, &answer->outcome);
}

static void write_interval(struct answer *answer, size_t good)
{
    take(answer, good);
    predict_record_write_interval_column(&answer->json, &answer->outcome);
}

static void write_contributions(struct answer *answer, size_t good)
{
    take(answer, good);
    predict_record_write_contribution_column(&answer->json, &answer->outcome);
}

static void write_top(struct answer *answer, size_t good)
{
    take(answer, good);
    predict_record_write_top(&answer->json, &answer->outcome);
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

/* What the columns of contributions are of, and the score that they start from. */
static void write_parts(struct answer *answer)
{
    const struct contribution *contribution = &answer->outcome.contribution;
    json_write_key(&answer->json, "contribution_terms");
    json_write_begin_array(&answer->json);
    for (size_t i = 0; i < contribution->n; i++)
        json_write_string(&answer->json, contribution_name(contribution, i));
    json_write_end_array(&answer->json);
    json_write_key(&answer->json, "bias");
    if (answer->serving->n_scores == 1)
        json_write_number(&answer->json, contribution->bias[0]);
    else
        write_values(answer, contribution->bias, answer->serving->n_scores);
}

static bool has_tie(struct answer *answer)
{
    bool has_classes = answer->model->n_classes > 0;
    answer->outcome.wanted = 0;
    for (size_t i = 0; has_classes && i < answer->body->n_good; i++)
        if (is_tie(answer, i))
            return true;
    return false;
}

/* In this order. Of each row no more is found than its column needs. */
static const struct {
    const char *key;
    unsigned output;
    write_good_fn *write;
} columns[] = {
    {"probability", PREDICT_PROBABILITY, write_probability},
    {"logits", PREDICT_LOGITS, write_logits},
    {"prediction", PREDICT_PREDICTION, write_score},
    {"log_odds", PREDICT_LOG_ODDS, write_score},
    {"linear_predictor", PREDICT_LINEAR_PREDICTOR, write_score},
    {"standard_error", PREDICT_STANDARD_ERROR, write_std_error},
    {"interval", PREDICT_INTERVAL, write_interval},
    {"contributions", PREDICT_CONTRIBUTIONS, write_contributions},
    {"top_k", PREDICT_TOP_K, write_top},
};

static void write_columns(struct answer *answer)
{
    unsigned outputs = answer->body->options.outputs;
    if (answer->model->n_classes > 0)
        write_classes(answer);
    if (outputs & PREDICT_CONTRIBUTIONS)
        write_parts(answer);
    bool tells_ties = has_tie(answer);
    if (outputs & PREDICT_LABEL)
        write_rows(answer, "label", write_label, write_null);
    if (tells_ties)
        write_rows(answer, "tie", write_tie, write_null);
    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
        answer->outcome.wanted = columns[i].output;
        if (outputs & columns[i].output)
            write_rows(answer, columns[i].key, columns[i].write, write_null);
    }
    if (answer->body->n_bad > 0)
        write_rows(answer, "error", write_good_null, write_error);
}

/* ---- the whole ---- */

/* What the text will take: a generous guess, so that a small request cannot ask
 * for an answer that the machine has no memory for. */
static size_t text_bytes(const struct answer *answer)
{
    size_t bad_bytes = 256;
    return answer->body->n_good * predict_outcome_text_bytes(&answer->outcome) +
           answer->body->n_bad * bad_bytes + 256;
}

/* What outputs refer to. */
static void write_frame(struct answer *answer)
{
    const struct model *model = answer->model;
    unsigned outputs = answer->body->options.outputs;
    json_write_member_string(&answer->json, "model", answer->serving->name);
    json_write_member_integer(&answer->json, "version",
                              (int64_t)answer->serving->found.version);
    if (outputs & PREDICT_INTERVAL)
        json_write_member_number(&answer->json, "confidence",
                                 answer->body->options.confidence);
    if (outputs & PREDICT_STANDARD_ERROR && model->family == FAMILY_MULTINOMIAL)
        json_write_member_string(&answer->json, "reference",
                                 model->classes[model->reference]);
}

static void write_warnings(struct answer *answer)
{
    if (!answer->outcome.error.is_lost)
        return;
    json_write_key(&answer->json, "warnings");
    json_write_begin_array(&answer->json);
    json_write_begin_object(&answer->json);
    json_write_member_string(&answer->json, "code", "standard_error_lost");
    json_write_member_string(&answer->json, "detail", LOST);
    json_write_end_object(&answer->json);
    json_write_end_array(&answer->json);
}

static int write_answer(struct answer *answer, struct error *err)
{
    struct budget *budget = answer->serving->budget;
    size_t bytes = text_bytes(answer);
    if (budget_reserve(budget, bytes, err) < 0)
        return -1;
    buffer_reserve(answer->json.out, bytes < SMALL_BYTES ? bytes : SMALL_BYTES);
    json_write_begin_object(&answer->json);
    write_frame(answer);
    if (answer->body->options.columns_layout)
        write_columns(answer);
    else
        write_rows(answer, "predictions", write_record, write_bad_record);
    write_warnings(answer);
    json_write_end_object(&answer->json);
    budget_release(budget, bytes);
    return buffer_check(answer->json.out, err);
}

int predict_answer_write(const struct serving *serving, const struct predict_body *body,
                         struct buffer *out, struct error *err)
{
    struct answer answer = {.serving = serving,
                            .model = serving->found.model,
                            .body = body,
                            .json = json_write_start(out)};
    const struct predict_options *options = &body->options;
    size_t bytes = predict_outcome_bytes(answer.model, options);
    if (budget_reserve(serving->budget, bytes, err) < 0)
        return -1;
    int result = predict_outcome_open(&answer.outcome, answer.model, options, err);
    if (result == 0)
        result = write_answer(&answer, err);
    predict_outcome_close(&answer.outcome);
    budget_release(serving->budget, bytes);
    return result;
}
