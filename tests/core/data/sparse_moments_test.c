#include "core/data/sparse_moments.h"

#include <check.h>
#include <math.h>

#include "core/base/random.h"

enum { N = 20000 };

static double values[N];

/* By two passes in extended precision. */
static void find_by_two_passes(double *mean, double *std)
{
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < N; i++)
        sum += values[i];
    for (size_t i = 0; i < N; i++) {
        long double distance = (long double)values[i] - sum / N;
        squares += distance * distance;
    }
    *mean = (double)(sum / N);
    *std = (double)sqrtl(squares / (N - 1));
}

/* The values, which are wide from some place on. */
static void find(size_t n_narrow, struct column_summary *found)
{
    struct sparse_moments moments = {.n = 0};
    for (size_t i = 0; i < n_narrow; i++)
        if (!sparse_moments_add(&moments, values[i]))
            ck_abort_msg("value %zu is wide", i);
    sparse_moments_widen(&moments);
    for (size_t i = n_narrow; i < N; i++)
        sparse_moments_add_wide(&moments, values[i]);
    sparse_moments_finish(&moments, N, found);
}

/* About a number that they are far from, but for the first, or that is far from 0. */
START_TEST(moments_are_right_whatever_the_first_entry_is)
{
    static const double centres[] = {0, 1, -1e9, 1e5, 1e-30};
    struct random random = random_start(2, (uint64_t)_i);
    for (size_t i = 0; i < N; i++)
        values[i] = centres[_i] + 1 + random_uniform(&random);
    for (int odd = 0; odd < 2; odd++) {
        double mean, std, most = -INFINITY, least = INFINITY;
        values[0] = odd ? 3e6 : values[0];
        find_by_two_passes(&mean, &std);
        for (size_t i = 0; i < N; i++) {
            most = fmax(most, values[i]);
            least = fmin(least, values[i]);
        }
        for (size_t n_narrow = 0; n_narrow <= N; n_narrow += N / 2) {
            struct column_summary found = {.name = NULL};
            find(n_narrow, &found);
            ck_assert_double_eq_tol(found.mean / mean, 1, 1e-12);
            ck_assert_double_eq_tol(found.std / std, 1, 1e-12);
            ck_assert_double_eq(found.min, least);
            ck_assert_double_eq(found.max, most);
        }
    }
}
END_TEST

START_TEST(a_square_out_of_range_takes_a_wide_one)
{
    struct sparse_moments moments = {.n = 0};
    ck_assert(sparse_moments_add(&moments, 1));
    ck_assert(!sparse_moments_add(&moments, 1e200));
    ck_assert(!sparse_moments_add(&moments, -1.7e308));
    ck_assert(sparse_moments_add(&moments, 1));
    ck_assert_uint_eq(moments.n, 2);
    moments = (struct sparse_moments){.n = 0};
    ck_assert(sparse_moments_add(&moments, 1e-200));
    ck_assert(!sparse_moments_add(&moments, 2e-200));
}
END_TEST

TCase *sparse_moments_test(void)
{
    TCase *tests = tcase_create("sparse_moments");
    tcase_add_loop_test(tests, moments_are_right_whatever_the_first_entry_is, 0, 5);
    tcase_add_test(tests, a_square_out_of_range_takes_a_wide_one);
    return tests;
}
