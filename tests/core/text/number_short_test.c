#include "core/text/number_short.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/random.h"
#include "core/text/number.h"
#include "core/text/number_cells.h"
#include "core/text/number_plain.h"

enum { CELLS = 3 * NUMBER_SHORT_GROUP, BEFORE = NUMBER_SHORT_MOST };

/* Of an instruction set; NULL where the machine has it not. */
static number_short_fn *find_level(int level)
{
    if (level == 0)
        return __builtin_cpu_supports("avx2") ? number_short_avx2 : NULL;
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl")
               ? number_short_avx512
               : NULL;
}

/* Cells one behind the other, which begin behind digits of nobody's. */
struct text {
    char bytes[BEFORE + 8 * CELLS + CSV_PADDING];
    size_t n_bytes, n;
    struct csv_field fields[CELLS];
};

static void start(struct text *text)
{
    *text = (struct text){.n_bytes = BEFORE};
    memset(text->bytes, '9', sizeof(text->bytes));
}

static void add(struct text *text, const char *cell)
{
    size_t n = strlen(cell);
    memcpy(text->bytes + text->n_bytes, cell, n);
    text->fields[text->n++] =
        (struct csv_field){(uint32_t)text->n_bytes, (uint32_t)(text->n_bytes + n)};
    text->n_bytes += n;
}

/* Is it one that is to be read here? */
static bool is_simple(const char *cell, size_t n)
{
    size_t sign = n > 0 && *cell == '-';
    double value;
    return n == 0 ||
           (n <= NUMBER_SHORT_MOST && strspn(cell + sign, "0123456789") >= n - sign &&
            number_parse(cell, n, &value) && !(value == 0 && sign));
}

static void look_at(const char *cell, size_t n, double value, unsigned kind)
{
    double plain, read = NAN;
    unsigned wanted = n == 0                          ? NUMBER_CELLS_OTHER
                      : number_plain(cell, n, &plain) ? NUMBER_CELLS_PLAIN
                                                      : NUMBER_CELLS_NUMBER;
    bool is_right =
        kind == wanted &&
        (n == 0 ? isnan(value) : number_parse(cell, n, &read) && read == value);
    if (!is_right)
        ck_abort_msg("%.*s is %u, %g", (int)n, cell, kind, value);
}

/* Reads them; returns how many were read. */
static size_t check(number_short_fn *read_cells, const struct text *text)
{
    double values[CELLS];
    unsigned char kinds[CELLS];
    size_t n_simple = 0,
           n_read = read_cells(text->bytes, text->fields, text->n, values, kinds);
    for (size_t i = 0; i < text->n && n_simple == i; i++) {
        const struct csv_field field = text->fields[i];
        size_t n = field.end - field.start;
        n_simple += is_simple(text->bytes + field.start, n);
        if (i < n_read)
            look_at(text->bytes + field.start, n, values[i], kinds[i]);
    }
    if (n_read != n_simple / NUMBER_SHORT_GROUP * NUMBER_SHORT_GROUP)
        ck_abort_msg("%zu were read of %zu", n_read, n_simple);
    return n_read;
}

START_TEST(whole_numbers_of_up_to_four_characters_are_read)
{
    static struct text text;
    number_short_fn *read_cells = find_level(_i);
    if (!read_cells)
        return;
    start(&text);
    for (int number = -999; number <= 9999; number++)
        for (int width = 1; width <= (int)NUMBER_SHORT_MOST; width++) {
            char cell[16];
            if (snprintf(cell, sizeof(cell), "%0*d", width, number) >
                (int)NUMBER_SHORT_MOST)
                continue;
            add(&text, cell);
            if (text.n < CELLS)
                continue;
            if (check(read_cells, &text) != CELLS)
                ck_abort_msg("some near %d were not read", number);
            start(&text);
        }
}
END_TEST

START_TEST(a_group_with_another_cell_is_left_to_others)
{
    static const char *const others[] = {"-",     "-0",    "--1",   "1.5", ".",   "1e3",
                                         "+1",    "12345", "-1234", "NA",  "/",   ":",
                                         "1\xff", "\xb1",  " 1",    "1 ",  "-00", "1-"};
    static struct text text;
    number_short_fn *read_cells = find_level(_i);
    if (!read_cells)
        return;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        for (size_t at = 0; at < CELLS; at++) {
            start(&text);
            for (size_t cell = 0; cell < CELLS; cell++)
                add(&text, cell == at ? others[i] : "42");
            if (check(read_cells, &text) != at / NUMBER_SHORT_GROUP * NUMBER_SHORT_GROUP)
                ck_abort_msg("%s at %zu", others[i], at);
        }
}
END_TEST

START_TEST(cells_without_characters_are_none)
{
    static struct text text;
    struct random random = random_start(3, 1);
    number_short_fn *read_cells = find_level(_i);
    if (!read_cells)
        return;
    for (int round = 0; round < 1000; round++) {
        start(&text);
        while (text.n < CELLS) {
            char cell[16];
            snprintf(cell, sizeof(cell), "%d", (int)random_below(&random, 1999) - 999);
            add(&text, random_below(&random, 3) ? cell : "");
        }
        (void)check(read_cells, &text);
    }
}
END_TEST

TCase *number_short_test(void)
{
    TCase *tests = tcase_create("number_short");
    tcase_add_loop_test(tests, whole_numbers_of_up_to_four_characters_are_read, 0, 2);
    tcase_add_loop_test(tests, a_group_with_another_cell_is_left_to_others, 0, 2);
    tcase_add_loop_test(tests, cells_without_characters_are_none, 0, 2);
    return tests;
}
