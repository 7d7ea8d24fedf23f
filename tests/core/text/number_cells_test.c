#include "core/text/number_cells.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/text/number.h"
#include "core/text/number_plain.h"

enum { CELLS = 203, CELL_BYTES = 40 };

/* Cells one behind the other, without anything between them: what stands before and
 * behind a cell is no part of it. */
struct text {
    char *bytes;
    size_t n_bytes;
    struct csv_field fields[CELLS];
    size_t n;
};

static struct text text;

static void setup(void)
{
    text.bytes = memory_new(CELLS * CELL_BYTES + CSV_PADDING, 1, NULL);
    text.n_bytes = text.n = 0;
}

static void teardown(void)
{
    memory_free(text.bytes);
}

static void add(const char *cell, size_t n)
{
    memcpy(text.bytes + text.n_bytes, cell, n);
    text.fields[text.n++] =
        (struct csv_field){(uint32_t)text.n_bytes, (uint32_t)(text.n_bytes + n)};
    text.n_bytes += n;
}

static bool is_same(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b));
}

static void look_at(const char *cell, size_t n, double value, unsigned kind)
{
    double plain, read;
    bool is_plain = number_plain(cell, n, &plain),
         is_number = number_parse(cell, n, &read);
    if ((kind == NUMBER_CELLS_PLAIN) != is_plain ||
        (kind == NUMBER_CELLS_NUMBER && !is_number) ||
        !is_same(value, kind == NUMBER_CELLS_OTHER ? (double)NAN : read))
        ck_abort_msg("%.*s is %u, %.17g", (int)n, cell, kind, value);
}

/* By both ways. Returns how many are numbers. */
static size_t read_all(void)
{
    double values[CELLS], others[CELLS];
    unsigned char kinds[CELLS], other_kinds[CELLS];
    size_t n_numbers = 0;
    memset(text.bytes + text.n_bytes, '7', CSV_PADDING);
    number_cells_read(text.bytes, text.fields, text.n, values, kinds);
    number_cells_read_portable(text.bytes, text.fields, text.n, others, other_kinds);
    for (size_t i = 0; i < text.n; i++) {
        const char *cell = text.bytes + text.fields[i].start;
        size_t n = text.fields[i].end - text.fields[i].start;
        look_at(cell, n, values[i], kinds[i]);
        look_at(cell, n, others[i], other_kinds[i]);
        n_numbers += kinds[i] != NUMBER_CELLS_OTHER;
        if (kinds[i] != other_kinds[i] && kinds[i] != NUMBER_CELLS_OTHER)
            ck_abort_msg("%.*s is %u or %u", (int)n, cell, kinds[i], other_kinds[i]);
    }
    text.n = text.n_bytes = 0;
    return n_numbers;
}

START_TEST(numbers_in_any_simple_form_are_read)
{
    static const char *const numbers[] = {"0",
                                          "7",
                                          "-7",
                                          "007",
                                          "-0",
                                          "-0.0",
                                          "0.50",
                                          ".5",
                                          "5.",
                                          "-.5",
                                          "-5.",
                                          "12345678",
                                          "123456789",
                                          "1234567.8",
                                          "1.2345678",
                                          "-12345678",
                                          "-123456.78",
                                          "1234567890123456",
                                          "0.123456789012345678",
                                          "9007199254740992",
                                          "1234567890123456789",
                                          "9999999999999999999",
                                          "-0.000000000000000001",
                                          "0.000000000000000001",
                                          "00000000000000000.5",
                                          "0.3",
                                          "2.2250738585072014",
                                          "-1234567890.123456789",
                                          "179769313486231570",
                                          "1.7976931348623157"};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        add("000000000000000000000000", 24); /* read before some text */
        add(numbers[i], strlen(numbers[i]));
        ck_assert_msg(read_all() == 1, "%s", numbers[i]);
    }
}
END_TEST

START_TEST(all_else_is_left_to_others)
{
    static const char *const others[] = {"",
                                         "-",
                                         ".",
                                         "-.",
                                         "+1",
                                         "1e3",
                                         "1E-5",
                                         "--1",
                                         "1-",
                                         "1.2.3",
                                         "1..2",
                                         "a12",
                                         "12a",
                                         "NA",
                                         "?",
                                         "nan",
                                         "inf",
                                         "1,5",
                                         " 1",
                                         "1 ",
                                         "/",
                                         ":",
                                         "\xb1",
                                         "1\xff",
                                         "0x10",
                                         "12345678901234567890",
                                         "0.12345678901234567890",
                                         "1.23456789.1234567",
                                         "123456789.12345.6",
                                         "12345678901234567890123456789",
                                         "1234567:",
                                         "12345678/",
                                         "--------------------------------",
                                         "........................"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        add("000000000000000000000000", 24);
        add(others[i], strlen(others[i]));
        ck_assert_msg(read_all() == 0, "%s", others[i]);
    }
}
END_TEST

/* Digits and what else numbers have, of up to `most` characters; every third with a point
 * for sure. */
static void add_random(struct random *random, size_t most, int round)
{
    static const char characters[] = "01234567890123456789..-+e:/";
    char cell[CELL_BYTES];
    size_t n = random_below(random, most + 1);
    uint64_t n_kinds = round % 3 ? 20 : sizeof(characters) - 1;
    for (size_t k = 0; k < n; k++)
        cell[k] = characters[random_below(random, n_kinds)];
    if (round % 3 == 1 && n > 2)
        cell[1 + random_below(random, n - 1)] = '.';
    if (n > 0 && random_below(random, 3) == 0)
        cell[0] = '-';
    add(cell, n);
}

START_TEST(any_characters_are_read_as_one_by_one)
{
    static const size_t most[] = {4, 8, 16, 20, 25, 39};
    struct random random = random_start(6, (uint64_t)_i);
    size_t n_numbers = 0;
    for (int round = 0; round < 1000; round++) {
        size_t n = 1 + random_below(&random, CELLS);
        for (size_t i = 0; i < n; i++)
            add_random(&random, most[_i], round + (int)i);
        n_numbers += read_all();
    }
    ck_assert_uint_gt(n_numbers, 30000);
}
END_TEST

/* Doubles and what is halfway between two, cut to so many digits. */
START_TEST(long_numbers_are_rounded_right)
{
    struct random random = random_start(8, (uint64_t)_i);
    for (int round = 0; round < 500; round++) {
        for (size_t i = 0; i < CELLS; i++) {
            char cell[64];
            double value =
                random_normal(&random) * pow(10, (int)random_below(&random, 8) - 3);
            long double half =
                ((long double)value + (long double)nextafter(value, 99)) / 2;
            int n = random_below(&random, 2)
                        ? snprintf(cell, sizeof(cell), "%.*f", 5 + _i, value)
                        : snprintf(cell, sizeof(cell), "%.*Lf", 5 + _i, half);
            add(cell, (size_t)n);
        }
        read_all();
    }
}
END_TEST

TCase *number_cells_test(void)
{
    TCase *tests = tcase_create("number_cells");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, numbers_in_any_simple_form_are_read);
    tcase_add_test(tests, all_else_is_left_to_others);
    tcase_add_loop_test(tests, any_characters_are_read_as_one_by_one, 0, 6);
    tcase_add_loop_test(tests, long_numbers_are_rounded_right, 0, 15);
    return tests;
}
