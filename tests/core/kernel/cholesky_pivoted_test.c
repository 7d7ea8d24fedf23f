#include "core/kernel/cholesky_pivoted.h"

#include <math.h>
#include <stdlib.h>

#include <check.h>

#include "core/base/memory.h"

static double random_number(unsigned *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (double)*state / 4294967296.0 - 0.5;
}

/* The lower triangle of BB', B being [n × rank]. */
static double *of_rank(size_t n, size_t rank)
{
    unsigned state = 7;
    double *a = memory_new(n * n, sizeof(double), NULL);
    double *b = memory_new(n * rank, sizeof(double), NULL);
    for (size_t i = 0; i < n * rank; i++)
        b[i] = random_number(&state) * (double)(1 + i % 7);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            for (size_t k = 0; k < rank; k++)
                a[i * n + j] += b[i * rank + k] * b[j * rank + k];
    memory_free(b);
    return a;
}

/* By its definition, at rows that are spread over the matrix. */
static void check_product(size_t n, size_t rank, const double *a, const double *l,
                          const int *order)
{
    for (size_t i = 0; i < n; i += 1 + n / 50)
        for (size_t j = 0; j <= i; j++) {
            size_t p = (size_t)order[i], q = (size_t)order[j];
            double sum = 0, given = p > q ? a[p * n + q] : a[q * n + p];
            for (size_t k = 0; k < rank && k <= j; k++)
                sum += l[i * n + k] * l[j * n + k];
            if (fabs(sum - given) > 1e-10 * (1 + fabs(a[0])))
                ck_abort_msg("%zu %zu: %g is not %g", i, j, sum, given);
        }
}

START_TEST(a_matrix_is_the_product_of_its_factor)
{
    static const size_t cases[][2] = {{1, 1},   {5, 5},     {64, 64},   {65, 65},
                                      {130, 7}, {200, 128}, {300, 200}, {520, 515}};
    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        size_t n = cases[c][0], rank = cases[c][1];
        double *a = of_rank(n, rank), *l = memory_copy(a, n * n * sizeof(double), NULL);
        double *scratch = memory_new(2 * n, sizeof(double), NULL);
        int *order = memory_new(n, sizeof(int), NULL);
        ck_assert_uint_eq(cholesky_pivoted_factor(n, l, 1e-9, order, scratch, NULL),
                          rank);
        check_product(n, rank, a, l, order);
        for (size_t j = 1; j < rank; j++)
            ck_assert_double_le(l[j * (n + 1)], l[(j - 1) * (n + 1)] * (1 + 1e-12));
        memory_free(order);
        memory_free(scratch);
        memory_free(l);
        memory_free(a);
    }
}
END_TEST

START_TEST(nothing_and_what_is_no_number_have_no_pivots)
{
    double a[] = {0, 0, 0, 0}, b[] = {NAN, 0, NAN, NAN}, scratch[4];
    int order[2];
    ck_assert_uint_eq(cholesky_pivoted_factor(2, a, 0, order, scratch, NULL), 0);
    ck_assert_uint_eq(cholesky_pivoted_factor(2, b, 0, order, scratch, NULL), 0);
}
END_TEST

static bool after_some(void *context)
{
    return --*(int *)context < 0;
}

START_TEST(it_can_be_stopped)
{
    size_t n = 100;
    int n_asked = 10;
    const struct stop stop = {after_some, &n_asked};
    double *a = of_rank(n, n), *scratch = memory_new(2 * n, sizeof(double), NULL);
    int *order = memory_new(n, sizeof(int), NULL);
    ck_assert_uint_eq(cholesky_pivoted_factor(n, a, 0, order, scratch, &stop), 10);
    memory_free(order);
    memory_free(scratch);
    memory_free(a);
}
END_TEST

TCase *cholesky_pivoted_test(void)
{
    TCase *tests = tcase_create("cholesky_pivoted");
    tcase_add_test(tests, a_matrix_is_the_product_of_its_factor);
    tcase_add_test(tests, nothing_and_what_is_no_number_have_no_pivots);
    tcase_add_test(tests, it_can_be_stopped);
    return tests;
}
