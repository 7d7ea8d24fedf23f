#include "core/kernel/product.h"

#include <check.h>
#include <math.h>

#define MANY 150 /* rows: three panels */

static double a[MANY * MANY], b[MANY * MANY], c[MANY * MANY];

static void fill(void)
{
    for (int i = 0; i < MANY; i++)
        for (int j = 0; j < MANY; j++) {
            a[i * MANY + j] = (i + j) % 7 - 3;
            b[i * MANY + j] = (3 * i - j) % 5;
            c[i * MANY + j] = NAN;
        }
}

START_TEST(a_product_is_that_of_the_formula)
{
    fill();
    product_square(MANY, a, b, c, NULL);
    for (int i = 0; i < MANY; i++)
        for (int j = 0; j < MANY; j++) {
            double sum = 0;
            for (int k = 0; k < MANY; k++)
                sum += a[i * MANY + k] * b[k * MANY + j];
            ck_assert_double_eq(c[i * MANY + j], sum);
        }
    product_square(0, a, b, c, NULL);
}
END_TEST

static bool is_asked_after(void *context)
{
    int *n_left = context;
    return (*n_left)-- <= 0;
}

START_TEST(a_product_can_be_stopped)
{
    int n_left = 1;
    const struct stop stop = {is_asked_after, &n_left};
    fill();
    product_square(MANY, a, b, c, &stop);
    ck_assert(!isnan(c[0]));
    ck_assert(isnan(c[MANY * MANY - 1]));
}
END_TEST

START_TEST(a_quadratic_form_takes_both_sides)
{
    const double q[] = {2, 3, 3, 5}, x[] = {7, -1}, e[] = {0, 2};
    ck_assert_double_eq(product_quadratic(2, q, x), 2 * 49 - 2 * 3 * 7 + 5);
    ck_assert_double_eq(product_quadratic(2, q, e), 20);
    ck_assert_double_eq(product_quadratic(0, q, x), 0);
}
END_TEST

START_TEST(products_of_rows_are_had_up_to_the_diagonal)
{
    enum { FIRST = 40, N = 70, COLUMNS = 130 };
    fill();
    product_of_rows(COLUMNS, a, FIRST, N, c, MANY);
    for (int i = 0; i < MANY; i++)
        for (int j = 0; j < MANY; j++) {
            double sum = 0;
            for (int k = 0; k < COLUMNS; k++)
                sum += a[i * COLUMNS + k] * a[j * COLUMNS + k];
            if (i < FIRST || i >= FIRST + N || j > i)
                ck_assert(isnan(c[i * MANY + j]));
            else
                ck_assert_double_eq(c[i * MANY + j], sum);
        }
}
END_TEST

START_TEST(products_with_vectors_take_rows_or_columns)
{
    const double x[] = {1, 2, 3, 4, 5, 6}, by_two[] = {-1, 3}, by_three[] = {1, 0, 2};
    double out[3];
    product_by_vector(2, 3, x, by_three, out);
    ck_assert_double_eq(out[0], 7);
    ck_assert_double_eq(out[1], 16);
    product_by_transpose(2, 3, x, 3, by_two, out);
    ck_assert_double_eq(out[0], 11);
    ck_assert_double_eq(out[1], 13);
    ck_assert_double_eq(out[2], 15);
    out[2] = 0.5;
    product_by_transpose(2, 2, x + 1, 3, by_two, out);
    ck_assert_double_eq(out[0], 13);
    ck_assert_double_eq(out[1], 15);
    ck_assert_double_eq(out[2], 0.5);
}
END_TEST

TCase *product_test(void)
{
    TCase *tests = tcase_create("product");
    tcase_add_test(tests, a_product_is_that_of_the_formula);
    tcase_add_test(tests, a_product_can_be_stopped);
    tcase_add_test(tests, products_of_rows_are_had_up_to_the_diagonal);
    tcase_add_test(tests, products_with_vectors_take_rows_or_columns);
    tcase_add_test(tests, a_quadratic_form_takes_both_sides);
    return tests;
}
