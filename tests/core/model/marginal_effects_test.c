#include "core/model/marginal_effects.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/kernel/distribution.h"
#include "tests/support/made_design.h"
#include "tests/support/scored_rows.h"

#define D 4

static struct design design, changed;
static struct estimate_options options;
static struct estimate estimate;
/* A number, an input of three levels, a number. */
static const struct statistics_column columns[D] = {
    {0, false}, {1, true}, {1, true}, {2, false}};

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
    design_free(&changed);
}

static const struct {
    size_t n_rows, n_classes;
    bool intercept, weights, offset;
    enum covariance_kind covariance;
} cases[] = {{300, 2, true, false, false, COVARIANCE_MODEL},
             {1300, 2, false, true, true, COVARIANCE_HC0},
             {300, 4, true, false, false, COVARIANCE_MODEL},
             {1300, 3, false, true, false, COVARIANCE_HC1}};
#define N_CASES (int)(sizeof(cases) / sizeof(*cases))

static void make(int c)
{
    struct random random = random_start(17, (uint64_t)c);
    made_design_new(&design, cases[c].n_rows, D, cases[c].n_classes);
    made_design_draw(&design, 23, 0.7);
    options = made_design_options(&design);
    options.intercept = cases[c].intercept;
    options.details.covariance = cases[c].covariance;
    options.details.marginal_effects = true;
    options.details.columns = columns;
    if (cases[c].weights)
        made_design_add_weights(&design);
    if (cases[c].offset)
        made_design_add_offset(&design);
    for (size_t i = 0; i < design.n_rows; i++) {
        uint64_t level = random_below(&random, 3);
        design.x[D * i] = 1e3 * design.x[D * i] + 500;
        design.x[D * i + 1] = level == 1;
        design.x[D * i + 2] = level == 2;
        if (cases[c].weights)
            design.weights[i] = fmax(0, random_uniform(&random) - 0.2);
        if (cases[c].offset)
            design.offset[i] = random_normal(&random);
    }
    if (cases[c].weights)
        made_design_weigh(&design);
}

static void fit(size_t n_threads)
{
    estimate_free(&estimate);
    estimate = made_design_fit_with(&design, &options, n_threads);
}

/* ---- by the formulas ---- */

/* Of all rows as if they had the level of a column; SIZE_MAX: the reference. */
static double mean_probability(const double *terms, size_t class, size_t level)
{
    double sum = 0, p[SCORED_ROWS_MOST];
    design_free(&changed);
    made_design_new(&changed, design.n_rows, D, design.n_classes);
    memcpy(changed.x, design.x, design.n_rows * D * sizeof(double));
    if (design.offset) {
        made_design_add_offset(&changed);
        memcpy(changed.offset, design.offset, design.n_rows * sizeof(double));
    }
    for (size_t i = 0; i < design.n_rows; i++) {
        changed.x[D * i + 1] = level == 1;
        changed.x[D * i + 2] = level == 2;
        scored_rows_probabilities(&changed, &options, terms, i, p);
        sum += scored_rows_weight(&design, i) * p[class];
    }
    return sum / design.sum_weights;
}

/* By the column's own derivative: Σ_l β_l p_k ([k=l] - p_l). */
static double mean_derivative(const double *terms, size_t class, size_t column)
{
    double sum = 0, p[SCORED_ROWS_MOST];
    size_t n_terms = D + options.intercept;
    for (size_t i = 0; i < design.n_rows; i++) {
        scored_rows_probabilities(&design, &options, terms, i, p);
        for (size_t b = 0; b < estimate.n_blocks; b++)
            sum += scored_rows_weight(&design, i) *
                   terms[b * n_terms + options.intercept + column] * p[class] *
                   ((class == b + 1) - p[b + 1]);
    }
    return sum / design.sum_weights;
}

static double effect_at(const double *terms, size_t class, size_t column)
{
    return columns[column].is_level ? mean_probability(terms, class, column) -
                                          mean_probability(terms, class, SIZE_MAX)
                                    : mean_derivative(terms, class, column);
}

/* The delta method with differences of the fourth order, a step of each coefficient's
 * standard error. */
static double error_at(size_t class, size_t column)
{
    size_t n = estimate.n_blocks * estimate.n_terms;
    double terms[SCORED_ROWS_MOST], gradient[SCORED_ROWS_MOST], sum = 0;
    memcpy(terms, estimate.solution, n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double step = 1e-2 * estimate.coefficients[i].std_error, at[4];
        static const double places[] = {-2, -1, 1, 2};
        for (size_t k = 0; k < 4; k++) {
            terms[i] = estimate.solution[i] + places[k] * step;
            at[k] = effect_at(terms, class, column);
        }
        terms[i] = estimate.solution[i];
        gradient[i] = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            sum += gradient[i] * estimate.covariance[i * n + j] * gradient[j];
    return sqrt(sum);
}

START_TEST(effects_and_their_errors_are_those_of_the_formulas)
{
    make(_i);
    fit(1);
    const struct addenda *told = &estimate.report.addenda;
    size_t first = cases[_i].n_classes == 2, n_told = cases[_i].n_classes - first;
    ck_assert_uint_eq(told->n_effects, D * n_told);
    for (size_t e = 0; e < told->n_effects; e++) {
        const struct addenda_effect *effect = &told->effects[e];
        ck_assert_uint_eq(effect->column, e / n_told);
        ck_assert_uint_eq(effect->class, first + e % n_told);
        ck_assert(effect->is_difference == columns[effect->column].is_level);
        double error = error_at(effect->class, effect->column);
        ck_assert_double_eq_tol(
            (effect->effect -
             effect_at(estimate.solution, effect->class, effect->column)) /
                error,
            0, 1e-9);
        ck_assert_double_eq_tol(effect->std_error / error, 1, 1e-6);
        ck_assert_double_eq_tol(effect->z, effect->effect / effect->std_error, 1e-13);
        ck_assert_double_eq(effect->p_value, distribution_normal_p(effect->z));
        ck_assert_double_eq_tol((effect->ci_high - effect->ci_low) / effect->std_error,
                                2 * 1.959963984540054, 1e-11);
    }
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    make(_i);
    fit(1);
    struct estimate one = estimate;
    estimate = (struct estimate){0};
    fit(3);
    for (size_t e = 0; e < one.report.addenda.n_effects; e++) {
        const struct addenda_effect *a = &one.report.addenda.effects[e];
        const struct addenda_effect *b = &estimate.report.addenda.effects[e];
        ck_assert(a->effect == b->effect && a->std_error == b->std_error);
    }
    estimate_free(&one);
}
END_TEST

START_TEST(what_has_no_estimate_has_no_effect)
{
    make(0);
    for (size_t i = 0; i < design.n_rows; i++)
        design.x[D * i + 3] = 2 * design.x[D * i];
    fit(1);
    const struct addenda *told = &estimate.report.addenda;
    ck_assert(isnan(told->effects[3].effect) && isnan(told->effects[3].std_error));
    ck_assert(told->effects[0].std_error > 0);
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

TCase *marginal_effects_test(void)
{
    TCase *tests = tcase_create("marginal_effects");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, effects_and_their_errors_are_those_of_the_formulas, 0,
                        N_CASES);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 0, N_CASES);
    tcase_add_test(tests, what_has_no_estimate_has_no_effect);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
