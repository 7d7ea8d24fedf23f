#include "core/model/penalty.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"

#define COLUMNS 3
#define TERMS (COLUMNS + 1)
#define BLOCKS 2
#define N (BLOCKS * TERMS)

static const double beta[N] = {7, 1, -2, 0.5, -9, 3, 0.25, 4};
static const double lambda[COLUMNS] = {2, 0.5, 0};
static struct basis basis;
static struct penalty penalty;

static void setup(void)
{
    ck_assert_int_eq(basis_new(&basis, true, COLUMNS, NULL), 0);
    for (size_t j = 0; j < COLUMNS; j++) {
        basis.columns[j] = j;
        basis.factor[j] = 1;
        basis.penalty[j] = lambda[j];
    }
    basis.n_active = COLUMNS;
    basis.n_terms = TERMS;
}

static void teardown(void)
{
    penalty_free(&penalty);
    basis_free(&basis);
}

/* The second column becomes v_1 - a v_0. */
static void mix(void)
{
    basis.n_mixed = 1;
    basis.mixed[0] = 1;
    basis.mix[0] = memory_new_aligned(COLUMNS, sizeof(double), NULL);
    basis.mix[0][0] = 0.75;
    basis.mix_factor[0] = 2;
}

/* The definition, over the coefficients on v. */
static double defined(const double *at, bool in_classes)
{
    double v[BLOCKS][COLUMNS], sum = 0;
    for (size_t k = 0; k < BLOCKS; k++)
        basis_spread_weights(&basis, at + k * TERMS + 1, v[k]);
    for (size_t j = 0; j < COLUMNS; j++) {
        double mean = in_classes ? (v[0][j] + v[1][j]) / (BLOCKS + 1) : 0;
        sum += in_classes ? lambda[j] * mean * mean / 2 : 0;
        for (size_t k = 0; k < BLOCKS; k++)
            sum += lambda[j] * (v[k][j] - mean) * (v[k][j] - mean) / 2;
    }
    return sum;
}

/* It is quadratic: differences over any step are exact but for rounding. */
static void check(bool in_classes)
{
    double gradient[N] = {0}, hessian[N * N] = {0}, diagonal[N] = {0};
    ck_assert_int_eq(penalty_new(&penalty, &basis, BLOCKS, in_classes, NULL), 0);
    double value = penalty_add_gradient(&penalty, beta, gradient);
    ck_assert_double_eq_tol(value, defined(beta, in_classes), 1e-13);
    penalty_add_hessian(&penalty, hessian);
    penalty_add_diagonal(&penalty, diagonal);
    for (size_t i = 0; i < N; i++) {
        double up[N], down[N], product[N] = {0}, unit[N] = {0};
        memcpy(up, beta, sizeof(up));
        memcpy(down, beta, sizeof(down));
        up[i]++;
        down[i]--;
        unit[i] = 1;
        double slope = (defined(up, in_classes) - defined(down, in_classes)) / 2;
        ck_assert_double_eq_tol(gradient[i], slope, 1e-12);
        ck_assert_double_eq(diagonal[i], hessian[i * N + i]);
        penalty_add_gradient(&penalty, unit, product);
        for (size_t j = i; j < N; j++) /* the lower triangle alone is promised */
            ck_assert_double_eq_tol(product[j], hessian[j * N + i], 1e-14);
    }
}

START_TEST(plain_columns_have_a_diagonal)
{
    check(_i);
    ck_assert_ptr_null(penalty.matrix);
}
END_TEST

START_TEST(mixed_columns_have_a_matrix)
{
    mix();
    check(_i);
    ck_assert_ptr_nonnull(penalty.matrix);
}
END_TEST

START_TEST(a_block_is_had_by_itself)
{
    double matrix[TERMS * TERMS] = {0}, product[N] = {0}, unit[N] = {0};
    mix();
    ck_assert_int_eq(penalty_new(&penalty, &basis, 1, false, NULL), 0);
    penalty_add_block(&penalty, matrix);
    unit[1] = 1;
    penalty_add_gradient(&penalty, unit, product);
    for (size_t i = 0; i < TERMS; i++)
        ck_assert_double_eq_tol(matrix[i * TERMS + 1], product[i], 1e-14);
}
END_TEST

TCase *penalty_test(void)
{
    TCase *tests = tcase_create("penalty");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, plain_columns_have_a_diagonal, 0, 2);
    tcase_add_loop_test(tests, mixed_columns_have_a_matrix, 0, 2);
    tcase_add_test(tests, a_block_is_had_by_itself);
    return tests;
}
