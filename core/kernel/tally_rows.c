#include "core/kernel/tally_rows.h"

const struct tally_rows_kernel *tally_rows_of(enum instructions instructions)
{
    static const struct tally_rows_kernel variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = {tally_rows_plain_margins, tally_rows_plain_product,
                                tally_rows_plain_weigh, tally_rows_plain_fill},
        [INSTRUCTIONS_AVX2] = {tally_rows_avx2_margins, tally_rows_avx2_product,
                               tally_rows_avx2_weigh, tally_rows_avx2_fill},
        [INSTRUCTIONS_AVX512] = {tally_rows_avx512_margins, tally_rows_avx512_product,
                                 tally_rows_avx512_weigh, tally_rows_avx512_fill}};
    return &variants[instructions];
}
