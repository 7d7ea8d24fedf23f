#include "core/kernel/loss_rows.h"

#include "core/kernel/instructions.h"

static const struct loss_rows variants[INSTRUCTIONS_N] = {
    [INSTRUCTIONS_PLAIN] = {"plain", loss_rows_plain_binomial, loss_rows_plain_misplaced,
                            loss_rows_plain_labels},
    [INSTRUCTIONS_AVX2] = {"avx2", loss_rows_avx2_binomial, loss_rows_avx2_misplaced,
                           loss_rows_avx2_labels},
    [INSTRUCTIONS_AVX512] = {"avx512", loss_rows_avx512_binomial,
                             loss_rows_avx512_misplaced, loss_rows_avx512_labels}};

const struct loss_rows *loss_rows_best(void)
{
    return &variants[instructions_best()];
}

const struct loss_rows *loss_rows_at(size_t i)
{
    return i <= (size_t)instructions_best() ? &variants[i] : NULL;
}
