/*
 * OpenBLAS reads its environment when it is loaded, which is before main. So the process
 * looks at what the library has made of it and, if need be, starts itself again with
 *
 *   OPENBLAS_NUM_THREADS=1: or it would make threads and buffers for every core, which
 * nobody uses: a fit's threads are ours;
 *   OPENBLAS_CORETYPE=SkylakeX: on a processor that has AVX-512 and that the library
 * takes for one without (0.3.21 does so with AMD's): 55 → 95 GFLOP/s a core; elsewhere
 * that setting would end in SIGILL.
 *
 * Where fits are held to less than the processor has (instructions.h), so is the library.
 *
 * Each start sets a variable that was not set before, so that there is an end to it.
 */
#ifndef LOGITD_SERVER_BLAS_ENVIRONMENT_H
#define LOGITD_SERVER_BLAS_ENVIRONMENT_H

#include <stdbool.h>

#include "core/base/error.h"

/* `description` is blas_description(), after blas_prepare. Returns if the environment is
 * right (0), or if the program could not be started again (-1). Nothing may be open that
 * is not close-on-exec. */
int blas_environment_settle(const char *description, char **argv,
                            struct error *err) MUST_CHECK;

/* Is the library that describes itself so slower than the processor allows? */
bool blas_environment_misjudges(const char *description, bool has_avx512);

#endif
