#include "core/kernel/instructions.h"

enum instructions instructions_best(void)
{
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return INSTRUCTIONS_PLAIN;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl")
               ? INSTRUCTIONS_AVX512
               : INSTRUCTIONS_AVX2;
}
