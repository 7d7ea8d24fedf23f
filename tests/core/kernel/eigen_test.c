#include "core/kernel/eigen.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define PI 3.14159265358979323846

/* Of the second difference matrix: 2 - 2 cos(kπ/(n+1)), k = 1…n. */
START_TEST(eigenvalues_of_the_second_difference_are_found)
{
    static double a[700 * 700];
    static const size_t sizes[] = {1, 2, 3, 17, 100, 512, 513, 544, 700};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        size_t n = sizes[s];
        double least, greatest, angle = PI / (double)(n + 1);
        memset(a, 0, sizeof(a));
        for (size_t i = 0; i < n; i++) {
            a[i * n + i] = 2;
            if (i > 0)
                a[i * n + i - 1] = -1;
        }
        ck_assert_int_eq(eigen_extremes(n, a, NULL, &least, &greatest, NULL), 0);
        ck_assert_double_eq_tol(least, 2 - 2 * cos(angle), 1e-14);
        ck_assert_double_eq_tol(greatest, 2 - 2 * cos((double)n * angle), 1e-14);
    }
}
END_TEST

/* I - 2uu' on both sides of a diagonal: a full matrix with known values. */
static double *reflected(size_t n, double unit)
{
    double *a = memory_new(n * n, sizeof(double), NULL);
    double *u = memory_new(n, sizeof(double), NULL), norm = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        u[i] = sin((double)i * 1.7) + 1.5;
        norm += u[i] * u[i];
    }
    for (size_t i = 0; i < n; i++) {
        u[i] /= sqrt(norm);
        sum += u[i] * u[i] * ((double)i - 3);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * n + j] =
                unit *
                ((i == j ? (double)i - 3 : 0) +
                 u[i] * u[j] * (4 * sum - 2 * ((double)i - 3) - 2 * ((double)j - 3)));
    memory_free(u);
    return a;
}

START_TEST(eigenvalues_of_full_matrices_are_found)
{
    static const size_t sizes[] = {5, 300, 513, 600, 1000};
    static const double units[] = {1, 1e-200, 1e200};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (size_t k = 0; k < 3; k++) {
            size_t n = sizes[s];
            double least, greatest, *a = reflected(n, units[k]);
            ck_assert_int_eq(eigen_extremes(n, a, NULL, &least, &greatest, NULL), 0);
            double most = (double)n - 4, tolerance = 5e-16 * (double)n * most;
            ck_assert_double_eq_tol(least / units[k], -3, tolerance);
            ck_assert_double_eq_tol(greatest / units[k], most, tolerance);
            memory_free(a);
        }
}
END_TEST

START_TEST(a_matrix_of_nothing_has_nothing)
{
    size_t n = 600;
    double least = 7, greatest = 7, *a = memory_new(n * n, sizeof(double), NULL);
    ck_assert_int_eq(eigen_extremes(n, a, NULL, &least, &greatest, NULL), 0);
    ck_assert(least == 0 && greatest == 0);
    memory_free(a);
}
END_TEST

/* What elimination leaves of rows that depend on others may be as small as that. */
START_TEST(entries_whose_inverse_overflows_are_nothing)
{
    size_t n = 600;
    double least, greatest, *a = memory_new(n * n, sizeof(double), NULL);
    ck_assert_ptr_nonnull(a);
    for (size_t i = 0; i < n; i++)
        a[i * (n + 1)] = 2 + (double)(i % 3);
    a[(n - 1) * n] = a[(n / 2) * n + 1] = 1e-310;
    ck_assert_int_eq(eigen_extremes(n, a, NULL, &least, &greatest, NULL), 0);
    ck_assert_double_eq(least, 2);
    ck_assert_double_eq(greatest, 4);
    memory_free(a);
}
END_TEST

static bool after_some(void *context)
{
    return --*(int *)context < 0;
}

START_TEST(a_large_matrix_can_be_stopped)
{
    size_t n = 600;
    int n_asked = 40;
    const struct stop stop = {after_some, &n_asked};
    struct error err = {0};
    double least = 7, greatest = 7, *a = reflected(n, 1);
    ck_assert_int_lt(eigen_extremes(n, a, &stop, &least, &greatest, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert(least == 7 && greatest == 7);
    memory_free(a);
}
END_TEST

START_TEST(negative_and_huge_eigenvalues_are_found)
{
    double a[] = {1e200, 0, 0, -3e200, 0, 0, 0, 0, 5e199}; /* lower triangle */
    double least, greatest;
    ck_assert_int_eq(eigen_extremes(3, a, NULL, &least, &greatest, NULL), 0);
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
        ck_assert_int_lt(eigen_extremes(1, a, NULL, &least, &greatest, &err), 0);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert(least == 7 && greatest == 7);
    }
}
END_TEST

/* Σ w_k v_k v_k' of random v, with weights that fall by `ratio` from one to the next. */
static double *drawn(size_t n, size_t n_vectors, double ratio)
{
    double *a = memory_new(n * n, sizeof(double), NULL);
    double *v = memory_new(n, sizeof(double), NULL), weight = 1;
    struct random random = random_start(61, n);
    for (size_t k = 0; k < n_vectors; k++, weight *= ratio) {
        for (size_t i = 0; i < n; i++)
            v[i] = random_normal(&random);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                a[i * n + j] += weight * v[i] * v[j];
    }
    memory_free(v);
    return a;
}

/* Far apart and as close as with Lanczos' steps they are not told apart; of few vectors
 * all of the rest is 0. */
START_TEST(the_greatest_eigenvalue_is_the_one_of_all)
{
    static const size_t sizes[] = {1, 30, 64, 124, 300, 600};
    static const double ratios[] = {0.5, 0.9, 1};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (size_t k = 0; k < 6; k++) {
            size_t n = sizes[s];
            double *a = drawn(n, k % 2 ? 5 : 2 * n, ratios[k / 2]);
            double *b = memory_copy(a, n * n * sizeof(*a), NULL), least, all, greatest;
            ck_assert_int_eq(eigen_greatest(n, a, NULL, &greatest, NULL), 0);
            ck_assert_int_eq(eigen_extremes(n, b, NULL, &least, &all, NULL), 0);
            ck_assert_double_eq_tol(greatest / all, 1, 1e-9);
            memory_free(a);
            memory_free(b);
        }
}
END_TEST

START_TEST(the_greatest_of_a_diagonal_is_found_whatever_its_unit)
{
    static const double units[] = {0, 1, 1e-200, 1e200};
    for (size_t k = 0; k < 4; k++) {
        size_t n = 100;
        double greatest, *a = memory_new(n * n, sizeof(double), NULL);
        for (size_t i = 0; i < n; i++)
            a[i * (n + 1)] = units[k] * (double)(i + 1);
        ck_assert_int_eq(eigen_greatest(n, a, NULL, &greatest, NULL), 0);
        ck_assert(fabs(greatest - 100 * units[k]) <= 1e-7 * units[k]);
        memory_free(a);
    }
}
END_TEST

START_TEST(the_greatest_can_be_stopped_and_lack_memory)
{
    int n_asked = 0;
    const struct stop stop = {after_some, &n_asked};
    struct error err = {0};
    double greatest = 7, *a = drawn(100, 100, 1);
    ck_assert_int_lt(eigen_greatest(100, a, &stop, &greatest, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    error_clear(&err);
    memory_fail_after(0);
    ck_assert_int_lt(eigen_greatest(100, a, NULL, &greatest, &err), 0);
    memory_fail_after(-1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    ck_assert_double_eq(greatest, 7);
    memory_free(a);
}
END_TEST

TCase *eigen_test(void)
{
    TCase *tests = tcase_create("eigen");
    tcase_add_test(tests, the_greatest_eigenvalue_is_the_one_of_all);
    tcase_add_test(tests, the_greatest_of_a_diagonal_is_found_whatever_its_unit);
    tcase_add_test(tests, the_greatest_can_be_stopped_and_lack_memory);
    tcase_add_test(tests, eigenvalues_of_the_second_difference_are_found);
    tcase_add_test(tests, eigenvalues_of_full_matrices_are_found);
    tcase_add_test(tests, a_matrix_of_nothing_has_nothing);
    tcase_add_test(tests, entries_whose_inverse_overflows_are_nothing);
    tcase_add_test(tests, a_large_matrix_can_be_stopped);
    tcase_add_test(tests, negative_and_huge_eigenvalues_are_found);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
