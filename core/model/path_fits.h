/*
 * Fits of the same rows under one penalty after another, each from where the last one has
 * ended. With l1 all that does not depend on the penalties (survey, basis, null model,
 * room) is made once, and of most fits no more is told than a path lists; others are
 * estimates by themselves.
 */
#ifndef LOGITD_CORE_MODEL_PATH_FITS_H
#define LOGITD_CORE_MODEL_PATH_FITS_H

#include "core/model/estimation.h"
#include "core/model/numeric_response.h"
#include "core/model/trace.h"

struct path_fits { /* stays where it is once it is open */
    bool is_kept;  /* one estimation serves all of them */
    const struct design *design;
    const struct estimate_hooks *hooks;
    struct pool *pool;
    struct estimate_options options;  /* the estimation's */
    struct numeric_response response; /* of numbers */
    struct estimation estimation;
    struct trace trace;       /* of its last search */
    struct estimate estimate; /* of the last fit */
    double *start;            /* where that ended, if the next is to begin there */
};

/* What is told of each: a step of the path, and the mean loss of the rows held out. */
struct path_fit {
    uint64_t n_nonzero, iterations;
    double objective, deviance_ratio, validation_loss;
    bool converged;
};

/* Into all-zero fits; everything given is borrowed. The options are those of the first
 * fit, the others differ in penalties, of the same kinds, and in what is told. Errors of
 * estimate_run. */
int path_fits_open(struct path_fits *fits, const struct design *design,
                   const struct estimate_options *options,
                   const struct estimate_hooks *hooks, struct pool *pool,
                   struct error *err) MUST_CHECK;
void path_fits_free(struct path_fits *fits); /* back to all zero */

/* Of fits with l1: the least of it that leaves nothing, as l1_limit.h has it. */
int path_fits_l1_max(struct path_fits *fits, double *l1_max,
                     struct error *err) MUST_CHECK;

int path_fits_run(struct path_fits *fits, const struct estimate_options *options,
                  struct path_fit *fit, struct error *err) MUST_CHECK;

/* The whole estimate of the last fit, once; into an all-zero one. */
int path_fits_take(struct path_fits *fits, struct estimate *estimate,
                   struct error *err) MUST_CHECK;

#endif
