#include "core/model/survey.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

static struct design design;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
}

static void teardown(void)
{
    design_free(&design);
    survey_free(&survey);
    pool_free(pool);
}

static const char *name(void *context, size_t column)
{
    (void)context;
    return column == 0 ? "age" : "income";
}

static const struct estimate_hooks hooks = {.name = name};

static int look(struct error *err)
{
    return survey_run(&survey, &design, &options, &hooks, pool, err);
}

static void make(size_t n_rows, size_t n_classes)
{
    made_design_new(&design, n_rows, 2, n_classes);
    made_design_draw(&design, 1, 0.5);
    options = made_design_options(&design);
}

START_TEST(a_survey_adds_up_rows_with_weight)
{
    make(5000, 3);
    made_design_add_weights(&design);
    double of_class[3] = {0}, sums[2] = {0}, least = INFINITY, n = 0;
    for (size_t i = 0; i < 5000; i++) {
        design.weights[i] = (double)(i % 4);
        if (i % 4 == 0)
            design.x[2 * i] = -1e6; /* counts for nothing */
        of_class[(size_t)design.y[i]] += design.weights[i];
        sums[0] += design.weights[i] * design.x[2 * i];
        sums[1] += design.weights[i] * design.x[2 * i + 1];
        n += i % 4 > 0;
        least = i % 4 > 0 ? fmin(least, design.x[2 * i]) : least;
    }
    ck_assert_int_eq(look(NULL), 0);
    ck_assert_double_eq(survey.sum_weights, 7500);
    ck_assert_double_eq(survey.n_weighted, n);
    ck_assert_double_eq(survey.entropy, 0);
    for (size_t k = 0; k < 3; k++)
        ck_assert_double_eq(survey.class_weights[k], of_class[k]);
    ck_assert_double_eq_tol(survey.sums[0], sums[0], 1e-9);
    ck_assert_double_eq_tol(survey.sums[1], sums[1], 1e-9);
    ck_assert_double_eq(survey.least[0], least);
    ck_assert_double_gt(survey.greatest[1], 2);
}
END_TEST

/* By weight, in long double. */
static double spread_of(size_t j)
{
    long double sum = 0, mean = 0, square = 0;
    for (size_t i = 0; i < design.n_rows; i++) {
        sum += design_weight(&design, i);
        mean += design_weight(&design, i) * (long double)design.x[2 * i + j];
    }
    mean /= sum;
    for (size_t i = 0; i < design.n_rows; i++) {
        long double deviation = design.x[2 * i + j] - mean;
        square += design_weight(&design, i) * deviation * deviation;
    }
    return (double)sqrtl(square / sum);
}

START_TEST(the_spread_of_a_column_is_told_to_rounding)
{
    make(5000, 2);
    for (size_t i = 0; i < 5000; i++)
        design.x[2 * i] = 1e9 + design.x[2 * i];
    for (int weighted = 0; weighted < 2; weighted++) {
        if (weighted)
            made_design_add_weights(&design);
        ck_assert_int_eq(look(NULL), 0);
        for (size_t j = 0; j < 2; j++)
            ck_assert_double_eq_tol(survey.spread[j], spread_of(j), 1e-13);
        survey_free(&survey);
    }
}
END_TEST

START_TEST(the_spread_of_what_does_not_vary_is_0)
{
    make(5000, 2);
    for (size_t i = 0; i < 5000; i++)
        design.x[2 * i] = 0.1;
    ck_assert_int_eq(look(NULL), 0);
    ck_assert_double_eq(survey.spread[0], 0);
    ck_assert_double_eq(survey.sums[0] / survey.sum_weights, 0.1);
}
END_TEST

/* Squares that leave the range of numbers, and rows that say nothing of the others. */
START_TEST(a_spread_that_one_look_cannot_tell_is_not_told)
{
    make(5000, 2);
    for (size_t i = 0; i < 5000; i++)
        design.x[2 * i] *= 1e-200;
    ck_assert_int_eq(look(NULL), 0);
    ck_assert(isnan(survey.spread[0]));
    survey_free(&survey);
    for (size_t i = 0; i < 5000; i++)
        design.x[2 * i] = i % 157 == 0 ? 0 : 1e9 + (double)(i % 7);
    ck_assert_int_eq(look(NULL), 0);
    ck_assert(isnan(survey.spread[0]) ||
              fabs(survey.spread[0] / spread_of(0) - 1) < 1e-12);
}
END_TEST

START_TEST(shares_count_for_both_classes_and_have_entropy)
{
    make(2, 2);
    design.y[0] = 0.25;
    design.y[1] = 1;
    ck_assert_int_eq(look(NULL), 0);
    ck_assert_double_eq(survey.class_weights[0], 0.75);
    ck_assert_double_eq(survey.class_weights[1], 1.25);
    ck_assert_double_eq_tol(survey.entropy, -0.25 * log(0.25) - 0.75 * log(0.75), 1e-15);
}
END_TEST

static void refuse(enum error_code code, const char *place)
{
    struct error err = {0};
    ck_assert_int_lt(look(&err), 0);
    ck_assert_int_eq(err.code, code);
    ck_assert_str_eq(err.place, place);
}

START_TEST(the_first_value_that_is_not_finite_is_named)
{
    make(3000, 2);
    design.x[2 * 2999] = NAN;
    design.x[2 * 2000 + 1] = -INFINITY;
    refuse(ERROR_NON_FINITE, "row 2001, column income");
    design.y[1999] = NAN;
    refuse(ERROR_NON_FINITE, "row 2000");
    made_design_add_weights(&design);
    design.weights[1000] = INFINITY;
    refuse(ERROR_NON_FINITE, "row 1001");
    made_design_add_offset(&design);
    design.offset[5] = NAN;
    refuse(ERROR_NON_FINITE, "row 6");
}
END_TEST

START_TEST(a_single_class_with_weight_is_refused)
{
    make(50, 2);
    made_design_add_weights(&design);
    for (size_t i = 0; i < 50; i++)
        design.weights[i] = design.y[i] == 1;
    refuse(ERROR_SINGLE_CLASS, "");
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    make(50, 2);
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = look(&err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_ge(n, 7);
}
END_TEST

TCase *survey_test(void)
{
    TCase *tests = tcase_create("survey");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_survey_adds_up_rows_with_weight);
    tcase_add_test(tests, the_spread_of_a_column_is_told_to_rounding);
    tcase_add_test(tests, the_spread_of_what_does_not_vary_is_0);
    tcase_add_test(tests, a_spread_that_one_look_cannot_tell_is_not_told);
    tcase_add_test(tests, shares_count_for_both_classes_and_have_entropy);
    tcase_add_test(tests, the_first_value_that_is_not_finite_is_named);
    tcase_add_test(tests, a_single_class_with_weight_is_refused);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
