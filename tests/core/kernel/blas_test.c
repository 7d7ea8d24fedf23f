#include "core/kernel/blas.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

START_TEST(blas_is_the_build_that_several_threads_may_call)
{
    struct error err = {0};
    ck_assert_msg(blas_prepare(&err) == 0, "%s", err.message);
}
END_TEST

START_TEST(blas_tells_version_core_and_its_one_thread)
{
    ck_assert_int_eq(blas_prepare(NULL), 0);
    const char *description = blas_description();
    ck_assert_ptr_eq(strstr(description, "OpenBLAS 0."), description);
    ck_assert_ptr_nonnull(strstr(description, ", 1 thread"));
    ck_assert_ptr_eq(blas_description(), description);
}
END_TEST

TCase *blas_test(void)
{
    TCase *tests = tcase_create("blas");
    tcase_add_test(tests, blas_is_the_build_that_several_threads_may_call);
    tcase_add_test(tests, blas_tells_version_core_and_its_one_thread);
    return tests;
}
