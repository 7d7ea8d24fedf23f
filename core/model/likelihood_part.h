/*
 * A likelihood as a function of a few of its coefficients, the others held at 0: their
 * columns of the design are copied, so that a pass over the rows touches nothing else.
 * For solvers that move few of many.
 */
#ifndef LOGITD_CORE_MODEL_LIKELIHOOD_PART_H
#define LOGITD_CORE_MODEL_LIKELIHOOD_PART_H

#include "core/model/likelihood.h"

/* Numbers that such a copy has at most, beside their places. */
#define LIKELIHOOD_PART_MOST (1U << 22)
/* Columns of which parts are made at least. */
#define LIKELIHOOD_PART_LEAST 32U

/* objective.h says what. Not made of classes, of mixed columns, of more than a quarter of
 * the columns, or where the copy would be too large. The copy is in memory. */
int likelihood_part_new(struct likelihood *likelihood, const size_t *set, size_t n_set,
                        struct objective *part, bool *made, struct error *err) MUST_CHECK;
void likelihood_part_free(struct objective *part);

#endif
