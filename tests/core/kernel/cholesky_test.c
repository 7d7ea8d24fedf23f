#include "core/kernel/cholesky.h"

#include <check.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define MOST 12

static double a[MOST * MOST];

/* BB' of a random B [n × rank], rows and columns then multiplied by units. */
static void make_matrix(size_t n, size_t rank, const double *units)
{
    struct random random = random_start(n, rank);
    double b[MOST * MOST];
    for (size_t i = 0; i < n * rank; i++)
        b[i] = random_normal(&random);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < rank; k++)
                sum += b[i * rank + k] * b[j * rank + k];
            a[i * n + j] = sum * units[i] * units[j];
        }
}

static const double plain[MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const double mixed[MOST] = {1e150, 1e-150, 1, 1e8, 1e-8, 3, 1, 1, 1, 1e100, 1, 1};

static struct cholesky factor_of(size_t n)
{
    struct cholesky factor;
    ck_assert_int_eq(cholesky_new(&factor, n, NULL), 0);
    cholesky_factor(&factor, a);
    return factor;
}

/* A x against b, in the units of the rows. */
static void check_solution(size_t n, const double *x, const double *b,
                           const double *units, double tolerance)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += a[i * n + j] / units[i] * x[j];
        ck_assert_double_eq_tol(sum, b[i] / units[i], tolerance);
    }
}

START_TEST(cholesky_solves_whatever_the_units)
{
    for (size_t n = 1; n <= MOST; n++)
        for (int i = 0; i < 2; i++) {
            const double *units = i == 0 ? plain : mixed;
            double b[MOST], x[MOST];
            make_matrix(n, n, units);
            struct cholesky factor = factor_of(n);
            ck_assert_uint_eq(factor.rank, n);
            for (size_t k = 0; k < n; k++)
                x[k] = b[k] = units[k] * (double)(k + 1);
            cholesky_solve(&factor, x);
            check_solution(n, x, b, units, 1e-9);
            cholesky_free(&factor);
        }
}
END_TEST

START_TEST(the_inverse_is_symmetric_and_inverts)
{
    enum { N = 7 };
    double inverse[N * N];
    make_matrix(N, N, mixed);
    struct cholesky factor = factor_of(N);
    cholesky_inverse(&factor, inverse);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t k = 0; k < N; k++)
                sum += a[i * N + k] * inverse[k * N + j] / mixed[i] * mixed[j];
            ck_assert_double_eq_tol(sum, i == j, 1e-10);
            ck_assert_double_eq(inverse[i * N + j], inverse[j * N + i]);
        }
    cholesky_free(&factor);
}
END_TEST

START_TEST(a_matrix_without_full_rank_fixes_the_rest_at_0)
{
    enum { N = 9, RANK = 5 };
    double b[N], x[N];
    make_matrix(N, RANK, plain);
    struct cholesky factor = factor_of(N);
    ck_assert_uint_eq(factor.rank, RANK);
    for (size_t i = 0; i < N; i++) /* in the range of A */
        x[i] = b[i] = a[i * N + 2] - a[i * N + 7];
    cholesky_solve(&factor, x);
    check_solution(N, x, b, plain, 1e-11);
    size_t n_zero = 0;
    for (size_t i = 0; i < N; i++)
        n_zero += x[i] == 0;
    ck_assert_uint_eq(n_zero, N - RANK);
    cholesky_free(&factor);
}
END_TEST

START_TEST(rows_of_zeros_are_fixed)
{
    const double zeros[] = {4, 0, 2, 0, 0, 0, 2, 0, 5};
    double x[] = {6, 0, 7};
    memcpy(a, zeros, sizeof(zeros));
    struct cholesky factor = factor_of(3);
    ck_assert_uint_eq(factor.rank, 2);
    cholesky_solve(&factor, x);
    ck_assert_double_eq_tol(x[0], 1, 1e-15);
    ck_assert_double_eq(x[1], 0);
    ck_assert_double_eq_tol(x[2], 1, 1e-15);
    cholesky_free(&factor);
    memset(a, 0, sizeof(zeros));
    factor = factor_of(3);
    ck_assert_uint_eq(factor.rank, 0);
    cholesky_solve(&factor, x);
    ck_assert(x[0] == 0 && x[1] == 0 && x[2] == 0);
    cholesky_free(&factor);
}
END_TEST

/* ---- in blocks ---- */

enum { MANY = 700 };

/* e^{-|i-j|/40}, with rows in units of their own: positive definite. */
static double *make_large(void)
{
    double *large = memory_new((size_t)MANY * MANY, sizeof(*large), NULL);
    for (int i = 0; i < MANY; i++)
        for (int j = 0; j < MANY; j++)
            large[i * MANY + j] = exp(-abs(i - j) / 40.0) * (1 + i % 7) * (1 + j % 7);
    return large;
}

START_TEST(a_large_matrix_is_factored_in_blocks)
{
    double *large = make_large(), x[MANY], b[MANY];
    double *inverse = memory_new((size_t)MANY * MANY, sizeof(*inverse), NULL);
    struct cholesky factor;
    ck_assert_int_eq(cholesky_new(&factor, MANY, NULL), 0);
    cholesky_factor(&factor, large);
    ck_assert_uint_eq(factor.rank, MANY);
    for (int i = 0; i < MANY; i++)
        x[i] = b[i] = cos(i);
    cholesky_solve(&factor, x);
    cholesky_inverse(&factor, inverse);
    for (int i = 0; i < MANY; i++) {
        double sum = 0, by_inverse = 0;
        for (int j = 0; j < MANY; j++) {
            sum += large[i * MANY + j] * x[j];
            by_inverse += inverse[i * MANY + j] * b[j];
            ck_assert_double_eq(inverse[i * MANY + j], inverse[j * MANY + i]);
        }
        ck_assert_double_eq_tol(sum, b[i], 1e-10);
        ck_assert_double_eq_tol(by_inverse, x[i], 1e-10);
    }
    cholesky_free(&factor);
    memory_free(inverse);
    memory_free(large);
}
END_TEST

static bool is_asked_after(void *context)
{
    int *n_left = context;
    if (*n_left == 0)
        return true;
    (*n_left)--;
    return false;
}

/* Some calls are answered with no; then the rest is passed over at once. */
START_TEST(work_in_blocks_can_be_stopped)
{
    double *large = make_large();
    double *inverse = memory_new((size_t)MANY * MANY, sizeof(*inverse), NULL);
    int n_left = 3;
    struct cholesky factor;
    ck_assert_int_eq(cholesky_new(&factor, MANY, NULL), 0);
    cholesky_factor(&factor, large);
    factor.stop = (struct stop){is_asked_after, &n_left};
    cholesky_inverse(&factor, inverse);
    ck_assert_int_lt(stop_check(&factor.stop, NULL), 0);
    ck_assert_double_ne(inverse[100 * MANY + 100], 0); /* within the first three panels */
    ck_assert_double_eq(inverse[200 * MANY + 200], 0);
    n_left = 2;
    cholesky_factor(&factor, large);
    ck_assert_int_lt(stop_check(&factor.stop, NULL), 0);
    ck_assert_double_eq(factor.factor[0], 1);
    ck_assert_double_ne(factor.factor[255 * (MANY + 1)], 1); /* of the second block */
    ck_assert_int_eq(n_left, 0);                             /* and no other was begun */
    cholesky_free(&factor);
    memory_free(inverse);
    memory_free(large);
}
END_TEST

START_TEST(the_determinant_is_that_of_the_matrix)
{
    const double known[] = {4e10, 0, 6e5, 10}; /* 4e11 - 36e10 */
    memcpy(a, known, sizeof(known));
    struct cholesky factor = factor_of(2);
    ck_assert_double_eq_tol(cholesky_log_determinant(&factor), log(4e10), 1e-13);
    cholesky_free(&factor);
    a[3] = 9; /* 6e5² / 4e10 */
    factor = factor_of(2);
    ck_assert_uint_eq(factor.rank, 1);
    ck_assert(isinf(cholesky_log_determinant(&factor)));
    cholesky_free(&factor);
}
END_TEST

START_TEST(no_rows_at_all_are_fine)
{
    struct cholesky factor = factor_of(0);
    ck_assert_uint_eq(factor.rank, 0);
    cholesky_solve(&factor, NULL);
    cholesky_inverse(&factor, NULL);
    cholesky_free(&factor);
    cholesky_free(&factor);
}
END_TEST

START_TEST(a_matrix_too_large_is_refused)
{
    struct cholesky factor;
    struct error err = {0};
    ck_assert_int_lt(cholesky_new(&factor, (size_t)INT_MAX, &err), 0);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    for (;; n++) {
        struct cholesky factor;
        struct error err = {0};
        memory_fail_after(n);
        int status = cholesky_new(&factor, 4, &err);
        memory_fail_after(-1);
        if (status == 0) {
            cholesky_free(&factor);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_eq(n, 4);
}
END_TEST

TCase *cholesky_test(void)
{
    TCase *tests = tcase_create("cholesky");
    tcase_add_test(tests, cholesky_solves_whatever_the_units);
    tcase_add_test(tests, the_inverse_is_symmetric_and_inverts);
    tcase_add_test(tests, a_matrix_without_full_rank_fixes_the_rest_at_0);
    tcase_add_test(tests, rows_of_zeros_are_fixed);
    tcase_add_test(tests, a_large_matrix_is_factored_in_blocks);
    tcase_add_test(tests, work_in_blocks_can_be_stopped);
    tcase_add_test(tests, the_determinant_is_that_of_the_matrix);
    tcase_add_test(tests, no_rows_at_all_are_fine);
    tcase_add_test(tests, a_matrix_too_large_is_refused);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
