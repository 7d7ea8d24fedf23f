/*
 * Single rows at the end of a fit: what statistics that go beyond the Hessian are sums
 * of. Two classes are treated as K are, with class 0 (failure) as the reference.
 *
 *   η_k = β_k'û + offset, η_0 = 0;  p = softmax(η);  r_k = p_k - s_k
 *
 * s_k: the row's share of class k. The score of row i, the derivative of its loss by
 * β_k, is s_i = r_k û, without its weight.
 *
 * One thread for each room.
 */
#ifndef LOGITD_CORE_MODEL_ROW_SCORES_H
#define LOGITD_CORE_MODEL_ROW_SCORES_H

#include "core/model/estimation.h"

struct row_scores {
    const struct estimation *estimation; /* borrowed */
    size_t n_classes;
    struct row_chunk chunk;
    double *p;        /* [n_rows of the chunk × n_classes] */
    double *residual; /* the same: r, 0 for class 0 */
    double *margins;  /* [the chunk's rows], scratch */
    double *spare;    /* [the same] */
};

int row_scores_new(struct row_scores *scores, const struct estimation *estimation,
                   struct error *err) MUST_CHECK;
void row_scores_free(struct row_scores *scores); /* all-zero is fine */

/* p and r of the chunk's rows at beta, coefficients in the basis. */
void row_scores_find(struct row_scores *scores, const double *beta);

/* p[n_classes] of margins η[n_classes - 1] of the classes but class 0. */
void row_scores_softmax(size_t n_classes, const double *margins, double *p);

/* ∂p_k/∂η_l = p_k ([k=l] - p_l), without cancellation. */
double row_scores_slope(size_t n_classes, const double *p, size_t k, size_t l);

/* One for each thread of the estimation's pool. */
struct row_scores *row_scores_rooms(const struct estimation *estimation,
                                    struct error *err) MUST_CHECK;
void row_scores_free_rooms(struct row_scores *rooms, const struct estimation *estimation);

#endif
