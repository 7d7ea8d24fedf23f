/* A design says the same of coefficients however it is stored. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"
#include "tests/support/suite.h"

#define ROWS 1300
#define FEW 6
#define SAME 1e-10
#define MANY 520 /* so many that under a penalty nothing is p×p */

static struct design dense, sparse;
static struct estimate_options options;
static struct estimate of_dense, of_sparse;

static void teardown(void)
{
    estimate_free(&of_dense);
    estimate_free(&of_sparse);
    design_free(&dense);
    design_free(&sparse);
}

static void make(size_t n_columns, size_t n_classes, double share)
{
    made_design_new(&dense, ROWS, n_columns, n_classes);
    made_design_draw(&dense, 29, n_columns == FEW ? 0.5 : 0.1);
    made_design_thin(&dense, 30, share);
    options = made_design_options(&dense);
    options.solver.batch_size = 64;
    options.solver.max_epochs = 20;
}

static void weigh(void)
{
    made_design_add_weights(&dense);
    made_design_add_offset(&dense);
    for (size_t i = 0; i < ROWS; i++) {
        dense.weights[i] = (double)(i % 4) / 2;
        dense.offset[i] = dense.n_classes == 2 ? sin((double)i) : 0;
    }
    made_design_weigh(&dense);
}

static void fit_both(size_t n_threads)
{
    made_design_sparse(&dense, &sparse);
    of_dense = made_design_fit(&dense, &options);
    of_sparse = made_design_fit_with(&sparse, &options, n_threads);
}

static size_t n_coefficients(void)
{
    return of_dense.n_blocks * of_dense.n_terms;
}

static void check_reports(void)
{
    const struct report *a = &of_dense.report, *b = &of_sparse.report;
    ck_assert_str_eq(a->algorithm, b->algorithm);
    ck_assert_str_eq(a->stop_reason, b->stop_reason);
    ck_assert(a->converged == b->converged);
    ck_assert_uint_eq(a->n_warnings, b->n_warnings);
    for (size_t i = 0; i < a->n_warnings; i++)
        ck_assert_str_eq(a->warnings[i].code, b->warnings[i].code);
}

static void check_close(double a, double b)
{
    if (!(fabs(a - b) <= SAME * fmax(1, fabs(a))) && !isnan(a))
        ck_abort_msg("%.17g is not %.17g", a, b);
}

/* Few columns: sums over rows as they lie are those of dense rows but for rounding. */
START_TEST(of_few_columns_every_solver_says_the_same)
{
    const struct solver *solver = solver_at((size_t)_i / 4);
    make(FEW, _i & 1 ? 3 : 2, 0.3);
    options.algorithm = solver->name;
    if (_i & 2) {
        weigh();
        options.l2 = 0.01;
        options.standardize = true;
    }
    fit_both(2);
    check_reports();
    for (size_t i = 0; i < n_coefficients(); i++) {
        check_close(of_dense.solution[i], of_sparse.solution[i]);
        check_close(of_dense.coefficients[i].std_error,
                    of_sparse.coefficients[i].std_error);
    }
    check_close(of_dense.report.log_likelihood, of_sparse.report.log_likelihood);
}
END_TEST

/* Relative to the greatest. */
static double difference(const struct estimate *a, const struct estimate *b)
{
    double greatest = 0, size = 0;
    for (size_t i = 0; i < n_coefficients(); i++) {
        greatest = fmax(greatest, fabs(a->solution[i] - b->solution[i]));
        size = fmax(size, fabs(a->solution[i]));
    }
    return greatest / size;
}

/* Column 0 has a mean far from 0 and hardly a zero, column 1 large numbers in a few rows,
 * column 2 the same number everywhere, column 3 nothing. */
static void spoil_columns(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        double *x = dense.x + i * MANY;
        x[0] = i % 10 == 0 ? 0 : 100 + sin((double)i);
        x[1] *= 1e6;
        x[2] = 3;
        x[3] = 0;
    }
}

START_TEST(of_many_columns_sparse_rows_lead_to_the_same_optimum)
{
    static const char *const names[] = {"newton_cg", "lbfgs", "auto"};
    make(MANY, _i & 1 ? 3 : 2, 0.05);
    spoil_columns();
    if (_i & 2)
        weigh();
    options.intercept = !(_i & 4);
    options.standardize = _i & 8;
    options.algorithm = names[_i / 16];
    options.statistics = false;
    options.l2 = 0.02;
    options.solver.tolerance = strcmp(options.algorithm, "lbfgs") == 0 ? 1e-10 : 1e-16;
    fit_both(1);
    ck_assert(of_sparse.report.converged);
    check_reports();
    ck_assert_double_le(difference(&of_dense, &of_sparse), 2e-7);
    ck_assert_double_eq_tol(of_dense.report.log_likelihood,
                            of_sparse.report.log_likelihood,
                            1e-9 * fabs(of_dense.report.log_likelihood));
    ck_assert_double_eq(of_sparse.solution[options.intercept + 3], 0);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits_of_sparse_rows)
{
    static const char *const names[] = {"newton_cg", "lbfgs"};
    make(MANY, _i & 1 ? 3 : 2, 0.05);
    spoil_columns();
    options.algorithm = names[_i / 2];
    options.statistics = false;
    options.l2 = 0.02;
    made_design_sparse(&dense, &sparse);
    of_dense = made_design_fit_with(&sparse, &options, 1);
    for (size_t n_threads = 2; n_threads <= 3; n_threads++) {
        of_sparse = made_design_fit_with(&sparse, &options, n_threads);
        ck_assert_int_eq(memcmp(of_dense.solution, of_sparse.solution,
                                n_coefficients() * sizeof(double)),
                         0);
        estimate_free(&of_sparse);
    }
}
END_TEST

START_TEST(aliased_columns_and_separation_are_told_of_sparse_rows)
{
    make(FEW, 2, 0.3);
    for (size_t i = 0; i < ROWS; i++) {
        double *x = dense.x + i * FEW;
        x[1] = x[0];
        x[2] = 4;
        x[4] = i % 5 == 0 && dense.y[i] == 1; /* only where y is 1 */
    }
    fit_both(1);
    check_reports();
    ck_assert(of_sparse.coefficients[2].aliased && of_sparse.coefficients[3].aliased);
    ck_assert_int_eq(of_sparse.coefficients[5].infinite, 1);
    ck_assert(
        made_design_is_warned(&of_sparse.report, "quasi_complete_separation", NULL));
    for (size_t i = 0; i < n_coefficients(); i++) {
        const struct coefficient *a = &of_dense.coefficients[i];
        const struct coefficient *b = &of_sparse.coefficients[i];
        ck_assert(a->aliased == b->aliased && a->infinite == b->infinite);
        check_close(a->estimate, b->estimate);
        check_close(a->std_error, b->std_error);
    }
}
END_TEST

START_TEST(a_cell_that_is_not_finite_is_named)
{
    struct pool *pool = pool_new(2, 0, NULL);
    struct error err = {0};
    make(FEW, 2, 0.3);
    dense.x[1200 * FEW + 4] = NAN;
    made_design_sparse(&dense, &sparse);
    ck_assert_int_lt(estimate_run(&sparse, &options, NULL, pool, &of_sparse, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "row 1201, column 4");
    pool_free(pool);
}
END_TEST

START_TEST(failing_to_allocate_leaves_nothing_behind)
{
    struct pool *pool = pool_new(1, 0, NULL);
    make(MANY, 3, 0.05);
    made_design_sparse(&dense, &sparse);
    options.l2 = 1;
    options.statistics = false;
    options.algorithm = "newton_cg";
    int status = -1;
    for (long n = 0; status < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        status = estimate_run(&sparse, &options, NULL, pool, &of_sparse, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    }
    pool_free(pool);
}
END_TEST

TCase *sparse_design_test(void)
{
    TCase *tests = tcase_create("sparse_design");
    int n_solvers = 0;
    while (solver_at((size_t)n_solvers))
        n_solvers++;
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, of_few_columns_every_solver_says_the_same, 0,
                        4 * n_solvers);
    suite_add_rounds(tests, of_many_columns_sparse_rows_lead_to_the_same_optimum, 0, 48);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits_of_sparse_rows,
                        0, 4);
    tcase_add_test(tests, aliased_columns_and_separation_are_told_of_sparse_rows);
    tcase_add_test(tests, a_cell_that_is_not_finite_is_named);
    tcase_add_test(tests, failing_to_allocate_leaves_nothing_behind);
    return tests;
}
