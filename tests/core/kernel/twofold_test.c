#include "core/kernel/twofold.h"

#include <check.h>

#include "core/base/random.h"

START_TEST(a_sum_of_two_doubles_is_exact)
{
    struct twofold sum = twofold_sum(1, 0x1p-80);
    ck_assert(sum.high == 1 && sum.low == 0x1p-80);
    sum = twofold_sum(0x1p-80, -1);
    ck_assert(sum.high == -1 && sum.low == 0x1p-80);
    sum = twofold_sum(0.1, 0.2);
    ck_assert(sum.high == 0.1 + 0.2);
    ck_assert_double_eq((double)((long double)0.1 + 0.2 - sum.high), sum.low);
}
END_TEST

/* Of whole numbers below 2^53 the product has at most 106 bits, as an integer has. */
START_TEST(a_product_of_two_doubles_is_exact)
{
    struct random random = random_start(9, 0);
    for (int i = 0; i < 1000; i++) {
        uint64_t a = random_u64(&random) >> 11, b = random_u64(&random) >> 11;
        struct twofold product = twofold_times((struct twofold){(double)a, 0}, (double)b);
        __extension__ unsigned __int128 exact = (unsigned __int128)a * b;
        __extension__ __int128 rest = (__int128)(exact - (unsigned __int128)product.high);
        ck_assert_double_eq((double)rest, product.low);
    }
}
END_TEST

START_TEST(what_cancels_leaves_the_small_part)
{
    struct twofold sum = twofold_add(twofold_sum(1e16, 0.3), twofold_sum(-1e16, -0.1));
    ck_assert_double_eq_tol(sum.high, 0.3 - 0.1, 1e-16);
    sum = twofold_add(twofold_times((struct twofold){1e8, 1e-9}, 3),
                      twofold_times((struct twofold){1e8, 0}, -3));
    ck_assert_double_eq_tol(sum.high, 3e-9, 1e-24);
}
END_TEST

TCase *twofold_test(void)
{
    TCase *tests = tcase_create("twofold");
    tcase_add_test(tests, a_sum_of_two_doubles_is_exact);
    tcase_add_test(tests, a_product_of_two_doubles_is_exact);
    tcase_add_test(tests, what_cancels_leaves_the_small_part);
    return tests;
}
