/* Steps by columns, the quadratics that they solve, and the screen of columns that need
 * not be multiplied, on logistic regressions that are made here. */
#include "core/optim/column_descent.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/optim/l1.h"

#define N_ROWS 48
#define N 120

static double cells[N][N_ROWS], y[N_ROWS], offset[N_ROWS], lambda[N], l1[N];
static struct column_screen screen;
static struct objective_margins margins;
static struct objective objective;

static double loss(void *context, const double *z, double *residual, double *curvature)
{
    double sum = 0;
    (void)context;
    for (size_t i = 0; i < N_ROWS; i++) {
        double p = 1 / (1 + exp(-z[i]));
        residual[i] = (p - y[i]) / N_ROWS;
        curvature[i] = p * (1 - p) / N_ROWS;
        sum += log1p(exp(z[i])) - y[i] * z[i];
    }
    return sum / N_ROWS;
}

/* The first coordinate is an intercept, under no penalty. */
static void make(double penalty, bool has_quadratic)
{
    struct random random = random_start(11, 0);
    for (size_t j = 0; j < N; j++) {
        l1[j] = j == 0 ? 0 : penalty;
        lambda[j] = j == 0 ? 0 : 0.01;
        for (size_t i = 0; i < N_ROWS; i++)
            cells[j][i] = j == 0 ? 1 : random_normal(&random) + (j > 1) * cells[j - 1][i];
    }
    for (size_t i = 0; i < N_ROWS; i++) {
        y[i] = random_uniform(&random) < 1 / (1 + exp(-cells[5][i]));
        offset[i] = random_uniform(&random);
    }
    margins = (struct objective_margins){
        .columns = {.n = N, .n_rows = N_ROWS, .x = cells[0], .stride = N_ROWS},
        .screen = &screen,
        .offset = offset,
        .quadratic = has_quadratic ? lambda : NULL,
        .loss = loss};
    objective = (struct objective){.n = N, .l1 = l1};
    ck_assert_int_eq(column_screen_new(&screen, &margins.columns, NULL), 0);
}

static void teardown(void)
{
    column_screen_free(&screen);
}

START_TEST(what_a_screen_leaves_out_is_within_its_l1)
{
    struct random random = random_start(2, 0);
    double residual[N_ROWS], beta[N] = {0}, product[N];
    make(0.2, false);
    beta[7] = 1e-9;
    for (size_t i = 0; i < N_ROWS; i++)
        residual[i] = 0.002 * random_normal(&random);
    for (int round = 0; round < 40; round++) {
        column_screen_product(&screen, &margins.columns, residual, beta, l1, false,
                              product);
        for (size_t j = 0, next = 0; j < N; j++) {
            double dot = columns_dot(&margins.columns, j, residual);
            bool is_alive = next < screen.n_alive && screen.alive[next] == j;
            next += is_alive;
            if (is_alive)
                ck_assert_double_eq_tol(product[j], dot, 1e-14);
            else
                ck_assert(fabs(product[j]) <= l1[j] && fabs(dot) <= l1[j]);
            ck_assert(is_alive || (j != 7 && j != 0));
        }
        for (size_t i = 0; i < N_ROWS; i++)
            residual[i] += 2e-4 * random_normal(&random);
    }
}
END_TEST

static size_t n_multiplied;

static void multiply(void *context, const double *residual, double *product)
{
    n_multiplied++;
    columns_product(context, residual, product);
}

START_TEST(a_whole_product_is_had_once)
{
    double residual[N_ROWS], beta[N] = {0}, product[N];
    make(1, false);
    screen.multiply = multiply;
    screen.context = &margins.columns;
    n_multiplied = 0;
    for (size_t i = 0; i < N_ROWS; i++)
        residual[i] = 1e-3 * (double)(i % 7);
    column_screen_product(&screen, &margins.columns, residual, beta, l1, false, product);
    ck_assert_uint_eq(n_multiplied, 1);
    column_screen_product(&screen, &margins.columns, residual, beta, l1, true, product);
    ck_assert_uint_eq(n_multiplied, 1);
    residual[0] += 1e-9;
    column_screen_product(&screen, &margins.columns, residual, beta, l1, false, product);
    ck_assert_uint_eq(n_multiplied, 1); /* near where all are known */
    column_screen_product(&screen, &margins.columns, residual, beta, l1, true, product);
    ck_assert_uint_eq(n_multiplied, 2);
    for (size_t j = 0; j < N; j++)
        ck_assert_double_eq_tol(product[j], columns_dot(&margins.columns, j, residual),
                                1e-15);
}
END_TEST

START_TEST(a_quadratic_is_solved_as_far_as_is_asked)
{
    static const double shares[] = {0.5, 1e-2, 1e-4};
    struct column_quadratic quadratic;
    double residual[N_ROWS], curvature[N_ROWS];
    size_t set[N];
    make(0.02, _i == 1);
    loss(NULL, offset, residual, curvature);
    ck_assert_int_eq(column_quadratic_new(&quadratic, &margins, N, NULL), 0);
    quadratic.residual = residual;
    quadratic.curvature = curvature;
    quadratic.set = set;
    quadratic.n_set = 30;
    for (size_t i = 0; i < 30; i++) {
        set[i] = 3 * i;
        quadratic.start[i] = i % 5 == 1 ? 0.1 : 0;
        quadratic.l1[i] = l1[set[i]];
    }
    for (size_t k = 0; k < 3; k++) {
        double before = 0, after = 0, v[N_ROWS];
        column_quadratic_solve(&quadratic, shares[k]);
        memcpy(v, residual, sizeof(v));
        for (size_t i = 0; i < 30; i++)
            columns_add_weighted(&margins.columns, set[i],
                                 quadratic.w[i] - quadratic.start[i], curvature, v);
        for (size_t i = 0; i < 30; i++) {
            double d = columns_square(&margins.columns, set[i], curvature) +
                       column_quadratic_lambda(&quadratic, i);
            double old = columns_dot(&margins.columns, set[i], residual) +
                         column_quadratic_lambda(&quadratic, i) * quadratic.start[i];
            double new = columns_dot(&margins.columns, set[i], v) +
                         column_quadratic_lambda(&quadratic, i) * quadratic.w[i];
            before += pow(l1_slope(quadratic.start[i], old, quadratic.l1[i]), 2) / d;
            after += pow(l1_slope(quadratic.w[i], new, quadratic.l1[i]), 2) / d;
        }
        ck_assert_double_le(after, 4 * shares[k] * shares[k] * before);
    }
    column_quadratic_free(&quadratic);
}
END_TEST

START_TEST(steps_lead_to_where_the_conditions_of_a_minimum_hold)
{
    struct column_descent descent;
    struct objective_point here = {0}, trial = {0};
    struct working_set set;
    double value = INFINITY;
    static const struct objective_ops none = {0};
    make(0.02, _i == 1);
    objective.ops = &none;
    ck_assert_int_eq(column_descent_new(&descent, &objective, &margins, NULL), 0);
    ck_assert_int_eq(objective_point_new(&objective, 0, &here, NULL), 0);
    ck_assert_int_eq(objective_point_new(&objective, 0, &trial, NULL), 0);
    ck_assert_int_eq(working_set_new(&set, &objective, NULL), 0);
    for (size_t n = 0; n < 30; n++) {
        ck_assert(column_descent_find(&descent, &here, n == 29));
        double penalty = l1_value(&objective, here.beta), last = value;
        value = here.value + penalty;
        ck_assert_double_le(value, last + 1e-15);
        set.reach = 0;
        working_set_choose_among(&set, &objective, &here, column_descent_among(&descent));
        if (n < 29 && column_descent_step(&descent, &set, &here, penalty, 0, &trial))
            memcpy(here.beta, trial.beta, sizeof(double) * N);
    }
    ck_assert_double_le(l1_slopes_norm(&objective, &here), 1e-10);
    ck_assert_double_le(l1_gap(&objective, &here) * (_i == 0), 1e-10);
    working_set_free(&set);
    objective_point_free(&objective, &here);
    objective_point_free(&objective, &trial);
    column_descent_free(&descent);
}
END_TEST

START_TEST(without_memory_nothing_is_made)
{
    struct column_descent descent = {0};
    struct error err = {0};
    make(0.1, false);
    for (int n = 0;; n++) {
        memory_fail_after(n);
        int status = column_descent_new(&descent, &objective, &margins, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        error_clear(&err);
    }
    column_descent_free(&descent);
    for (int n = 0;; n++) {
        struct column_screen made = {0};
        memory_fail_after(n);
        int status = column_screen_new(&made, &margins.columns, &err);
        memory_fail_after(-1);
        column_screen_free(&made);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        error_clear(&err);
    }
}
END_TEST

TCase *column_descent_test(void)
{
    TCase *tests = tcase_create("column_descent");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, what_a_screen_leaves_out_is_within_its_l1);
    tcase_add_test(tests, a_whole_product_is_had_once);
    tcase_add_loop_test(tests, a_quadratic_is_solved_as_far_as_is_asked, 0, 2);
    tcase_add_loop_test(tests, steps_lead_to_where_the_conditions_of_a_minimum_hold, 0,
                        2);
    tcase_add_test(tests, without_memory_nothing_is_made);
    return tests;
}
