#include "core/kernel/affine.h"

#include "core/kernel/affine_body.h"

void affine_plain_rows(size_t n_rows, size_t n_columns, const double *x,
                       const double *factor, const double *centre, double *u)
{
    affine_all(n_rows, n_columns, x, factor, centre, u);
}
