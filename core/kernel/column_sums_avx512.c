#include "core/kernel/column_sums.h"

#include "core/kernel/column_sums_body.h"

void column_sums_avx512_add(size_t n_rows, size_t n, const double *x, const double *w,
                            struct column_sums *sums)
{
    column_sums_all(n_rows, n, x, w, sums);
}
