#include "core/kernel/softmax_rows.h"

#include "core/kernel/softmax_rows_body.h"

double softmax_rows_avx512_losses(size_t n, size_t n_classes, double *z, const double *y,
                                  const double *weights, double *residual)
{
    return all_losses(n, n_classes, z, y, weights, residual);
}

void softmax_rows_avx512_turn(size_t n, size_t n_classes, const double *p,
                              const double *weights, double *scratch, double *d)
{
    turn_all(n, n_classes, p, weights, scratch, d);
}
