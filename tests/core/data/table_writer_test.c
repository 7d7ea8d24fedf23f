#include "core/data/table_writer.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/data/table.h"
#include "core/data/table_layout.h"
#include "core/text/number.h"
#include "tests/support/csv_table.h"

static struct buffer bytes;
static struct summary summary;
static struct table_writer *writer;
static int scratch;

static void setup(void)
{
    scratch = csv_table_scratch();
}

static void teardown(void)
{
    table_writer_free(writer);
    summary_free(&summary);
    buffer_free(&bytes);
    close(scratch);
    writer = NULL;
}

static void start(const char *const *names, size_t n)
{
    struct error err = {0};
    writer = table_writer_new(names, n, buffer_sink(&bytes), scratch, &err);
    ck_assert_msg(writer != NULL, "%s", err.message);
}

static struct table_cell cell(const char *text, bool is_text)
{
    return (struct table_cell){text, strlen(text), false, is_text};
}

START_TEST(strings_that_read_like_numbers_are_levels_and_sort_as_numbers)
{
    static const char *const names[] = {"s", "n"};
    static const char *const texts[] = {"10", "9", "10", "1.0"};
    start(names, 2);
    for (size_t i = 0; i < 4; i++) {
        const struct table_cell cells[] = {cell(texts[i], true), cell(texts[i], false)};
        ck_assert_int_eq(table_writer_add(writer, cells, NULL), 0);
    }
    ck_assert_int_eq(table_writer_finish(writer, &summary, NULL), 0);
    ck_assert_int_eq(summary.columns[0].type, COLUMN_CATEGORICAL);
    ck_assert_str_eq(summary.columns[0].levels[0].text, "1.0");
    ck_assert_str_eq(summary.columns[0].levels[1].text, "9");
    ck_assert_str_eq(summary.columns[0].levels[2].text, "10");
    ck_assert_uint_eq(summary.columns[0].levels[2].n_rows, 2);
    ck_assert_int_eq(summary.columns[1].type, COLUMN_NUMERIC);
    ck_assert_uint_eq(summary.columns[1].n_distinct, 3);
}
END_TEST

START_TEST(a_few_different_numbers_are_counted)
{
    static const char *const names[] = {"many", "halves"};
    start(names, 2);
    for (int i = 0; i < 1000; i++) {
        char text[16];
        snprintf(text, sizeof(text), "%d", i);
        const struct table_cell cells[] = {cell(text, false),
                                           cell(i % 2 ? "0.5" : "-0", false)};
        ck_assert_int_eq(table_writer_add(writer, cells, NULL), 0);
    }
    ck_assert_int_eq(table_writer_finish(writer, &summary, NULL), 0);
    ck_assert_uint_eq(summary.columns[0].n_distinct, SUMMARY_MAX_DISTINCT);
    ck_assert_uint_eq(summary.columns[1].n_distinct, 2);
    ck_assert(!summary.columns[1].are_whole);
}
END_TEST

START_TEST(a_table_has_columns_and_rows)
{
    static const char *const names[] = {"a"};
    struct error err = {0};
    ck_assert_ptr_null(table_writer_new(names, 0, buffer_sink(&bytes), scratch, &err));
    ck_assert_int_eq(err.code, ERROR_INVALID);
    error_clear(&err);
    start(names, 1);
    ck_assert_int_eq(table_writer_finish(writer, &summary, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NO_ROWS);
}
END_TEST

START_TEST(rows_are_numbered_as_the_caller_says)
{
    static const char *const names[] = {"a"};
    struct error err = {0};
    const struct table_cell good = cell("1", false), bad = cell("inf", false);
    start(names, 1);
    table_writer_number_rows_from(writer, 11);
    ck_assert_int_eq(table_writer_add(writer, &good, NULL), 0);
    ck_assert_int_eq(table_writer_add(writer, &bad, NULL), 0);
    ck_assert_int_eq(table_writer_finish(writer, &summary, &err), -1);
    ck_assert_str_eq(err.place, "row 12, column a");
}
END_TEST

static void append_digits(char *text, struct random *random, size_t n)
{
    size_t at = strlen(text);
    for (size_t i = 0; i < n; i++)
        text[at + i] = (char)('0' + random_below(random, 10));
    text[at + n] = '\0';
}

/* Numbers as people write them: some with their text kept, some made again from their
 * value. */
static void make_number(char *text, struct random *random)
{
    text[0] = '\0';
    if (random_below(random, 4) == 0)
        strcat(text, random_below(random, 4) == 0 ? "+" : "-");
    append_digits(text, random, random_below(random, 9));
    if (random_below(random, 2) == 0) {
        strcat(text, random_below(random, 3) == 0 ? ".0" : ".");
        append_digits(text, random, random_below(random, 8));
    }
    if (strpbrk(text, "0123456789") == NULL)
        strcat(text, "0");
    if (random_below(random, 16) == 0)
        strcat(text, "e-3");
}

START_TEST(texts_of_numbers_come_back_as_they_were_written)
{
    enum { N = 20000 };
    static const char *const names[] = {"a"};
    static char texts[N][32];
    struct random random = random_start(5, 0);
    start(names, 1);
    for (size_t i = 0; i < N; i++) {
        make_number(texts[i], &random);
        const struct table_cell number = cell(texts[i], false);
        ck_assert_int_eq(table_writer_add(writer, &number, NULL), 0);
    }
    const struct table_cell word = cell("word", false);
    ck_assert_int_eq(table_writer_add(writer, &word, NULL), 0);
    ck_assert_int_eq(table_writer_finish(writer, &summary, NULL), 0);
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    ck_assert_ptr_nonnull(table);
    static uint32_t codes[N];
    table_read_codes(table, 0, 0, N, codes);
    for (size_t i = 0; i < N; i++)
        ck_assert_str_eq(summary.columns[0].levels[codes[i]].text, texts[i]);
    table_close(table);
}
END_TEST

START_TEST(too_much_text_is_refused)
{
    static const char *const names[] = {"name"};
    static char text[1 << 20];
    struct error err = {0};
    int result = 0;
    start(names, 1);
    memset(text, 'x', sizeof(text));
    for (int i = 0; result == 0 && i < 300; i++) {
        text[0] = (char)('A' + i % 26);
        text[1] = (char)('A' + i / 26);
        const struct table_cell long_cell = {text, sizeof(text), false, false};
        result = table_writer_add(writer, &long_cell, &err);
    }
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_str_eq(err.place, "row 256, column name");
}
END_TEST

/* ---- columns that come late ---- */

static const char *text_of(const struct table *table, size_t column, uint64_t row)
{
    uint32_t code;
    table_read_codes(table, column, row, 1, &code);
    return code == TABLE_MISSING_CODE ? "" : summary.columns[column].levels[code].text;
}

/* 60000 rows of one column, as many of two, then some of three. */
static int write_late(struct error *err)
{
    static const char *const names[] = {"first"};
    static const char *const more[] = {"second", "third"};
    const struct table_cell cells[] = {cell("1", false), cell("x", false),
                                       cell("2.50", false)};
    writer = table_writer_new(names, 1, buffer_sink(&bytes), scratch, err);
    if (!writer)
        return -1;
    for (size_t n_columns = 1;; n_columns++) {
        for (int i = 0; i < (n_columns < 3 ? 60000 : 10); i++)
            if (table_writer_add(writer, cells, err) < 0)
                return -1;
        if (n_columns == 3)
            return table_writer_finish(writer, &summary, err);
        if (table_writer_add_column(writer, more[n_columns - 1], err) < 0)
            return -1;
    }
}

START_TEST(a_column_that_comes_late_is_missing_in_the_rows_before)
{
    double values[3];
    ck_assert_int_eq(write_late(NULL), 0);
    ck_assert_uint_eq(summary.n_columns, 3);
    ck_assert_str_eq(summary.columns[2].name, "third");
    ck_assert_uint_eq(summary.columns[0].n_missing, 0);
    ck_assert_uint_eq(summary.columns[1].n_missing, 60000);
    ck_assert_uint_eq(summary.columns[2].n_missing, 120000);
    ck_assert_uint_eq(summary.columns[1].levels[0].n_rows, 60010);
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    ck_assert_ptr_nonnull(table);
    ck_assert_str_eq(text_of(table, 1, 59999), "");
    ck_assert_str_eq(text_of(table, 1, 60000), "x");
    table_read_numbers(table, 2, 119999, 3, values);
    ck_assert(isnan(values[0]) && values[1] == 2.5 && values[2] == 2.5);
    table_close(table);
}
END_TEST

START_TEST(a_late_column_needs_a_name_of_its_own)
{
    static const char *const names[] = {"a", "b"};
    static const char *const bad[] = {"", "b", "x\ny"};
    static const enum error_code codes[] = {ERROR_BAD_COLUMN_NAME, ERROR_DUPLICATE_COLUMN,
                                            ERROR_BAD_COLUMN_NAME};
    for (size_t i = 0; i < 3; i++) {
        struct error err = {0};
        start(names, 2);
        ck_assert_int_eq(table_writer_add_column(writer, "c", NULL), 0);
        ck_assert_int_eq(table_writer_add_column(writer, bad[i], &err), -1);
        ck_assert_int_eq(err.code, codes[i]);
        ck_assert_str_eq(err.place, "column 4");
        table_writer_free(writer);
    }
    writer = NULL;
}
END_TEST

START_TEST(columns_may_be_named_at_the_end)
{
    static const char *const names[] = {"c1", "c2"};
    static const char *const later[] = {"c2", "other", "third"};
    static const char *const same[] = {"x", "x"};
    const struct table_cell cells[] = {cell("1", false), cell("x", false)};
    struct error err = {0};
    start(names, 2);
    ck_assert_int_eq(table_writer_add(writer, cells, NULL), 0);
    ck_assert_int_eq(table_writer_name_columns(writer, later, 3, &err), -1);
    ck_assert_int_eq(err.code, ERROR_RAGGED_ROW);
    ck_assert_int_eq(table_writer_name_columns(writer, later, 2, NULL), 0);
    ck_assert_int_eq(table_writer_add_column(writer, "c1", NULL), 0);
    error_clear(&err);
    ck_assert_int_eq(table_writer_add_column(writer, "other", &err), -1);
    ck_assert_int_eq(err.code, ERROR_DUPLICATE_COLUMN);
    ck_assert_int_eq(table_writer_finish(writer, &summary, NULL), 0);
    ck_assert_str_eq(summary.columns[0].name, "c2");
    ck_assert_str_eq(summary.columns[1].name, "other");
    ck_assert_str_eq(summary.columns[2].name, "c1");
    table_writer_free(writer);
    start(names, 2);
    error_clear(&err);
    ck_assert_int_eq(table_writer_name_columns(writer, same, 2, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DUPLICATE_COLUMN);
    ck_assert_str_eq(err.place, "column 2");
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0;; n++) {
        struct error err = {0};
        teardown();
        setup();
        memory_fail_after(n);
        int result = write_late(&err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

/* ---- rows of numbers ---- */

START_TEST(rows_of_numbers_keep_their_bits)
{
    static const char *const names[] = {"a", "b"};
    static const double rows[][2] = {{0.1, -0.0}, {(double)NAN, 1e300}, {5e-324, 3}};
    start(names, 2);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(table_writer_add_numbers(writer, rows[i], NULL), 0);
    ck_assert_int_eq(table_writer_finish(writer, &summary, NULL), 0);
    ck_assert_uint_eq(summary.columns[0].n_missing, 1);
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 2; j++) {
            double value;
            table_read_numbers(table, j, i, 1, &value);
            ck_assert(value == rows[i][j] || (isnan(value) && isnan(rows[i][j])));
            ck_assert(signbit(value) == signbit(rows[i][j]));
        }
    table_close(table);
}
END_TEST

START_TEST(an_infinite_number_is_an_error_but_beside_text)
{
    static const char *const names[] = {"a"};
    static const double numbers[] = {-(double)INFINITY, 0.5};
    const struct table_cell word = cell("word", false);
    struct error err = {0};
    start(names, 1);
    ck_assert_int_eq(table_writer_add_numbers(writer, &numbers[0], NULL), 0);
    ck_assert_int_eq(table_writer_finish(writer, &summary, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "row 1, column a");
    table_writer_free(writer);
    start(names, 1);
    ck_assert_int_eq(table_writer_add_numbers(writer, &numbers[1], NULL), 0);
    ck_assert_int_eq(table_writer_add(writer, &word, NULL), 0);
    ck_assert_int_eq(table_writer_add_numbers(writer, &numbers[1], NULL), 0);
    ck_assert_int_eq(table_writer_add_numbers(writer, &numbers[0], NULL), 0);
    ck_assert_int_eq(table_writer_finish(writer, &summary, NULL), 0);
    ck_assert_uint_eq(summary.columns[0].n_levels, 3);
    ck_assert_str_eq(summary.columns[0].levels[0].text, "-inf");
    ck_assert_str_eq(summary.columns[0].levels[1].text, "0.5");
    ck_assert_uint_eq(summary.columns[0].levels[1].n_rows, 2);
}
END_TEST

/* ---- numbers that are floats ---- */

/* Bytes of a row, by what lies between head and footer. */
static size_t stored_row_bytes(void)
{
    uint64_t footer_bytes;
    memcpy(&footer_bytes, bytes.bytes + bytes.n_bytes - TABLE_LAYOUT_TAIL_BYTES,
           sizeof(footer_bytes));
    return (bytes.n_bytes - TABLE_LAYOUT_HEAD_BYTES - TABLE_LAYOUT_TAIL_BYTES -
            footer_bytes) /
           summary.n_rows;
}

static void check_bits(const struct table *table, size_t column, uint64_t row,
                       double expected)
{
    double value;
    table_read_numbers(table, column, row, 1, &value);
    ck_assert_msg(memcmp(&value, &expected, sizeof(value)) == 0,
                  "column %zu, row %llu: %a, not %a", column, (unsigned long long)row,
                  value, expected);
}

static const struct {
    double number;
    bool is_single;
} singles[] = {
    {0.5, true},
    {-0.0, true},
    {0.1, false},
    {(double)0.1F, true},
    {16777216, true},
    {16777217, false},
    {(double)FLT_MAX, true},
    {2 * (double)FLT_MAX, false},
    {1e300, false},
    {-(double)FLT_MIN, true},
    {1e-40, false},
    {(double)1e-40F, true},
    {0x1p-149, true},
    {0x1p-150, false},
    {5e-324, false},
    {(double)NAN, true},
};
enum { N_SINGLES = sizeof(singles) / sizeof(*singles) };

/* A column for each, with a missing cell before the number and a small one behind it;
 * as numbers or as text. */
static void write_singles(bool as_text)
{
    static const char *const names[N_SINGLES] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                                 "i", "j", "k", "l", "m", "n", "o", "p"};
    start(names, N_SINGLES);
    for (size_t i = 0; i < 3; i++) {
        double row[N_SINGLES];
        char texts[N_SINGLES][NUMBER_TEXT_BYTES];
        struct table_cell cells[N_SINGLES];
        for (size_t j = 0; j < N_SINGLES; j++) {
            row[j] = i == 0 ? (double)NAN : i == 1 ? singles[j].number : -3;
            bool is_missing = isnan(row[j]);
            size_t n = is_missing ? 0 : number_write(row[j], texts[j]);
            cells[j] = (struct table_cell){texts[j], n, is_missing, false};
        }
        ck_assert_int_eq(as_text ? table_writer_add(writer, cells, NULL)
                                 : table_writer_add_numbers(writer, row, NULL),
                         0);
    }
    ck_assert_int_eq(table_writer_finish(writer, &summary, NULL), 0);
}

START_TEST(columns_of_floats_take_half_the_room_and_keep_their_bits)
{
    size_t row_bytes = 0;
    write_singles(_i == 1);
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    ck_assert_ptr_nonnull(table);
    for (size_t j = 0; j < N_SINGLES; j++) {
        ck_assert_msg(summary.columns[j].is_single == singles[j].is_single, "%a",
                      singles[j].number);
        ck_assert(table_summary(table)->columns[j].is_single == singles[j].is_single);
        check_bits(table, j, 0, (double)NAN);
        check_bits(table, j, 1, singles[j].number);
        check_bits(table, j, 2, -3);
        row_bytes += singles[j].is_single ? 4 : 8;
    }
    ck_assert_uint_eq(stored_row_bytes(), row_bytes);
    table_close(table);
}
END_TEST

START_TEST(one_number_in_the_last_group_makes_a_column_of_doubles)
{
    enum { N = 200001 }; /* several groups, the last of an odd number of rows */
    static const char *const names[] = {"quarters", "late", "word"};
    static double quarters[N], late[N];
    start(names, 3);
    for (size_t i = 0; i < N; i++) {
        char text[2][NUMBER_TEXT_BYTES] = {""};
        quarters[i] = i % 7 == 0 ? (double)NAN : 0.25 * (double)i;
        late[i] = i == N - 1 ? 0.1 : (double)i;
        size_t n = i % 7 == 0 ? 0 : number_write(quarters[i], text[0]);
        const struct table_cell cells[] = {
            {text[0], n, i % 7 == 0, false},
            {text[1], number_write(late[i], text[1]), false, false},
            cell(i % 2 ? "x" : "1.5", false)};
        ck_assert_int_eq(table_writer_add(writer, cells, NULL), 0);
    }
    ck_assert_int_eq(table_writer_finish(writer, &summary, NULL), 0);
    ck_assert(summary.columns[0].is_single && !summary.columns[1].is_single);
    ck_assert(summary.columns[2].n_levels == 2 && !summary.columns[2].is_single);
    ck_assert(summary.columns[0].min == 0.25 && summary.columns[0].max == 50000);
    ck_assert_uint_eq(stored_row_bytes(), 4 + 8 + 1);
    struct table *table = table_open(bytes.bytes, bytes.n_bytes, NULL);
    static double values[2][N];
    for (size_t j = 0; j < 2; j++)
        table_read_numbers(table, j, 0, N, values[j]);
    ck_assert_mem_eq(values[0], quarters, sizeof(quarters));
    ck_assert_mem_eq(values[1], late, sizeof(late));
    for (uint64_t row = 1; row < N; row += 4099) {
        check_bits(table, 0, row, quarters[row]);
        ck_assert_str_eq(text_of(table, 2, row), row % 2 ? "x" : "1.5");
    }
    table_close(table);
}
END_TEST

TCase *table_writer_test(void)
{
    TCase *tests = tcase_create("table_writer");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, strings_that_read_like_numbers_are_levels_and_sort_as_numbers);
    tcase_add_test(tests, a_few_different_numbers_are_counted);
    tcase_add_test(tests, a_table_has_columns_and_rows);
    tcase_add_test(tests, rows_are_numbered_as_the_caller_says);
    tcase_add_test(tests, texts_of_numbers_come_back_as_they_were_written);
    tcase_add_test(tests, too_much_text_is_refused);
    tcase_add_test(tests, a_column_that_comes_late_is_missing_in_the_rows_before);
    tcase_add_test(tests, a_late_column_needs_a_name_of_its_own);
    tcase_add_test(tests, columns_may_be_named_at_the_end);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_test(tests, rows_of_numbers_keep_their_bits);
    tcase_add_test(tests, an_infinite_number_is_an_error_but_beside_text);
    tcase_add_loop_test(tests, columns_of_floats_take_half_the_room_and_keep_their_bits,
                        0, 2);
    tcase_add_test(tests, one_number_in_the_last_group_makes_a_column_of_doubles);
    return tests;
}
