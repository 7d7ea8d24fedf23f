#include "core/optim/quadratic_l1.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"

enum { N = 6 };

static struct quadratic_l1 quadratic;

static void setup(void)
{
    memset(&quadratic, 0, sizeof(quadratic));
    ck_assert_int_eq(quadratic_l1_resize(&quadratic, N, NULL), 0);
}

static void teardown(void)
{
    quadratic_l1_free(&quadratic);
}

/* H = A'A of A [n_rows × N]: of fewer rows than columns it is singular. */
static void make(struct random *random, size_t n_rows)
{
    double a[8][N];
    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = 0; i < N; i++)
            a[r][i] = 2 * random_uniform(random) - 1;
    for (size_t i = 0; i < N; i++) {
        quadratic.start[i] =
            random_uniform(random) < 0.5 ? 0 : random_uniform(random) - 0.5;
        quadratic.l1[i] = random_uniform(random) < 0.2 ? 0 : random_uniform(random);
        quadratic.gradient[i] = 0;
        for (size_t r = 0; r < n_rows; r++)
            quadratic.gradient[i] += a[r][i] * (1 + (double)r);
        for (size_t j = 0; j <= i; j++) {
            quadratic.hessian[i * N + j] = 0;
            for (size_t r = 0; r < n_rows; r++)
                quadratic.hessian[i * N + j] += a[r][i] * a[r][j];
        }
    }
}

static double h(size_t i, size_t j)
{
    return quadratic.hessian[i > j ? i * N + j : j * N + i];
}

static double slope(const double *w, size_t i)
{
    double sum = quadratic.gradient[i];
    for (size_t j = 0; j < N; j++)
        sum += h(i, j) * (w[j] - quadratic.start[j]);
    return sum;
}

static double value(const double *w)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += (w[i] - quadratic.start[i]) * (quadratic.gradient[i] + slope(w, i)) / 2 +
               quadratic.l1[i] * fabs(w[i]);
    return sum;
}

/* The conditions of Karush, Kuhn and Tucker, which are enough: Q is convex. */
static void check_minimum(double tolerance)
{
    for (size_t i = 0; i < N; i++) {
        double g = slope(quadratic.w, i), w = quadratic.w[i];
        if (w == 0)
            ck_assert_double_le(fabs(g), quadratic.l1[i] + tolerance);
        else
            ck_assert_double_eq_tol(g, w > 0 ? -quadratic.l1[i] : quadratic.l1[i],
                                    tolerance);
    }
}

START_TEST(the_minimum_is_found_whatever_the_start)
{
    struct random random = random_start(11, 1);
    for (size_t k = 0; k < 2000; k++) {
        make(&random, 8);
        quadratic_l1_solve(&quadratic);
        ck_assert(quadratic.is_solved);
        check_minimum(1e-10);
        ck_assert_double_le(quadratic_l1_slope(&quadratic), 0);
        ck_assert_double_le(value(quadratic.w), value(quadratic.start) + 1e-12);
    }
}
END_TEST

/* g is in the range of H, so there is a minimum. */
START_TEST(a_singular_hessian_has_a_minimum_too)
{
    struct random random = random_start(12, 1);
    for (size_t n_rows = 1; n_rows < N; n_rows++)
        for (size_t k = 0; k < 500; k++) {
            make(&random, n_rows);
            quadratic_l1_solve(&quadratic);
            ck_assert(quadratic.is_solved);
            check_minimum(1e-7);
        }
}
END_TEST

START_TEST(where_nothing_is_weighed_it_solves_a_linear_system)
{
    struct random random = random_start(13, 1);
    make(&random, 8);
    for (size_t i = 0; i < N; i++)
        quadratic.l1[i] = 0;
    quadratic_l1_solve(&quadratic);
    ck_assert(quadratic.is_solved);
    for (size_t i = 0; i < N; i++)
        ck_assert_double_eq_tol(slope(quadratic.w, i), 0, 1e-12);
}
END_TEST

START_TEST(a_slope_without_curvature_is_bottomless)
{
    struct random random = random_start(14, 1);
    make(&random, 8);
    for (size_t j = 0; j < N; j++)
        quadratic.hessian[2 * N + j] = quadratic.hessian[j * N + 2] = 0;
    quadratic.gradient[2] = -1;
    quadratic.l1[2] = 0;
    quadratic_l1_solve(&quadratic);
    ck_assert(quadratic.is_bottomless);
    ck_assert(!quadratic.is_solved);
    ck_assert_double_gt(quadratic.w[2], quadratic.start[2]);
}
END_TEST

static bool always(void *context)
{
    (void)context;
    return true;
}

START_TEST(it_is_given_up_where_the_watch_says_so)
{
    static const struct solver_watch watch = {.is_over = always};
    struct random random = random_start(15, 1);
    make(&random, 8);
    quadratic.watch = &watch;
    quadratic_l1_solve(&quadratic);
    ck_assert(!quadratic.is_solved);
    quadratic.watch = NULL;
    quadratic_l1_solve(&quadratic);
    ck_assert(quadratic.is_solved);
}
END_TEST

START_TEST(room_grows_and_can_fail)
{
    ck_assert_int_eq(quadratic_l1_resize(&quadratic, 300, NULL), 0);
    ck_assert_uint_ge(quadratic.capacity, 300);
    ck_assert_int_eq(quadratic_l1_resize(&quadratic, 3, NULL), 0);
    ck_assert_uint_eq(quadratic.n, 3);
}
END_TEST

START_TEST(a_coarse_minimum_is_near_and_does_not_say_that_it_is_one)
{
    struct random random = random_start(77, (uint64_t)_i);
    make(&random, 8);
    double before = value(quadratic.start);
    quadratic.is_coarse = true;
    quadratic_l1_solve(&quadratic);
    ck_assert(!quadratic.is_solved);
    double coarse = value(quadratic.w);
    quadratic.is_coarse = false;
    quadratic_l1_solve(&quadratic);
    ck_assert(quadratic.is_solved);
    double least = value(quadratic.w);
    ck_assert_double_ge(coarse, least - 1e-12);
    ck_assert_double_le(coarse - least, 0.2 * (before - least) + 1e-12);
}
END_TEST

TCase *quadratic_l1_test(void)
{
    TCase *tests = tcase_create("quadratic_l1");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_minimum_is_found_whatever_the_start);
    tcase_add_test(tests, a_singular_hessian_has_a_minimum_too);
    tcase_add_test(tests, where_nothing_is_weighed_it_solves_a_linear_system);
    tcase_add_test(tests, a_slope_without_curvature_is_bottomless);
    tcase_add_test(tests, it_is_given_up_where_the_watch_says_so);
    tcase_add_test(tests, room_grows_and_can_fail);
    tcase_add_loop_test(tests, a_coarse_minimum_is_near_and_does_not_say_that_it_is_one,
                        0, 50);
    return tests;
}
