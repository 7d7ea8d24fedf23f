#include "api/predict_outcome.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

#define NUMBER_BYTES 26U /* with a comma */
#define FRAME_BYTES 32U  /* of a member: its name, quotes and brackets */

#define OF_ERRORS ((unsigned)PREDICT_STANDARD_ERROR | PREDICT_INTERVAL)

static size_t n_intervals(const struct model *model)
{
    return model->n_classes > 0 ? model->n_classes : 1;
}

/* ---- the whole ---- */

static int make_errors(struct predict_outcome *outcome, struct error *err)
{
    const struct model *model = outcome->model;
    if (!(outcome->wanted & OF_ERRORS))
        return 0;
    outcome->std_errors = memory_new(model->n_blocks, sizeof(double), err);
    outcome->intervals = memory_new(n_intervals(model), sizeof(*outcome->intervals), err);
    if (!outcome->std_errors || !outcome->intervals)
        return -1;
    return score_error_new(&outcome->error, model, outcome->options->confidence, err);
}

static int make_parts(struct predict_outcome *outcome, struct error *err)
{
    if (!(outcome->wanted & PREDICT_CONTRIBUTIONS))
        return 0;
    if (contribution_new(&outcome->contribution, outcome->model, err) < 0)
        return -1;
    outcome->parts = memory_new(model_n_scores(outcome->model) * outcome->contribution.n,
                                sizeof(double), err);
    return outcome->parts ? 0 : -1;
}

int predict_outcome_open(struct predict_outcome *outcome, const struct model *model,
                         const struct predict_options *options, struct error *err)
{
    outcome->model = model;
    outcome->options = options;
    outcome->wanted = options->outputs;
    outcome->probabilities =
        model->n_classes <= PREDICT_OUTCOME_FEW
            ? outcome->few
            : memory_new_aligned(model->n_classes, sizeof(double), err);
    if (!outcome->probabilities)
        return -1;
    if (options->outputs & PREDICT_TOP_K &&
        !(outcome->ranking =
              memory_new(model->n_classes, sizeof(*outcome->ranking), err)))
        return -1;
    return make_errors(outcome, err) < 0 || make_parts(outcome, err) < 0 ? -1 : 0;
}

void predict_outcome_close(struct predict_outcome *outcome)
{
    if (outcome->probabilities != outcome->few)
        memory_free(outcome->probabilities);
    memory_free(outcome->ranking);
    memory_free(outcome->std_errors);
    memory_free(outcome->intervals);
    memory_free(outcome->parts);
    score_error_free(&outcome->error);
    contribution_free(&outcome->contribution);
    *outcome = (struct predict_outcome){0};
}

size_t predict_outcome_bytes(const struct model *model,
                             const struct predict_options *options)
{
    size_t bytes =
        options->outputs & PREDICT_TOP_K ? model->n_classes * sizeof(size_t) : 0;
    if (model->n_classes > PREDICT_OUTCOME_FEW)
        bytes += model->n_classes * sizeof(double);
    if (options->outputs & OF_ERRORS)
        bytes += score_error_bytes(model) + model->n_blocks * sizeof(double) +
                 n_intervals(model) * sizeof(struct score_interval);
    if (options->outputs & PREDICT_CONTRIBUTIONS)
        bytes += contribution_bytes(model) +
                 model_n_scores(model) * sizeof(double) *
                     (model->encoding->n_inputs + model->encoding->n_terms);
    return bytes;
}

size_t predict_outcome_text_bytes(const struct predict_outcome *outcome)
{
    const struct model *model = outcome->model;
    size_t n_scores = model_n_scores(model), class_bytes = 0, part_bytes = 0;
    for (size_t k = 0; k < model->n_classes; k++)
        class_bytes += 2 * strlen(model->classes[k]) + FRAME_BYTES;
    for (size_t i = 0; outcome->parts && i < outcome->contribution.n; i++)
        part_bytes +=
            2 * strlen(contribution_name(&outcome->contribution, i)) + NUMBER_BYTES + 4;
    size_t bytes = n_scores * NUMBER_BYTES + 2 * class_bytes + 2 * FRAME_BYTES;
    if (outcome->parts)
        bytes += n_scores * (part_bytes + FRAME_BYTES) + 2 * class_bytes;
    if (outcome->std_errors)
        bytes += 2 * class_bytes + n_intervals(model) * (3 * NUMBER_BYTES + FRAME_BYTES);
    if (outcome->ranking)
        bytes += class_bytes + predict_outcome_n_top(outcome) * 2 * FRAME_BYTES;
    return bytes;
}

/* ---- a row ---- */

static void find_errors(struct predict_outcome *outcome, const struct predict_body *body,
                        size_t good)
{
    const struct model *model = outcome->model;
    if (model->encoding->is_sparse) {
        size_t start = good > 0 ? body->ends[good - 1] : 0;
        score_error_read_sparse(&outcome->error,
                                body->entries ? body->entries + start : NULL,
                                body->ends[good] - start);
    } else
        score_error_read(&outcome->error, body->cells + good * model->encoding->n_inputs);
    for (size_t b = 0; outcome->wanted & PREDICT_STANDARD_ERROR && b < model->n_blocks;
         b++)
        outcome->std_errors[b] = score_error_of(&outcome->error, b);
    for (size_t k = 0; outcome->wanted & PREDICT_INTERVAL && k < n_intervals(model); k++)
        outcome->intervals[k] = score_error_interval(&outcome->error, outcome->scores, k);
}

static void find_parts(struct predict_outcome *outcome, const struct predict_body *body,
                       size_t good)
{
    const struct encoding *encoding = outcome->model->encoding;
    if (!encoding->is_sparse) {
        contribution_row(&outcome->contribution, body->cells + good * encoding->n_inputs,
                         outcome->parts);
        return;
    }
    size_t start = good > 0 ? body->ends[good - 1] : 0;
    contribution_row_sparse(&outcome->contribution,
                            body->entries ? body->entries + start : NULL,
                            body->ends[good] - start, outcome->parts);
}

static int compare(const void *left, const void *right, void *context)
{
    const size_t *a = left, *b = right;
    const double *p = context;
    if (p[*a] != p[*b])
        return p[*a] < p[*b] ? 1 : -1;
    return (*a > *b) - (*a < *b);
}

static void rank(struct predict_outcome *outcome)
{
    size_t n = outcome->model->n_classes;
    for (size_t k = 0; k < n; k++)
        outcome->ranking[k] = k;
    qsort_r(outcome->ranking, n, sizeof(*outcome->ranking), compare,
            outcome->probabilities);
}

void predict_outcome_take(struct predict_outcome *outcome, const double *scores,
                          const struct predict_body *body, size_t good)
{
    const struct model *model = outcome->model;
    outcome->scores = scores;
    outcome->is_tie = false;
    if (model->n_classes > 0)
        outcome->label =
            predict_label(model, scores, outcome->options->threshold, &outcome->is_tie);
    if (outcome->wanted & (PREDICT_PROBABILITY | PREDICT_TOP_K))
        predict_probabilities(model, scores, outcome->probabilities);
    if (outcome->wanted & PREDICT_TOP_K)
        rank(outcome);
    if (outcome->wanted & OF_ERRORS)
        find_errors(outcome, body, good);
    if (outcome->wanted & PREDICT_CONTRIBUTIONS)
        find_parts(outcome, body, good);
}

size_t predict_outcome_n_top(const struct predict_outcome *outcome)
{
    size_t n = outcome->model->n_classes;
    return outcome->options->top_k < n ? outcome->options->top_k : n;
}

size_t predict_outcome_error_class(const struct predict_outcome *outcome, size_t block)
{
    return outcome->model->family == FAMILY_MULTINOMIAL
               ? outcome->model->block_class[block]
               : SIZE_MAX;
}
