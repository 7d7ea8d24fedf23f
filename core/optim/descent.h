/*
 * What the first-order methods have in common: iterations that end at the tolerance, at a
 * limit or where the watch says so, a learning rate by schedule, the best iterate, and a
 * clear end where the rate is too great. How to get from one point to the next is the
 * method's.
 *
 * The tolerance is met when ‖g‖ ≤ tolerance·max(1,|J|): g is cheap, and there is no
 * Hessian to judge by. With l1 J is F = J + Σ l1_i |β_i| in this, and g its slope (l1.h).
 */
#ifndef LOGITD_CORE_OPTIM_DESCENT_H
#define LOGITD_CORE_OPTIM_DESCENT_H

#include "core/optim/checkpoint.h"

struct descent {
    size_t index; /* among those that go in lock-step; 0: alone */
    const struct objective *objective;
    const struct solver_options *options;
    const struct solver_watch *watch;
    const struct descent_method *method;
    void *own;                     /* the method's */
    struct objective_point *point; /* where we are, with value and gradient */
    double initial;                /* learning rate that the schedule starts from */
    double usual;                  /* the one taken where none is given */
    double rate;                   /* of this iteration, by the schedule */
    double step;        /* taken to get here: the rate, unless the method says other */
    double start_value; /* J at the start */
    double best_value;
    double *best; /* [n] where J was that */
    bool is_lost; /* a step has left the finite numbers */
    double start_seconds;
    struct solver_result result;
};

struct descent_method {
    double usual_rate; /* where none is given; 0: one over the greatest curvature of J */
    bool in_epochs;    /* iterations are epochs, which max_epochs limits */
    /* Makes ready for n descents in lock-step from one β, and forgets what was before;
     * NULL: there is nothing to be made. */
    int (*begin)(void *own, size_t n, const double *beta, struct error *err);
    /* Moves the points of n descents, each by its rate, as each alone would be moved. 1:
     * moved, or lost; 0: nothing lowers J, of one alone; -1: failed. Allocates nothing.
     */
    int (*advance)(struct descent *const *descents, size_t n, void *own,
                   struct error *err);
    /* What the method itself remembers from iteration to iteration; NULL: nothing. */
    checkpoint_visit_fn *visit;
};

int descent_run(const struct descent_method *method, void *own,
                const struct objective *objective, const struct solver_options *options,
                const struct solver_watch *watch, struct objective_point *point,
                struct solver_result *result, struct error *err) MUST_CHECK;

/* ---- for methods, and for the search among rates (descent_search.h) ---- */

/* What is minimised, at the point: J, or F. */
double descent_value(const struct descent *descent);

/* Value and gradient at a point; *finite: are they numbers? What an objective says of
 * that itself is no error. */
int descent_evaluate(struct descent *descent, struct objective_point *point, bool *finite,
                     struct error *err) MUST_CHECK;
bool descent_is_finite(const struct descent *descent,
                       const struct objective_point *point);

/* Has it met its tolerance or a limit? Then with the reason in the result. */
bool descent_has_ended(struct descent *descent);
/* The rate of the next iteration. */
void descent_set_rate(struct descent *descent);
/* After an iteration whose end has been evaluated: counts it, and keeps the best iterate.
 * False: it diverges. */
bool descent_take(struct descent *descent, bool finite);
/* At its end: was no iterate better than the start? */
bool descent_is_divergent(const struct descent *descent);
/* Where it ends: the best iterate, or the last one where that is a minimum. Moves the
 * point there; true: it has to be evaluated again. */
bool descent_settle(struct descent *descent);

#endif
