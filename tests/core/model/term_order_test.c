#include "core/model/term_order.h"

#include <check.h>

START_TEST(both_orders_hold_the_same_numbers)
{
    static const double by_blocks[] = {1, 2, 3, 4, 5, 6}; /* two blocks of three terms */
    static const double expected[] = {1, 4, 2, 5, 3, 6};
    double by_terms[6], back[6];
    term_order_by_terms(2, 3, by_blocks, by_terms);
    ck_assert_mem_eq(by_terms, expected, sizeof(expected));
    term_order_by_blocks(2, 3, by_terms, 3, 2, back);
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq(back[i], 3 * by_blocks[i] / 2);
}
END_TEST

TCase *term_order_test(void)
{
    TCase *tests = tcase_create("term_order");
    tcase_add_test(tests, both_orders_hold_the_same_numbers);
    return tests;
}
