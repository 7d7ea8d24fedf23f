/* Fits of fewer rows than columns: the way through the space of the rows leads where
 * L-BFGS leads by the columns. */
#include "core/model/row_space.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/model/basis_scale.h"
#include "core/model/row_ascent.h"
#include "core/model/row_step.h"
#include "core/optim/vectors.h"
#include "tests/support/made_design.h"

#define ROWS 70
#define COLUMNS 520

static struct design dense, sparse;
static struct estimate_options options;
static struct estimate by_rows, whole;

static void setup(void)
{
    made_design_new(&dense, ROWS, COLUMNS, 2);
    made_design_draw(&dense, 8, 0.3);
    made_design_thin(&dense, 9, 0.2);
    for (size_t i = 0; i < ROWS; i++) { /* filled: shifted in a sparse basis */
        dense.x[i * COLUMNS] = 2 + sin((double)i);
        dense.x[i * COLUMNS + 1] = 0;
    }
    made_design_sparse(&dense, &sparse);
    options = made_design_options(&dense);
    options.statistics = false;
    options.l2 = 0.02;
    options.algorithm = "newton_cg";
    options.solver.tolerance = 1e-8;
}

static void teardown(void)
{
    estimate_free(&by_rows);
    estimate_free(&whole);
    design_free(&dense);
    design_free(&sparse);
}

/* ---- products ---- */

static struct pool *pool;
static struct survey survey;
static struct basis basis;
static struct likelihood likelihood;

static void make_likelihood(const struct design *design)
{
    static const struct estimate_hooks hooks = {0};
    pool = pool_new(1, 0, NULL);
    ck_assert_int_eq(survey_run(&survey, design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_scale(&basis, design, &survey, &options, pool, NULL), 0);
    ck_assert_int_eq(likelihood_new(&likelihood, design, &basis, &survey, &options,
                                    &hooks, pool, false, NULL),
                     0);
}

static void free_likelihood(void)
{
    likelihood_free(&likelihood);
    basis_free(&basis);
    survey_free(&survey);
    pool_free(pool);
}

static void check_close(double a, long double b)
{
    if (!(fabsl(a - b) <= 1e-11L * fmaxl(1, fabsl(b))))
        ck_abort_msg("%.17g is not %.17Lg", a, b);
}

/* Against ‖U'v‖, Λ⁻¹U'v and UΛ⁻¹U'v as they are written down. */
static void check_products(const struct row_matrix *made, const double *product,
                           double norm, const double *weights, const double *v)
{
    static double u[ROWS][COLUMNS];
    static long double expected[COLUMNS];
    size_t n = basis.n_active;
    long double square = 0;
    for (size_t i = 0; i < ROWS; i++)
        basis_row(&basis, dense.x + i * COLUMNS, u[i]);
    for (size_t j = 0; j < n; j++) {
        expected[j] = 0;
        for (size_t i = 0; i < ROWS; i++)
            expected[j] += (long double)u[i][j] * v[i];
        square += expected[j] * expected[j];
        expected[j] /= likelihood.penalty.diagonal[j];
        check_close(weights[j], expected[j]);
    }
    check_close(norm, sqrtl(square));
    for (size_t i = 0; i < ROWS; i++) {
        long double sum = 0, own = 0;
        for (size_t j = 0; j < n; j++) {
            sum += u[i][j] * expected[j];
            own += (long double)u[i][j] * u[i][j] / likelihood.penalty.diagonal[j];
        }
        check_close(product[i], sum);
        check_close(made->diagonal[i], own);
    }
    ck_assert_double_gt(made->n_passes, 0);
}

static struct row_matrix made;

static void make_matrix(int round)
{
    options.intercept = !(round & 2);
    make_likelihood(round & 1 ? &sparse : &dense);
    ck_assert(row_matrix_serves(&likelihood));
    ck_assert_int_eq(row_matrix_new(&made, &likelihood, NULL), 0);
}

static void free_matrix(void)
{
    row_matrix_free(&made);
    free_likelihood();
}

START_TEST(products_are_those_of_rows_in_the_basis)
{
    double v[ROWS], product[ROWS], closely[ROWS], weights[COLUMNS], slopes[COLUMNS];
    options.standardize = _i & 4;
    make_matrix(_i);
    for (size_t i = 0; i < ROWS; i++)
        v[i] = cos((double)i);
    row_matrix_multiply_closely(&made, v, closely);
    row_matrix_multiply(&made, v, product);
    double norm = row_matrix_last_norm(&made, v);
    row_matrix_weights(&made, v, weights);
    check_products(&made, product, norm, weights, v);
    check_products(&made, closely, norm, weights, v);
    v[0] += 1;
    row_matrix_multiply(&made, v, product);
    norm = row_matrix_last_norm(&made, v);
    row_matrix_slopes(&made, v, slopes);
    check_close(vectors_norm(slopes, made.n_active), norm);
    free_matrix();
}
END_TEST

START_TEST(columns_far_from_0_are_taken_from_there)
{
    double v[ROWS], product[ROWS], weights[COLUMNS];
    for (size_t i = 0; i < ROWS; i++) {
        v[i] = sin((double)i);
        dense.x[i * COLUMNS] += 1e6;
    }
    make_matrix(0);
    ck_assert_ptr_nonnull(made.rows);
    row_matrix_multiply(&made, v, product);
    double norm = row_matrix_last_norm(&made, v);
    row_matrix_weights(&made, v, weights);
    check_products(&made, product, norm, weights, v);
    free_matrix();
}
END_TEST

START_TEST(moved_by_rows_they_are_the_same)
{
    double v[ROWS], product[ROWS], margins[ROWS];
    options.standardize = _i & 4; /* another penalty for each column */
    make_matrix(_i);
    for (size_t i = 0; i < ROWS; i++) {
        v[i] = sin((double)i);
        row_matrix_expect(&made, i);
        row_matrix_move(&made, i, v[i] + 1);
    }
    for (size_t i = 0; i < ROWS; i++)
        row_matrix_move(&made, i, -1);
    row_matrix_multiply(&made, v, product);
    row_matrix_margins(&made, margins);
    for (size_t i = 0; i < ROWS; i++) {
        check_close(row_matrix_margin(&made, i), product[i]);
        check_close(margins[i], product[i]);
    }
    free_matrix();
}
END_TEST

/* ---- steps ---- */

/* The rows' own equations: where δ is the least of Q, H(Kδα + δb) + δα + ρ = 0 and
 * Σ h(Kδα + δb) + Σr = 0. */
START_TEST(a_step_solves_the_equations_of_newton)
{
    static const struct solver_watch nobody = {0};
    struct row_step step = {0};
    double slope[ROWS], curvature[ROWS], product[ROWS], sum = 0, mean = 0;
    make_matrix(_i);
    bool has_intercept = options.intercept;
    ck_assert_int_eq(row_step_new(&step, &made, has_intercept, NULL), 0);
    for (size_t i = 0; i < ROWS; i++) {
        curvature[i] = i % 7 == 0 ? 0 : (1 + sin((double)i)) / (8 * ROWS);
        slope[i] = cos(3 * (double)i) / ROWS;
        mean += slope[i] / ROWS;
    }
    for (size_t i = 0; i < ROWS; i++)
        slope[i] -= mean; /* as where α and r add up to 0 */
    row_step_begin(&step, slope, curvature, 0);
    row_step_find(&step, 1e9, 0, &nobody);
    ck_assert_double_ge(step.least, step.bound - 1e-9 * fabs(step.bound));
    row_matrix_multiply(&made, step.step, product);
    for (size_t i = 0; i < ROWS; i++) {
        double along = product[i] + step.intercept;
        ck_assert_double_eq_tol(step.along[i], along, 1e-9 * (1 + fabs(along)));
        double left = curvature[i] * along + step.step[i] + slope[i];
        ck_assert_double_eq_tol(left, 0, 3e-3 * (fabs(slope[i]) + 1.0 / ROWS));
        sum += curvature[i] * along;
    }
    if (has_intercept)
        ck_assert_double_eq_tol(sum, 0, 1e-12);
    ck_assert_double_gt(step.decrement, 0);
    row_step_free(&step);
    free_matrix();
}
END_TEST

/* Of the point that J has where p is what margins say. */
START_TEST(an_ascent_comes_near_what_each_row_asks_for)
{
    double alpha[ROWS] = {0}, margins[ROWS], intercept = 0.1, sum = 0;
    make_matrix(_i);
    ck_assert_int_eq(row_ascent_run(&made, alpha, &intercept, NULL), 0);
    if (!options.intercept)
        ck_assert_double_eq(intercept, 0.1);
    row_matrix_margins(&made, margins);
    for (size_t i = 0; i < ROWS; i++) {
        double p = 1 / (1 + exp(-margins[i] - intercept));
        ck_assert_double_eq_tol(alpha[i] * ROWS, dense.y[i] - p, 0.05);
        sum += alpha[i];
    }
    if (options.intercept)
        ck_assert_double_eq_tol(sum, 0, 0.01);
    free_matrix();
}
END_TEST

START_TEST(who_has_no_penalty_or_more_rows_is_not_served)
{
    double factors[COLUMNS];
    for (size_t j = 0; j < COLUMNS; j++)
        factors[j] = j != 7;
    if (_i == 0)
        options.l2 = 0;
    else
        options.factors = factors;
    make_likelihood(&dense);
    ck_assert(!row_matrix_serves(&likelihood));
    free_likelihood();
}
END_TEST

START_TEST(what_it_holds_is_told_of_what_it_serves)
{
    ck_assert_uint_eq(row_matrix_cells(ROWS, COLUMNS), ROWS * (COLUMNS + ROWS));
    /* More rows, or longer ones, as they lie. */
    ck_assert_uint_eq(row_matrix_cells(COLUMNS, COLUMNS), COLUMNS * COLUMNS);
    ck_assert_uint_eq(row_matrix_cells(400, 1U << 20), 400 * 400);
    ck_assert_uint_eq(row_matrix_cells(COLUMNS + 1, COLUMNS), 0);
    ck_assert_uint_eq(row_matrix_cells(0, COLUMNS), 0);
    ck_assert_uint_eq(row_matrix_cells(4096, 1U << 20), 0);
}
END_TEST

/* All that is made of a matrix. */
static int make_all(struct error *err)
{
    struct row_step step = {0};
    double alpha[ROWS] = {0}, intercept = 0;
    if (row_matrix_new(&made, &likelihood, err) < 0)
        return -1;
    int status = row_step_new(&step, &made, true, err);
    if (status == 0)
        status = row_ascent_run(&made, alpha, &intercept, err);
    row_step_free(&step);
    row_matrix_free(&made);
    return status;
}

START_TEST(memory_that_fails_is_told)
{
    struct error err = {0};
    make_likelihood(_i == 0 ? &dense : &sparse);
    for (long n = 0;; n++) {
        memory_fail_after(n);
        int status = make_all(&err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        error_clear(&err);
    }
    free_likelihood();
}
END_TEST

/* ---- fits ---- */

static void vary(int round)
{
    options.intercept = !(round & 2);
    options.standardize = round & 4;
    if (!(round & 8))
        return;
    made_design_add_weights(&dense);
    made_design_add_offset(&dense);
    for (size_t i = 0; i < ROWS; i++) {
        dense.weights[i] = (double)(i % 4) / 2;
        dense.offset[i] = sin((double)i);
    }
    made_design_weigh(&dense);
    design_free(&sparse);
    made_design_sparse(&dense, &sparse);
}

static void by_columns(void)
{
    options.algorithm = "lbfgs";
    options.solver.tolerance = 1e-12;
    whole = made_design_fit(&dense, &options);
}

static void check_same(double tolerance)
{
    double size = 0;
    for (size_t i = 0; i < whole.n_terms; i++)
        size = fmax(size, fabs(whole.solution[i]));
    for (size_t i = 0; i < whole.n_terms; i++)
        if (!(fabs(whole.solution[i] - by_rows.solution[i]) <= tolerance * size))
            ck_abort_msg("term %zu: %.17g is not %.17g", i, by_rows.solution[i],
                         whole.solution[i]);
}

START_TEST(they_lead_to_the_same_minimum)
{
    vary(_i);
    by_rows = made_design_fit(_i & 1 ? &sparse : &dense, &options);
    by_columns();
    ck_assert(by_rows.report.converged);
    ck_assert_str_eq(by_rows.report.algorithm, "newton_cg");
    check_same(1e-9);
}
END_TEST

START_TEST(a_loose_tolerance_is_met_there)
{
    vary(_i);
    options.solver.tolerance = 1e-5;
    by_rows = made_design_fit(_i & 1 ? &sparse : &dense, &options);
    by_columns();
    ck_assert(by_rows.report.converged);
    ck_assert_str_eq(by_rows.report.stop_reason, "tolerance");
    ck_assert_double_le(by_rows.report.objective, whole.report.objective * (1 + 1e-5));
    check_same(1e-2);
}
END_TEST

START_TEST(what_is_told_of_its_end_is_what_a_pass_finds_there)
{
    struct estimate there;
    vary(_i);
    options.solver.tolerance = 1e-3;
    by_rows = made_design_fit(_i & 1 ? &sparse : &dense, &options);
    options.algorithm = "lbfgs";
    options.start = by_rows.solution;
    options.solver.max_iterations = 0;
    there = made_design_fit(_i & 1 ? &sparse : &dense, &options);
    ck_assert_double_eq_tol(by_rows.report.objective, there.report.objective, 1e-12);
    ck_assert_double_gt(there.report.gradient_norm, 0);
    ck_assert_double_eq_tol(by_rows.report.gradient_norm, there.report.gradient_norm,
                            1e-9 * there.report.gradient_norm + 1e-12);
    options.start = NULL;
    estimate_free(&there);
}
END_TEST

START_TEST(iterations_are_told_and_may_be_limited)
{
    by_rows = made_design_fit(&dense, &options);
    ck_assert_uint_gt(by_rows.report.n_steps, 2);
    for (size_t i = 1; i < by_rows.report.n_steps; i++) {
        ck_assert_uint_gt(by_rows.report.trace[i].iteration,
                          by_rows.report.trace[i - 1].iteration);
        ck_assert_double_le(by_rows.report.trace[i].objective,
                            by_rows.report.trace[i - 1].objective * (1 + 1e-12));
    }
    options.solver.max_iterations = 1;
    whole = made_design_fit(&dense, &options);
    ck_assert_uint_eq(whole.report.iterations, 1);
    ck_assert_str_eq(whole.report.stop_reason, "max_iterations");
}
END_TEST

#define MANY_ROWS 560
#define MANY_COLUMNS 600

static void make_many(struct design *design)
{
    made_design_new(design, MANY_ROWS, MANY_COLUMNS, 2);
    made_design_draw(design, 5, 0.1);
    for (size_t i = 0; i < MANY_ROWS; i++)
        design->x[i * MANY_COLUMNS] += 3;
}

/* More than are copied; with columns of one metric alone. */
START_TEST(many_rows_lead_there_as_they_lie)
{
    struct design many;
    make_many(&many);
    options.intercept = _i == 0;
    by_rows = made_design_fit_with(&many, &options, 1);
    ck_assert(by_rows.report.converged);
    ck_assert_uint_lt(by_rows.report.iterations, 15);
    struct estimate again = made_design_fit_with(&many, &options, 3);
    ck_assert_mem_eq(by_rows.solution, again.solution,
                     by_rows.n_terms * sizeof(*by_rows.solution));
    estimate_free(&again);
    options.algorithm = "lbfgs";
    options.solver.tolerance = 1e-12;
    whole = made_design_fit(&many, &options);
    check_same(1e-9);
    design_free(&many);
}
END_TEST

START_TEST(many_rows_of_columns_that_differ_are_not_served)
{
    double factors[MANY_COLUMNS];
    struct design many;
    make_many(&many);
    for (size_t j = 0; j < MANY_COLUMNS; j++)
        factors[j] = j == 7 && _i == 1 ? 2 : 1;
    for (size_t i = 0; i < MANY_ROWS && _i == 2; i++)
        many.x[i * MANY_COLUMNS] += 1e6;
    options.factors = factors;
    make_likelihood(&many);
    ck_assert(row_matrix_serves(&likelihood) == (_i == 0));
    free_likelihood();
    design_free(&many);
}
END_TEST

TCase *row_space_test(void)
{
    TCase *tests = tcase_create("row_space");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, products_are_those_of_rows_in_the_basis, 0, 8);
    tcase_add_test(tests, columns_far_from_0_are_taken_from_there);
    tcase_add_loop_test(tests, moved_by_rows_they_are_the_same, 0, 8);
    tcase_add_loop_test(tests, a_step_solves_the_equations_of_newton, 0, 4);
    tcase_add_loop_test(tests, an_ascent_comes_near_what_each_row_asks_for, 0, 4);
    tcase_add_loop_test(tests, who_has_no_penalty_or_more_rows_is_not_served, 0, 2);
    tcase_add_test(tests, what_it_holds_is_told_of_what_it_serves);
    tcase_add_loop_test(tests, memory_that_fails_is_told, 0, 2);
    tcase_add_loop_test(tests, they_lead_to_the_same_minimum, 0, 16);
    tcase_add_loop_test(tests, a_loose_tolerance_is_met_there, 0, 16);
    tcase_add_loop_test(tests, what_is_told_of_its_end_is_what_a_pass_finds_there, 0, 16);
    tcase_add_loop_test(tests, many_rows_lead_there_as_they_lie, 0, 2);
    tcase_add_loop_test(tests, many_rows_of_columns_that_differ_are_not_served, 0, 3);
    tcase_add_test(tests, iterations_are_told_and_may_be_limited);
    return tests;
}
