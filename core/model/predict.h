/*
 * Scoring rows with a model. Pure, thread-safe, allocates nothing but what the caller
 * gives. A row's scores do not depend on the rows beside it.
 */
#ifndef LOGITD_CORE_MODEL_PREDICT_H
#define LOGITD_CORE_MODEL_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/model.h"

/*
 * scores[n_rows × model_n_scores] from cells[n_rows × n_inputs] (core/data/encoding.h;
 * none missing). `offset` [n_rows] or NULL is added to scores, of which a row has one.
 * Finite cells give finite scores: what is beyond the doubles becomes ±DBL_MAX.
 */
void predict_scores(const struct model *model, const double *cells, size_t n_rows,
                    const double *offset, double *scores);

/* The same of a model whose inputs are all sparse (encoding.is_sparse), from what is not
 * 0: row i has entries[ends[i-1]…ends[i]-1] (from 0 for the first), ascending by input,
 * none twice. The scores have the same bits as from all cells, and cost what entries
 * there are. */
struct predict_entry {
    uint32_t input;
    double value;
};
void predict_scores_sparse(const struct model *model, const struct predict_entry *entries,
                           const size_t *ends, size_t n_rows, const double *offset,
                           double *scores);

/* One row's probabilities [n_classes] from its scores, of a logistic family: σ by sign,
 * softmax shifted by the maximum. At log-odds exactly 0 both are exactly ½. */
void predict_probabilities(const struct model *model, const double *scores,
                           double *probabilities);

/*
 * The class of one row, of a family with classes. Of two: the positive one if its
 * probability is at least `threshold` (hinge has ½ alone); at ½ the sign of the score
 * decides, and exactly 0 is a tie, which the positive class has. Else the largest logit,
 * the first of equals; a tie if there is another such.
 */
size_t predict_label(const struct model *model, const double *scores, double threshold,
                     bool *tie);

#endif
