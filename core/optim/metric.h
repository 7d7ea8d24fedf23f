/*
 * In what units a solver measures coefficients: M near the Hessian at a point, to solve
 * with. It is one that is given, or the objective's preconditioner, or else the diagonal
 * of the Hessian, where the objective offers that, or else the identity; with |w|, which
 * mixes no coordinates, never the preconditioner.
 */
#ifndef LOGITD_CORE_OPTIM_METRIC_H
#define LOGITD_CORE_OPTIM_METRIC_H

#include "core/kernel/cholesky.h"
#include "core/optim/objective.h"

struct metric {
    size_t n;
    const struct cholesky *given;                          /* NULL: M is to be found */
    const struct objective_preconditioner *preconditioner; /* NULL: none */
    void *made;                                            /* by it; NULL: */
    double *diagonal;                                      /* [n] above 0 */
};

/* given: M, factored and borrowed, that needs no metric_find; or NULL. */
int metric_new(struct metric *metric, const struct objective *objective,
               const struct cholesky *given, struct error *err) MUST_CHECK;
void metric_free(struct metric *metric); /* all-zero is fine */

/* At a point that has its curvature. The objective's errors; allocates nothing. */
int metric_find(struct metric *metric, const struct objective *objective,
                struct objective_point *point, struct error *err) MUST_CHECK;

/* scaled[n] = M⁻¹v, which does not overlap it. */
void metric_solve(const struct metric *metric, const double *v, double *scaled);

#endif
