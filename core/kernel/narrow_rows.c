#include "core/kernel/narrow_rows.h"

void narrow_rows_add(const struct narrow_rows *rows, const double *beta, double *scratch,
                     const struct narrow_rows_sums *sums)
{
    static narrow_rows_add_fn *const variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = narrow_rows_plain_add,
        [INSTRUCTIONS_AVX2] = narrow_rows_avx2_add,
        [INSTRUCTIONS_AVX512] = narrow_rows_avx512_add};
    variants[instructions_best()](rows, beta, scratch, sums);
}
