/*
 * Products of dense rows x[n_rows × n_columns] with vectors and with each other, in
 * slices of them that are spread over a pool. Slices depend on the shape alone: so any
 * number of threads gives the same bits.
 *
 * Of a pool that is over (pool.h) slices are left out; who goes on must ask it. No
 * allocation. Where the formulas are a likelihood's: row_matrix.h.
 */
#ifndef LOGITD_CORE_MODEL_ROW_SLICES_H
#define LOGITD_CORE_MODEL_ROW_SLICES_H

#include <stddef.h>

#include "core/base/pool.h"

struct row_slices {
    struct pool *pool; /* borrowed */
    const double *x;   /* the same */
    size_t n_rows, n_columns;
};

/* out[n_rows] = xv, out[n_columns] = x'v. */
void row_slices_multiply(const struct row_slices *slices, const double *v, double *out);
void row_slices_transpose(const struct row_slices *slices, const double *v, double *out);

/* k[n_rows²] = scale·(xx' - s·cross' - cross·s') + shift, s = (1, …, 1)'; cross [n_rows]
 * or NULL: 0. */
void row_slices_square(const struct row_slices *slices, double scale, const double *cross,
                       double shift, double *k);

#endif
