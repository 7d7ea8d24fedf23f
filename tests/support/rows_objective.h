/*
 * An objective that is a mean over rows, small enough to be known by heart: for tests of
 * the methods that go by learning rates and batches.
 *
 *   J(β) = 1/m Σ l(a_i·β, b_i),  l(z, b) = ½(z - b)² or log(1+e^z) - bz
 */
#ifndef LOGITD_TESTS_SUPPORT_ROWS_OBJECTIVE_H
#define LOGITD_TESTS_SUPPORT_ROWS_OBJECTIVE_H

#include <stdbool.h>

#include "core/optim/solver.h"

struct rows_objective {
    size_t n, n_rows;
    bool is_logistic;
    const double *a; /* [n_rows × n] */
    const double *b; /* [n_rows] */
    double curvature;
    size_t n_batches; /* counted; one for several β is one */
    size_t n_passes;  /* over all rows; for several points one, too */
    size_t greatest_batch;
    size_t *seen; /* [n_rows] how often each row was asked for; NULL: nobody counts */
    size_t fails_beyond; /* batches; 0: none does */
};

struct objective rows_objective(struct rows_objective *rows);
/* The same, and serves several β at once. */
struct objective rows_objective_several(struct rows_objective *rows);

#endif
