#include "server/blas_environment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "core/kernel/instructions.h"

#define THREADS "OPENBLAS_NUM_THREADS"
#define CORE_TYPE "OPENBLAS_CORETYPE"

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

/* The library's name for a processor whose kernels it is to take; NULL: its own choice.
 * SkylakeX takes those parts of AVX-512 that instructions.h asks for. */
static const char *core_type(const char *description)
{
    enum instructions best = instructions_best();
    if (best < instructions_of_machine())
        return best == INSTRUCTIONS_PLAIN ? "Nehalem" : "Haswell";
    return blas_environment_misjudges(description, best == INSTRUCTIONS_AVX512)
               ? "SkylakeX"
               : NULL;
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
    const char *threads = getenv(THREADS), *type = core_type(description);
    bool is_new = false;
    if (!threads || strcmp(threads, "1") != 0)
        is_new = setenv(THREADS, "1", 1) == 0;
    if (!getenv(CORE_TYPE) && type)
        is_new = setenv(CORE_TYPE, type, 1) == 0 || is_new;
    if (!is_new)
        return 0;
    start_again(argv);
    return error_set(err, ERROR_UNSUPPORTED,
                     "the program could not be started again; set " THREADS
                     "=1 in its environment");
}
