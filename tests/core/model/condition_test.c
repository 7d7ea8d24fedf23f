#include "core/model/condition.h"

#include <check.h>
#include <math.h>

#include "tests/support/made_design.h"

#define ROWS 300

static struct design design;
static struct estimate_options options;
static struct estimate estimate;

static void setup(void)
{
    made_design_new(&design, ROWS, 3, 2);
    made_design_draw(&design, 5, 0.5);
    options = made_design_options(&design);
}

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static void fit(void)
{
    estimate_free(&estimate);
    estimate = made_design_fit(&design, &options);
}

static bool is_warned(const char *column)
{
    return made_design_is_warned(&estimate.report, "ill_conditioned", column);
}

/* Of a column that differs from another by a share e, the variance is inflated about 1/e²
 * times. */
START_TEST(columns_that_nearly_depend_on_each_other_are_named)
{
    static const double shares[] = {1e-3, 1e-5};
    for (size_t i = 0; i < ROWS; i++)
        design.x[3 * i + 1] = design.x[3 * i] + shares[_i] * design.x[3 * i + 2];
    for (size_t i = 0; i < ROWS; i++)
        design.x[3 * i + 2] = sin((double)i);
    fit();
    ck_assert(is_warned(NULL) == (_i == 1));
    if (_i == 1)
        ck_assert(is_warned("0") && is_warned("1") && !is_warned("2"));
}
END_TEST

/* A column's mean is to the intercept what another column would be. */
START_TEST(a_column_far_from_0_nearly_is_the_intercept)
{
    static const double means[] = {2e3, 1e5};
    for (size_t i = 0; i < ROWS; i++)
        design.x[3 * i] += means[_i];
    fit();
    ck_assert(is_warned("(intercept)") == (_i == 1));
    ck_assert(!is_warned("1"));
    options.standardize = true;
    fit();
    ck_assert(!is_warned(NULL));
}
END_TEST

START_TEST(a_penalty_mends_it)
{
    for (size_t i = 0; i < ROWS; i++)
        design.x[3 * i + 1] = design.x[3 * i] + 1e-6 * design.x[3 * i + 2];
    options.l2 = 1e-3;
    fit();
    ck_assert(!is_warned(NULL));
}
END_TEST

TCase *condition_test(void)
{
    TCase *tests = tcase_create("condition");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, columns_that_nearly_depend_on_each_other_are_named, 0, 2);
    tcase_add_loop_test(tests, a_column_far_from_0_nearly_is_the_intercept, 0, 2);
    tcase_add_test(tests, a_penalty_mends_it);
    return tests;
}
