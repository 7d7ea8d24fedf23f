#include "core/data/quantiles.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/base/random.h"

static double *values;

static void teardown(void)
{
    memory_free(values);
    values = NULL;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* In groups of any size, as one of n_columns columns. */
static bool find(size_t n, size_t n_columns, double found[SUMMARY_QUANTILES])
{
    struct random random = random_start(2, 0);
    struct quantiles *quantiles = quantiles_new(n, n_columns, NULL);
    ck_assert_ptr_nonnull(quantiles);
    for (size_t at = 0, now; at < n; at += now) {
        now = 1 + random_below(&random, 70000);
        now = n - at < now ? n - at : now;
        quantiles_add(quantiles, n_columns - 1, values + at, now);
    }
    bool has_any = quantiles_find(quantiles, n_columns - 1, found);
    quantiles_free(quantiles);
    return has_any;
}

START_TEST(few_rows_give_the_quantiles_of_type_7)
{
    /* R 4.2: quantile(c(3, 1, 4, 1, 5, 9, 2, 6, 5, 3.5), c(.01,.05,.25,.5,.75,.95,.99))
     */
    static const double expected[] = {1, 1, 2.25, 3.75, 5, 7.65, 8.73};
    static const double given[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3.5};
    double found[SUMMARY_QUANTILES];
    values = memory_copy(given, sizeof(given), NULL);
    ck_assert(find(10, 3, found));
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++)
        ck_assert_double_eq_tol(found[i], expected[i], 1e-12);
}
END_TEST

START_TEST(missing_cells_are_passed_over)
{
    static const double given[] = {NAN, 2, NAN, -1e308, 1e308};
    double found[SUMMARY_QUANTILES];
    values = memory_copy(given, sizeof(given), NULL);
    ck_assert(find(5, 1, found));
    ck_assert(found[3] == 2 && found[0] > -1e308 && found[6] < 1e308);
    ck_assert(!find(1, 1, found));
}
END_TEST

START_TEST(they_are_exact_as_long_as_rows_fit)
{
    enum { N = 131072 };
    struct random random = random_start(4, 0);
    double found[SUMMARY_QUANTILES];
    values = memory_new(N, sizeof(*values), NULL);
    for (size_t i = 0; i < N; i++)
        values[i] = random_normal(&random) * (i % 3 ? 1 : 1e200);
    ck_assert(find(N, 10, found));
    qsort(values, N, sizeof(*values), compare);
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++) {
        double place = (N - 1) * summary_shares[i], below = floor(place);
        double low = values[(size_t)below], high = values[(size_t)below + 1];
        ck_assert(found[i] >= low && found[i] <= high);
        ck_assert_double_eq_tol(found[i] / (low + (place - below) * (high - low)), 1,
                                1e-9);
    }
}
END_TEST

/* What rows may look like. */
static void fill(size_t n, int kind)
{
    struct random random = random_start(9, (uint64_t)kind);
    for (size_t i = 0; i < n; i++)
        switch (kind) {
        case 0: /* any order */
            values[i] = random_normal(&random);
            break;
        case 1: /* ascending */
            values[i] = (double)i;
            break;
        case 2: /* descending */
            values[i] = -(double)i;
            break;
        case 3: /* with periods */
            values[i] = (double)(i % 1024) + 1e-9 * (double)i;
            break;
        case 4: /* heavy tails, some missing */
            values[i] = random_below(&random, 10) ? exp(5 * random_normal(&random)) : NAN;
            break;
        default: /* from both ends */
            values[i] = i % 2 ? (double)i : -(double)i;
        }
}

/* How far the share of values below is off, in the worst place. */
static double worst_rank(size_t n, const double found[SUMMARY_QUANTILES])
{
    double worst = 0;
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++) {
        size_t n_below = 0, n_numbers = 0;
        for (size_t row = 0; row < n; row++) {
            n_numbers += values[row] == values[row];
            n_below += values[row] < found[i];
        }
        double off = fabs((double)n_below / (double)n_numbers - summary_shares[i]);
        worst = off > worst ? off : worst;
    }
    return worst;
}

START_TEST(of_many_rows_the_rank_is_off_by_less_than_it_says)
{
    static const struct {
        size_t n_rows, n_columns;
        double most;
    } cases[] = {{1000000, 8, 0.005},  {200000, 8, 0.005},    {1000000, 30, 0.005},
                 {131073, 200, 0.005}, {1000000, 200, 0.005}, {400000, 1000, 0.01},
                 {400000, 3000, 0.025}};
    size_t n = cases[_i / 6].n_rows;
    double found[SUMMARY_QUANTILES], again[SUMMARY_QUANTILES];
    values = memory_new(n, sizeof(*values), NULL);
    fill(n, _i % 6);
    ck_assert(find(n, cases[_i / 6].n_columns, found));
    ck_assert(find(n, cases[_i / 6].n_columns, again));
    ck_assert_mem_eq(found, again, sizeof(found));
    double worst = worst_rank(n, found);
    ck_assert_msg(worst <= cases[_i / 6].most, "%zu rows, kind %d: %g", n, _i % 6, worst);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct quantiles *quantiles = quantiles_new(1000, 20, &err);
        memory_fail_after(-1);
        if (quantiles) {
            quantiles_free(quantiles);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *quantiles_test(void)
{
    TCase *tests = tcase_create("quantiles");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, few_rows_give_the_quantiles_of_type_7);
    tcase_add_test(tests, missing_cells_are_passed_over);
    tcase_add_test(tests, they_are_exact_as_long_as_rows_fit);
    tcase_add_loop_test(tests, of_many_rows_the_rank_is_off_by_less_than_it_says, 0, 42);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
