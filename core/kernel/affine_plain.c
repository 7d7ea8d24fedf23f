#include "core/kernel/affine.h"

void affine_plain_rows(size_t n_rows, size_t n_columns, const double *x,
                       const double *factor, const double *centre, double *u,
                       size_t stride)
{
    for (size_t i = 0; i < n_rows; i++, x += n_columns, u += stride) {
        for (size_t j = 0; j < n_columns; j++)
            u[j] = x[j] * factor[j] - centre[j];
        for (size_t j = n_columns; j < stride; j++)
            u[j] = 0;
    }
}
