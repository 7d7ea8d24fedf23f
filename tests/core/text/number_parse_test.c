#include <string.h>

#include "core/text/number.h"
#include "tests/support/suite.h"

START_TEST(number_parse_wants_the_whole_text)
{
    static const char *const bad[] = {"", " 1", "1 ", "1,5", "1e", "0x1", "1e309", "nan"};
    double value = 42;
    ck_assert(number_parse("-12.5", 5, &value) && value == -12.5);
    ck_assert(number_parse("12.5", 2, &value) && value == 12);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!number_parse(bad[i], strlen(bad[i]), &value), "%s", bad[i]);
    ck_assert(value == 12);
}
END_TEST

START_TEST(number_parse_integer_reads_the_ends_of_the_range)
{
    int64_t value = 0;
    ck_assert(
        number_parse_integer("9223372036854775807", 19, INT64_MIN, INT64_MAX, &value));
    ck_assert(value == INT64_MAX);
    ck_assert(
        number_parse_integer("-9223372036854775808", 20, INT64_MIN, INT64_MAX, &value));
    ck_assert(value == INT64_MIN);
    ck_assert(number_parse_integer("+007", 4, 0, 10, &value) && value == 7);
    ck_assert(number_parse_integer("-0", 2, 0, 10, &value) && value == 0);
}
END_TEST

START_TEST(number_parse_integer_refuses_what_is_none_or_out_of_range)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "1.0",
                                      " 1",
                                      "1 ",
                                      "--1",
                                      "9223372036854775808",
                                      "1e2",
                                      "0x1",
                                      "\xff",
                                      "-9223372036854775809",
                                      "/",
                                      ":",
                                      "92233720368547758070"};
    int64_t value = 42;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(
            !number_parse_integer(bad[i], strlen(bad[i]), INT64_MIN, INT64_MAX, &value),
            "%s", bad[i]);
    ck_assert(!number_parse_integer("11", 2, 0, 10, &value));
    ck_assert(!number_parse_integer("-1", 2, 0, 10, &value));
    ck_assert(number_parse_integer("11", 1, 0, 10, &value) && value == 1);
}
END_TEST

TCase *number_parse_test(void)
{
    TCase *tcase = tcase_create("number_parse");
    tcase_add_test(tcase, number_parse_wants_the_whole_text);
    tcase_add_test(tcase, number_parse_integer_reads_the_ends_of_the_range);
    tcase_add_test(tcase, number_parse_integer_refuses_what_is_none_or_out_of_range);
    return tcase;
}
