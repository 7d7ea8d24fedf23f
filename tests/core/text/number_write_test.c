#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/random.h"
#include "core/text/number.h"
#include "tests/support/suite.h"

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(bits));
    return value;
}

static char *write_text(double value, char *text)
{
    size_t n = number_write(value, text);
    if (n > NUMBER_TEXT_BYTES)
        ck_abort_msg("%zu bytes", n);
    text[n] = '\0';
    return text;
}

static void must_write(double value, const char *expected)
{
    char text[NUMBER_TEXT_BYTES + 1];
    ck_assert_str_eq(write_text(value, text), expected);
}

START_TEST(number_write_lays_numbers_out_as_promised)
{
    must_write(0, "0");
    must_write(-0.0, "-0.0");
    must_write(1, "1");
    must_write(-380, "-380");
    must_write(.1, "0.1");
    must_write(-1.5, "-1.5");
    must_write(100.25, "100.25");
    must_write(1e5 / 3, "33333.333333333336");
    must_write(.00001, "0.00001");
    must_write(.0000123, "0.0000123");
    must_write(.000001, "1e-06");
    must_write(-1e-7, "-1e-07");
    must_write(1.25e-7, "1.25e-07");
    must_write(9007199254740991, "9007199254740991");
    must_write(9007199254740994, "9007199254740994");
    must_write(1e15, "1000000000000000");
    must_write(1e16, "10000000000000000");
    must_write(99999999999999984.0, "99999999999999980");
    must_write(1e17, "1e+17");
    must_write(1e22, "1e+22");
    must_write(1.5e300, "1.5e+300");
    must_write(-1.2345678901234568e-300, "-1.2345678901234568e-300");
}
END_TEST

/* Shortest texts as Python 3.11's repr() gives them, laid out as here. */
START_TEST(number_write_knows_hard_cases)
{
    must_write(5e-324, "5e-324");
    must_write(0x0.fffffffffffffp-1022, "2.225073858507201e-308");
    must_write(DBL_MIN, "2.2250738585072014e-308");
    must_write(DBL_MAX, "1.7976931348623157e+308");
    must_write(0x1p-1044, "5.304989477e-315");
    must_write(9.5367431640625e-07, "9.5367431640625e-07");
    must_write(2e-44, "2e-44");
    must_write(9e-265, "9e-265");
    must_write(2.0 / 3, "0.6666666666666666");
    must_write(.3, "0.3");
    must_write(.1 + .2, "0.30000000000000004");
    must_write(4.35, "4.35");
    must_write(1e23, "1e+23");
    must_write(2e23, "2e+23");
    must_write(0x1p+76, "7.555786372591432e+22");
    must_write(9007199254740993e3, "9.007199254740993e+18");
}
END_TEST

/* The significant digits of a number's text, without zeros at the ends. */
static size_t take_digits(const char *text, char *digits)
{
    size_t n = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0'))
            digits[n++] = *text;
    while (n > 0 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    return n;
}

/* No printf of fewer digits reads back; and where printf's of as many does, being the
 * nearest decimal of that length, it has the same digits. */
static void check_shortest(double value)
{
    char text[NUMBER_TEXT_BYTES + 1], digits[40], printed[40], nearest[40];
    size_t n = take_digits(write_text(value, text), digits);
    if (strtod(text, NULL) != value)
        ck_abort_msg("%a became %s", value, text);
    for (int places = 0; places + 1 < (int)n; places++) {
        snprintf(printed, sizeof(printed), "%.*e", places, value);
        if (strtod(printed, NULL) == value)
            ck_abort_msg("%s, but %s is shorter", text, printed);
    }
    snprintf(printed, sizeof(printed), "%.*e", (int)n - 1, value);
    take_digits(printed, nearest);
    if (strtod(printed, NULL) == value && strcmp(digits, nearest) != 0)
        ck_abort_msg("%s, but %s is nearer", text, printed);
}

START_TEST(number_write_gives_the_shortest_of_random_doubles)
{
    struct random random = random_start(3, 0);
    for (int i = 0; i < 100000; i++) {
        double value = double_of(random_u64(&random) & 0x7fffffffffffffffU);
        if (isfinite(value))
            check_shortest(value);
    }
}
END_TEST

START_TEST(number_write_gives_the_shortest_around_powers_of_two_and_ten)
{
    for (int e = -1074; e <= 1023; e++) {
        double power = ldexp(1, e);
        check_shortest(power);
        check_shortest(nextafter(power, 0) > 0 ? nextafter(power, 0) : power);
        check_shortest(nextafter(power, DBL_MAX));
    }
    for (int e = -323; e <= 308; e++) {
        char text[16];
        snprintf(text, sizeof(text), "1e%d", e);
        double power = strtod(text, NULL);
        check_shortest(power);
        check_shortest(nextafter(power, 0));
        check_shortest(nextafter(power, DBL_MAX));
    }
}
END_TEST

START_TEST(number_write_and_read_keep_a_million_random_bits)
{
    struct random random = random_start(4, 0);
    for (int i = 0; i < 1000000; i++) {
        uint64_t bits = random_u64(&random);
        double value = double_of(bits), read = 0;
        char text[NUMBER_TEXT_BYTES];
        const char *end;
        if (!isfinite(value))
            continue;
        size_t n = number_write(value, text);
        if (number_read_json(text, n, &read, &end) != NUMBER_OK || end != text + n ||
            memcmp(&read, &value, sizeof(read)) != 0)
            ck_abort_msg("%a became %.*s", value, (int)n, text);
    }
}
END_TEST

/* What people write: decimals of few digits come back as they were. */
START_TEST(number_write_gives_back_short_decimals)
{
    struct random random = random_start(5, 0);
    for (int i = 0; i < 200000; i++) {
        uint64_t whole = random_below(&random, 100000),
                 places = random_below(&random, 1000);
        char written[40], text[NUMBER_TEXT_BYTES + 1];
        snprintf(written, sizeof(written), "%llu.%03llu1", (unsigned long long)whole,
                 (unsigned long long)places);
        if (strcmp(write_text(strtod(written, NULL), text), written) != 0)
            ck_abort_msg("%s became %s", written, text);
    }
}
END_TEST

START_TEST(number_write_integer_writes_every_length)
{
    char text[NUMBER_TEXT_BYTES + 1], expected[40];
    const int64_t ends[] = {0, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    for (size_t i = 0; i < 4; i++) {
        snprintf(expected, sizeof(expected), "%lld", (long long)ends[i]);
        text[number_write_integer(ends[i], text)] = '\0';
        ck_assert_str_eq(text, expected);
    }
    int64_t power = 1;
    for (int i = 0; i < 19; i++, power = i < 19 ? power * 10 : power)
        for (int64_t value = power - 1; value <= power + 1; value++)
            for (int64_t sign = -1; sign <= 1; sign += 2) {
                snprintf(expected, sizeof(expected), "%lld", (long long)(sign * value));
                text[number_write_integer(sign * value, text)] = '\0';
                ck_assert_str_eq(text, expected);
            }
}
END_TEST

TCase *number_write_test(void)
{
    TCase *tcase = tcase_create("number_write");
    tcase_add_test(tcase, number_write_lays_numbers_out_as_promised);
    tcase_add_test(tcase, number_write_knows_hard_cases);
    tcase_add_test(tcase, number_write_gives_the_shortest_of_random_doubles);
    tcase_add_test(tcase, number_write_gives_the_shortest_around_powers_of_two_and_ten);
    tcase_add_test(tcase, number_write_and_read_keep_a_million_random_bits);
    tcase_add_test(tcase, number_write_gives_back_short_decimals);
    tcase_add_test(tcase, number_write_integer_writes_every_length);
    return tcase;
}
