/*
 * A likelihood as a function of margins (objective_margins.h): a copy of the design by
 * columns, in the basis.
 */
#ifndef LOGITD_CORE_MODEL_LIKELIHOOD_MARGINS_H
#define LOGITD_CORE_MODEL_LIKELIHOOD_MARGINS_H

#include "core/model/likelihood.h"

/* Numbers that such a copy has at most, beside their places. */
#define LIKELIHOOD_MARGINS_MOST (1U << 22)
/* Columns of which one is made at least; and at least one for so many rows. */
#define LIKELIHOOD_MARGINS_LEAST 32U
#define LIKELIHOOD_MARGINS_ROWS 4U
/* Of dense rows no more than so many: matrices of a set of their columns are had at
 * another speed. */
#define LIKELIHOOD_MARGINS_MOST_DENSE 256U

/* objective.h says what. Not of classes, of mixed columns, of a design in a file, of many
 * rows against the columns, or where the copy would be too large. */
int likelihood_margins_find(struct likelihood *likelihood,
                            const struct objective_margins **margins,
                            struct error *err) MUST_CHECK;
void likelihood_margins_free(struct likelihood_margins *margins); /* NULL is fine */

#endif
