#include "core/kernel/affine.h"

#include "core/kernel/instructions.h"

void affine_rows(size_t n_rows, size_t n_columns, const double *x, const double *factor,
                 const double *centre, double *u, size_t stride)
{
    static affine_rows_fn *const variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = affine_plain_rows,
        [INSTRUCTIONS_AVX2] = affine_avx2_rows,
        [INSTRUCTIONS_AVX512] = affine_avx512_rows};
    variants[instructions_best()](n_rows, n_columns, x, factor, centre, u, stride);
}
