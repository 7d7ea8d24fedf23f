#include "core/kernel/instructions.h"

/* Written before there is another thread. */
static enum instructions most_used = INSTRUCTIONS_AVX512;

enum instructions instructions_of_machine(void)
{
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return INSTRUCTIONS_PLAIN;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl")
               ? INSTRUCTIONS_AVX512
               : INSTRUCTIONS_AVX2;
}

enum instructions instructions_best(void)
{
    enum instructions best = instructions_of_machine();
    return best < most_used ? best : most_used;
}

void instructions_limit(enum instructions most)
{
    most_used = most;
}
