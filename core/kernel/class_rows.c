#include "core/kernel/class_rows.h"

const struct class_rows *class_rows_of(enum instructions set)
{
    static const struct class_rows variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = {class_rows_plain_margins, class_rows_plain_product},
        [INSTRUCTIONS_AVX2] = {class_rows_avx2_margins, class_rows_avx2_product},
        [INSTRUCTIONS_AVX512] = {class_rows_avx512_margins, class_rows_avx512_product}};
    return &variants[set];
}
