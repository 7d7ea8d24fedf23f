#include "core/kernel/softmax_rows.h"

const struct softmax_rows *softmax_rows_of(enum instructions set)
{
    static const struct softmax_rows variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = {softmax_rows_plain_losses, softmax_rows_plain_turn},
        [INSTRUCTIONS_AVX2] = {softmax_rows_avx2_losses, softmax_rows_avx2_turn},
        [INSTRUCTIONS_AVX512] = {softmax_rows_avx512_losses, softmax_rows_avx512_turn}};
    return &variants[set];
}
