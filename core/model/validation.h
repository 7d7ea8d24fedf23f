/*
 * Rows that a fit is judged on and not fitted to: the mean of their losses by weight,
 * without penalty, in the basis of the fit; and the search for a learning rate that goes
 * by it.
 */
#ifndef LOGITD_CORE_MODEL_VALIDATION_H
#define LOGITD_CORE_MODEL_VALIDATION_H

#include "core/model/likelihood.h"
#include "core/optim/solver.h"

struct validation { /* all zero: there are no such rows */
    const struct design *held_out;
    struct likelihood likelihood; /* of these rows */
    struct objective objective;   /* the likelihood's */
    struct objective_point point;
    struct solver_search search; /* among rates; n is 0 without */
};

/* Into an all-zero validation, which then stays where it is. Everything is borrowed; none
 * of it is needed without options->held_out. The trials are the options' rates, and their
 * initial one. */
int validation_new(struct validation *validation, const struct basis *basis,
                   size_t n_classes, const struct estimate_options *options,
                   const struct estimate_hooks *hooks, struct pool *pool,
                   struct error *err) MUST_CHECK;
void validation_free(struct validation *validation);

/* The loss at beta; NaN where it is not finite, and without such rows. */
int validation_judge(struct validation *validation, const double *beta, double *loss,
                     struct error *err) MUST_CHECK;

/* Copies trials into the report. */
int validation_report_trials(const struct validation *validation, struct report *report,
                             struct error *err) MUST_CHECK;

#endif
