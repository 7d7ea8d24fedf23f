#include "core/optim/l1.h"

#include <check.h>
#include <math.h>

START_TEST(the_slope_is_how_fast_the_objective_falls)
{
    ck_assert_double_eq(l1_slope(2, 3, 1), 4);
    ck_assert_double_eq(l1_slope(-2, 3, 1), 2);
    ck_assert_double_eq(l1_slope(0, 3, 1), 2);
    ck_assert_double_eq(l1_slope(0, -3, 1), -2);
    ck_assert_double_eq(l1_slope(0, -1, 1), 0);
    ck_assert_double_eq(l1_slope(0, 0.5, 1), 0);
    ck_assert_double_eq(l1_slope(0, 1e300, INFINITY), 0);
    ck_assert_double_eq(l1_slope(0, -7, 0), -7);
}
END_TEST

START_TEST(shrinking_stops_at_0)
{
    ck_assert_double_eq(l1_shrink(3, 1), 2);
    ck_assert_double_eq(l1_shrink(-3, 1), -2);
    ck_assert_double_eq(l1_shrink(0.5, 1), 0);
    ck_assert_double_eq(l1_shrink(-1, 1), 0);
    ck_assert_double_eq(l1_shrink(-1, 0), -1);
    ck_assert_double_eq(l1_shrink(1e300, INFINITY), 0);
}
END_TEST

START_TEST(sums_are_over_what_is_weighed)
{
    double beta[] = {1, -2, 0, 5}, gradient[] = {1, 1, 9, 2}, slope[4];
    const double weights[] = {0.5, 2, INFINITY, 0};
    const struct objective objective = {.n = 4, .l1 = weights}, plain = {.n = 4};
    const struct objective_point point = {.beta = beta, .gradient = gradient};
    ck_assert_double_eq(l1_value(&objective, beta), 4.5);
    ck_assert_double_eq(l1_value(&plain, beta), 0);
    ck_assert_double_eq(l1_weight(&plain, 1), 0);
    ck_assert_double_eq_tol(l1_slopes(&objective, &point, slope), sqrt(1.5 * 1.5 + 1 + 4),
                            1e-15);
    ck_assert_double_eq(slope[0], 1.5);
    ck_assert_double_eq(slope[1], -1);
    ck_assert_double_eq(slope[2], 0);
    ck_assert_double_eq(slope[3], 2);
    ck_assert_double_eq(l1_slopes_norm(&objective, &point),
                        l1_slopes(&objective, &point, slope));
}
END_TEST

/* J = ½ Σ (β_i - a_i)²: the dual point is a scaled residual. */
START_TEST(the_gap_is_0_at_a_minimum_and_above_the_excess_elsewhere)
{
    static const double a[] = {3, 0.5, -2}, weights[] = {1, 1, 0};
    double beta[] = {2, 0, -2}, gradient[3];
    const struct objective objective = {.n = 3, .l1 = weights};
    struct objective_point point = {.beta = beta, .gradient = gradient};
    double least = 0.5 + 0.125 + 2;
    for (int k = 0; k < 4; k++) {
        beta[0] = 2 + 0.3 * k;
        beta[1] = -0.1 * k;
        point.value = 0;
        for (size_t i = 0; i < 3; i++) {
            gradient[i] = beta[i] - a[i];
            point.value += gradient[i] * gradient[i] / 2;
        }
        double excess = point.value + l1_value(&objective, beta) - least;
        if (k == 0)
            ck_assert_double_eq_tol(l1_gap(&objective, &point), 0, 1e-15);
        else
            ck_assert_double_gt(l1_gap(&objective, &point), excess);
    }
}
END_TEST

TCase *l1_test(void)
{
    TCase *tests = tcase_create("l1");
    tcase_add_test(tests, the_slope_is_how_fast_the_objective_falls);
    tcase_add_test(tests, shrinking_stops_at_0);
    tcase_add_test(tests, sums_are_over_what_is_weighed);
    tcase_add_test(tests, the_gap_is_0_at_a_minimum_and_above_the_excess_elsewhere);
    return tests;
}
