#include "core/kernel/eigen.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"

#define PI 3.14159265358979323846

/* Of the second difference matrix: 2 - 2 cos(kπ/(n+1)), k = 1…n. */
START_TEST(eigenvalues_of_the_second_difference_are_found)
{
    static double a[100 * 100];
    static const size_t sizes[] = {1, 2, 3, 17, 100};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        size_t n = sizes[s];
        double least, greatest, angle = PI / (double)(n + 1);
        memset(a, 0, sizeof(a));
        for (size_t i = 0; i < n; i++) {
            a[i * n + i] = 2;
            if (i > 0)
                a[i * n + i - 1] = -1;
        }
        ck_assert_int_eq(eigen_extremes(n, a, &least, &greatest, NULL), 0);
        ck_assert_double_eq_tol(least, 2 - 2 * cos(angle), 1e-14);
        ck_assert_double_eq_tol(greatest, 2 - 2 * cos((double)n * angle), 1e-14);
    }
}
END_TEST

START_TEST(negative_and_huge_eigenvalues_are_found)
{
    double a[] = {1e200, 0, 0, -3e200, 0, 0, 0, 0, 5e199}; /* lower triangle */
    double least, greatest;
    ck_assert_int_eq(eigen_extremes(3, a, &least, &greatest, NULL), 0);
    /* [[1,-3],[-3,0]] has (1 ± √37)/2 */
    ck_assert_double_eq_tol(least / 1e200, (1 - sqrt(37)) / 2, 1e-14);
    ck_assert_double_eq_tol(greatest / 1e200, (1 + sqrt(37)) / 2, 1e-14);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0; n < 3; n++) {
        double a[] = {1}, least = 7, greatest = 7;
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_int_lt(eigen_extremes(1, a, &least, &greatest, &err), 0);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert(least == 7 && greatest == 7);
    }
}
END_TEST

TCase *eigen_test(void)
{
    TCase *tests = tcase_create("eigen");
    tcase_add_test(tests, eigenvalues_of_the_second_difference_are_found);
    tcase_add_test(tests, negative_and_huge_eigenvalues_are_found);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
