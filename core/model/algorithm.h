/*
 * Which algorithm a fit takes, and whether it may hold p×p matrices, of p coefficients.
 *
 * "auto": where the penalty has |w|, coordinate_descent; of a loss with corners, what its
 * family says; newton where statistics are asked for, since they need its Hessian; else
 * whichever of newton and newton_cg takes less time by the formulas of cost.h. Both
 * are counted to the last digits. The reason has the times.
 *
 * p×p matrices: for what needs them (newton, statistics), and otherwise up to a size
 * where forming one in the end costs little, for the certificate and the curvature in the
 * report. Without a penalty that size is greater: then it takes the Hessian to tell a
 * maximum of the likelihood from separation.
 */
#ifndef LOGITD_CORE_MODEL_ALGORITHM_H
#define LOGITD_CORE_MODEL_ALGORITHM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/model/cost.h"
#include "core/model/estimate.h"
#include "core/optim/solver.h"

struct algorithm_task {
    const char *name; /* "auto" or a solver's */
    uint64_t n_rows;
    uint64_t n_entries;       /* of sparse rows; 0: dense */
    size_t n_blocks, n_terms; /* p = n_blocks × n_terms */
    bool statistics;          /* and no l1, with which there are none */
    bool is_penalised;        /* every coefficient but the intercepts */
    bool has_l1;
    bool of_numbers;
    bool is_quadratic; /* the loss is, so that newton takes one step */
    size_t n_at_once;  /* fits that a search among learning rates holds; 0: none */
    bool is_firth;
    /* Of a loss with corners: who minimises it where nobody was asked for; NULL: the loss
     * is smooth. */
    const char *for_corners;
};

#define ALGORITHM_BECAUSE_BYTES 192U

struct algorithm {
    const struct solver *solver;
    char because[ALGORITHM_BECAUSE_BYTES];
    bool is_chosen; /* "auto": another one may be tried if this one fails */
    bool has_l1;
    bool is_dense;   /* p×p matrices may be held */
    bool is_tallied; /* rows of indicators are counted for Hessians (tallies.h) */
    bool is_scaled;  /* the basis mixes no columns (basis_scale.h), and nothing is d×d:
                      * where penalties tell the coefficients of dependent columns */
    /* A Newton step from where the solver ends must show that it is the optimum: for
     * statistics, or to tell it from separation. */
    bool is_finished;
};

/* The task of a fit on so many rows and columns; n_classes: 0 of numbers. */
struct algorithm_task algorithm_task_of(const struct estimate_options *options,
                                        uint64_t n_rows, size_t n_columns,
                                        size_t n_classes);

/* The same for cost.h. */
struct cost_task algorithm_cost_task(const struct algorithm_task *task);

/* False: there is no algorithm of this name. */
bool algorithm_choose(const struct algorithm_task *task, struct algorithm *algorithm);

/* By which Newton's method the fit is finished; with l1 by coordinate_descent. */
const struct solver *algorithm_finisher(const struct algorithm *algorithm);

#endif
