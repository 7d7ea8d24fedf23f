#include "core/optim/stopping.h"

#include <check.h>
#include <math.h>

static const double direction[] = {0.01, -0.02};

static bool is_near(double tolerance, const double *reach, double value, double decrement)
{
    const struct solver_options options = {.tolerance = tolerance, .reach = reach};
    return stopping_is_near(&options, value, decrement, direction, 2);
}

START_TEST(half_the_decrement_squared_is_held_against_the_objective)
{
    ck_assert(is_near(1e-4, NULL, 0.02, 1.9e-3));
    ck_assert(!is_near(1e-4, NULL, 0.02, 2.1e-3));
    ck_assert(is_near(1e-4, NULL, -0.02, 1.9e-3));
    ck_assert(!is_near(1e-4, NULL, 0.02, (double)NAN));
}
END_TEST

START_TEST(the_usual_tolerance_wants_the_last_digits)
{
    ck_assert(!is_near(SOLVER_LAST_DIGITS, NULL, 1, 0));
    ck_assert(is_near(2 * SOLVER_LAST_DIGITS, NULL, 1, 0));
}
END_TEST

START_TEST(a_step_that_moves_a_margin_far_is_no_end)
{
    static const double little[] = {5, 9}, much[] = {5, 11};
    const struct solver_options options = {.reach = much};
    ck_assert(is_near(1e-3, little, 1, 1e-3));
    ck_assert(!is_near(1e-3, much, 1, 1e-3));
    ck_assert_double_eq_tol(stopping_reach(&options, direction, 2), 0.27, 1e-15);
}
END_TEST

START_TEST(rounding_is_held_against_the_value_or_the_greatest_decrement)
{
    ck_assert_double_eq(stopping_scale(0.5, 0), 1);
    ck_assert_double_eq(stopping_scale(-16, 3), 4);
    ck_assert_double_eq(stopping_scale(16, 5), 5);
    ck_assert(stopping_is_noise(4e-14, 16, 3));
    ck_assert(!stopping_is_noise(4.1e-14, 16, 3));
    ck_assert(!stopping_is_noise((double)NAN, 16, 3));
}
END_TEST

TCase *stopping_test(void)
{
    TCase *tests = tcase_create("stopping");
    tcase_add_test(tests, half_the_decrement_squared_is_held_against_the_objective);
    tcase_add_test(tests, the_usual_tolerance_wants_the_last_digits);
    tcase_add_test(tests, rounding_is_held_against_the_value_or_the_greatest_decrement);
    tcase_add_test(tests, a_step_that_moves_a_margin_far_is_no_end);
    return tests;
}
