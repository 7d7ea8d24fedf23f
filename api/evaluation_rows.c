#include "api/evaluation_rows.h"

#include <float.h>
#include <math.h>

#include "api/row_outcomes.h"
#include "api/service_internal.h"
#include "core/base/memory.h"
#include "core/model/predict.h"

struct judging {
    const struct model *model;
    const struct evaluation_request *request;
    struct evaluation_result *result;
    struct row_outcomes outcomes;
    struct predict_body body;
};

static void skip(struct judging *judging, enum error_code code)
{
    judging->result->n_skipped++;
    judging->result->n_cells[code]++;
}

static void add_row(const struct judging *judging, struct evaluate *evaluate,
                    double *scores, size_t row)
{
    const struct row_outcomes *outcomes = &judging->outcomes;
    const double *values = outcomes->rows[row].values;
    double weight = row_outcomes_weight(outcomes, row);
    if (outcomes->columns[ROW_OFFSET])
        scores[0] = fmax(-DBL_MAX, fmin(scores[0] + values[ROW_OFFSET], DBL_MAX));
    if (!outcomes->columns[ROW_TRIALS]) {
        evaluate_add(evaluate, scores, &values[ROW_TARGET], &weight, 1);
        return;
    }
    size_t success = evaluate_outcomes_success(judging->model);
    const double class[] = {(double)success, (double)(1 - success)};
    const double weights[] = {weight * values[ROW_TARGET],
                              weight * (values[ROW_TRIALS] - values[ROW_TARGET])};
    evaluate_add(evaluate, scores, &class[0], &weights[0], 1);
    evaluate_add(evaluate, scores, &class[1], &weights[1], 1);
}

static void add_rows(struct judging *judging, struct evaluate *evaluate, double *scores)
{
    const struct predict_body *body = &judging->body;
    size_t bad = 0, n_scores = model_n_scores(judging->model);
    for (size_t row = 0; row < body->n_rows; row++) {
        enum error_code code = judging->outcomes.rows[row].code;
        if (bad < body->n_bad && body->bad[bad].row == row) {
            skip(judging, body->bad[bad++].code);
            continue;
        }
        if (code != ERROR_NONE)
            skip(judging, code);
        else
            add_row(judging, evaluate, scores, row);
        scores += n_scores;
    }
}

static void score(const struct model *model, const struct predict_body *body,
                  double *scores)
{
    if (body->n_good > 0 && model->encoding->is_sparse)
        predict_scores_sparse(model, body->entries, body->ends, body->n_good, NULL,
                              scores);
    else if (body->n_good > 0)
        predict_scores(model, body->cells, body->n_good, NULL, scores);
}

static int judge(struct judging *judging, size_t n_scores, size_t n_most,
                 struct error *err)
{
    const struct model *model = judging->model;
    double *scores = memory_new_aligned(n_scores, sizeof(*scores), err);
    struct evaluate *evaluate =
        scores ? evaluate_new(model, &judging->request->options, n_most, err) : NULL;
    int result = -1;
    if (evaluate) {
        score(model, &judging->body, scores);
        add_rows(judging, evaluate, scores);
        result = evaluate_finish(evaluate, &judging->result->evaluation, err);
    }
    evaluate_free(evaluate);
    memory_free(scores);
    return result;
}

static int judge_within(struct judging *judging, struct budget *budget, struct error *err)
{
    const struct model *model = judging->model;
    size_t n_scores = judging->body.n_good * model_n_scores(model), n_bytes;
    size_t n_most =
        judging->body.n_good * (judging->outcomes.columns[ROW_TRIALS] ? 2 : 1);
    if (!memory_sum(evaluate_bytes(model, &judging->request->options, n_most),
                    n_scores * sizeof(double), &n_bytes))
        return error_no_memory(err, SIZE_MAX);
    if (budget_reserve(budget, n_bytes, err) < 0)
        return -1;
    int result = judge(judging, n_scores, n_most, err);
    budget_release(budget, n_bytes);
    return result;
}

int evaluation_rows_run(struct service *service, const struct model *model,
                        const struct evaluation_request *request, const char *body,
                        size_t n_bytes, struct evaluation_result *result,
                        struct error *err)
{
    const struct row_outcomes_asked asked = {
        .lists = &request->lists, .columns = &request->columns, .skips = result->skips};
    struct judging judging = {.model = model, .request = request, .result = result};
    int status =
        row_outcomes_read(&judging.outcomes, model, &asked, body, n_bytes,
                          &service->budget, &judging.body, result->problems, err);
    result->n_rows = judging.body.n_rows;
    if (status == 0 && result->problems->n == 0)
        status = judge_within(&judging, &service->budget, err);
    predict_body_free(&judging.body);
    row_outcomes_free(&judging.outcomes);
    if (status == 0)
        evaluation_result_check(result);
    return status;
}
