/* Fits with |w| in their penalty, judged by the conditions of Karush, Kuhn and Tucker as
 * the definition of J has them, apart from the solvers. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

#define ROWS 300
#define MOST 2000 /* coefficients */

static struct design design, other;
static struct estimate_options options;
static struct estimate first, second;
static const char *const algorithms[] = {"coordinate_descent", "lbfgs"};

enum { N_ALGORITHMS = sizeof(algorithms) / sizeof(*algorithms) };

static void make(size_t n_rows, size_t n_columns, size_t n_classes)
{
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, 31, 0.7);
    options = made_design_options(&design);
    options.statistics = false;
    options.l1 = 0.02;
}

static void teardown(void)
{
    estimate_free(&first);
    estimate_free(&second);
    design_free(&design);
    design_free(&other);
}

/* ---- the definition ---- */

static double std_of(size_t j)
{
    double sum = 0, mean = 0, square = 0;
    for (size_t i = 0; i < design.n_rows; i++)
        sum += design.weights ? design.weights[i] : 1;
    for (size_t i = 0; i < design.n_rows; i++)
        mean += design.x[i * design.n_columns + j] *
                (design.weights ? design.weights[i] : 1) / sum;
    for (size_t i = 0; i < design.n_rows; i++)
        square += pow(design.x[i * design.n_columns + j] - mean, 2) *
                  (design.weights ? design.weights[i] : 1) / sum;
    return sqrt(square);
}

/* By how much the penalties of a term are multiplied. */
static void find_factors(double *l1, double *l2)
{
    for (size_t j = 0; j < design.n_columns; j++) {
        double factor = options.factors ? options.factors[j] : 1;
        double std = options.standardize ? std_of(j) : 1;
        l1[j] = options.l1 * factor * std;
        l2[j] = options.l2 * factor * std * std;
    }
}

/* Of class k (of a binomial model: of the only block). */
static double weight_of(const struct estimate *estimate, size_t k, size_t term)
{
    return estimate->classes ? estimate->classes[k * estimate->n_terms + term]
                             : estimate->solution[term];
}

/* The gradient of the mean loss by the weights of class k: those of the others, and of
 * class 0 what they leave of 0. */
static double slope_of(const struct estimate *estimate, const double complex *gradient,
                       size_t k, size_t term)
{
    double sum = 0;
    if (!estimate->classes)
        return creal(gradient[term]);
    if (k > 0)
        return creal(gradient[(k - 1) * estimate->n_terms + term]);
    for (size_t b = 0; b < estimate->n_blocks; b++)
        sum -= creal(gradient[b * estimate->n_terms + term]);
    return sum;
}

static void check_slope(double weight, double slope, double l1, double tolerance)
{
    if (weight > 0)
        ck_assert_double_eq_tol(slope, -l1, tolerance);
    else if (weight < 0)
        ck_assert_double_eq_tol(slope, l1, tolerance);
    else
        ck_assert_double_le(fabs(slope), l1 + tolerance);
}

static void check_optimum(const struct estimate *estimate, double tolerance)
{
    static double complex terms[MOST], gradient[MOST];
    static double l1[MOST], l2[MOST];
    size_t n_terms = estimate->n_terms, n = estimate->n_blocks * n_terms;
    size_t n_classes = estimate->classes ? estimate->n_blocks + 1 : 1, n_nonzero = 0;
    double penalty = 0;
    ck_assert_uint_le(n, MOST);
    for (size_t i = 0; i < n; i++)
        terms[i] = estimate->solution[i];
    made_design_gradient(&design, &options, terms, gradient);
    find_factors(l1, l2);
    for (size_t k = 0; k < n_classes; k++)
        for (size_t i = 0; i < n_terms; i++) {
            double weight = weight_of(estimate, k, i);
            double slope = slope_of(estimate, gradient, k, i);
            bool is_intercept = i < options.intercept;
            size_t j = i - options.intercept;
            n_nonzero += !is_intercept && weight != 0;
            slope += is_intercept ? 0 : l2[j] * weight;
            check_slope(weight, slope, is_intercept ? 0 : l1[j], tolerance);
            penalty +=
                is_intercept ? 0 : l1[j] * fabs(weight) + l2[j] * weight * weight / 2;
        }
    double value = creal(made_design_loss(&design, &options, terms)) + penalty;
    ck_assert_double_eq_tol(estimate->report.objective, value, 1e-13);
    ck_assert_uint_eq(estimate->report.n_nonzero, n_nonzero);
}

static void check_certificate(const struct report *report)
{
    ck_assert(report->converged);
    ck_assert_str_eq(report->stop_reason, "tolerance");
    ck_assert_double_le(report->kkt_residual, 1e-10);
    ck_assert_double_ge(report->duality_gap, 0);
    ck_assert_double_le(report->duality_gap, 1e-8);
}

static void check_fit(double tolerance)
{
    first = made_design_fit(&design, &options);
    check_optimum(&first, tolerance);
    check_certificate(&first.report);
}

static double shares(size_t i)
{
    return 0.25 + (double)((i * 7) % 5);
}

/* ---- optima ---- */

START_TEST(a_fit_is_an_optimum_at_every_penalty)
{
    static const double penalties[] = {1e-6, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.3};
    make(ROWS, 12, (size_t)_i);
    for (size_t p = 0; p < sizeof(penalties) / sizeof(*penalties); p++)
        for (int has_l2 = 0; has_l2 < 2; has_l2++) {
            options.l1 = penalties[p];
            options.l2 = has_l2 ? 0.03 : 0;
            check_fit(1e-13);
            estimate_free(&first);
        }
}
END_TEST

START_TEST(weights_offsets_and_columns_without_intercept_are_as_defined)
{
    make(ROWS, 6, (size_t)_i);
    made_design_add_weights(&design);
    for (size_t i = 0; i < ROWS; i++)
        design.weights[i] = i % 11 == 0 ? 0 : shares(i);
    made_design_weigh(&design);
    if (_i == 2) {
        made_design_add_offset(&design);
        for (size_t i = 0; i < ROWS; i++)
            design.offset[i] = sin((double)i);
    }
    for (int intercept = 0; intercept < 2; intercept++) {
        options.intercept = intercept;
        options.l2 = 0.01 * intercept;
        check_fit(1e-13);
        estimate_free(&first);
    }
}
END_TEST

START_TEST(factors_make_penalties_of_columns_of_their_own)
{
    static const double factors[] = {1, 0, 7, 0.1, 0, 30};
    make(ROWS, 6, (size_t)_i);
    options.factors = factors;
    options.l2 = 0.01;
    check_fit(1e-13);
    for (size_t b = 0; b < first.n_blocks; b++) {
        ck_assert_double_ne(first.solution[b * 7 + 2], 0);
        ck_assert_double_ne(first.solution[b * 7 + 5], 0);
        ck_assert_double_eq(first.solution[b * 7 + 6], 0);
    }
}
END_TEST

START_TEST(standardizing_penalises_columns_of_length_1)
{
    make(ROWS, 5, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++) {
        design.x[5 * i] = 30 * design.x[5 * i] + 100;
        design.x[5 * i + 3] *= 0.01;
    }
    options.standardize = true;
    check_fit(1e-12);
    ck_assert_uint_gt(first.report.n_nonzero, 0);
}
END_TEST

START_TEST(many_more_columns_than_rows_are_no_hindrance)
{
    static const double penalties[] = {1e-4, 0.01, 0.1};
    make(40, 400, (size_t)_i);
    for (size_t p = 0; p < 3; p++)
        for (int has_l2 = 0; has_l2 < 2; has_l2++) {
            options.l1 = penalties[p];
            options.l2 = has_l2 ? 0.05 : 0;
            check_fit(1e-13);
            if (!has_l2)
                ck_assert_uint_le(first.report.n_nonzero, 40 * (size_t)_i);
            estimate_free(&first);
        }
}
END_TEST

START_TEST(from_l1_max_on_all_are_exactly_0)
{
    static const double factors[] = {1, 0, 2, 0.5};
    make(ROWS, 4, (size_t)_i);
    for (int has_factors = 0; has_factors < 2; has_factors++) {
        options.factors = has_factors ? factors : NULL;
        options.l1 = 0.01;
        first = made_design_fit(&design, &options);
        double most = first.report.l1_max;
        estimate_free(&first);
        size_t n_free = has_factors ? (_i == 2 ? 1 : (size_t)_i) : 0;
        options.l1 = most;
        first = made_design_fit(&design, &options);
        ck_assert_uint_eq(first.report.n_nonzero, n_free);
        ck_assert_double_eq_tol(first.report.l1_max, most, 1e-12 * most);
        check_optimum(&first, 1e-13);
        estimate_free(&first);
        options.l1 = 0.9999 * most;
        first = made_design_fit(&design, &options);
        ck_assert_uint_gt(first.report.n_nonzero, n_free);
        estimate_free(&first);
    }
}
END_TEST

START_TEST(a_tiny_penalty_finds_what_has_none)
{
    make(ROWS, 4, (size_t)_i);
    options.l1 = 1e-12;
    first = made_design_fit(&design, &options);
    options.l1 = 0;
    second = made_design_fit(&design, &options);
    for (size_t i = 0; i < first.n_blocks * first.n_terms; i++)
        ck_assert_double_eq_tol(first.solution[i], second.solution[i], 1e-9);
}
END_TEST

/* ---- relations ---- */

/* With K = 2 the weights of one class can be 0 and those of the other the difference:
 * ‖W‖₁ is that of the binomial model. The squares of both are half of its square. */
START_TEST(two_classes_are_the_binomial_model)
{
    make(ROWS, 5, 2);
    for (int has_l2 = 0; has_l2 < 2; has_l2++) {
        options.family = FAMILY_MULTINOMIAL;
        options.l2 = has_l2 ? 0.2 : 0;
        first = made_design_fit(&design, &options);
        options.family = FAMILY_BINOMIAL;
        options.l2 /= 2;
        second = made_design_fit(&design, &options);
        ck_assert_double_eq_tol(first.report.objective, second.report.objective, 1e-14);
        for (size_t i = 0; i < 6; i++)
            ck_assert_double_eq_tol(first.solution[i], second.solution[i], 1e-11);
        estimate_free(&first);
        estimate_free(&second);
    }
}
END_TEST

START_TEST(the_order_of_columns_and_their_units_do_not_matter)
{
    static const double units[] = {1e-3, 50, 1, 7}, factors[] = {1e-3, 50, 1, 7};
    make(ROWS, 4, (size_t)_i);
    first = made_design_fit(&design, &options);
    made_design_new(&other, ROWS, 4, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < 4; j++)
            other.x[4 * i + 3 - j] = design.x[4 * i + j] * units[3 - j];
    memcpy(other.y, design.y, ROWS * sizeof(double));
    options.factors = factors; /* as w falls by the unit, its penalty grows */
    second = made_design_fit(&other, &options);
    for (size_t b = 0; b < first.n_blocks; b++)
        for (size_t j = 0; j < 4; j++)
            ck_assert_double_eq_tol(first.solution[5 * b + 1 + j],
                                    second.solution[5 * b + 4 - j] * units[3 - j], 1e-11);
    ck_assert_double_eq_tol(first.report.objective, second.report.objective, 1e-14);
}
END_TEST

/* Most cells 0, some columns filled in more rows than not, one of 0 everywhere. */
START_TEST(sparse_rows_have_the_optimum_of_dense_ones)
{
    make(ROWS, 30, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < 30; j++)
            if (j == 29 || (i * 31 + j * 17) % 10 > (j % 4 == 0 ? 7 : 2))
                design.x[i * 30 + j] = 0;
    made_design_sparse(&design, &other);
    options.l1 = 0.003;
    for (int has_l2 = 0; has_l2 < 2; has_l2++) {
        options.l2 = 0.01 * has_l2;
        first = made_design_fit(&design, &options);
        second = made_design_fit(&other, &options);
        check_optimum(&second, 1e-12);
        check_certificate(&second.report);
        if (has_l2 || _i % 2 == 1) /* of four classes any between two are as good */
            ck_assert_uint_eq(first.report.n_nonzero, second.report.n_nonzero);
        for (size_t i = 0; i < first.n_blocks * first.n_terms; i++)
            ck_assert_double_eq_tol(first.solution[i], second.solution[i], 1e-9);
        estimate_free(&first);
        estimate_free(&second);
    }
}
END_TEST

START_TEST(equal_columns_have_the_coefficient_of_one)
{
    make(ROWS, 4, (size_t)_i);
    made_design_new(&other, ROWS, 3, (size_t)_i);
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(other.x + 3 * i, design.x + 4 * i, 3 * sizeof(double));
        design.x[4 * i + 3] = design.x[4 * i + 1];
        other.y[i] = design.y[i];
    }
    check_fit(1e-12);
    second = made_design_fit(&other, &options);
    for (size_t b = 0; b < first.n_blocks; b++)
        ck_assert_double_eq_tol(first.solution[5 * b + 2] + first.solution[5 * b + 4],
                                second.solution[4 * b + 2], 1e-10);
    ck_assert_double_eq_tol(first.report.objective, second.report.objective, 1e-13);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    make(5000, 7, (size_t)_i);
    first = made_design_fit_with(&design, &options, 1);
    for (size_t n_threads = 2; n_threads <= 5; n_threads++) {
        second = made_design_fit_with(&design, &options, n_threads);
        ck_assert_mem_eq(first.solution, second.solution,
                         first.n_blocks * first.n_terms * sizeof(double));
        ck_assert_mem_eq(&first.report.duality_gap, &second.report.duality_gap,
                         sizeof(double));
        estimate_free(&second);
    }
}
END_TEST

START_TEST(algorithms_agree)
{
    make(ROWS, 8, (size_t)_i);
    first = made_design_fit(&design, &options);
    ck_assert_str_eq(first.report.algorithm, "coordinate_descent");
    for (size_t a = 0; a < N_ALGORITHMS; a++) {
        options.algorithm = algorithms[a];
        second = made_design_fit(&design, &options);
        ck_assert_str_eq(second.report.algorithm, algorithms[a]);
        ck_assert(second.report.converged);
        for (size_t i = 0; i < first.n_blocks * first.n_terms; i++)
            ck_assert_double_eq_tol(first.solution[i], second.solution[i], 1e-9);
        estimate_free(&second);
    }
}
END_TEST

/* ½(y-z)² in place of a likelihood: the lasso. Its conditions, written down again. */
START_TEST(of_numbers_it_is_the_lasso)
{
    make(ROWS, 6, 2);
    design.n_classes = 0;
    options.family = FAMILY_GAUSSIAN;
    options.l1 = 3;
    for (size_t i = 0; i < ROWS; i++)
        design.y[i] =
            1000 + 50 * (design.x[6 * i] - 0.2 * design.x[6 * i + 1] + sin((double)i));
    first = made_design_fit(&design, &options);
    check_certificate(&first.report);
    double slopes[7] = {0}, squares = 0, penalty = 0;
    for (size_t i = 0; i < ROWS; i++) {
        double rest = first.solution[0] - design.y[i];
        for (size_t j = 0; j < 6; j++)
            rest += first.solution[1 + j] * design.x[6 * i + j];
        squares += rest * rest;
        slopes[0] += rest / ROWS;
        for (size_t j = 0; j < 6; j++)
            slopes[1 + j] += rest * design.x[6 * i + j] / ROWS;
    }
    check_slope(first.solution[0], slopes[0], 0, 1e-11);
    for (size_t j = 1; j < 7; j++) {
        check_slope(first.solution[j], slopes[j], options.l1, 1e-11);
        penalty += options.l1 * fabs(first.solution[j]);
    }
    ck_assert_double_eq_tol(first.report.objective, squares / 2 / ROWS + penalty, 1e-8);
    ck_assert_uint_lt(first.report.n_nonzero, 6);
    ck_assert_uint_gt(first.report.n_nonzero, 0);
    ck_assert_double_eq_tol(
        first.report.log_likelihood,
        -ROWS / 2. * (log(2 * 3.14159265358979323846 * squares / ROWS) + 1), 1e-8);
}
END_TEST

START_TEST(first_order_methods_come_near_with_exact_zeros)
{
    static const struct {
        const char *algorithm;
        enum schedule schedule;
        double reach; /* of the objective */
    } cases[] = {{"gradient_descent", SCHEDULE_CONSTANT, 1e-12},
                 {"gradient_descent", SCHEDULE_LINE_SEARCH, 1e-12},
                 {"sgd", SCHEDULE_INVERSE_TIME, 1e-3},
                 {"adagrad", SCHEDULE_CONSTANT, 1e-3}};
    make(ROWS, 8, (size_t)_i);
    options.l1 = 0.04;
    options.solver.batch_size = 32;
    options.solver.max_epochs = 200;
    options.solver.max_iterations = 5000;
    first = made_design_fit(&design, &options);
    for (size_t a = 0; a < sizeof(cases) / sizeof(*cases); a++) {
        options.algorithm = cases[a].algorithm;
        options.solver.schedule = cases[a].schedule;
        second = made_design_fit(&design, &options);
        double above = second.report.objective - first.report.objective;
        ck_assert_double_ge(above, -1e-14);
        ck_assert_double_le(above, cases[a].reach);
        ck_assert_double_le(above, second.report.duality_gap + 1e-14);
        if (cases[a].reach < 1e-6)
            ck_assert_uint_eq(second.report.n_nonzero, first.report.n_nonzero);
        estimate_free(&second);
    }
}
END_TEST

START_TEST(coordinate_descent_without_l1_is_newtons_method)
{
    make(ROWS, 4, (size_t)_i);
    options.statistics = true;
    options.l1 = 0;
    for (int has_l2 = 0; has_l2 < 2; has_l2++) {
        options.l2 = 0.1 * has_l2;
        options.algorithm = "newton";
        first = made_design_fit(&design, &options);
        options.algorithm = "coordinate_descent";
        second = made_design_fit(&design, &options);
        ck_assert(second.report.converged);
        for (size_t i = 0; i < first.n_blocks * first.n_terms; i++) {
            ck_assert_double_eq_tol(first.solution[i], second.solution[i], 1e-12);
            ck_assert_double_eq_tol(first.coefficients[i].std_error,
                                    second.coefficients[i].std_error, 1e-11);
        }
        estimate_free(&first);
        estimate_free(&second);
    }
}
END_TEST

/* ---- what is told ---- */

START_TEST(standard_errors_are_withheld_with_a_reason)
{
    make(ROWS, 4, (size_t)_i);
    options.statistics = true;
    first = made_design_fit(&design, &options);
    ck_assert_ptr_null(first.covariance);
    ck_assert(isnan(first.coefficients[0].std_error));
    ck_assert(made_design_is_warned(&first.report, "statistics_withheld", NULL));
    ck_assert(made_design_is_warned(&first.report, "curvature_unknown", NULL));
    ck_assert(isnan(first.report.lr_p_value));
}
END_TEST

START_TEST(degrees_of_freedom_count_what_is_not_0)
{
    make(ROWS, 6, 2);
    options.l1 = 0.05;
    first = made_design_fit(&design, &options);
    size_t df = first.report.n_nonzero + 1;
    ck_assert_uint_lt(df, 7);
    ck_assert_double_eq(first.report.df_residual, ROWS - (double)df);
    ck_assert_double_eq_tol(first.report.aic,
                            2 * (double)df - 2 * first.report.log_likelihood, 1e-10);
    ck_assert_uint_eq(first.report.n_coefficients, 7);
}
END_TEST

START_TEST(a_fit_that_is_cut_short_is_not_called_converged)
{
    make(ROWS, 12, (size_t)_i);
    options.l1 = 1e-3;
    options.solver.max_iterations = 2;
    first = made_design_fit(&design, &options);
    ck_assert(!first.report.converged);
    ck_assert_str_eq(first.report.stop_reason, "max_iterations");
    ck_assert_double_gt(first.report.duality_gap, 0);
    double value = first.report.objective, gap = first.report.duality_gap;
    estimate_free(&first);
    options.solver.max_iterations = 1000;
    first = made_design_fit(&design, &options);
    ck_assert_double_le(value - first.report.objective, gap);
}
END_TEST

/* With few columns, and with parts of many. */
START_TEST(a_tolerance_bounds_how_far_the_objective_is_above_its_minimum)
{
    make(ROWS, _i == 0 ? 8 : 400, 2);
    first = made_design_fit(&design, &options);
    for (double tolerance = 1e-2; tolerance > 1e-8; tolerance /= 10) {
        options.solver.tolerance = tolerance;
        second = made_design_fit(&design, &options);
        ck_assert(second.report.converged);
        ck_assert_double_le(second.report.duality_gap, tolerance);
        ck_assert_double_le(second.report.objective - first.report.objective, tolerance);
        ck_assert_uint_le(second.report.iterations, first.report.iterations);
        estimate_free(&second);
    }
}
END_TEST

static int count_steps(void *context, const struct solver_step *step)
{
    (void)step;
    ++*(int *)context;
    return 0;
}

/* Whoever ends it, and where; with few columns, and with parts of many. */
START_TEST(every_end_has_a_decrement_and_each_step_is_told_once)
{
    static const char *const names[] = {"coordinate_descent", "lbfgs",
                                        "gradient_descent"};
    struct pool *pool = pool_new(1, 0, NULL);
    make(ROWS, _i < 3 ? 8 : 60, 2);
    options.algorithm = names[_i % 3];
    for (uint64_t most = 1; most < 40; most *= 3) {
        int n_told = 0;
        const struct estimate_hooks hooks = {
            .watch = {.on_step = count_steps, .context = &n_told}};
        options.solver.max_iterations = most;
        ck_assert_int_eq(estimate_run(&design, &options, &hooks, pool, &first, NULL), 0);
        ck_assert(isfinite(first.report.newton_decrement));
        for (size_t i = 1; i < first.report.n_steps; i++)
            ck_assert_uint_gt(first.report.trace[i].iteration,
                              first.report.trace[i - 1].iteration);
        ck_assert_uint_le(first.report.iterations, most);
        ck_assert_uint_eq((size_t)n_told, first.report.n_steps);
        estimate_free(&first);
    }
    pool_free(pool);
}
END_TEST

START_TEST(an_algorithm_that_takes_no_l1_is_refused)
{
    struct error err = {0};
    struct pool *pool = pool_new(1, 0, NULL);
    make(ROWS, 2, 2);
    options.algorithm = "newton";
    ck_assert_int_lt(estimate_run(&design, &options, NULL, pool, &first, &err), 0);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    pool_free(pool);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    static const double factors[] = {1, 0, 1};
    struct pool *pool = pool_new(1, 0, NULL);
    bool is_wide = _i == 4;
    make(is_wide ? 30 : 60, is_wide ? 80 : 3, is_wide ? 2 : (size_t)_i);
    options.factors = is_wide ? NULL : factors;
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = estimate_run(&design, &options, NULL, pool, &first, &err);
        memory_fail_after(-1);
        if (status == 0) {
            ck_assert_int_gt(n, 40);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    pool_free(pool);
}
END_TEST

TCase *estimate_l1_test(void)
{
    TCase *tests = tcase_create("estimate_l1");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_fit_is_an_optimum_at_every_penalty, 2, 6);
    tcase_add_loop_test(
        tests, weights_offsets_and_columns_without_intercept_are_as_defined, 2, 5);
    tcase_add_loop_test(tests, factors_make_penalties_of_columns_of_their_own, 2, 5);
    tcase_add_loop_test(tests, standardizing_penalises_columns_of_length_1, 2, 4);
    tcase_add_loop_test(tests, many_more_columns_than_rows_are_no_hindrance, 2, 5);
    tcase_add_loop_test(tests, from_l1_max_on_all_are_exactly_0, 2, 5);
    tcase_add_loop_test(tests, a_tiny_penalty_finds_what_has_none, 2, 4);
    tcase_add_test(tests, two_classes_are_the_binomial_model);
    tcase_add_loop_test(tests, the_order_of_columns_and_their_units_do_not_matter, 2, 4);
    tcase_add_loop_test(tests, sparse_rows_have_the_optimum_of_dense_ones, 2, 5);
    tcase_add_loop_test(tests, equal_columns_have_the_coefficient_of_one, 2, 4);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 2, 4);
    tcase_add_loop_test(tests, algorithms_agree, 2, 4);
    tcase_add_test(tests, of_numbers_it_is_the_lasso);
    tcase_add_loop_test(tests, first_order_methods_come_near_with_exact_zeros, 2, 4);
    tcase_add_loop_test(tests, coordinate_descent_without_l1_is_newtons_method, 2, 4);
    tcase_add_loop_test(tests, standard_errors_are_withheld_with_a_reason, 2, 4);
    tcase_add_test(tests, degrees_of_freedom_count_what_is_not_0);
    tcase_add_loop_test(tests, a_fit_that_is_cut_short_is_not_called_converged, 2, 4);
    tcase_add_loop_test(
        tests, a_tolerance_bounds_how_far_the_objective_is_above_its_minimum, 0, 2);
    tcase_add_loop_test(tests, every_end_has_a_decrement_and_each_step_is_told_once, 0,
                        6);
    tcase_add_test(tests, an_algorithm_that_takes_no_l1_is_refused);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 2, 5);
    return tests;
}
