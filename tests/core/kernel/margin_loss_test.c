#include "core/kernel/margin_loss.h"

#include <check.h>
#include <math.h>

static const double z[] = {-2, -1, -0.25, 0, 0.5, 1, 3};
static const double weights[] = {1, 2, 0.5, 3, 1, 4, 0.25};
#define N (sizeof(z) / sizeof(*z))

static double residual[N], curvature[N];

START_TEST(the_squared_loss_is_half_the_square)
{
    double y[N], sum = 0;
    for (size_t i = 0; i < N; i++) {
        y[i] = 1.5;
        sum += weights[i] * (z[i] - 1.5) * (z[i] - 1.5) / 2;
    }
    ck_assert_double_eq_tol(margin_loss_squared(N, z, y, weights, residual, curvature),
                            sum, 1e-14);
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_eq(residual[i], weights[i] * (z[i] - 1.5));
        ck_assert_double_eq(curvature[i], weights[i]);
    }
}
END_TEST

START_TEST(the_absolute_loss_has_the_sign_as_its_slope)
{
    static const double y[N] = {0}, slopes[N] = {-1, -1, -1, 0, 1, 1, 1};
    ck_assert_double_eq(margin_loss_absolute(N, z, y, NULL, residual, curvature), 7.75);
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_eq(residual[i], slopes[i]);
        ck_assert_double_eq(curvature[i], 0);
    }
}
END_TEST

/* Of class 1: max(0, 1-z), with the corner at 1; of class 0 mirrored. */
START_TEST(the_hinge_loss_is_0_beyond_the_margin)
{
    static const double ones[N] = {1, 1, 1, 1, 1, 1, 1}, zeros[N] = {0};
    static const double up[N] = {-1, -1, -1, -1, -1, 0, 0},
                        down[N] = {0, 0, 1, 1, 1, 1, 1};
    ck_assert_double_eq(margin_loss_hinge(N, z, ones, NULL, residual, curvature),
                        3 + 2 + 1.25 + 1 + 0.5);
    for (size_t i = 0; i < N; i++)
        ck_assert_double_eq(residual[i], up[i]);
    ck_assert_double_eq(margin_loss_hinge(N, z, zeros, NULL, residual, curvature),
                        0.75 + 1 + 1.5 + 2 + 4);
    for (size_t i = 0; i < N; i++)
        ck_assert_double_eq(residual[i], down[i]);
}
END_TEST

START_TEST(margins_without_bound_have_a_finite_hinge_and_absolute_loss)
{
    static const double far[] = {-1e300, 1e300}, y[] = {0, 1};
    ck_assert_double_eq(margin_loss_hinge(2, far, y, NULL, residual, curvature), 0);
    ck_assert(isfinite(margin_loss_absolute(2, far, y, NULL, residual, curvature)));
}
END_TEST

TCase *margin_loss_test(void)
{
    TCase *tests = tcase_create("margin_loss");
    tcase_add_test(tests, the_squared_loss_is_half_the_square);
    tcase_add_test(tests, the_absolute_loss_has_the_sign_as_its_slope);
    tcase_add_test(tests, the_hinge_loss_is_0_beyond_the_margin);
    tcase_add_test(tests, margins_without_bound_have_a_finite_hinge_and_absolute_loss);
    return tests;
}
