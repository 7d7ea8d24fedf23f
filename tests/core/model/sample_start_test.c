#include "core/model/sample_start.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/design_sample.h"
#include "tests/support/made_design.h"

#define N_ROWS 9000U

static struct design design, sparse;
static struct estimate_options options;
static struct estimate estimate, without;

static void make(size_t n_columns, size_t n_classes)
{
    made_design_new(&design, N_ROWS, n_columns, n_classes);
    made_design_draw(&design, 21, 0.6);
    options = made_design_options(&design);
}

static void teardown(void)
{
    estimate_free(&estimate);
    estimate_free(&without);
    design_free(&design);
    design_free(&sparse);
}

/* From coefficients of 0, as a fit does that knows where to start. */
static void fit_both(const struct design *rows)
{
    static const double nowhere[64];
    estimate_free(&estimate);
    estimate_free(&without);
    estimate = made_design_fit(rows, &options);
    options.start = nowhere;
    without = made_design_fit(rows, &options);
    options.start = NULL;
    ck_assert_uint_eq(without.report.effort.sample_rows, 0);
}

static void check_same(double tolerance)
{
    size_t n = estimate.n_blocks * estimate.n_terms;
    for (size_t i = 0; i < n; i++)
        ck_assert_double_le(fabs(estimate.solution[i] - without.solution[i]),
                            tolerance * (1 + fabs(without.solution[i])));
}

static void check_sampled(void)
{
    ck_assert_uint_gt(estimate.report.effort.sample_rows, 0);
    ck_assert_uint_gt(estimate.report.effort.sample_iterations, 0);
    ck_assert(estimate.report.converged);
    ck_assert_double_lt(estimate.report.effort.passes, without.report.effort.passes);
}

/* ---- the rule ---- */

START_TEST(few_rows_have_no_sample)
{
    ck_assert_uint_eq(sample_start_stride(3000, 2, 24), 0);
    ck_assert_uint_eq(sample_start_stride(100000, 1000, 8000), 0);
    ck_assert_uint_eq(sample_start_stride(100000, 0, 8), 0);
    ck_assert_uint_eq(sample_start_stride(1000000, 31, 248), 16);
    ck_assert_uint_eq(sample_start_stride(32561, 109, 872), 4);
}
END_TEST

START_TEST(a_sample_stays_within_its_bytes)
{
    for (uint64_t n = 1000; n < UINT64_C(1) << 40; n *= 3)
        for (uint64_t row_bytes = 24; row_bytes < 100000; row_bytes *= 5) {
            size_t p = (size_t)(row_bytes / 8), stride;
            const struct algorithm_task task = {
                .name = "auto", .n_rows = n, .n_blocks = 1, .n_terms = p};
            stride = sample_start_stride(n, p, row_bytes);
            ck_assert(sample_start_bytes(&task) <= SAMPLE_START_MOST_BYTES);
            ck_assert(stride == 0 || n / stride >= 15 * p);
        }
}
END_TEST

/* ---- fits ---- */

static const char *const names[] = {"newton", "newton_cg", "lbfgs"};

START_TEST(the_minimum_is_the_same_in_fewer_passes)
{
    make(4, _i / 3 == 0 ? 2 : 3);
    options.algorithm = names[_i % 3];
    fit_both(&design);
    check_sampled();
    check_same(1e-10);
    for (size_t i = 0; i < estimate.n_blocks * estimate.n_terms; i++)
        ck_assert_double_eq_tol(estimate.coefficients[i].std_error,
                                without.coefficients[i].std_error, 1e-10);
}
END_TEST

/* Of 20004 rows 5001 are in the sample, 1250 in the one within it, which two classes
 * have more rows for, or none. */
START_TEST(several_classes_start_from_a_rough_fit)
{
    made_design_new(&design, 20004, 4, _i == 0 ? 3 : 2);
    made_design_draw(&design, 22, 0.6);
    options = made_design_options(&design);
    fit_both(&design);
    check_sampled();
    check_same(1e-10);
    double quarters = 4 * estimate.report.effort.passes;
    ck_assert(_i == 0 ? quarters > floor(quarters) : quarters == floor(quarters));
}
END_TEST

START_TEST(weights_and_offsets_are_sampled_too)
{
    make(4, 2);
    made_design_add_weights(&design);
    made_design_add_offset(&design);
    for (size_t i = 0; i < N_ROWS; i++) {
        design.weights[i] = (double)(i % 4);
        design.offset[i] = sin((double)i);
    }
    made_design_weigh(&design);
    options.l2 = 1e-4;
    options.statistics = false;
    options.algorithm = names[_i];
    fit_both(&design);
    check_sampled();
    check_same(_i == 2 ? 1e-6 : 1e-9); /* as near as lbfgs comes by itself */
}
END_TEST

START_TEST(sparse_rows_are_sampled_too)
{
    make(6, 2);
    made_design_thin(&design, 4, 0.3);
    made_design_sparse(&design, &sparse);
    options.algorithm = names[_i];
    fit_both(&sparse);
    check_sampled();
    check_same(1e-9);
}
END_TEST

static void ask_for_l1(double l1)
{
    options.algorithm = "coordinate_descent";
    options.l1 = l1;
    options.statistics = false;
}

/* Dense rows, sparse ones, and indicators that are counted (tallies.h). */
START_TEST(with_l1_the_minimum_is_the_same_with_the_same_zeros)
{
    make(8, 2);
    ask_for_l1(0.02);
    for (size_t i = 0; _i == 2 && i < N_ROWS * 8; i++)
        design.x[i] = design.x[i] > 0;
    if (_i == 1)
        made_design_thin(&design, 4, 0.3);
    if (_i > 0)
        made_design_sparse(&design, &sparse);
    fit_both(_i > 0 ? &sparse : &design);
    check_sampled();
    check_same(1e-9);
    for (size_t i = 0; i < estimate.n_terms; i++)
        ck_assert((estimate.solution[i] == 0) == (without.solution[i] == 0));
    ck_assert_uint_lt(estimate.report.n_nonzero, 8);
    ck_assert_double_le(estimate.report.duality_gap, 1e-12);
}
END_TEST

static int by_class(const void *a, const void *b)
{
    const double *of_a = a, *of_b = b;
    return (of_a[0] > of_b[0]) - (of_a[0] < of_b[0]);
}

/* Label first, for the sake of the order. */
START_TEST(sorted_rows_are_sampled_fairly)
{
    make(3, 2);
    double *rows = memory_new(4 * (size_t)N_ROWS, sizeof(double), NULL);
    for (size_t i = 0; i < N_ROWS; i++) {
        rows[4 * i] = design.y[i];
        memcpy(rows + 4 * i + 1, design.x + 3 * i, 3 * sizeof(double));
    }
    qsort(rows, N_ROWS, 4 * sizeof(double), by_class);
    for (size_t i = 0; i < N_ROWS; i++) {
        design.y[i] = rows[4 * i];
        memcpy(design.x + 3 * i, rows + 4 * i + 1, 3 * sizeof(double));
    }
    memory_free(rows);
    fit_both(&design);
    check_sampled();
    check_same(1e-10);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    make(4, 2);
    options.algorithm = names[_i];
    estimate = made_design_fit_with(&design, &options, 1);
    without = made_design_fit_with(&design, &options, 3);
    ck_assert_uint_gt(without.report.effort.sample_rows, 0);
    ck_assert_mem_eq(estimate.solution, without.solution, 5 * sizeof(double));
    ck_assert_double_eq(estimate.report.effort.passes, without.report.effort.passes);
}
END_TEST

/* ---- where there is none ---- */

static void check_none(void)
{
    estimate_free(&estimate);
    estimate = made_design_fit(&design, &options);
    ck_assert_uint_eq(estimate.report.effort.sample_rows, 0);
}

START_TEST(fits_that_must_start_elsewhere_have_none)
{
    make(3, 2);
    options.firth = true;
    check_none();
    options.firth = options.statistics = false;
    options.l1 = 1e-3;
    options.algorithm = "lbfgs";
    check_none();
    options.l1 = 0;
    options.l2 = 1e-3;
    options.algorithm = "gradient_descent";
    options.solver.max_iterations = 3;
    check_none();
}
END_TEST

/* The third class is in one row, which the sample does not have. */
START_TEST(a_sample_without_one_of_the_classes_is_left_aside)
{
    make(3, 3);
    uint64_t missed = design_sample_row(7, 4) == 28 ? 29 : 28;
    for (size_t i = 0; i < N_ROWS; i++)
        design.y[i] = i == missed ? 2 : fmin(design.y[i], 1);
    options.l2 = 1e-3;
    check_none();
}
END_TEST

START_TEST(separated_rows_are_told_as_ever)
{
    make(3, 2);
    for (size_t i = 0; i < N_ROWS; i++) {
        if (_i == 0)
            design.y[i] = design.x[3 * i] > 0;
        else if ((design.x[3 * i + 1] = i % (_i == 1 ? 10 : 600) == 0) > 0)
            design.y[i] = 1;
    }
    fit_both(&design);
    for (size_t i = 0; i < estimate.report.n_warnings; i++)
        ck_assert(made_design_is_warned(&without.report, estimate.report.warnings[i].code,
                                        NULL));
    ck_assert(made_design_is_warned(
        &estimate.report, _i == 0 ? "complete_separation" : "quasi_complete_separation",
        NULL));
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(estimate.coefficients[i].infinite,
                         without.coefficients[i].infinite);
    if (_i > 0) {
        ck_assert_int_eq(estimate.coefficients[2].infinite, 1);
        for (size_t i = 0; i < 4; i++)
            if (i != 2)
                ck_assert_double_eq_tol(estimate.coefficients[i].estimate,
                                        without.coefficients[i].estimate, 1e-9);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct error err = {0};
    make(2, 2);
    struct pool *pool = pool_new(1, 0, NULL);
    options.statistics = false;
    for (long n = 0;; n += 3) {
        error_clear(&err);
        memory_fail_after(n);
        int status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_uint_gt(estimate.report.effort.sample_rows, 0);
    pool_free(pool);
}
END_TEST

TCase *sample_start_test(void)
{
    TCase *tests = tcase_create("sample_start");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, few_rows_have_no_sample);
    tcase_add_test(tests, a_sample_stays_within_its_bytes);
    tcase_add_loop_test(tests, the_minimum_is_the_same_in_fewer_passes, 0, 6);
    tcase_add_loop_test(tests, several_classes_start_from_a_rough_fit, 0, 2);
    tcase_add_loop_test(tests, weights_and_offsets_are_sampled_too, 0, 3);
    tcase_add_loop_test(tests, sparse_rows_are_sampled_too, 0, 3);
    tcase_add_loop_test(tests, with_l1_the_minimum_is_the_same_with_the_same_zeros, 0, 3);
    tcase_add_test(tests, sorted_rows_are_sampled_fairly);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 0, 3);
    tcase_add_test(tests, fits_that_must_start_elsewhere_have_none);
    tcase_add_test(tests, a_sample_without_one_of_the_classes_is_left_aside);
    tcase_add_loop_test(tests, separated_rows_are_told_as_ever, 0, 3);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
