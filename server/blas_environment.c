#include "server/blas_environment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define THREADS "OPENBLAS_NUM_THREADS"
#define CORE_TYPE "OPENBLAS_CORETYPE"

/* The parts of AVX-512 that the SkylakeX kernels are compiled for, with an operating
 * system that keeps their registers. */
static bool cpu_has_avx512(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

bool blas_environment_misjudges(const char *description, bool has_avx512)
{
    static const char *const with_avx512[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
    if (!has_avx512)
        return false;
    for (size_t i = 0; i < sizeof(with_avx512) / sizeof(*with_avx512); i++)
        if (strcasestr(description, with_avx512[i]))
            return false;
    return true;
}

/* By the name that it was started with, so that it keeps its name in `ps`. */
static void start_again(char **argv)
{
    /* What the kernel gives as a number is the address of the path. */
    const char *path = (const char *)getauxval(AT_EXECFN);
    if (path)
        execv(path, argv);
    execv("/proc/self/exe", argv);
}

int blas_environment_settle(const char *description, char **argv, struct error *err)
{
    const char *threads = getenv(THREADS);
    bool is_new = false;
    if (!threads || strcmp(threads, "1") != 0)
        is_new = setenv(THREADS, "1", 1) == 0;
    if (!getenv(CORE_TYPE) && blas_environment_misjudges(description, cpu_has_avx512()))
        is_new = setenv(CORE_TYPE, "SkylakeX", 1) == 0 || is_new;
    if (!is_new)
        return 0;
    start_again(argv);
    return error_set(err, ERROR_UNSUPPORTED,
                     "the program could not be started again; set " THREADS
                     "=1 in its environment");
}
