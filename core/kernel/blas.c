#include "core/kernel/blas.h"

#include <stdio.h>
#include <string.h>

#include <cblas.h>

#define DESCRIPTION_BYTES 96

/* Written once, by blas_prepare, before there is another thread. */
static char description[DESCRIPTION_BYTES] = "OpenBLAS";

static const int parallel_by_pthreads = 1; /* 0: serial, 2: OpenMP */

/* The configuration begins with "OpenBLAS 0.3.21 ". */
static void describe(void)
{
    const char *config = openblas_get_config();
    const char *version = strchr(config, ' ');
    int n = version ? (int)(version - config) : 0;
    if (version)
        n += 1 + (int)strcspn(version + 1, " ");
    snprintf(description, sizeof(description), "%.*s, %s, %d thread", n, config,
             openblas_get_corename(), openblas_get_num_threads());
}

int blas_prepare(struct error *err)
{
    if (openblas_get_parallel() != parallel_by_pthreads)
        return error_set(
            err, ERROR_UNSUPPORTED,
            "this OpenBLAS is not the build with POSIX threads, which alone "
            "may be called by several threads; install libopenblas0-pthread");
    openblas_set_num_threads(1);
    describe();
    return 0;
}

const char *blas_description(void)
{
    return description;
}
