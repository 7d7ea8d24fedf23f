#include "core/model/firth.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/estimation.h"
#include "core/model/fit.h"
#include "tests/support/csv_table.h"
#include "tests/support/made_design.h"

static struct design design, other;
static struct estimate_options options;
static struct estimate estimate, again;

static void make(size_t n_rows, size_t n_columns)
{
    made_design_new(&design, n_rows, n_columns, 2);
    made_design_draw(&design, 31, 0.7);
    options = made_design_options(&design);
    options.firth = true;
}

static void teardown(void)
{
    estimate_free(&estimate);
    estimate_free(&again);
    design_free(&design);
    design_free(&other);
}

/* ---- by the formula, in the columns as given ---- */

#define MOST 6

static double weight_of(const struct design *of, size_t i)
{
    return of->weights ? of->weights[i] : 1;
}

/* By elimination; the matrix is positive definite. */
static long double log_determinant(long double (*a)[MOST], size_t n)
{
    long double sum = 0;
    for (size_t k = 0; k < n; k++) {
        sum += logl(a[k][k]);
        for (size_t i = k + 1; i < n; i++)
            for (size_t j = k + 1; j < n; j++)
                a[i][j] -= a[i][k] * a[k][j] / a[k][k];
    }
    return sum;
}

/* Σ ω ℓ - ½ log|I| at terms [1 + n_columns]. */
static long double penalised_loss(const struct design *of, const double *terms)
{
    long double information[MOST][MOST] = {{0}}, loss = 0;
    size_t n = of->n_columns + 1;
    for (size_t i = 0; i < of->n_rows; i++) {
        long double x[MOST] = {1}, z = of->offset ? of->offset[i] : 0;
        for (size_t j = 1; j < n; j++)
            x[j] = of->x[i * of->n_columns + j - 1];
        for (size_t j = 0; j < n; j++)
            z += x[j] * terms[j];
        long double p = 1 / (1 + expl(-z)), w = weight_of(of, i);
        loss -= w * (of->y[i] * logl(p) + (1 - of->y[i]) * logl(1 - p));
        for (size_t r = 0; r < n; r++)
            for (size_t s = 0; s < n; s++)
                information[r][s] += w * p * (1 - p) * x[r] * x[s];
    }
    return loss - log_determinant(information, n) / 2;
}

/* A minimum, to the square root of rounding: central differences vanish; and the value is
 * the reported one. */
static void check_minimum(const struct design *of)
{
    ck_assert(estimate.report.converged);
    ck_assert_double_le(estimate.report.newton_decrement, 1e-8);
    for (size_t j = 0; j < estimate.n_terms; j++) {
        double terms[MOST], step = 1e-4 * estimate.coefficients[j].std_error;
        memcpy(terms, estimate.solution, estimate.n_terms * sizeof(double));
        terms[j] += step;
        long double above = penalised_loss(of, terms);
        terms[j] -= 2 * step;
        long double below = penalised_loss(of, terms);
        ck_assert_double_eq_tol((double)(above - below) / 2e-4, 0, 1e-8);
    }
    double value = (double)penalised_loss(of, estimate.solution);
    ck_assert_double_eq_tol(estimate.report.penalized_log_likelihood, -value,
                            1e-11 * (1 + fabs(value)));
    ck_assert_double_eq_tol(estimate.report.objective * of->sum_weights, value,
                            1e-11 * (1 + fabs(value)));
}

START_TEST(endometrial_has_the_published_estimates)
{
    /* Heinze and Schemper (2002), R's logistf: math.md. */
    static const double published[][2] = {
        {3.77456, 1.48869}, {2.92927, 1.55076}, {-.03475, .03958}, {-2.60416, .77602}};
    struct csv_table table = {0};
    struct budget budget;
    const struct fit_room room = {.budget = &budget};
    struct pool *pool = pool_new(1, 0, NULL);
    struct fit_request request = fit_defaults;
    request.target = "HG";
    request.firth = true;
    budget_start(&budget, SIZE_MAX);
    if (csv_table_read_file(&table, "endometrial/endometrial.csv", NULL)) {
        struct model *model = fit_run(&request, table.table, &room, pool, NULL, NULL);
        ck_assert_ptr_nonnull(model);
        for (size_t i = 0; i < 4; i++) {
            ck_assert_double_eq_tol(model->coefficients[i].estimate, published[i][0],
                                    5e-6);
            ck_assert_double_eq_tol(model->coefficients[i].std_error, published[i][1],
                                    5e-6);
        }
        ck_assert(model->report.converged);
        ck_assert_uint_eq(model->report.n_warnings, 0);
        ck_assert_str_eq(model->report.algorithm, "newton");
        model_release(model);
        csv_table_free(&table);
    }
    pool_free(pool);
}
END_TEST

/* Of a saturated model the penalty adds ½ to every cell (Firth 1993, section 3.1). */
START_TEST(a_table_of_four_cells_gets_a_half_in_each)
{
    static const double cells[2][2] = {{3, 0}, {5, 11}}; /* by x, then by y */
    make(4, 1);
    made_design_add_weights(&design);
    for (size_t i = 0; i < 4; i++) {
        design.x[i] = (double)(i / 2);
        design.y[i] = (double)(i % 2);
        design.weights[i] = cells[i / 2][i % 2];
    }
    made_design_weigh(&design);
    options.frequency_weights = true;
    estimate = made_design_fit(&design, &options);
    ck_assert_double_eq_tol(estimate.solution[0], log(0.5 / 3.5), 1e-12);
    ck_assert_double_eq_tol(estimate.solution[1], log(11.5 / 5.5 * 3.5 / 0.5), 1e-12);
    ck_assert(estimate.report.converged);
}
END_TEST

START_TEST(estimates_minimise_the_penalised_loss)
{
    for (size_t n_columns = 1; n_columns < MOST - 1; n_columns++) {
        make(30 + 40 * n_columns, n_columns);
        made_design_add_weights(&design);
        made_design_add_offset(&design);
        for (size_t i = 0; i < design.n_rows; i++) {
            design.weights[i] = 0.25 + (double)(i % 5);
            design.offset[i] = sin((double)i);
        }
        made_design_weigh(&design);
        estimate = made_design_fit(&design, &options);
        check_minimum(&design);
        teardown();
    }
}
END_TEST

START_TEST(separated_data_have_finite_estimates)
{
    make(40, 2);
    for (size_t i = 0; i < 40; i++)
        design.y[i] = design.x[2 * i] > 0.1;
    estimate = made_design_fit(&design, &options);
    check_minimum(&design);
    ck_assert_uint_eq(estimate.report.n_warnings, 0);
    ck_assert(estimate.coefficients[1].infinite == 0);
    ck_assert_double_gt(estimate.coefficients[1].estimate, 1);
    ck_assert(isnan(estimate.report.aic) && isnan(estimate.report.bic));
}
END_TEST

/* Without columns the penalty is that of an intercept among all of them. */
START_TEST(the_test_compares_penalised_maxima)
{
    make(50, 1);
    estimate = made_design_fit(&design, &options);
    double terms[2] = {0}, best = INFINITY;
    for (double b = -2; b < 2; b += 1e-4) {
        terms[0] = b;
        best = fmin(best, (double)penalised_loss(&design, terms));
    }
    ck_assert_double_eq_tol(estimate.report.null_penalized_log_likelihood, -best, 1e-6);
    ck_assert_double_eq(estimate.report.lr_statistic,
                        2 * (estimate.report.penalized_log_likelihood -
                             estimate.report.null_penalized_log_likelihood));
    ck_assert_double_eq(estimate.report.lr_df, 1);
}
END_TEST

START_TEST(a_weight_is_as_many_rows)
{
    size_t n = 0;
    make(60, 3);
    made_design_add_weights(&design);
    for (size_t i = 0; i < 60; i++)
        design.weights[i] = (double)(i % 4);
    made_design_weigh(&design);
    options.frequency_weights = true;
    made_design_new(&other, (size_t)design.sum_weights, 3, 2);
    for (size_t i = 0; i < 60; i++)
        for (size_t k = 0; k < i % 4; k++, n++) {
            memcpy(other.x + 3 * n, design.x + 3 * i, 3 * sizeof(double));
            other.y[n] = design.y[i];
        }
    estimate = made_design_fit(&design, &options);
    again = made_design_fit(&other, &options);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(estimate.solution[i], again.solution[i], 1e-12);
        ck_assert_double_eq_tol(estimate.coefficients[i].std_error,
                                again.coefficients[i].std_error, 1e-12);
    }
    ck_assert_double_eq_tol(estimate.report.penalized_log_likelihood,
                            again.report.penalized_log_likelihood, 1e-11);
}
END_TEST

/* All but dependent columns are mixed, a copy is aliased, units are far apart. */
START_TEST(columns_may_be_alike_and_in_any_units)
{
    make(200, 4);
    for (size_t i = 0; i < 200; i++) {
        double *x = design.x + 4 * i;
        x[1] = 1e6 * x[1] + 3e7;
        x[2] = x[0] + 1e-6 * x[2];
        x[3] = 2 * x[0] - 7;
    }
    estimate = made_design_fit(&design, &options);
    ck_assert(estimate.coefficients[4].aliased);
    ck_assert(estimate.report.converged);
    made_design_new(&other, 200, 3, 2);
    for (size_t i = 0; i < 200; i++) {
        memcpy(other.x + 3 * i, design.x + 4 * i, 3 * sizeof(double));
        other.y[i] = design.y[i];
    }
    double value = (double)penalised_loss(&other, estimate.solution);
    ck_assert_double_eq_tol(estimate.report.penalized_log_likelihood, -value, 1e-6);
}
END_TEST

START_TEST(no_intercept_is_needed)
{
    make(80, 2);
    options.intercept = false;
    estimate = made_design_fit(&design, &options);
    ck_assert(estimate.report.converged);
    ck_assert_double_gt(estimate.report.lr_statistic, 0);
    ck_assert_double_eq(estimate.report.lr_df, 2);
}
END_TEST

/* Beyond FIRTH_WHOLE Fisher's scoring goes the same way, more slowly. */
START_TEST(many_coefficients_converge_too)
{
    make(3000, FIRTH_WHOLE + 6);
    estimate = made_design_fit(&design, &options);
    ck_assert(estimate.report.converged);
    ck_assert_double_le(estimate.report.gradient_norm, 1e-10);
}
END_TEST

START_TEST(threads_do_not_change_a_bit_of_it)
{
    make(5000, 3);
    estimate = made_design_fit(&design, &options);
    again = made_design_fit_with(&design, &options, 5);
    ck_assert_mem_eq(estimate.solution, again.solution, 4 * sizeof(double));
    ck_assert_double_eq(estimate.report.null_penalized_log_likelihood,
                        again.report.null_penalized_log_likelihood);
}
END_TEST

/* ---- the objective by differences ---- */

static struct estimation estimation;

static void evaluate_at(struct objective_point *point, const double *beta, unsigned want)
{
    memcpy(point->beta, beta, estimation.likelihood.n * sizeof(double));
    point->have = 0;
    ck_assert_int_eq(objective_evaluate(&estimation.objective, point, want, NULL), 0);
}

static void check_differences(size_t r, const double *beta, struct objective_point *point)
{
    size_t n = estimation.likelihood.n;
    double near[MOST], above[MOST], value, step = 1e-5;
    const unsigned all = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN;
    memcpy(near, beta, n * sizeof(double));
    near[r] += step;
    evaluate_at(point, near, all);
    value = point->value;
    memcpy(above, point->gradient, n * sizeof(double));
    near[r] -= 2 * step;
    evaluate_at(point, near, all);
    value -= point->value;
    for (size_t s = 0; s < n; s++)
        above[s] -= point->gradient[s];
    evaluate_at(point, beta, all);
    ck_assert_double_eq_tol(value / (2 * step), point->gradient[r], 1e-9);
    for (size_t s = 0; s <= r; s++)
        ck_assert_double_eq_tol(above[s] / (2 * step), point->hessian[r * n + s], 1e-8);
}

START_TEST(derivatives_are_those_of_the_value)
{
    static const struct estimate_hooks no_hooks = {0};
    struct objective_point point = {0};
    const double beta[] = {0.3, -0.4, 0.2, 0.1};
    make(40, 3);
    estimation = (struct estimation){.design = &design,
                                     .options = &options,
                                     .hooks = &no_hooks,
                                     .pool = pool_new(1, 0, NULL)};
    ck_assert_int_eq(estimation_choose(&estimation, NULL), 0);
    ck_assert_int_eq(estimation_prepare(&estimation, NULL), 0);
    ck_assert_int_eq(
        objective_point_new(&estimation.objective, OBJECTIVE_HESSIAN, &point, NULL), 0);
    for (size_t r = 0; r < 4; r++)
        check_differences(r, beta, &point);
    objective_point_free(&estimation.objective, &point);
    estimation_free(&estimation);
    pool_free(estimation.pool);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    struct pool *pool = pool_new(1, 0, NULL);
    long n = 0;
    int status = -1;
    make(30, 2);
    for (; status < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 50);
    pool_free(pool);
}
END_TEST

TCase *firth_test(void)
{
    TCase *tests = tcase_create("firth");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, endometrial_has_the_published_estimates);
    tcase_add_test(tests, a_table_of_four_cells_gets_a_half_in_each);
    tcase_add_test(tests, estimates_minimise_the_penalised_loss);
    tcase_add_test(tests, separated_data_have_finite_estimates);
    tcase_add_test(tests, the_test_compares_penalised_maxima);
    tcase_add_test(tests, a_weight_is_as_many_rows);
    tcase_add_test(tests, columns_may_be_alike_and_in_any_units);
    tcase_add_test(tests, no_intercept_is_needed);
    tcase_add_test(tests, many_coefficients_converge_too);
    tcase_add_test(tests, threads_do_not_change_a_bit_of_it);
    tcase_add_test(tests, derivatives_are_those_of_the_value);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
