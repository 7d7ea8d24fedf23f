#include <string.h>

#include "core/text/number_exact.h"
#include "tests/support/suite.h"

static int compare(const char *digits, int64_t exponent, uint64_t half, int half_exponent)
{
    return number_exact_compare(digits, strlen(digits), exponent, half, half_exponent);
}

START_TEST(number_exact_compares_on_both_sides_of_a_tie)
{
    ck_assert_int_eq(compare("9007199254740993", 0, 9007199254740993, 0), 0);
    ck_assert_int_eq(compare("9007199254740992", 0, 9007199254740993, 0), -1);
    ck_assert_int_eq(compare("9007199254740994", 0, 9007199254740993, 0), 1);
    ck_assert_int_eq(compare("900719925474.0993", 0, 9007199254740993, 0), 0);
    ck_assert_int_eq(compare("000.0009007199254740993000", -3, 9007199254740993, 0), 0);
    ck_assert_int_eq(compare("45035996273704965", -1, 9007199254740993, -1), 0);
    ck_assert_int_eq(
        compare("45035996273704965000000000000000001", -19, 9007199254740993, -1), 1);
    ck_assert_int_eq(compare("1", 23, 11920928955078125, 23), 0); /* 10^23 = 5^23·2^23 */
}
END_TEST

START_TEST(number_exact_reaches_the_ends_of_the_range)
{
    /* 2^-1075, half the least double, to 20 digits: 2.4703282292062327208…e-324 */
    ck_assert_int_eq(compare("24703282292062327208", -343, 1, -1075), -1);
    ck_assert_int_eq(compare("24703282292062327209", -343, 1, -1075), 1);
    /* 2^1024 - 2^970, where infinity begins: 1.7976931348623158079…e308 */
    ck_assert_int_eq(compare("17976931348623158079", 289, 0x3fffffffffffff, 970), -1);
    ck_assert_int_eq(compare("17976931348623158080", 289, 0x3fffffffffffff, 970), 1);
}
END_TEST

START_TEST(number_exact_lets_digits_behind_the_800th_decide)
{
    char text[2001];
    memset(text, '0', 2000);
    text[2000] = '\0';
    text[0] = '3';
    ck_assert_int_eq(compare(text, -1999, 3, 0), 0);
    text[1999] = '1';
    ck_assert_int_eq(compare(text, -1999, 3, 0), 1);
    memset(text, '9', 2000);
    text[0] = '2';
    ck_assert_int_eq(compare(text, -1999, 3, 0), -1);
}
END_TEST

TCase *number_exact_test(void)
{
    TCase *tcase = tcase_create("number_exact");
    tcase_add_test(tcase, number_exact_compares_on_both_sides_of_a_tie);
    tcase_add_test(tcase, number_exact_reaches_the_ends_of_the_range);
    tcase_add_test(tcase, number_exact_lets_digits_behind_the_800th_decide);
    return tcase;
}
