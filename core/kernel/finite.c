#include "core/kernel/finite.h"

#include "core/kernel/instructions.h"

bool finite_copy(double *to, const void *from, size_t n)
{
    static finite_copy_fn *const variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = finite_plain_copy,
        [INSTRUCTIONS_AVX2] = finite_avx2_copy,
        [INSTRUCTIONS_AVX512] = finite_avx512_copy};
    return variants[instructions_best()](to, from, n);
}
