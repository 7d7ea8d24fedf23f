/* An objective is the same with tallies and without. */
#include "core/model/tallies.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/basis_find.h"
#include "core/model/likelihood.h"
#include "tests/support/coded_design.h"
#include "tests/support/made_design.h"
#include "tests/support/suite.h"

#define ROWS 5000
#define MOST 100
#define ALL (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN)

static struct coded_factors factors;
static struct design design;
static struct estimate_options options;
static const struct estimate_hooks hooks = {0};
static struct pool *pool;
static struct survey survey;
static struct basis basis;
static double value[2], gradient[2][MOST], hessian[2][MOST * MOST];
static size_t n;

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
    factors = (struct coded_factors){.n_numbers = 3,
                                     .n_factors = 12,
                                     .n_levels = {4, 7, 2, 30, 5, 3, 2, 9, 6, 4, 3, 5}};
}

static void teardown(void)
{
    basis_free(&basis);
    survey_free(&survey);
    design_free(&design);
    pool_free(pool);
}

/* Some rows of weight 0, and one by itself behind them. */
static void weigh(void)
{
    made_design_add_weights(&design);
    made_design_add_offset(&design);
    for (size_t i = 0; i < ROWS; i++) {
        design.weights[i] = i % 50 < 3 ? 0 : 0.5 + (double)(i % 4);
        design.offset[i] = sin((double)i);
    }
    made_design_weigh(&design);
}

static void prepare(bool intercept)
{
    coded_design_new(&design, &factors, ROWS);
    options = made_design_options(&design);
    options.intercept = intercept;
    options.l2 = 1e-3;
}

static void find_basis(void)
{
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(tally_plan_find(&survey.tallies, &design, pool, NULL), 0);
    ck_assert_ptr_nonnull(survey.tallies);
    ck_assert_int_eq(basis_find(&basis, &design, &survey, &options, pool, NULL), 0);
}

static void draw_beta(double *beta)
{
    struct random random = random_start(6, 0);
    for (size_t i = 0; i < n; i++)
        beta[i] = random_normal(&random) / 2;
}

static void evaluate(size_t which, bool with_plan, struct pool *by, unsigned want)
{
    struct survey seen = survey;
    struct likelihood likelihood = {0};
    struct objective_point point = {0};
    seen.tallies = with_plan ? survey.tallies : NULL;
    ck_assert_int_eq(likelihood_new(&likelihood, &design, &basis, &seen, &options, &hooks,
                                    by, true, NULL),
                     0);
    ck_assert(!likelihood.tallies.plan == !with_plan);
    struct objective objective = likelihood_objective(&likelihood);
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, NULL), 0);
    n = objective.n;
    ck_assert_uint_le(n, MOST);
    draw_beta(point.beta);
    ck_assert_int_eq(objective_evaluate(&objective, &point, want, NULL), 0);
    value[which] = point.value;
    if (want & OBJECTIVE_GRADIENT)
        memcpy(gradient[which], point.gradient, n * sizeof(double));
    if (want & OBJECTIVE_HESSIAN)
        memcpy(hessian[which], point.hessian, n * n * sizeof(double));
    objective_point_free(&objective, &point);
    likelihood_free(&likelihood);
}

static void check_close(double a, double b)
{
    if (!(fabs(a - b) <= 1e-13 * fmax(1, fabs(b))))
        ck_abort_msg("%.17g is not %.17g", a, b);
}

START_TEST(derivatives_are_those_of_entries)
{
    factors.lacks_first = _i & 2;
    factors.n_numbers = _i & 4 ? 0 : 3;
    prepare(_i & 1);
    if (_i & 8)
        weigh();
    find_basis();
    evaluate(0, false, pool, ALL);
    evaluate(1, true, pool, ALL);
    check_close(value[1], value[0]);
    for (size_t i = 0; i < n; i++) {
        check_close(gradient[1][i], gradient[0][i]);
        for (size_t j = 0; j <= i; j++)
            check_close(hessian[1][i * n + j], hessian[0][i * n + j]);
    }
}
END_TEST

START_TEST(a_value_and_a_gradient_are_those_that_come_with_a_hessian)
{
    prepare(true);
    find_basis();
    evaluate(0, true, pool, ALL);
    evaluate(1, true, pool, OBJECTIVE_VALUE);
    ck_assert_double_eq(value[1], value[0]);
    evaluate(1, true, pool, OBJECTIVE_VALUE | OBJECTIVE_GRADIENT);
    ck_assert_double_eq(value[1], value[0]);
    ck_assert_mem_eq(gradient[1], gradient[0], n * sizeof(double));
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    struct pool *others = pool_new((size_t)_i, 0, NULL);
    prepare(true);
    weigh();
    find_basis();
    evaluate(0, true, pool, ALL);
    evaluate(1, true, others, ALL);
    ck_assert_mem_eq(&value[1], &value[0], sizeof(double));
    ck_assert_mem_eq(gradient[1], gradient[0], n * sizeof(double));
    ck_assert_mem_eq(hessian[1], hessian[0], n * n * sizeof(double));
    pool_free(others);
}
END_TEST

START_TEST(every_allocation_of_tallies_may_fail)
{
    prepare(true);
    find_basis();
    for (long k = 0;; k++) {
        struct tallies tallies = {0};
        struct error err = {0};
        memory_fail_after(k);
        int status = tallies_new(&tallies, survey.tallies, &design, true, pool, &err);
        memory_fail_after(-1);
        if (status == 0) {
            tallies_free(&tallies);
            ck_assert_int_eq((int)k, 5);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(tallies.plan);
    }
}
END_TEST

TCase *tallies_test(void)
{
    TCase *tests = tcase_create("tallies");
    tcase_add_checked_fixture(tests, setup, teardown);
    suite_add_rounds(tests, derivatives_are_those_of_entries, 0, 16);
    tcase_add_test(tests, a_value_and_a_gradient_are_those_that_come_with_a_hessian);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 1, 6);
    tcase_add_test(tests, every_allocation_of_tallies_may_fail);
    return tests;
}
