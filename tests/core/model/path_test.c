#include "core/model/path.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/folds.h"
#include "tests/support/made_design.h"

#define ROWS 400
#define COLUMNS 6

static struct design design;
static struct estimate_options options;
static struct path_options path;
static struct estimate estimate;
static struct pool *pool;

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
    made_design_new(&design, ROWS, COLUMNS, 2);
    made_design_draw(&design, 21, 0.6);
    options = made_design_options(&design);
    options.statistics = false;
    path = (struct path_options){.n_lambdas = 12, .min_ratio = 1e-2, .alpha = 1};
}

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
    pool_free(pool);
}

static void run(void)
{
    struct error err = {0};
    estimate_free(&estimate);
    ck_assert_msg(path_run(&design, &options, &path, NULL, pool, &estimate, &err) == 0,
                  "%s (%s)", err.message, err.place);
}

static const struct report_path *step(size_t i)
{
    ck_assert_uint_lt(i, estimate.report.n_path);
    return &estimate.report.path[i];
}

static void check_near(double value, double expected, double relative)
{
    ck_assert_msg(fabs(value - expected) <= relative * fabs(expected), "%.17g, not %.17g",
                  value, expected);
}

START_TEST(a_path_begins_where_nothing_is_left_and_falls_in_equal_ratios)
{
    static const double alphas[] = {1, 0.5, 0};
    path.alpha = alphas[_i];
    run();
    ck_assert_uint_eq(estimate.report.n_path, 12);
    if (path.alpha > 0) {
        ck_assert_uint_eq(step(0)->n_nonzero, 0);
        ck_assert_uint_gt(step(1)->n_nonzero, 0);
    }
    check_near(step(11)->lambda / step(0)->lambda, 1e-2, 1e-12);
    for (size_t i = 1; i < 12; i++) {
        check_near(step(i)->lambda / step(i - 1)->lambda, pow(1e-2, 1 / 11.0), 1e-12);
        check_near(step(i)->l1 + 1, 1 + path.alpha * step(i)->lambda, 1e-14);
        check_near(step(i)->l2 + 1, 1 + (1 - path.alpha) * step(i)->lambda, 1e-14);
        ck_assert_double_gt(step(i)->deviance_ratio, step(i - 1)->deviance_ratio);
        ck_assert(step(i)->converged);
    }
}
END_TEST

/* A step of a path is the fit that stands alone, and the last one the model's. */
START_TEST(warm_starts_do_not_change_where_fits_end)
{
    run();
    ck_assert_uint_eq(estimate.report.path_chosen, 11);
    options.l1 = step(11)->l1;
    options.l2 = step(11)->l2;
    struct estimate alone = made_design_fit(&design, &options);
    for (size_t j = 0; j <= COLUMNS; j++)
        ck_assert_double_eq_tol(estimate.coefficients[j].estimate,
                                alone.coefficients[j].estimate, 1e-8);
    check_near(step(11)->objective, alone.report.objective, 1e-12);
    estimate_free(&alone);
}
END_TEST

/* The mean loss of a fold's rows by the formula alone. */
static double loss_of_fold(const struct estimate *fit, const unsigned char *fold_of,
                           size_t fold, double *n)
{
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        double z = fit->coefficients[0].estimate;
        for (size_t j = 0; fold_of[i] == fold && j < COLUMNS; j++)
            z += design.x[i * COLUMNS + j] * fit->coefficients[1 + j].estimate;
        if (fold_of[i] == fold) {
            sum += log1p(exp(design.y[i] > 0 ? -z : z));
            ++*n;
        }
    }
    return sum / *n;
}

START_TEST(the_curve_is_that_of_fits_without_a_fold)
{
    static const double lambdas[] = {0.1, 0.01};
    unsigned char fold_of[ROWS];
    double sum = 0, squares = 0, losses[4], n[4];
    path = (struct path_options){
        .n_lambdas = 2, .lambdas = lambdas, .alpha = 0.5, .n_folds = 4};
    run();
    ck_assert_int_eq(folds_deal(&design, 4, options.solver.seed, fold_of, NULL), 0);
    options.l1 = options.l2 = 0.005;
    for (size_t k = 0; k < 4; k++) {
        double weights[ROWS];
        struct design part = design;
        for (size_t i = 0; i < ROWS; i++)
            weights[i] = fold_of[i] != k;
        part.weights = weights;
        made_design_weigh(&part);
        struct estimate fit = made_design_fit(&part, &options);
        losses[k] = loss_of_fold(&fit, fold_of, k, &n[k]);
        sum += losses[k] * n[k];
        estimate_free(&fit);
    }
    for (size_t k = 0; k < 4; k++)
        squares += n[k] * pow(losses[k] - sum / ROWS, 2);
    check_near(step(1)->mean_loss, sum / ROWS, 1e-7);
    check_near(step(1)->loss_error, sqrt(squares / ROWS / 3), 1e-5);
}
END_TEST

START_TEST(the_least_mean_is_chosen_or_what_is_within_its_error)
{
    path.n_folds = 5;
    run();
    size_t best = 0, simple = 0, chosen = (size_t)estimate.report.path_chosen;
    for (size_t i = 1; i < 12; i++)
        best = step(i)->mean_loss < step(best)->mean_loss ? i : best;
    ck_assert_uint_eq(chosen, best);
    while (step(simple)->mean_loss > step(best)->mean_loss + step(best)->loss_error)
        simple++;
    path.one_standard_error = true;
    run();
    ck_assert_uint_eq(estimate.report.path_chosen, simple);
    ck_assert_uint_lt(simple, best);
    check_near(estimate.report.objective, step(simple)->objective, 1e-15);
}
END_TEST

START_TEST(folds_judge_a_single_penalty_too)
{
    path = (struct path_options){.n_folds = 3};
    options.l2 = 0.05;
    run();
    ck_assert_uint_eq(estimate.report.n_path, 1);
    ck_assert_uint_eq(estimate.report.n_folds, 3);
    ck_assert(!estimate.report.has_lambdas);
    check_near(step(0)->l2, 0.05, 0);
    ck_assert(step(0)->mean_loss > 0 && step(0)->loss_error > 0);
}
END_TEST

START_TEST(rows_held_out_choose_where_there_are_no_folds)
{
    struct design held_out;
    made_design_new(&held_out, 200, COLUMNS, 2);
    made_design_draw(&held_out, 99, 0.6);
    options.held_out = &held_out;
    run();
    for (size_t i = 0; i < 12; i++)
        ck_assert_double_ge(step(i)->mean_loss,
                            step(estimate.report.path_chosen)->mean_loss);
    check_near(estimate.report.validation_loss,
               step(estimate.report.path_chosen)->mean_loss, 0);
    design_free(&held_out);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    struct estimate one = {0};
    struct pool *alone = pool_new(1, 0, NULL);
    path.n_folds = 3;
    run();
    ck_assert_int_eq(path_run(&design, &options, &path, NULL, alone, &one, NULL), 0);
    for (size_t i = 0; i < 12; i++) {
        check_near(one.report.path[i].mean_loss, step(i)->mean_loss, 0);
        check_near(one.report.path[i].objective, step(i)->objective, 0);
    }
    estimate_free(&one);
    pool_free(alone);
}
END_TEST

START_TEST(rare_classes_are_told_at_the_folds)
{
    struct error err = {0};
    for (size_t i = 0; i < ROWS; i++)
        design.y[i] = i < 3;
    path.n_folds = 5;
    ck_assert_int_eq(path_run(&design, &options, &path, NULL, pool, &estimate, &err), -1);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_str_eq(err.place, "/cross_validation/folds");
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    struct pool *alone = pool_new(1, 0, NULL);
    path.n_lambdas = 2;
    path.n_folds = 2;
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = path_run(&design, &options, &path, NULL, alone, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 100);
    pool_free(alone);
}
END_TEST

TCase *path_test(void)
{
    TCase *tests = tcase_create("path");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(
        tests, a_path_begins_where_nothing_is_left_and_falls_in_equal_ratios, 0, 3);
    tcase_add_test(tests, warm_starts_do_not_change_where_fits_end);
    tcase_add_test(tests, the_curve_is_that_of_fits_without_a_fold);
    tcase_add_test(tests, the_least_mean_is_chosen_or_what_is_within_its_error);
    tcase_add_test(tests, folds_judge_a_single_penalty_too);
    tcase_add_test(tests, rows_held_out_choose_where_there_are_no_folds);
    tcase_add_test(tests, threads_do_not_change_a_bit);
    tcase_add_test(tests, rare_classes_are_told_at_the_folds);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
