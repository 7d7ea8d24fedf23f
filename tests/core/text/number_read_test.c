#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/text/number.h"
#include "tests/support/suite.h"

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(bits));
    return value;
}

/* In a block of its own of just that size, so that a sanitizer sees a read behind it. */
static enum number_result read_alone(const char *text, size_t n, double *value,
                                     size_t *n_read)
{
    char *copy = memory_copy(text, n, NULL);
    const char *end = copy;
    enum number_result result = number_read(copy, n, value, &end);
    *n_read = (size_t)(end - copy);
    memory_free(copy);
    return result;
}

static void must_read(const char *text, double expected)
{
    double value = -1;
    size_t n = 0;
    enum number_result result = read_alone(text, strlen(text), &value, &n);
    if (result != NUMBER_OK || bits_of(value) != bits_of(expected) || n != strlen(text))
        ck_abort_msg("%.60s: %a, not %a", text, value, expected);
}

/* The C library's answer, which is correctly rounded in glibc. */
static void must_read_as_the_library_does(const char *text)
{
    must_read(text, strtod(text, NULL));
}

START_TEST(number_read_knows_every_form)
{
    must_read("0", 0);
    must_read("-0", -0.0);
    must_read("-0.000e5", -0.0);
    must_read("+7", 7);
    must_read("007", 7);
    must_read("1.", 1);
    must_read(".5", .5);
    must_read("-.5e+1", -5);
    must_read("12e2", 1200);
    must_read("12E-2", .12);
    must_read("3.25", 3.25);
    must_read("1e0000000000000000000000002", 100);
    must_read("00000000000000000000000000000001.5", 1.5);
    must_read("0.00000000000000000000000000000015", 1.5e-31);
    must_read("12345678.12345678", 12345678.12345678);
}
END_TEST

START_TEST(number_read_stops_where_the_number_ends)
{
    static const struct {
        const char *text;
        double value;
        size_t n;
    } cases[] = {
        {"1,2", 1, 1},
        {"1.5.5", 1.5, 3},
        {"1e", 1, 1},
        {"1e+", 1, 1},
        {"1.e", 1, 2},
        {"1ex", 1, 1},
        {"0x10", 0, 1},
        {"5 ", 5, 1},
        {"1e5e5", 1e5, 3},
        {"1-2", 1, 1},
        {"12345678/", 12345678, 8},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double value = -1;
        size_t n = 0;
        ck_assert_int_eq(read_alone(cases[i].text, strlen(cases[i].text), &value, &n),
                         NUMBER_OK);
        ck_assert_msg(value == cases[i].value && n == cases[i].n, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(number_read_finds_no_number_where_there_is_none)
{
    static const char *const texts[] = {"",    "-",   "+",  ".",   "-.",  "e5",
                                        ".e5", "inf", "-i", "nan", "NaN", "--1",
                                        "+-1", " 1",  "x",  "\xff"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double value = 42;
        size_t n = 42;
        ck_assert_msg(read_alone(texts[i], strlen(texts[i]), &value, &n) == NUMBER_NONE,
                      "%s", texts[i]);
        ck_assert(value == 42);
    }
}
END_TEST

START_TEST(number_read_never_looks_behind_its_text)
{
    static const char text[] = "-12345678.87654321e-123";
    for (size_t n = 0; n < sizeof(text); n++) {
        char copy[sizeof(text)] = {0};
        double value = 0;
        size_t n_read = 0;
        memcpy(copy, text, n);
        if (read_alone(text, n, &value, &n_read) == NUMBER_OK)
            ck_assert(bits_of(value) == bits_of(strtod(copy, NULL)));
        else
            ck_assert_uint_lt(n, 2);
    }
}
END_TEST

/* What number_read finds at the start of text[0..n), written as a sentence of its
 * grammar. */
static size_t number_bytes(const char *text, size_t n)
{
    size_t at = n > 0 && (*text == '-' || *text == '+'), n_digits = 0, exponent;
    for (; at < n && isdigit((unsigned char)text[at]); at++)
        n_digits++;
    at += at < n && text[at] == '.';
    for (; at < n && isdigit((unsigned char)text[at]); at++)
        n_digits++;
    if (n_digits == 0 || at == n || text[at] != 'e')
        return n_digits > 0 ? at : 0;
    exponent = at + 1;
    exponent += exponent < n && (text[exponent] == '-' || text[exponent] == '+');
    if (exponent == n || !isdigit((unsigned char)text[exponent]))
        return at;
    while (exponent < n && isdigit((unsigned char)text[exponent]))
        exponent++;
    return exponent;
}

static void must_find(const char *text, size_t n, const char *number, size_t n_number)
{
    char copy[32] = {0};
    size_t n_read = 0;
    double value = 42, expected = 42;
    memcpy(copy, number, n_number);
    enum number_result right = NUMBER_NONE, result = read_alone(text, n, &value, &n_read);
    if (n_number > 0) {
        right = isinf(strtod(copy, NULL)) ? NUMBER_OVERFLOW : NUMBER_OK;
        expected = right == NUMBER_OK ? strtod(copy, NULL) : expected;
    }
    if (result != right || n_read != n_number || bits_of(value) != bits_of(expected))
        ck_abort_msg("%.*s: %d, %zu, %a", (int)n, text, (int)result, n_read, value);
}

/* Of just these bytes, and with more behind them that belong to no number. */
static void must_read_start(const char *text, size_t n)
{
    char longer[40];
    size_t n_number = number_bytes(text, n);
    must_find(text, n, text, n_number);
    memcpy(longer, text, n);
    memcpy(longer + n, ",7777777", 8);
    must_find(longer, n + 8, text, n_number);
}

/* Every text of up to five of the characters that matter. */
START_TEST(number_read_finds_the_longest_number_in_every_short_text)
{
    static const char characters[] = "019.-+ex\xff";
    size_t n_characters = sizeof(characters) - 1, n_texts = 1;
    for (size_t n = 0; n <= 5; n++, n_texts *= n_characters)
        for (size_t i = 0; i < n_texts; i++) {
            char text[8];
            size_t rest = i;
            for (size_t j = 0; j < n; j++, rest /= n_characters)
                text[j] = characters[rest % n_characters];
            must_read_start(text, n);
        }
}
END_TEST

/* Around the eight characters that are read in one piece. */
START_TEST(number_read_takes_a_point_anywhere_in_few_digits)
{
    static const char digits[] = "9081726354453";
    for (size_t n = 1; n < sizeof(digits); n++)
        for (size_t point = 0; point <= n; point++)
            for (int negative = 0; negative < 2; negative++) {
                char text[32];
                int length =
                    snprintf(text, sizeof(text), "%s%.*s.%.*s", negative ? "-" : "",
                             (int)point, digits, (int)(n - point), digits + point);
                must_read_start(text, (size_t)length);
                if (point == n)
                    must_read_start(text, (size_t)length - 1);
            }
}
END_TEST

/* Numbers that have broken readers: the ends of the range, the loop of PHP and Java, and
 * ties around 2^53. */
START_TEST(number_read_rounds_hard_cases)
{
    must_read("2.2250738585072011e-308", 0x0.fffffffffffffp-1022);
    must_read("2.2250738585072012e-308", DBL_MIN);
    must_read("2.2250738585072014e-308", DBL_MIN);
    must_read("1.7976931348623157e308", DBL_MAX);
    must_read("1.7976931348623158e308", DBL_MAX);
    must_read("179769313486231570000e288", DBL_MAX);
    must_read("5e-324", 0x1p-1074);
    must_read("4.9406564584124654e-324", 0x1p-1074);
    must_read("2.4703282292062328e-324", 0x1p-1074);
    must_read("2.4703282292062327e-324", 0);
    must_read("1e-400", 0);
    must_read("-1e-400", -0.0);
    must_read("0e999999999999999999999999", 0);
    must_read("1e-999999999999999999999999", 0);
    must_read("9007199254740991", 0x1.fffffffffffffp52);
    must_read("9007199254740993", 0x1p53);
    must_read("9007199254740993.0000000000000000000000000001", 0x1.0000000000001p53);
    must_read("9007199254740995", 0x1.0000000000002p53);
    must_read("9007199254740992.99999999999999999999999999", 0x1p53);
    must_read("9223372036854775807", 0x1p63);
    must_read("18446744073709551616", 0x1p64);
    must_read("1e22", 1e22);
    must_read("1e23", 0x1.52d02c7e14af6p+76);
    must_read("8.589973e9", 8589973000.0);
    must_read("7.2057594037927933e16", 0x1p56);
}
END_TEST

START_TEST(number_read_tells_what_is_too_large)
{
    static const char *const texts[] = {"1.7976931348623159e308", "1e309", "-1e309",
                                        "1e999999999999999999999"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double value = 42;
        size_t n = 0;
        ck_assert_msg(read_alone(texts[i], strlen(texts[i]), &value, &n) ==
                          NUMBER_OVERFLOW,
                      "%s", texts[i]);
        ck_assert_uint_eq(n, strlen(texts[i]));
        ck_assert(value == 42);
    }
}
END_TEST

/* Halfway between the largest double and what would be the next, 2^1024. */
START_TEST(number_read_overflows_from_the_last_tie_on)
{
    char text[320];
    double value = 42;
    size_t n_read = 0;
    int n = snprintf(text, sizeof(text), "%.0Lf", 0x1p1024L - 0x1p970L);
    ck_assert_int_eq(n, 309);
    ck_assert_int_eq(read_alone(text, 309, &value, &n_read), NUMBER_OVERFLOW);
    ck_assert(value == 42);
    text[308]--;
    must_read(text, DBL_MAX);
}
END_TEST

/* A million random doubles printed with 17 digits, which tell every double apart. */
START_TEST(number_read_gets_random_doubles_back)
{
    struct random random = random_start(1, 0);
    for (int i = 0; i < 1000000; i++) {
        double value = double_of(random_u64(&random)), read = 0;
        char text[40];
        const char *end;
        if (!isfinite(value))
            continue;
        int n = snprintf(text, sizeof(text), "%.17g", value);
        if (number_read(text, (size_t)n, &read, &end) != NUMBER_OK ||
            bits_of(read) != bits_of(value) || *end != '\0')
            ck_abort_msg("%s: %a, not %a", text, read, value);
    }
}
END_TEST

/* A tie, printed exactly, with one more digit, with its last digit one lower, cut short.
 */
START_TEST(number_read_decides_ties_of_hundreds_of_digits)
{
    struct random random = random_start(2, 0);
    for (int i = 0; i < 3000; i++) {
        uint64_t mask = i % 4 == 0 ? 0x000fffffffffffffU : 0x7fffffffffffffffU;
        double below = double_of(random_u64(&random) & mask);
        if (!(below < DBL_MAX))
            continue;
        long double tie =
            ((long double)below + (long double)nextafter(below, DBL_MAX)) / 2;
        char text[900], changed[1000];
        snprintf(text, sizeof(text), "%.780Le", tie);
        must_read_as_the_library_does(text);
        size_t n = (size_t)(strchr(text, 'e') - text);
        snprintf(changed, sizeof(changed), "%.*s000000000000000000000001%s", (int)n, text,
                 text + n);
        must_read_as_the_library_does(changed);
        size_t last = strspn(text, "0.123456789") - 1;
        while (text[last] == '0')
            last--;
        memcpy(changed, text, sizeof(text));
        changed[last]--;
        must_read_as_the_library_does(changed);
        size_t cut = 3 + random_below(&random, n - 3);
        snprintf(changed, sizeof(changed), "%.*s%s", (int)cut, text, text + n);
        must_read_as_the_library_does(changed);
    }
}
END_TEST

START_TEST(number_read_takes_a_megabyte_of_digits)
{
    const size_t n = 1 << 20;
    char *text = memory_new(n + 1, 1, NULL);
    ck_assert_ptr_nonnull(text);
    memset(text, '0', n);
    text[1] = '.';
    memcpy(text + n - 10, "7e1048565", 9);
    double value = 0;
    const char *end = text;
    ck_assert_int_eq(number_read(text, n - 1, &value, &end), NUMBER_OK);
    ck_assert(value == 7);
    memset(text, '9', n);
    memcpy(text, "9007199254740993.", 17);
    memset(text + 17, '0', n - 17);
    ck_assert_int_eq(number_read(text, n, &value, &end), NUMBER_OK);
    ck_assert(value == 0x1p53);
    text[n - 1] = '1';
    ck_assert_int_eq(number_read(text, n, &value, &end), NUMBER_OK);
    ck_assert(value == 0x1.0000000000001p53);
    memory_free(text);
}
END_TEST

START_TEST(number_read_json_keeps_to_the_grammar)
{
    static const char *const good[] = {"0", "-0", "-0.0", "10", "1.5e3", "1E+2", "0e1"};
    static const char *const bad[] = {"+1", "01",   "-01", ".5", "-.5",
                                      "1.", "1.e5", "00",  "-"};
    double value = 0;
    const char *end;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ck_assert_int_eq(number_read_json(good[i], strlen(good[i]), &value, &end),
                         NUMBER_OK);
        ck_assert(value == strtod(good[i], NULL) && *end == '\0');
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(number_read_json(bad[i], strlen(bad[i]), &value, &end) ==
                          NUMBER_NONE,
                      "%s", bad[i]);
    ck_assert_int_eq(number_read_json("-1e309", 6, &value, &end), NUMBER_OVERFLOW);
}
END_TEST

TCase *number_read_test(void)
{
    TCase *tcase = tcase_create("number_read");
    tcase_add_test(tcase, number_read_knows_every_form);
    tcase_add_test(tcase, number_read_stops_where_the_number_ends);
    tcase_add_test(tcase, number_read_finds_no_number_where_there_is_none);
    tcase_add_test(tcase, number_read_never_looks_behind_its_text);
    tcase_add_test(tcase, number_read_finds_the_longest_number_in_every_short_text);
    tcase_add_test(tcase, number_read_takes_a_point_anywhere_in_few_digits);
    tcase_add_test(tcase, number_read_rounds_hard_cases);
    tcase_add_test(tcase, number_read_tells_what_is_too_large);
    tcase_add_test(tcase, number_read_overflows_from_the_last_tie_on);
    tcase_add_test(tcase, number_read_gets_random_doubles_back);
    tcase_add_test(tcase, number_read_decides_ties_of_hundreds_of_digits);
    tcase_add_test(tcase, number_read_takes_a_megabyte_of_digits);
    tcase_add_test(tcase, number_read_json_keeps_to_the_grammar);
    return tcase;
}
