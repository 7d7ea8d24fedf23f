#include "core/kernel/gram_entries.h"

const struct gram_entries *gram_entries_of(enum instructions instructions)
{
    static const struct gram_entries variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = {gram_entries_plain_margins, gram_entries_plain_product},
        [INSTRUCTIONS_AVX2] = {gram_entries_avx2_margins, gram_entries_avx2_product},
        [INSTRUCTIONS_AVX512] = {gram_entries_avx512_margins,
                                 gram_entries_avx512_product}};
    return &variants[instructions];
}
