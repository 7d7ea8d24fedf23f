/*
 * Steps of a proximal Newton method where the objective is one of margins
 * (objective_margins.h): what is known of the rows is kept, a step over a working set
 * costs what its columns do, and a gradient one product with all columns. The steps are
 * inexact ones (column_quadratic.h).
 */
#ifndef LOGITD_CORE_OPTIM_COLUMN_DESCENT_H
#define LOGITD_CORE_OPTIM_COLUMN_DESCENT_H

#include "core/optim/column_quadratic.h"
#include "core/optim/objective.h"
#include "core/optim/working_set.h"

struct column_descent {
    const struct objective *objective;
    const struct objective_margins *margins; /* NULL: there are none */
    struct column_quadratic quadratic;
    double *z, *trial_z, *along;  /* [n_rows] margins here and there, and on the way */
    double *residual, *curvature; /* [n_rows] of the margins evaluated last */
    double decrement;             /* of the last step: as coordinate_descent.c has it */
    double step;                  /* its share that was taken */
};

/* Borrows the objective. */
int column_descent_new(struct column_descent *descent, const struct objective *objective,
                       const struct objective_margins *margins,
                       struct error *err) MUST_CHECK;
void column_descent_free(struct column_descent *descent); /* all-zero is fine */

/* Value and gradient of J at the point, from which the next step is taken. Unless all of
 * the gradient is wanted, as column_screen.h has it of those that may stay 0. False: they
 * are not finite. */
bool column_descent_find(struct column_descent *descent, struct objective_point *point,
                         bool is_all_wanted);

/* Of the point found last: all others are 0 and within their l1. */
struct l1_among column_descent_among(const struct column_descent *descent);

/* From the point found last, where all of F but J is the penalty, over the set, to
 * trial->beta: until λ² is enough, or as far as is worth its while before others are
 * looked at. False: no step lowers F. */
bool column_descent_step(struct column_descent *descent, const struct working_set *set,
                         const struct objective_point *point, double penalty,
                         double enough, struct objective_point *trial);

#endif
