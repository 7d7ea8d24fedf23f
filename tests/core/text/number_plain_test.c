#include "core/text/number_plain.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/text/number.h"

/* By all three ways, in a block that ends with the padding; NaN if it is not plain. */
static double read_all_ways(const char *text, size_t n)
{
    char *copy = memory_new(n + CSV_PADDING, 1, NULL);
    double value, one = 1, other = 2;
    memcpy(copy, text, n);
    memset(copy + n, '7', CSV_PADDING); /* digits that are not the text's */
    const struct csv_cell cell = {copy, n, false};
    bool is_plain = number_plain(copy, n, &value);
    value = is_plain ? value : (double)NAN;
    number_plain_cells(&cell, 1, &one);
    number_plain_cells_portable(&cell, 1, &other);
    bool same = memcmp(&one, &value, 8) == 0 || (isnan(one) && !is_plain);
    bool others = memcmp(&other, &value, 8) == 0 || (isnan(other) && !is_plain);
    if (!same || !others)
        ck_abort_msg("%.*s", (int)n, text);
    memory_free(copy);
    return value;
}

static bool is_plain(const char *text)
{
    return !isnan(read_all_ways(text, strlen(text)));
}

START_TEST(what_would_be_written_otherwise_is_not_plain)
{
    static const char *const others[] = {"",
                                         "-",
                                         ".",
                                         "-.",
                                         ".5",
                                         "5.",
                                         "-5.",
                                         "00",
                                         "01",
                                         "-01",
                                         "00.5",
                                         "0.50",
                                         "1.0",
                                         "-0",
                                         "-0.0",
                                         "0.0",
                                         "1e3",
                                         "1E3",
                                         "+1",
                                         "0x1",
                                         "1,5",
                                         "1.2.3",
                                         "1..2",
                                         "--1",
                                         "1-",
                                         "12a",
                                         "a12",
                                         " 1",
                                         "1 ",
                                         "inf",
                                         "nan",
                                         "0.00001",
                                         "/",
                                         ":",
                                         "1:2",
                                         "0.00009",
                                         "1/2345",
                                         "12345678.:",
                                         "1234567:9",
                                         ".12345678",
                                         "12345678.",
                                         "1234567890123456",
                                         "0.123456789012345",
                                         "123456789012345.",
                                         "12345678901234567",
                                         "0.1234567\xb0",
                                         "\xb1",
                                         "1\xff"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        ck_assert_msg(!is_plain(others[i]), "%s", others[i]);
}
END_TEST

START_TEST(most_numbers_are_plain)
{
    static const char *const plain[] = {"0",
                                        "7",
                                        "-7",
                                        "10",
                                        "0.5",
                                        "-0.5",
                                        "0.0001",
                                        "-0.0001",
                                        "1.5",
                                        "12345678",
                                        "123456789",
                                        "1234567.8",
                                        "1.2345678",
                                        "12345678.9",
                                        "0.00012345",
                                        "123456789012345",
                                        "-123456789012345",
                                        "12345678901234.5",
                                        "0.12345678901234",
                                        "100000000000000",
                                        "1000.0001",
                                        "0.10001"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
        ck_assert_msg(is_plain(plain[i]), "%s", plain[i]);
}
END_TEST

/* What is plain has the bits of number_read, and number_write gives its text again. */
static void must_hold(const char *text, size_t n)
{
    char written[NUMBER_TEXT_BYTES];
    double value = read_all_ways(text, n), read;
    if (isnan(value))
        return;
    if (!number_parse(text, n, &read) || memcmp(&value, &read, sizeof(read)) != 0 ||
        number_write(value, written) != n || memcmp(written, text, n) != 0)
        ck_abort_msg("%.*s", (int)n, text);
}

START_TEST(what_is_plain_is_read_right_and_written_the_same)
{
    static const char characters[] = "01234567890123456789..-+e:/";
    struct random random = random_start(6, 0);
    for (int i = 0; i < 300000; i++) {
        char text[24];
        size_t n = random_below(&random, 20);
        uint64_t n_kinds = i % 3 ? 20 : sizeof(characters) - 1;
        for (size_t k = 0; k < n; k++)
            text[k] = characters[random_below(&random, n_kinds)];
        if (i % 3 == 1 && n > 2)
            text[1 + random_below(&random, n - 1)] = '.';
        must_hold(text, n);
        if (n > 0) {
            text[0] = '-';
            must_hold(text, n);
        }
    }
}
END_TEST

START_TEST(doubles_as_they_are_written_are_plain_up_to_15_digits)
{
    struct random random = random_start(8, 0);
    for (int i = 0; i < 100000; i++) {
        char text[40], again[NUMBER_TEXT_BYTES];
        double value;
        snprintf(text, sizeof(text), "%.*g", 1 + (int)random_below(&random, 15),
                 random_normal(&random) * pow(10, (int)random_below(&random, 12) - 3));
        if (!number_parse(text, strlen(text), &value))
            ck_abort_msg("%s", text);
        size_t n = number_write(value, again);
        bool is_same = n == strlen(text) && memcmp(text, again, n) == 0;
        size_t n_digits = n - (text[0] == '-') - (strchr(text, '.') != NULL);
        if (!strchr(text, 'e') && n_digits <= 15 && is_plain(text) != is_same)
            ck_abort_msg("%s", text);
    }
}
END_TEST

TCase *number_plain_test(void)
{
    TCase *tests = tcase_create("number_plain");
    tcase_add_test(tests, what_would_be_written_otherwise_is_not_plain);
    tcase_add_test(tests, most_numbers_are_plain);
    tcase_add_test(tests, what_is_plain_is_read_right_and_written_the_same);
    tcase_add_test(tests, doubles_as_they_are_written_are_plain_up_to_15_digits);
    return tests;
}
