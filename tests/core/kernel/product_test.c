#include "core/kernel/product.h"

#include <check.h>
#include <math.h>

START_TEST(a_symmetric_matrix_is_read_from_its_lower_triangle)
{
    const double a[] = {2, NAN, NAN, 3, 5, NAN, 7, 11, 13};
    const double b[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const double whole[] = {2, 3, 7, 3, 5, 11, 7, 11, 13};
    double c[9];
    product_symmetric(3, a, b, c);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            ck_assert_double_eq(c[3 * i + j], whole[3 * i] * b[j] +
                                                  whole[3 * i + 1] * b[3 + j] +
                                                  whole[3 * i + 2] * b[6 + j]);
    product_symmetric(0, a, b, c);
}
END_TEST

START_TEST(a_quadratic_form_takes_both_sides)
{
    const double a[] = {2, 3, 3, 5}, x[] = {7, -1}, e[] = {0, 2};
    ck_assert_double_eq(product_quadratic(2, a, x), 2 * 49 - 2 * 3 * 7 + 5);
    ck_assert_double_eq(product_quadratic(2, a, e), 20);
    ck_assert_double_eq(product_quadratic(0, a, x), 0);
}
END_TEST

TCase *product_test(void)
{
    TCase *tests = tcase_create("product");
    tcase_add_test(tests, a_symmetric_matrix_is_read_from_its_lower_triangle);
    tcase_add_test(tests, a_quadratic_form_takes_both_sides);
    return tests;
}
