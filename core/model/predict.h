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

/* How many scores a row has: 1 (log-odds of the positive class) or n_classes (logits). */
size_t predict_n_scores(const struct model *model);

/*
 * scores[n_rows × n_scores] from cells[n_rows × n_inputs] (core/data/encoding.h; none
 * missing). `offset` [n_rows] or NULL is added to binomial scores. Finite cells give
 * finite scores: what is beyond the doubles becomes ±DBL_MAX.
 */
void predict_scores(const struct model *model, const double *cells, size_t n_rows,
                    const double *offset, double *scores);

/* One row's probabilities [n_classes] from its scores: σ by sign, softmax shifted by the
 * maximum. At log-odds exactly 0 both are exactly ½. */
void predict_probabilities(const struct model *model, const double *scores,
                           double *probabilities);

/*
 * The class of one row. Binomial: the positive one if its probability is at least
 * `threshold`; at ½ the sign of the log-odds decides, and exactly 0 is a tie, which the
 * positive class has. Else the largest logit, the first of equals; a tie if there is
 * another such.
 */
size_t predict_label(const struct model *model, const double *scores, double threshold,
                     bool *tie);

#endif
