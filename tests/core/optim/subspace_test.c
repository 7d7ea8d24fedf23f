#include "core/optim/subspace.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/rows_objective.h"

#define N 4

/* Σ (i+1) x_i² + x_0 x_3. */
static int evaluate(void *context, struct objective_point *point, unsigned want,
                    struct error *err)
{
    const double *x = point->beta;
    if (*(int *)context)
        return error_set(err, ERROR_CANCELLED, "as asked");
    point->value = x[0] * x[3];
    memset(point->gradient, 0, N * sizeof(double));
    point->gradient[0] = x[3];
    point->gradient[3] = x[0];
    for (int i = 0; i < N; i++) {
        point->value += (i + 1) * x[i] * x[i];
        point->gradient[i] += 2 * (i + 1) * x[i];
        for (int j = 0; (want & OBJECTIVE_HESSIAN) && j <= i; j++)
            point->hessian[i * N + j] = i == j ? 2 * (i + 1) : i == 3 && j == 0;
    }
    return 0;
}

static const struct objective_ops ops = {.evaluate = evaluate};

START_TEST(a_subspace_is_the_whole_with_some_coordinates_held)
{
    int fails = 0;
    const struct objective whole = {.n = N, .ops = &ops, .context = &fails};
    const double held[] = {1, 2, 3, 4};
    const size_t coordinates[] = {0, 3};
    struct subspace subspace;
    struct objective_point point;
    struct error err = {0};
    ck_assert_int_eq(subspace_new(&subspace, &whole, held, coordinates, 2, NULL), 0);
    const struct objective part = subspace_objective(&subspace);
    ck_assert_int_eq(objective_point_new(&part, OBJECTIVE_HESSIAN, &point, NULL), 0);
    point.beta[0] = -1;
    point.beta[1] = 0.5;
    ck_assert_int_eq(objective_evaluate(
                         &part, &point,
                         OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN, NULL),
                     0);
    ck_assert_double_eq(point.value, 1 + 8 + 27 + 4 * 0.25 - 0.5);
    ck_assert_double_eq(point.gradient[0], -2 + 0.5);
    ck_assert_double_eq(point.gradient[1], 4 - 1);
    ck_assert(point.hessian[0] == 2 && point.hessian[2] == 1 && point.hessian[3] == 8);
    fails = 1;
    point.have = 0;
    ck_assert_int_lt(objective_evaluate(&part, &point, OBJECTIVE_VALUE, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    objective_point_free(&part, &point);
    subspace_free(&subspace);
}
END_TEST

START_TEST(a_subspace_of_a_sum_over_rows_is_one)
{
    static const double a[] = {1, 2, 3, 4, 5, 6}, b[] = {1, 1}, held[] = {0, 10, 0};
    static const size_t coordinates[] = {0, 2}, order[] = {1};
    struct rows_objective rows = {.n = 3, .n_rows = 2, .a = a, .b = b, .curvature = 7};
    const struct objective whole = rows_objective(&rows);
    const double beta[] = {-2, 1};
    double gradient[2], curvature;
    struct subspace subspace;
    struct error err = {0};
    ck_assert_int_eq(subspace_new(&subspace, &whole, held, coordinates, 2, NULL), 0);
    const struct objective part = subspace_objective(&subspace);
    ck_assert_uint_eq(part.ops->n_rows(part.context), 2);
    ck_assert_int_eq(
        part.ops->rows_gradient(part.context, beta, order, 1, gradient, NULL), 0);
    /* row 1: z = -8 + 50 + 6, less 1 */
    ck_assert_double_eq(gradient[0], 4 * 47);
    ck_assert_double_eq(gradient[1], 6 * 47);
    ck_assert_int_eq(part.ops->greatest_curvature(part.context, &curvature, NULL), 0);
    ck_assert_double_eq(curvature, 7);
    rows.fails_beyond = 1;
    ck_assert_int_lt(
        part.ops->rows_gradient(part.context, beta, order, 1, gradient, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    subspace_free(&subspace);
}
END_TEST

START_TEST(coordinates_go_there_and_back)
{
    int fails = 0;
    const struct objective whole = {.n = N, .ops = &ops, .context = &fails};
    const double beta[] = {1, 2, 3, 4};
    const size_t coordinates[] = {1, 2};
    double part[2], back[] = {7, 7, 7, 7};
    struct subspace subspace;
    ck_assert_int_eq(subspace_new(&subspace, &whole, beta, coordinates, 2, NULL), 0);
    subspace_gather(&subspace, beta, part);
    subspace_scatter(&subspace, part, back);
    ck_assert(part[0] == 2 && part[1] == 3);
    ck_assert(back[0] == 7 && back[1] == 2 && back[2] == 3 && back[3] == 7);
    subspace_free(&subspace);
    subspace_free(&subspace);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    int fails = 0;
    const struct objective whole = {.n = N, .ops = &ops, .context = &fails};
    const double beta[N] = {0};
    const size_t coordinates[] = {2};
    for (long n = 0; n < 4; n++) {
        struct subspace subspace;
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_int_lt(subspace_new(&subspace, &whole, beta, coordinates, 1, &err), 0);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *subspace_test(void)
{
    TCase *tests = tcase_create("subspace");
    tcase_add_test(tests, a_subspace_is_the_whole_with_some_coordinates_held);
    tcase_add_test(tests, a_subspace_of_a_sum_over_rows_is_one);
    tcase_add_test(tests, coordinates_go_there_and_back);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
