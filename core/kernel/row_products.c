#include "core/kernel/row_products.h"

const struct row_products *row_products_of(enum instructions set)
{
    static const struct row_products variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = {row_products_plain_margins, row_products_plain_sum,
                                row_products_plain_total},
        [INSTRUCTIONS_AVX2] = {row_products_avx2_margins, row_products_avx2_sum,
                               row_products_avx2_total},
        [INSTRUCTIONS_AVX512] = {row_products_avx512_margins, row_products_avx512_sum,
                                 row_products_avx512_total}};
    return &variants[set];
}
