#include "core/optim/conjugate_gradient.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support/analytic.h"

static struct conjugate_gradient cg;
static struct objective objective;
static struct objective_point point;
static double step[ANALYTIC_MOST];

static void start(struct analytic *function, double at)
{
    objective = analytic_objective(function);
    ck_assert_int_eq(conjugate_gradient_new(&cg, &objective, NULL), 0);
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_CURVATURE, &point, NULL),
                     0);
    for (size_t i = 0; i < function->n; i++)
        point.beta[i] = at + (double)(i * i % 7);
    ck_assert_int_eq(
        objective_evaluate(&objective, &point,
                           OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE,
                           NULL),
        0);
    ck_assert_int_eq(conjugate_gradient_prepare(&cg, &objective, &point, NULL), 0);
}

static void end(void)
{
    objective_point_free(&objective, &point);
    conjugate_gradient_free(&cg);
}

START_TEST(a_quadratic_of_n_coordinates_is_solved_in_n_products)
{
    for (size_t n = 1; n <= 8; n++) {
        struct analytic function = {n, analytic_quadratic, 0, 0, 0, 0};
        start(&function, -3);
        ck_assert_int_eq(
            conjugate_gradient_solve(&cg, &objective, &point, 1e-14, step, NULL), 0);
        ck_assert_uint_le(cg.n_products, n);
        ck_assert_int_eq(function.n_products, (int)cg.n_products);
        for (size_t i = 0; i < n; i++)
            ck_assert_double_eq_tol(point.beta[i] + step[i], 1, 1e-12);
        end();
    }
}
END_TEST

START_TEST(a_diagonal_hessian_takes_one_product)
{
    struct analytic function = {ANALYTIC_MOST, analytic_exponentials, 0, 0, 0, 0};
    start(&function, 0);
    ck_assert_int_eq(conjugate_gradient_solve(&cg, &objective, &point, 0, step, NULL), 0);
    ck_assert_uint_eq(cg.n_products, 1);
    for (size_t i = 0; i < ANALYTIC_MOST; i++)
        ck_assert_double_eq_tol(step[i], -point.gradient[i] / exp(point.beta[i]), 1e-12);
    end();
}
END_TEST

START_TEST(a_loose_solve_takes_fewer_products_and_goes_down)
{
    struct analytic function = {ANALYTIC_MOST, analytic_quadratic, 0, 0, 0, 0};
    size_t last = 0;
    for (double forcing = 0.5; forcing > 1e-12; forcing /= 100) {
        double slope = 0;
        start(&function, -3);
        ck_assert_int_eq(
            conjugate_gradient_solve(&cg, &objective, &point, forcing, step, NULL), 0);
        ck_assert_uint_ge(cg.n_products, last);
        last = cg.n_products;
        for (size_t i = 0; i < ANALYTIC_MOST; i++)
            slope += point.gradient[i] * step[i];
        ck_assert_double_lt(slope, 0);
        end();
    }
    ck_assert_uint_gt(last, 2);
}
END_TEST

START_TEST(no_gradient_means_no_step)
{
    struct analytic function = {1, analytic_quadratic, 0, 0, 0, 0};
    start(&function, 1);
    step[0] = 7;
    ck_assert_int_eq(conjugate_gradient_solve(&cg, &objective, &point, 0.5, step, NULL),
                     0);
    ck_assert_uint_eq(cg.n_products, 0);
    ck_assert_double_eq(step[0], 0);
    end();
}
END_TEST

START_TEST(without_curvature_the_gradient_is_followed)
{
    struct analytic function = {2, analytic_slope, 0, 0, 0, 0};
    start(&function, 0);
    point.gradient[1] = 0;
    ck_assert_int_eq(conjugate_gradient_solve(&cg, &objective, &point, 0.1, step, NULL),
                     0);
    ck_assert_double_eq(step[0], 1);
    ck_assert_double_eq(step[1], 0);
    end();
}
END_TEST

START_TEST(errors_of_products_are_passed_on)
{
    for (int n = 2; n < 5; n++) {
        struct error err = {0};
        struct analytic function = {8, analytic_quadratic, 0, ERROR_CANCELLED, 0, 0};
        start(&function, 0);
        function.fails_beyond = n - 1;
        ck_assert_int_lt(conjugate_gradient_solve(&cg, &objective, &point, 0, step, &err),
                         0);
        ck_assert_int_eq(err.code, ERROR_CANCELLED);
        end();
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct analytic function = {3, analytic_quadratic, 0, 0, 0, 0};
    long n = 0;
    objective = analytic_objective(&function);
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = conjugate_gradient_new(&cg, &objective, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_eq(n, 5);
    conjugate_gradient_free(&cg);
}
END_TEST

/* √(s'Ms), M the diagonal of the Hessian: e^β. */
static double length_of_step(void)
{
    double sum = 0;
    for (size_t i = 0; i < ANALYTIC_MOST; i++)
        sum += step[i] * step[i] * exp(point.beta[i]);
    return sqrt(sum);
}

START_TEST(a_step_ends_on_the_radius_and_knows_its_length)
{
    struct analytic function = {ANALYTIC_MOST, analytic_exponentials, 0, 0, 0, 0};
    start(&function, 0);
    ck_assert_int_eq(conjugate_gradient_solve(&cg, &objective, &point, 0, step, NULL), 0);
    double whole = length_of_step();
    ck_assert(!cg.is_bounded);
    ck_assert_double_eq_tol(cg.length, whole, 1e-10 * whole);
    ck_assert_double_eq_tol(conjugate_gradient_first_length(&cg, &point), whole,
                            1e-10 * whole);
    cg.radius = whole / 3;
    ck_assert_int_eq(conjugate_gradient_solve(&cg, &objective, &point, 0, step, NULL), 0);
    ck_assert(cg.is_bounded && cg.value < 0);
    ck_assert_double_eq_tol(length_of_step(), whole / 3, 1e-10 * whole);
    ck_assert_double_eq_tol(cg.length, whole / 3, 1e-10 * whole);
    end();
}
END_TEST

TCase *conjugate_gradient_test(void)
{
    TCase *tests = tcase_create("conjugate_gradient");
    tcase_add_test(tests, a_quadratic_of_n_coordinates_is_solved_in_n_products);
    tcase_add_test(tests, a_diagonal_hessian_takes_one_product);
    tcase_add_test(tests, a_loose_solve_takes_fewer_products_and_goes_down);
    tcase_add_test(tests, no_gradient_means_no_step);
    tcase_add_test(tests, without_curvature_the_gradient_is_followed);
    tcase_add_test(tests, errors_of_products_are_passed_on);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_test(tests, a_step_ends_on_the_radius_and_knows_its_length);
    return tests;
}
