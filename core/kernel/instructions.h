/*
 * What vector instructions this machine has, of those that kernels are compiled for: a
 * file foo_avx512.c or foo_avx2.c uses them, and may be called only where they are.
 * Thread-safe.
 */
#ifndef LOGITD_CORE_KERNEL_INSTRUCTIONS_H
#define LOGITD_CORE_KERNEL_INSTRUCTIONS_H

enum instructions {
    INSTRUCTIONS_PLAIN,  /* those that every machine has */
    INSTRUCTIONS_AVX2,   /* with FMA */
    INSTRUCTIONS_AVX512, /* F, DQ, BW, VL */
    INSTRUCTIONS_N
};

/* The last one that it has; it has those before, too. */
enum instructions instructions_best(void);

#endif
