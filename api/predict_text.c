#include "api/predict_text.h"

#include "api/predict_detail.h"

struct answer {
    const struct serving *serving; /* scored */
    const struct predict_body *body;
    struct predict_outcome outcome;
    struct score_columns columns; /* none */
    struct score_write writer;
};

static void write_bad(struct answer *answer, const struct predict_bad_row *bad)
{
    struct buffer column = BUFFER_EMPTY;
    if (bad->input != SIZE_MAX)
        encoding_write_unusable(answer->outcome.model->encoding, bad->input, &column);
    if (column.failed)
        answer->writer.out->failed = true;
    score_write_row(&answer->writer, 0, bad->code, predict_detail(bad->code, bad->input),
                    column.bytes);
    buffer_free(&column);
}

static void write_rows(struct answer *answer)
{
    const struct predict_body *body = answer->body;
    size_t good = 0, bad = 0;
    score_write_head(&answer->writer, body->n_rows);
    for (size_t row = 0; row < body->n_rows; row++) {
        if (bad < body->n_bad && body->bad[bad].row == row) {
            write_bad(answer, &body->bad[bad++]);
            continue;
        }
        predict_outcome_take(&answer->outcome, serving_scores_of(answer->serving, good),
                             body, good);
        score_write_row(&answer->writer, 0, ERROR_NONE, NULL, NULL);
        good++;
    }
}

static int write_answer(struct answer *answer, struct error *err)
{
    struct budget *budget = answer->serving->budget;
    size_t bad_bytes = 256;
    size_t bytes =
        (answer->body->n_good + 1) * predict_outcome_text_bytes(&answer->outcome) +
        answer->body->n_bad * bad_bytes + 256;
    if (budget_reserve(budget, bytes, err) < 0)
        return -1;
    write_rows(answer);
    budget_release(budget, bytes);
    return buffer_check(answer->writer.out, err);
}

int predict_text_write(const struct serving *serving, const struct predict_body *body,
                       enum score_format format, struct buffer *out, struct error *err)
{
    const struct predict_options *options = &body->options;
    const struct model *model = serving->found.model;
    struct answer answer = {.serving = serving, .body = body};
    answer.writer = (struct score_write){.format = format,
                                         .tells_errors = options->on_error_row,
                                         .columns = &answer.columns,
                                         .outcome = &answer.outcome,
                                         .out = out};
    size_t bytes = predict_outcome_bytes(model, options);
    if (budget_reserve(serving->budget, bytes, err) < 0)
        return -1;
    int result = predict_outcome_open(&answer.outcome, model, options, err);
    if (result == 0)
        result = write_answer(&answer, err);
    predict_outcome_close(&answer.outcome);
    budget_release(serving->budget, bytes);
    return result;
}
