#include "core/text/json_digits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/random.h"
#include "core/text/number.h"
#include "tests/support/suite.h"

enum { MOST = 300, BYTES = 64 * MOST };

/* What a number is to this file: digits, with a sign and a point perhaps. */
static size_t put_number(struct random *random, char *at)
{
    char digits[64];
    size_t n_whole = 1 + random_below(random, random_below(random, 4) ? 3 : 20);
    size_t n_places = random_below(random, random_below(random, 4) ? 18 : 40);
    size_t n_zeros = random_below(random, 3) ? 0 : random_below(random, n_places + 1);
    for (size_t i = 0; i < n_whole + n_places; i++)
        digits[i] = (char)('0' + random_below(random, 10));
    if (n_whole > 1 && digits[0] == '0')
        digits[0] = '1';
    if (n_zeros > 0) {
        n_whole = 1;
        memset(digits, '0', n_zeros);
    }
    const char *sign = random_below(random, 2) ? "-" : "";
    return (size_t)sprintf(at, n_places > 0 ? "%s%.*s.%.*s" : "%s%.*s", sign,
                           (int)n_whole, digits, (int)n_places, digits + n_whole);
}

/* Doubles in 17 digits, and what is half-way between two, cut to so many. */
static size_t put_long_number(struct random *random, char *at)
{
    double value = random_normal(random);
    long double half = ((long double)value + (long double)value * (1 + 0x1p-52L)) / 2;
    return random_below(random, 2)
               ? (size_t)sprintf(at, "%.17f", value)
               : (size_t)sprintf(at, "%.*Lf", 12 + (int)random_below(random, 8), half);
}

static void must_read(const char *text, size_t n, const double *expected, size_t most)
{
    double values[MOST];
    size_t n_used;
    size_t n_read = json_digits_read(text, n, values, most, &n_used);
    ck_assert_uint_eq(n_read, most);
    ck_assert(text[n_used] == ',' || text[n_used] == ']');
    for (size_t i = 0; i < most; i++)
        if (memcmp(&values[i], &expected[i], sizeof(double)) != 0)
            ck_abort_msg("%zu is %.17g, not %.17g: %s", i, values[i], expected[i], text);
}

START_TEST(numbers_are_what_one_by_one_they_are)
{
    static const char *const separators[] = {",", ", ", ",\n        "};
    static char text[BYTES + JSON_DIGITS_PADDING];
    struct random random = random_start((uint64_t)_i, 0);
    for (int round = 0; round < 1000; round++) {
        double expected[MOST];
        size_t n = 1 + random_below(&random, round % 10 ? 70 : MOST);
        const char *separator = separators[random_below(&random, 3)];
        char *at = text;
        for (size_t i = 0; i < n; i++) {
            const char *end;
            at += sprintf(at, "%s", i > 0 ? separator : "");
            size_t n_bytes =
                round % 2 ? put_number(&random, at) : put_long_number(&random, at);
            if (number_read_json(at, n_bytes, &expected[i], &end) != NUMBER_OK ||
                end != at + n_bytes)
                ck_abort_msg("%s is no number", at);
            at += n_bytes;
        }
        *at++ = ']';
        memset(at, '1', JSON_DIGITS_PADDING); /* is no part of the text */
        must_read(text, (size_t)(at - text), expected, n);
        must_read(text, (size_t)(at - text), expected, 1 + random_below(&random, n));
    }
}
END_TEST

/* Any bytes but those of numbers end them, or are read as one by one. */
START_TEST(whatever_else_comes_ends_them)
{
    static const char alphabet[] =
        "0123456789012345678901234567890123456789--..,,, ]eE+a\"";
    static char text[512 + JSON_DIGITS_PADDING];
    struct random random = random_start(7, (uint64_t)_i);
    for (int round = 0; round < 100000; round++) {
        double values[MOST];
        size_t n = random_below(&random, 200), n_used, at = 0;
        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[random_below(&random, sizeof(alphabet) - 1)];
        memset(text + n, 0, JSON_DIGITS_PADDING);
        size_t n_read = json_digits_read(text, n, values, MOST, &n_used);
        for (size_t i = 0; i < n_read; i++, at++) {
            double value;
            const char *end;
            at += strspn(text + at, " ");
            if (number_read_json(text + at, n - at, &value, &end) != NUMBER_OK ||
                memcmp(&value, &values[i], sizeof(value)) != 0)
                ck_abort_msg("%zu is %.17g: %s", i, values[i], text);
            at = (size_t)(end - text);
            if (text[at] != ',' && text[at] != ']')
                ck_abort_msg("%zu goes on: %s", i, text);
        }
        if (n_read > 0 && n_used != at - 1)
            ck_abort_msg("used %zu of %s", n_used, text);
    }
}
END_TEST

START_TEST(a_number_beyond_all_ends_them)
{
    char text[1024];
    double values[8];
    size_t n_used;
    size_t n = (size_t)sprintf(text, "1,2.5,%0400d,3]", 7);
    text[6] = '9';
    memset(text + n, 0, JSON_DIGITS_PADDING);
    ck_assert_uint_eq(json_digits_read(text, n, values, 8, &n_used), 2);
    ck_assert_uint_eq(n_used, 5);
    ck_assert_uint_eq(json_digits_read(text + 6, n - 6, values, 8, &n_used), 0);
    ck_assert_uint_eq(n_used, 0);
}
END_TEST

TCase *json_digits_test(void)
{
    TCase *tcase = tcase_create("json_digits");
    if (!json_digits_is_here())
        return tcase;
    tcase_add_loop_test(tcase, numbers_are_what_one_by_one_they_are, 0, 8);
    tcase_add_loop_test(tcase, whatever_else_comes_ends_them, 0, 4);
    tcase_add_test(tcase, a_number_beyond_all_ends_them);
    return tcase;
}
