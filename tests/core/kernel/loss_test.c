#include "core/kernel/loss.h"

#include <check.h>
#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/random.h"

#define N 500
#define H 1e-100 /* of complex steps, which cancel nothing */

static bool is_close(double value, long double exact, double tolerance)
{
    return fabsl(value - exact) <= tolerance * fabsl(exact);
}

/* From -750 to 750, denser around 0. */
static double margin_at(int i)
{
    double t = (double)i / (N / 2) - 1;
    return 750 * t * t * t;
}

START_TEST(log1pexp_and_sigmoid_have_full_relative_accuracy)
{
    for (int i = 0; i <= N; i++) {
        double z = margin_at(i);
        long double e = expl(-fabsl(z));
        if (z > -700) { /* below, results are subnormal */
            ck_assert(is_close(loss_log1pexp(z), fmaxl(z, 0) + log1pl(e), 1e-15));
            ck_assert(is_close(loss_sigmoid(z), (z < 0 ? e : 1) / (1 + e), 1e-15));
        }
        ck_assert_double_eq_tol(loss_sigmoid(z) + loss_sigmoid(-z), 1, 3e-16);
    }
    ck_assert_double_eq(loss_sigmoid(0), 0.5);
}
END_TEST

START_TEST(huge_margins_stay_finite)
{
    static const double huge[] = {1e300, -1e300, 1e308, -1e308, 710, -746};
    for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++)
        for (int y = 0; y <= 1; y++) {
            double label = y, residual, curvature;
            double loss = loss_binomial(1, &huge[i], &label, NULL, &residual, &curvature);
            bool is_right = (huge[i] > 0) == (y == 1);
            ck_assert_double_eq_tol(loss, is_right ? 0 : fabs(huge[i]), 1e-300);
            ck_assert_double_eq_tol(residual, is_right ? 0 : 1 - 2 * y, 1e-300);
            ck_assert(curvature >= 0 && curvature < 1e-300);
        }
}
END_TEST

START_TEST(softmax_gives_the_worked_example)
{
    /* of the lecture, cut to as many digits as there */
    static const double z[] = {0.6, 1.1, -1.5, 1.2, 3.2, -1.1};
    static const double expected[] = {0.055, 0.090, 0.006, 0.099, 0.74, 0.010};
    double p[6], sum = 0;
    double log_sum = loss_softmax(z, 6, p);
    for (size_t k = 0; k < 6; k++) {
        ck_assert_double_eq_tol(p[k], expected[k], k == 4 ? 1e-2 : 1e-3);
        ck_assert_double_eq_tol(p[k], exp(z[k] - log_sum), 1e-15);
        sum += p[k];
    }
    ck_assert_double_eq_tol(sum, 1, 1e-15);
}
END_TEST

START_TEST(softmax_is_shifted_and_may_work_in_place)
{
    double z[] = {1e300, -1e300, 1e300};
    ck_assert_double_eq_tol(loss_softmax(z, 3, z), 1e300, 1e285);
    ck_assert_double_eq(z[0], 0.5);
    ck_assert_double_eq(z[1], 0);
    ck_assert_double_eq(z[2], 0.5);
    double one = -5;
    ck_assert_double_eq(loss_softmax(&one, 1, &one), -5);
    ck_assert_double_eq(one, 1);
}
END_TEST

/* The loss of one row, as its formula, for complex z. */
static double complex binomial_loss(double complex z, double y)
{
    return clog(1 + cexp(z)) - y * z;
}

static double complex binomial_residual(double complex z, double y)
{
    return 1 / (1 + cexp(-z)) - y;
}

START_TEST(binomial_derivatives_are_those_of_the_loss)
{
    struct random random = random_start(1, 0);
    for (int i = 0; i < N; i++) {
        double z = 8 * random_normal(&random), weight = 3 * random_uniform(&random);
        double y = i % 3 == 0 ? random_uniform(&random) : i % 2, residual, curvature;
        double loss = loss_binomial(1, &z, &y, &weight, &residual, &curvature);
        ck_assert_double_eq_tol(loss, weight * creal(binomial_loss(z, y)),
                                1e-13 * (1 + fabs(z)));
        ck_assert_double_eq_tol(residual, weight * cimag(binomial_loss(z + H * I, y)) / H,
                                1e-14);
        ck_assert_double_eq_tol(
            curvature, weight * cimag(binomial_residual(z + H * I, y)) / H, 1e-14);
    }
}
END_TEST

START_TEST(a_certain_row_keeps_the_relative_accuracy_of_its_residual)
{
    for (double z = 1; z < 700; z += 7) {
        double margins[] = {z, -z}, y[] = {1, 0}, residual[2], curvature[2];
        double loss = loss_binomial(2, margins, y, NULL, residual, curvature);
        long double p = expl(-z) / (1 + expl(-z));
        ck_assert(is_close(-residual[0], p, 1e-15));
        ck_assert(is_close(residual[1], p, 1e-15));
        ck_assert(is_close(curvature[0], p * (1 - p), 1e-15));
        ck_assert(is_close(loss, 2 * log1pl(expl(-z)), 1e-15));
    }
}
END_TEST

START_TEST(multinomial_with_two_classes_is_binomial)
{
    struct random random = random_start(2, 0);
    double z[2 * N], margins[N], y[N], weights[N];
    double residual[2 * N], binomial_residuals[N], curvature[N];
    for (int i = 0; i < N; i++) {
        margins[i] = z[2 * i + 1] = 10 * random_normal(&random);
        z[2 * i] = 0;
        y[i] = (double)random_below(&random, 2);
        weights[i] = random_uniform(&random);
    }
    double two = loss_multinomial(N, 2, z, y, weights, residual);
    double one = loss_binomial(N, margins, y, weights, binomial_residuals, curvature);
    ck_assert_double_eq_tol(two, one, 1e-13 * one);
    for (int i = 0; i < N; i++) {
        ck_assert(is_close(residual[2 * i + 1], binomial_residuals[i], 1e-15));
        ck_assert(is_close(weights[i] * z[2 * i] * z[2 * i + 1], curvature[i], 1e-14));
    }
}
END_TEST

static double complex multinomial_loss(const double complex *z, size_t n, size_t label)
{
    double complex sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += cexp(z[k]);
    return clog(sum) - z[label];
}

START_TEST(multinomial_derivatives_are_those_of_the_loss)
{
    enum { K = 5 };
    struct random random = random_start(3, 0);
    for (int i = 0; i < N; i++) {
        double z[K], residual[K], y = i % K, weight = 2 * random_uniform(&random);
        double complex steps[K];
        for (size_t k = 0; k < K; k++)
            steps[k] = z[k] = 5 * random_normal(&random);
        double loss = loss_multinomial(1, K, z, &y, &weight, residual), sum = 0;
        ck_assert_double_eq_tol(
            loss, weight * creal(multinomial_loss(steps, K, (size_t)y)), 1e-13);
        for (size_t k = 0; k < K; k++) {
            steps[k] += H * I;
            ck_assert_double_eq_tol(
                residual[k], weight * cimag(multinomial_loss(steps, K, (size_t)y)) / H,
                1e-14);
            steps[k] = creal(steps[k]);
            sum += residual[k];
        }
        ck_assert_double_eq_tol(sum, 0, 1e-15);
    }
}
END_TEST

START_TEST(multinomial_margins_of_any_size_stay_finite)
{
    double z[] = {0, 1e300, -1e300}, y = 2, residual[3];
    double loss = loss_multinomial(1, 3, z, &y, NULL, residual);
    ck_assert_double_eq_tol(loss, 2e300, 1e285);
    ck_assert_double_eq(residual[1], 1);
    ck_assert_double_eq(residual[2], -1);
    ck_assert_double_eq(residual[0], 0);
}
END_TEST

TCase *loss_test(void)
{
    TCase *tests = tcase_create("loss");
    tcase_add_test(tests, log1pexp_and_sigmoid_have_full_relative_accuracy);
    tcase_add_test(tests, huge_margins_stay_finite);
    tcase_add_test(tests, softmax_gives_the_worked_example);
    tcase_add_test(tests, softmax_is_shifted_and_may_work_in_place);
    tcase_add_test(tests, binomial_derivatives_are_those_of_the_loss);
    tcase_add_test(tests, a_certain_row_keeps_the_relative_accuracy_of_its_residual);
    tcase_add_test(tests, multinomial_with_two_classes_is_binomial);
    tcase_add_test(tests, multinomial_derivatives_are_those_of_the_loss);
    tcase_add_test(tests, multinomial_margins_of_any_size_stay_finite);
    return tests;
}
