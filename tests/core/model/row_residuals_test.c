#include "core/model/row_residuals.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/made_design.h"
#include "tests/support/scored_rows.h"

static struct design design;
static struct estimate_options options;
static struct estimate estimate;

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static const struct {
    size_t n_rows, n_classes;
    bool weights, frequency, shares;
} cases[] = {{1200, 2, false, false, false}, {1200, 2, true, false, false},
             {300, 2, true, true, false},    {300, 2, true, false, true},
             {1200, 4, false, false, false}, {300, 3, true, false, false}};
#define N_CASES (int)(sizeof(cases) / sizeof(*cases))

static void make(int c)
{
    struct random random = random_start(5, (uint64_t)c);
    made_design_new(&design, cases[c].n_rows, 3, cases[c].n_classes);
    made_design_draw(&design, 15, 0.9);
    options = made_design_options(&design);
    options.details.residuals = true;
    options.frequency_weights = cases[c].frequency;
    if (cases[c].weights)
        made_design_add_weights(&design);
    for (size_t i = 0; i < design.n_rows; i++) {
        if (cases[c].shares)
            design.y[i] = (double)random_below(&random, 5) / 4;
        if (cases[c].weights)
            design.weights[i] = (double)random_below(&random, 4);
    }
    if (cases[c].weights)
        made_design_weigh(&design);
}

static void fit(size_t n_threads)
{
    estimate_free(&estimate);
    estimate = made_design_fit_with(&design, &options, n_threads);
}

/* How often a row counts where its residuals are of one repetition. */
static double repetitions(size_t i)
{
    return options.frequency_weights ? scored_rows_weight(&design, i) : 1;
}

START_TEST(residuals_add_up_to_what_they_must)
{
    double deviance = 0, leverage = 0;
    make(_i);
    fit(1);
    const struct addenda *told = &estimate.report.addenda;
    ck_assert_uint_eq(told->n_residuals, design.n_rows);
    for (size_t i = 0; i < design.n_rows; i++) {
        double residual = told->deviance_residuals[i];
        if (scored_rows_weight(&design, i) == 0) {
            ck_assert(isnan(residual) && isnan(told->pearson_residuals[i]) &&
                      isnan(told->leverages[i]));
            continue;
        }
        deviance += repetitions(i) * residual * residual;
        leverage += repetitions(i) * told->leverages[i];
    }
    ck_assert_double_eq_tol(deviance / estimate.report.deviance, 1, 1e-12);
    ck_assert_double_eq_tol(leverage / (double)(estimate.n_blocks * estimate.n_terms), 1,
                            1e-10);
}
END_TEST

START_TEST(pearson_residuals_are_those_of_the_formula)
{
    make(_i);
    fit(1);
    const struct addenda *told = &estimate.report.addenda;
    for (size_t i = 0; i < design.n_rows; i++) {
        double p[SCORED_ROWS_MOST], sum = 0, y = design.y[i];
        double weight = options.frequency_weights ? 1 : scored_rows_weight(&design, i);
        if (scored_rows_weight(&design, i) == 0)
            continue;
        scored_rows_probabilities(&design, &options, estimate.solution, i, p);
        for (size_t k = 0; k < cases[_i].n_classes; k++) {
            double share = cases[_i].n_classes > 2 ? y == (double)k : k == 1 ? y : 1 - y;
            sum += (share - p[k]) * (share - p[k]) / p[k];
        }
        bool is_below = cases[_i].n_classes == 2 && y < p[1];
        ck_assert_double_eq_tol(told->pearson_residuals[i],
                                (is_below ? -1 : 1) * sqrt(weight * sum), 1e-10);
        ck_assert(signbit(told->deviance_residuals[i]) ==
                  signbit(told->pearson_residuals[i]));
    }
}
END_TEST

START_TEST(leverages_of_two_classes_are_those_of_the_formula)
{
    scored_rows_matrix inverse;
    make(1);
    fit(2);
    scored_rows_information(&design, &options, estimate.solution, inverse);
    scored_rows_invert(4, inverse);
    for (size_t i = 0; i < design.n_rows; i++) {
        double p[SCORED_ROWS_MOST], sum = 0, weight = scored_rows_weight(&design, i);
        if (weight == 0)
            continue;
        scored_rows_probabilities(&design, &options, estimate.solution, i, p);
        for (size_t a = 0; a < 4; a++)
            for (size_t b = 0; b < 4; b++)
                sum += inverse[a][b] * (a > 0 ? design.x[3 * i + a - 1] : 1) *
                       (b > 0 ? design.x[3 * i + b - 1] : 1);
        ck_assert_double_eq_tol(estimate.report.addenda.leverages[i],
                                weight * p[0] * p[1] * sum, 1e-12);
    }
}
END_TEST

START_TEST(without_statistics_there_are_residuals_all_the_same)
{
    make(0);
    options.statistics = false;
    options.algorithm = "lbfgs";
    fit(1);
    ck_assert_uint_eq(estimate.report.addenda.n_residuals, 1200);
    ck_assert(!estimate.report.addenda.has_statistics);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct pool *pool = pool_new(1, 0, NULL);
    make(2);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    pool_free(pool);
}
END_TEST

TCase *row_residuals_test(void)
{
    TCase *tests = tcase_create("row_residuals");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, residuals_add_up_to_what_they_must, 0, N_CASES);
    tcase_add_loop_test(tests, pearson_residuals_are_those_of_the_formula, 0, N_CASES);
    tcase_add_test(tests, leverages_of_two_classes_are_those_of_the_formula);
    tcase_add_test(tests, without_statistics_there_are_residuals_all_the_same);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
