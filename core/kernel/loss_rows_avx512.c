#include "core/kernel/loss_rows.h"

#include "core/kernel/loss_rows_body.h"

double loss_rows_avx512_binomial(size_t n, const double *z, const double *y,
                                 const double *weights, double *residual,
                                 double *curvature)
{
    return loss_rows_all(n, z, y, weights, residual, curvature);
}

double loss_rows_avx512_misplaced(size_t n, const double *z, const double *offset,
                                  const double *y, const double *weights)
{
    return loss_rows_misplaced(n, z, offset, y, weights);
}

void loss_rows_avx512_labels(size_t n, const double *y, size_t *n_zeros, size_t *n_ones)
{
    loss_rows_count(n, y, n_zeros, n_ones);
}
