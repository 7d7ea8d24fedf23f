/*
 * The one OpenBLAS of the process: is it the build that may be used, and which is it?
 *
 * The serial build gives wrong numbers when two threads call it, and BLAS threads of its
 * own fight ours; so only the pthread build is accepted, with one thread (the process is
 * started with OPENBLAS_NUM_THREADS=1 before the library loads, see server/main.c).
 */
#ifndef LOGITD_CORE_KERNEL_BLAS_H
#define LOGITD_CORE_KERNEL_BLAS_H

#include "core/base/error.h"

/* ERROR_UNSUPPORTED, with what to install, for another build than the pthread one; sets
 * one thread. Once, before any other thread runs. */
int blas_prepare(struct error *err) MUST_CHECK;

/* "OpenBLAS 0.3.21, SkylakeX, 1 thread"; static. Thread-safe after blas_prepare. */
const char *blas_description(void);

#endif
