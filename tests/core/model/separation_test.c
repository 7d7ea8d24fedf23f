#include "core/model/separation.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/model/fit.h"
#include "tests/support/csv_table.h"
#include "tests/support/made_design.h"

static struct design design, other;
static struct estimate_options options;
static struct estimate estimate, limit;

static void make(size_t n_rows, size_t n_columns, size_t n_classes)
{
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, 31, 0.5);
    options = made_design_options(&design);
}

/* Rows [x…, y]. */
static void make_of(const double *rows, size_t n_rows, size_t n_columns, size_t n_classes)
{
    make(n_rows, n_columns, n_classes);
    for (size_t i = 0; i < n_rows; i++) {
        memcpy(design.x + i * n_columns, rows + i * (n_columns + 1),
               n_columns * sizeof(double));
        design.y[i] = rows[i * (n_columns + 1) + n_columns];
    }
}

static void teardown(void)
{
    estimate_free(&estimate);
    estimate_free(&limit);
    design_free(&design);
    design_free(&other);
}

static bool is_warned(const char *code)
{
    return made_design_is_warned(&estimate.report, code, NULL);
}

/* 'f' finite, '+' and '-' infinite, '?' neither. */
static void check_signs(const char *expected)
{
    ck_assert_uint_eq(strlen(expected), estimate.n_blocks * estimate.n_terms);
    for (size_t i = 0; expected[i]; i++) {
        const struct coefficient *c = &estimate.coefficients[i];
        ck_assert_int_eq(c->infinite, expected[i] == '+'   ? 1
                                      : expected[i] == '-' ? -1
                                                           : 0);
        ck_assert_int_eq(isfinite(c->estimate), expected[i] == 'f');
        ck_assert(expected[i] == 'f' || (isnan(c->std_error) && isnan(c->odds_ratio)));
        ck_assert(isfinite(estimate.solution[i]));
        ck_assert(!c->aliased);
    }
}

/* Completely: nothing is estimated, nothing is certain, and it ends soon. */
static void check_complete(void)
{
    ck_assert(is_warned("complete_separation"));
    ck_assert(!is_warned("quasi_complete_separation"));
    ck_assert(!estimate.report.converged);
    ck_assert_str_eq(estimate.report.stop_reason, "unbounded");
    ck_assert_ptr_null(estimate.covariance);
    ck_assert_double_eq(estimate.report.log_likelihood, options.log_coefficient);
    ck_assert_uint_le(estimate.report.iterations, 40);
}

static void check_quasi(const char *signs)
{
    ck_assert(is_warned("quasi_complete_separation"));
    ck_assert(!is_warned("complete_separation"));
    ck_assert(estimate.report.converged);
    ck_assert_double_le(estimate.report.newton_decrement, 1e-8);
    ck_assert_double_eq(estimate.report.min_eigenvalue, 0);
    ck_assert_uint_le(estimate.report.iterations, 60);
    check_signs(signs);
}

START_TEST(endometrial_has_the_published_limit)
{
    /* R's glm, and brglm2's detect_separation: math.md. */
    struct csv_table table = {0};
    struct budget budget;
    const struct fit_room room = {.budget = &budget};
    struct pool *pool = pool_new(1, 0, NULL);
    struct fit_request request = fit_defaults;
    request.target = "HG";
    budget_start(&budget, SIZE_MAX);
    if (csv_table_read_file(&table, "endometrial/endometrial.csv", NULL)) {
        struct model *model = fit_run(&request, table.table, &room, pool, NULL, NULL);
        ck_assert_ptr_nonnull(model);
        const struct coefficient *c = model->coefficients;
        ck_assert_double_eq_tol(c[0].estimate, 4.30452, 5e-6);
        ck_assert(isnan(c[1].estimate) && c[1].infinite == 1 && isnan(c[1].std_error));
        ck_assert_double_eq_tol(c[2].estimate, -.0421834, 5e-8);
        ck_assert_double_eq_tol(c[3].estimate, -2.9026056, 5e-8);
        ck_assert(c[3].p_value > 0 && c[3].p_value < 0.01);
        ck_assert(
            made_design_is_warned(&model->report, "quasi_complete_separation", "NV"));
        ck_assert_uint_eq(model->report.n_warnings, 1);
        ck_assert(model->report.converged);
        model_release(model);
        csv_table_free(&table);
    }
    pool_free(pool);
}
END_TEST

START_TEST(a_threshold_separates_completely)
{
    make(50, 2, 2);
    for (size_t i = 0; i < 50; i++)
        design.y[i] = design.x[2 * i] > 0.3;
    estimate = made_design_fit(&design, &options);
    check_complete();
    ck_assert_int_eq(estimate.coefficients[1].infinite, 1);
    ck_assert_int_eq(estimate.coefficients[0].infinite, -1);
}
END_TEST

START_TEST(two_rows_are_separated)
{
    static const double rows[] = {1, 0, 2, 1};
    make_of(rows, 2, 1, 2);
    estimate = made_design_fit(&design, &options);
    check_complete();
    check_signs("-+");
}
END_TEST

START_TEST(classes_in_order_are_separated)
{
    static const double rows[] = {1, 0, 2, 0, 4, 1, 5, 1, 7, 2, 8, 2};
    make_of(rows, 6, 1, 3);
    estimate = made_design_fit(&design, &options);
    check_complete();
    check_signs("-+-+");
}
END_TEST

START_TEST(one_row_on_the_wrong_side_is_enough_for_finite_estimates)
{
    make(500, 2, 2);
    size_t greatest = 0;
    for (size_t i = 0; i < 500; i++) {
        design.y[i] = design.x[2 * i] > 0;
        greatest = design.x[2 * i] > design.x[2 * greatest] ? i : greatest;
    }
    design.y[greatest] = 0;
    estimate = made_design_fit(&design, &options);
    ck_assert(estimate.report.converged);
    check_signs("fff");
    ck_assert_uint_eq(estimate.report.n_warnings, 0);
}
END_TEST

/* The others are those of the rows that are not predicted perfectly. */
static void check_limit(const size_t *kept_terms, size_t n_terms)
{
    limit = made_design_fit(&other, &options);
    for (size_t i = 0; i < n_terms; i++) {
        const struct coefficient *a = &estimate.coefficients[kept_terms[i]];
        const struct coefficient *b = &limit.coefficients[i];
        ck_assert_double_eq_tol(a->estimate, b->estimate,
                                1e-11 * (1 + fabs(b->estimate)));
        ck_assert_double_eq_tol(a->std_error, b->std_error, 1e-10 * b->std_error);
    }
    ck_assert_double_eq_tol(estimate.report.log_likelihood, limit.report.log_likelihood,
                            1e-10);
}

START_TEST(a_group_of_one_class_has_an_infinite_coefficient)
{
    static const size_t kept[] = {0, 1, 3};
    size_t n = 0;
    make(200, 3, 2);
    made_design_new(&other, 160, 2, 2);
    for (size_t i = 0; i < 200; i++) {
        double *x = design.x + 3 * i;
        x[1] = i % 5 == 0;
        if (i % 5 == 0) {
            design.y[i] = 0;
            continue;
        }
        other.x[2 * n] = x[0];
        other.x[2 * n + 1] = x[2];
        other.y[n++] = design.y[i];
    }
    estimate = made_design_fit(&design, &options);
    check_quasi("ff-f");
    check_limit(kept, 3);
    ck_assert_uint_eq(estimate.report.n_coefficients, 4);
    ck_assert_double_eq(estimate.report.df_residual, 196);
    ck_assert(isnan(estimate.covariance[2]) && isnan(estimate.covariance[4 * 2 + 2]));
    ck_assert(isfinite(estimate.covariance[4 * 3 + 1]));
}
END_TEST

START_TEST(a_reference_group_of_one_class_makes_the_intercept_infinite)
{
    make(90, 2, 2);
    for (size_t i = 0; i < 90; i++) {
        design.x[2 * i] = i % 3 == 1;
        design.x[2 * i + 1] = i % 3 == 2;
        design.y[i] = i % 3 == 0 ? 1 : (double)(i / 3 % 2);
    }
    estimate = made_design_fit(&design, &options);
    check_quasi("+--");
}
END_TEST

/* At the tie itself both classes are seen: the direction vanishes there exactly. */
START_TEST(a_tie_at_the_threshold_is_quasi_complete)
{
    static const double tenths[] = {.1, 0, .3, 0, .3, 1, .7, 1, .9, 1};
    make_of(tenths, 5, 1, 2);
    estimate = made_design_fit(&design, &options);
    check_quasi("-+");
    /* of the two rows left, each is as likely as the other */
    ck_assert_double_eq_tol(estimate.report.log_likelihood, -2 * log(2), 1e-12);
}
END_TEST

/* The first group is of one class; among the others, a second group is. */
START_TEST(separation_within_the_limit_is_found_too)
{
    make(400, 4, 2);
    for (size_t i = 0; i < 400; i++) {
        double *x = design.x + 4 * i;
        x[1] = i % 4 == 0;
        x[2] = i % 4 == 1;
        x[3] = i % 4 == 2;
        design.y[i] = i % 4 == 0 ? 1 : i % 4 == 1 ? 0 : design.y[i];
    }
    estimate = made_design_fit(&design, &options);
    check_quasi("ff+-f");
}
END_TEST

START_TEST(a_class_that_a_group_lacks_has_an_infinite_coefficient)
{
    make(300, 2, 3);
    for (size_t i = 0; i < 300; i++) {
        design.x[2 * i + 1] = i % 4 == 0;
        if (i % 4 == 0 && design.y[i] == 2)
            design.y[i] = 1;
    }
    estimate = made_design_fit(&design, &options);
    check_quasi("fffff-");
    ck_assert(made_design_is_warned(&estimate.report, "quasi_complete_separation", "1"));
}
END_TEST

START_TEST(rows_of_weight_0_are_no_witnesses)
{
    make(50, 1, 2);
    made_design_add_weights(&design);
    for (size_t i = 0; i < 50; i++) {
        design.weights[i] = i != 7;
        design.y[i] = (design.x[i] > 0) != (i == 7);
    }
    made_design_weigh(&design);
    estimate = made_design_fit(&design, &options);
    check_complete();
}
END_TEST

START_TEST(shares_of_successes_are_on_both_sides)
{
    static const double rows[] = {1, 0, 2, 0, 3, 0.5, 4, 1, 5, 1};
    make_of(rows, 5, 1, 2);
    estimate = made_design_fit(&design, &options);
    check_quasi("-+");
    design.y[1] = 0.25;
    estimate_free(&estimate);
    estimate = made_design_fit(&design, &options);
    check_signs("ff");
    ck_assert(estimate.report.converged);
}
END_TEST

/* An offset can put every row on its side without separation. */
START_TEST(an_offset_is_no_proof)
{
    make(100, 1, 2);
    made_design_add_offset(&design);
    for (size_t i = 0; i < 100; i++)
        design.offset[i] = design.y[i] == 1 ? 30 : -30;
    estimate = made_design_fit(&design, &options);
    check_signs("ff");
    ck_assert_uint_eq(estimate.report.n_warnings, 0);
}
END_TEST

START_TEST(separation_along_penalised_columns_is_none)
{
    static const double factors[] = {1, 0};
    make(100, 2, 2);
    for (size_t i = 0; i < 100; i++)
        design.y[i] = design.x[2 * i] > 0;
    options.l2 = 0.01;
    options.factors = factors;
    estimate = made_design_fit(&design, &options);
    check_signs("fff");
    ck_assert(estimate.report.converged);
    for (size_t i = 0; i < 100; i++) /* but along a free one it is */
        design.x[2 * i + 1] = design.y[i] * 2 + design.x[2 * i] * 0.1;
    estimate_free(&estimate);
    estimate = made_design_fit(&design, &options);
    ck_assert(is_warned("complete_separation"));
    ck_assert_int_eq(estimate.coefficients[2].infinite, 1);
}
END_TEST

START_TEST(units_do_not_hide_separation)
{
    static const double units[] = {1e-200, 1e9};
    for (size_t u = 0; u < 2; u++) {
        make(200, 2, 2);
        for (size_t i = 0; i < 200; i++) {
            design.x[2 * i + 1] = (i % 5 == 0) * units[u] + 3 * units[u];
            design.y[i] = i % 5 == 0 ? 1 : design.y[i];
        }
        estimate = made_design_fit(&design, &options);
        check_quasi("-f+");
        teardown();
    }
}
END_TEST

START_TEST(many_rows_and_threads_give_the_same_bits)
{
    make(30000, 3, 2);
    for (size_t i = 0; i < 30000; i++) {
        design.x[3 * i + 1] = i % 10000 == 5; /* three rows */
        design.y[i] = i % 10000 == 5 ? 1 : design.y[i];
    }
    estimate = made_design_fit(&design, &options);
    check_quasi("ff+f");
    limit = made_design_fit_with(&design, &options, 5);
    ck_assert_mem_eq(estimate.solution, limit.solution, 4 * sizeof(double));
}
END_TEST

/* Its log-odds fall without end; nothing else of it can be told. */
START_TEST(a_class_without_weight_vanishes)
{
    make(100, 1, 3);
    made_design_add_weights(&design);
    for (size_t i = 0; i < 100; i++)
        design.weights[i] = design.y[i] != 1;
    made_design_weigh(&design);
    estimate = made_design_fit(&design, &options);
    ck_assert(is_warned("quasi_complete_separation"));
    ck_assert_int_eq(estimate.coefficients[0].infinite, -1);
    ck_assert(isnan(estimate.coefficients[1].estimate));
    ck_assert(isfinite(estimate.coefficients[2].estimate));
    ck_assert(isfinite(estimate.coefficients[3].std_error));
}
END_TEST

/* Of what is left after that there are no products with a Hessian, whoever began. The
 * intercept has no penalty. */
START_TEST(any_solver_goes_on_with_what_is_left)
{
    static const char *const names[] = {"newton_cg", "coordinate_descent"};
    make(100, 2, 3);
    made_design_add_weights(&design);
    for (size_t i = 0; i < 100; i++)
        design.weights[i] = design.y[i] != 1;
    made_design_weigh(&design);
    options.l2 = 1e-3;
    options.statistics = false;
    limit = made_design_fit(&design, &options);
    options.algorithm = names[_i];
    estimate = made_design_fit(&design, &options);
    ck_assert(is_warned("quasi_complete_separation"));
    ck_assert(estimate.report.converged);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(estimate.coefficients[i].infinite, i == 0 ? -1 : 0);
        ck_assert(i == 0 || fabs(estimate.coefficients[i].estimate -
                                 limit.coefficients[i].estimate) < 1e-8);
    }
}
END_TEST

/* Coarse numbers, few rows: ties, groups of one class, near and nested separation. */
static void draw_coarse(uint64_t seed)
{
    struct random random = random_start(seed, 5);
    size_t n_columns = 1 + random_below(&random, 3);
    size_t n_classes = 2 + random_below(&random, 3);
    uint64_t n_values = 2 + random_below(&random, 3);
    double signal = 3 * (double)random_below(&random, 5);
    made_design_new(&design, 15 + random_below(&random, 40), n_columns, n_classes);
    made_design_draw(&design, seed, signal);
    for (size_t i = 0; i < design.n_rows * n_columns; i++)
        design.x[i] = floor(fmin(fmax(design.x[i] + 1, 0), (double)n_values - 1));
    options = made_design_options(&design);
    options.statistics = true;
}

static bool has_all_classes(void)
{
    bool seen[8] = {false};
    size_t n = 0;
    for (size_t i = 0; i < design.n_rows; i++) {
        n += !seen[(size_t)design.y[i]];
        seen[(size_t)design.y[i]] = true;
    }
    return n == design.n_classes;
}

static double margin_of(size_t row, size_t class)
{
    const double *block = estimate.solution + (class - 1) * estimate.n_terms;
    double sum = class == 0 ? 0 : block[0];
    for (size_t j = 0; class > 0 && j < design.n_columns; j++)
        sum += design.x[row * design.n_columns + j] * block[1 + j];
    return sum;
}

static void check_places(void)
{
    for (size_t i = 0; i < design.n_rows; i++)
        for (size_t k = 0; k < design.n_classes; k++) {
            size_t label = (size_t)design.y[i];
            ck_assert(k == label || margin_of(i, k) < margin_of(i, label) - 0.09);
        }
}

/* By the formulas: at the solution of a fit that converged the gradient is 0; of a
 * complete separation every row has its class in front. */
static void check_by_formulas(void)
{
    double complex terms[16] = {0}, gradient[16];
    size_t n = estimate.n_blocks * estimate.n_terms;
    for (size_t i = 0; i < n; i++)
        terms[i] = estimate.solution[i];
    made_design_gradient(&design, &options, terms, gradient);
    for (size_t i = 0; estimate.report.converged && i < n; i++)
        ck_assert_double_le(cabs(gradient[i]), 1e-13);
    double loss = creal(made_design_loss(&design, &options, terms));
    if (estimate.report.converged)
        ck_assert_double_eq_tol(-estimate.report.log_likelihood,
                                design.sum_weights * loss, 1e-10);
    else {
        ck_assert(is_warned("complete_separation"));
        ck_assert_double_eq(estimate.report.log_likelihood, 0);
        check_places();
    }
}

static bool is_any(bool quasi)
{
    bool has_infinite = false;
    for (size_t i = 0; i < estimate.n_blocks * estimate.n_terms; i++)
        has_infinite = has_infinite || estimate.coefficients[i].infinite != 0;
    ck_assert(!has_infinite || quasi || is_warned("complete_separation"));
    return has_infinite;
}

START_TEST(coarse_data_of_any_kind_end_with_the_truth)
{
    size_t n_quasi = 0, n_complete = 0, n_finite = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        draw_coarse(seed);
        if (has_all_classes()) {
            estimate = made_design_fit(&design, &options);
            bool quasi = is_warned("quasi_complete_separation");
            check_by_formulas();
            ck_assert_uint_le(estimate.report.iterations, 60);
            n_quasi += quasi;
            n_complete += is_warned("complete_separation");
            n_finite += !is_any(quasi);
        }
        teardown();
    }
    ck_assert_uint_gt(n_quasi, 20);
    ck_assert_uint_gt(n_complete, 5);
    ck_assert_uint_gt(n_finite, 100);
}
END_TEST

TCase *separation_test(void)
{
    TCase *tests = tcase_create("separation");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, endometrial_has_the_published_limit);
    tcase_add_test(tests, a_threshold_separates_completely);
    tcase_add_test(tests, two_rows_are_separated);
    tcase_add_test(tests, classes_in_order_are_separated);
    tcase_add_test(tests, one_row_on_the_wrong_side_is_enough_for_finite_estimates);
    tcase_add_test(tests, a_group_of_one_class_has_an_infinite_coefficient);
    tcase_add_test(tests, a_reference_group_of_one_class_makes_the_intercept_infinite);
    tcase_add_test(tests, a_tie_at_the_threshold_is_quasi_complete);
    tcase_add_test(tests, separation_within_the_limit_is_found_too);
    tcase_add_test(tests, a_class_that_a_group_lacks_has_an_infinite_coefficient);
    tcase_add_test(tests, rows_of_weight_0_are_no_witnesses);
    tcase_add_test(tests, shares_of_successes_are_on_both_sides);
    tcase_add_test(tests, an_offset_is_no_proof);
    tcase_add_test(tests, separation_along_penalised_columns_is_none);
    tcase_add_test(tests, units_do_not_hide_separation);
    tcase_add_test(tests, a_class_without_weight_vanishes);
    tcase_add_loop_test(tests, any_solver_goes_on_with_what_is_left, 0, 2);
    tcase_add_test(tests, coarse_data_of_any_kind_end_with_the_truth);
    tcase_add_test(tests, many_rows_and_threads_give_the_same_bits);
    return tests;
}
