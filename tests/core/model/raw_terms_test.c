#include "core/model/raw_terms.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"

#define ROWS 50
#define COLUMNS 5
#define ACTIVE 3
#define RAW (COLUMNS + 1)

static double factor[] = {0.5, 4, 1, 2, 0.125}, centre[] = {1, 0, -0.75, 2, 0.5},
              spread[] = {1, 1, 1, 1, 1};
static size_t columns[] = {0, 2, 4};
static struct basis basis = {.intercept = true,
                             .n_columns = COLUMNS,
                             .n_active = ACTIVE,
                             .n_terms = ACTIVE + 1,
                             .columns = columns,
                             .factor = factor,
                             .centre = centre,
                             .spread = spread};
static double x[ROWS][RAW], u[ROWS][ACTIVE + 1]; /* with the intercept's 1 */

static void setup(void)
{
    struct random random = random_start(5, 0);
    for (size_t i = 0; i < ROWS; i++) {
        x[i][0] = u[i][0] = 1;
        for (size_t j = 1; j < RAW; j++)
            x[i][j] = random_uniform(&random) < 0.5 ? 0 : random_normal(&random);
        for (size_t k = 0; k < ACTIVE; k++)
            u[i][k + 1] = x[i][columns[k] + 1] * factor[columns[k]] - centre[columns[k]];
    }
}

static void check_close(double a, long double b)
{
    if (!(fabsl(a - b) <= 1e-12L))
        ck_abort_msg("%.17g is not %.17Lg", a, b);
}

START_TEST(raw_rows_have_the_margins_of_rows_in_the_basis)
{
    static const double vector[] = {0.3, -1, 2, 0.7};
    double raw[RAW];
    raw_terms_of(&basis, vector, raw);
    for (size_t i = 0; i < ROWS; i++) {
        long double here = 0, there = 0;
        for (size_t j = 0; j < RAW; j++)
            here += x[i][j] * raw[j];
        for (size_t k = 0; k <= ACTIVE; k++)
            there += u[i][k] * vector[k];
        check_close((double)here, there);
    }
}
END_TEST

START_TEST(sums_over_raw_rows_become_those_in_the_basis)
{
    double gradient[RAW] = {0}, hessian[RAW * RAW] = {0}, column[RAW];
    size_t n = basis.n_terms;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < RAW; j++) {
            gradient[j] += cos((double)i) * x[i][j];
            for (size_t k = 0; k <= j; k++)
                hessian[j * RAW + k] += (double)(i % 3) * x[i][j] * x[i][k];
        }
    raw_terms_take_gradient(&basis, gradient);
    raw_terms_take_hessian(&basis, hessian, column);
    for (size_t j = 0; j < n; j++) {
        long double sum = 0;
        for (size_t i = 0; i < ROWS; i++)
            sum += cos((double)i) * u[i][j];
        check_close(gradient[j], sum);
        for (size_t k = 0; k <= j; k++) {
            long double product = 0;
            for (size_t i = 0; i < ROWS; i++)
                product += (double)(i % 3) * u[i][j] * u[i][k];
            check_close(hessian[j * n + k], product);
        }
    }
}
END_TEST

START_TEST(columns_far_from_0_or_out_of_range_are_not_served)
{
    ck_assert(raw_terms_serve(&basis));
    spread[2] = 1e-4;
    ck_assert(!raw_terms_serve(&basis));
    spread[2] = 1;
    factor[0] = 0x1p300;
    ck_assert(!raw_terms_serve(&basis));
    factor[0] = 0.5;
    spread[1] = 0; /* aliased: it is nobody's */
    ck_assert(raw_terms_serve(&basis));
}
END_TEST

/* Column 2 is nothing beyond a combination: 0 in every row. */
START_TEST(products_are_served_where_mixed_columns_are_0)
{
    static const double vector[] = {0.3, -1, 2, 0.7};
    static size_t mixed[] = {2};
    static double mix_factor[] = {0};
    struct basis with_zero = basis;
    double raw[RAW], expected[RAW], sums[RAW] = {3, 1, 1, 1, 1, 1};
    with_zero.n_mixed = 1;
    with_zero.mixed = mixed;
    with_zero.mix_factor = mix_factor;
    ck_assert(raw_terms_serve_products(&with_zero) && !raw_terms_serve(&with_zero));
    raw_terms_of(&basis, vector, expected);
    raw_terms_of(&with_zero, vector, raw);
    check_close(raw[0], expected[0] + vector[2] * centre[2]);
    ck_assert_double_eq(raw[3], 0);
    ck_assert_double_eq(raw[5], expected[5]);
    raw_terms_take_gradient(&with_zero, sums);
    ck_assert_double_eq(sums[2], 0);
    check_close(sums[3], factor[4] - 3 * centre[4]);
    mix_factor[0] = 1;
    ck_assert(!raw_terms_serve_products(&with_zero));
    mix_factor[0] = 0;
    spread[4] = 0.01;
    ck_assert(!raw_terms_serve_products(&with_zero));
    spread[4] = 1;
}
END_TEST

TCase *raw_terms_test(void)
{
    TCase *tc = tcase_create("raw_terms");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, raw_rows_have_the_margins_of_rows_in_the_basis);
    tcase_add_test(tc, sums_over_raw_rows_become_those_in_the_basis);
    tcase_add_test(tc, products_are_served_where_mixed_columns_are_0);
    tcase_add_test(tc, columns_far_from_0_or_out_of_range_are_not_served);
    return tc;
}
