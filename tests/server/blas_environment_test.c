#include "server/blas_environment.h"

#include <stdlib.h>

#include "tests/support/suite.h"

START_TEST(blas_environment_misjudges_only_where_avx512_is_left_unused)
{
    ck_assert(blas_environment_misjudges("OpenBLAS 0.3.21, Zen, 1 thread", true));
    ck_assert(blas_environment_misjudges("OpenBLAS 0.3.21, Haswell, 1 thread", true));
    ck_assert(!blas_environment_misjudges("OpenBLAS 0.3.21, Zen, 1 thread", false));
    ck_assert(!blas_environment_misjudges("OpenBLAS 0.3.21, SkylakeX, 1 thread", true));
    ck_assert(!blas_environment_misjudges("OpenBLAS 0.3.21, skylakex, 1 thread", true));
    ck_assert(!blas_environment_misjudges("OpenBLAS 0.3.21, Cooperlake, 1 thread", true));
    ck_assert(
        !blas_environment_misjudges("OpenBLAS 0.3.26, SapphireRapids, 1 thread", true));
}
END_TEST

/* With both variables set there is nothing to change: it must return, not start anything.
 */
START_TEST(blas_environment_that_is_right_is_left_alone)
{
    struct error err = {0};
    char *argv[] = {NULL};
    ck_assert_int_eq(setenv("OPENBLAS_NUM_THREADS", "1", 1), 0);
    ck_assert_int_eq(setenv("OPENBLAS_CORETYPE", "Haswell", 1), 0);
    ck_assert_int_eq(blas_environment_settle("OpenBLAS, Zen", argv, &err), 0);
    ck_assert_str_eq(getenv("OPENBLAS_CORETYPE"), "Haswell");
}
END_TEST

TCase *blas_environment_test(void)
{
    TCase *tcase = tcase_create("blas_environment");
    tcase_add_test(tcase, blas_environment_misjudges_only_where_avx512_is_left_unused);
    tcase_add_test(tcase, blas_environment_that_is_right_is_left_alone);
    return tcase;
}
