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
enum instructions instructions_of_machine(void);

/* The last one that it has, and that it may use. */
enum instructions instructions_best(void);

/* None beyond these are used, whatever the machine has: for tests, and to see what
 * another machine would make of a fit. Before there is another thread. */
void instructions_limit(enum instructions most);

#endif
