#include "core/kernel/dependence.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define ROWS 40
#define N 5

static double x[ROWS * N], gram[N * N];

/* Three random columns; column 2 is 2·(column 0) - 3·(column 1); column 4 is zero. */
static void make_columns(double unit)
{
    struct random random = random_start(5, 0);
    for (size_t i = 0; i < ROWS; i++) {
        double *row = x + i * N;
        row[0] = random_normal(&random);
        row[1] = random_normal(&random);
        row[2] = unit * (2 * row[0] - 3 * row[1]);
        row[3] = random_normal(&random);
        row[4] = 0;
    }
    for (size_t j = 0; j < N; j++)
        for (size_t k = 0; k < N; k++) {
            gram[j * N + k] = 0;
            for (size_t i = 0; i < ROWS; i++)
                gram[j * N + k] += x[i * N + j] * x[i * N + k];
        }
}

static void check_columns(double unit)
{
    struct dependence dependence;
    double a[N];
    make_columns(unit);
    ck_assert_int_eq(dependence_new(&dependence, N, NULL), 0);
    ck_assert_double_eq(dependence_pivot(&dependence, gram, 0), 1);
    dependence_keep(&dependence, 0);
    ck_assert_double_gt(dependence_pivot(&dependence, gram, 1), 0.5);
    dependence_keep(&dependence, 1);
    ck_assert_double_lt(dependence_pivot(&dependence, gram, 2), 1e-14);
    dependence_coefficients(&dependence, gram, 2, a);
    ck_assert_double_eq_tol(a[0] / unit, 2, 1e-12);
    ck_assert_double_eq_tol(a[1] / unit, -3, 1e-12);
    ck_assert_double_gt(dependence_pivot(&dependence, gram, 3), 0.5);
    dependence_keep(&dependence, 3);
    ck_assert_double_eq(dependence_pivot(&dependence, gram, 4), 0);
    dependence_coefficients(&dependence, gram, 4, a);
    ck_assert(a[0] == 0 && a[1] == 0 && a[2] == 0);
    ck_assert_uint_eq(dependence.n_kept, 3);
    ck_assert_uint_eq(dependence.kept[2], 3);
    dependence_free(&dependence);
}

START_TEST(a_combination_of_earlier_columns_has_no_pivot)
{
    check_columns(1);
}
END_TEST

START_TEST(units_do_not_matter)
{
    check_columns(1e120);
    check_columns(1e-120);
}
END_TEST

START_TEST(a_pivot_is_what_a_projection_leaves)
{
    /* (1,0), (1,1): half of the second's squared length is the first's */
    const double two[] = {1, 0, 1, 2};
    struct dependence dependence;
    ck_assert_int_eq(dependence_new(&dependence, 2, NULL), 0);
    dependence_pivot(&dependence, two, 0);
    dependence_keep(&dependence, 0);
    ck_assert_double_eq_tol(dependence_pivot(&dependence, two, 1), 0.5, 1e-15);
    dependence_free(&dependence);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0; n < 3; n++) {
        struct dependence dependence;
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_int_lt(dependence_new(&dependence, 3, &err), 0);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *dependence_test(void)
{
    TCase *tests = tcase_create("dependence");
    tcase_add_test(tests, a_combination_of_earlier_columns_has_no_pivot);
    tcase_add_test(tests, units_do_not_matter);
    tcase_add_test(tests, a_pivot_is_what_a_projection_leaves);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
