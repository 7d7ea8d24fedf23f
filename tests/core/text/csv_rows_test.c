#include "core/text/csv_rows.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/random.h"
#include "tests/support/suite.h"

/* ---- rows of a scanner, as text ---- */

struct reading {
    struct csv_scanner *scanner;
    size_t n_columns; /* whose rows may come together; 0: none */
    struct buffer rows;
    size_t n_together; /* rows that did */
};

static void put_cell(struct reading *reading, const char *text, size_t n)
{
    buffer_append_byte(&reading->rows, '[');
    buffer_append(&reading->rows, text, n);
    buffer_append_byte(&reading->rows, ']');
}

static int on_rows(void *context, const struct csv_rows *rows, struct error *err)
{
    struct reading *reading = context;
    const struct csv_field *field = rows->fields;
    (void)err;
    reading->n_together += rows->n_rows;
    for (size_t i = 0; i < rows->n_rows; i++) {
        buffer_printf(&reading->rows, "%llu:", (unsigned long long)(rows->first_row + i));
        for (size_t j = 0; j < rows->n_columns; j++, field++)
            put_cell(reading, rows->text + field->start, field->end - field->start);
    }
    return 0;
}

static int on_row(void *context, uint64_t row, const struct csv_cell *cells,
                  size_t n_cells, struct error *err)
{
    struct reading *reading = context;
    buffer_printf(&reading->rows, "%llu:", (unsigned long long)row);
    for (size_t j = 0; j < n_cells; j++)
        put_cell(reading, cells[j].text, cells[j].n_bytes);
    return row == 1 && reading->n_columns > 0
               ? csv_take_rows(reading->scanner, on_rows, reading->n_columns, err)
               : 0;
}

/* All of the text, in pieces; a refusal is a further line. */
static void read_text(struct reading *reading, char delimiter, const char *text, size_t n,
                      size_t piece)
{
    const struct csv_options options = {delimiter, '"'};
    struct error err = {0};
    int result = 0;
    reading->scanner = csv_new(&options, on_row, reading, &err);
    for (size_t at = 0; result == 0 && at < n; at += piece) {
        size_t taken = n - at < piece ? n - at : piece;
        char *copy = malloc(taken); /* so that what is read beyond it is found */
        memcpy(copy, text + at, taken);
        result = csv_push(reading->scanner, copy, taken, &err);
        free(copy);
    }
    if (result == 0)
        result = csv_finish(reading->scanner, &err);
    if (result < 0)
        buffer_printf(&reading->rows, "\n%d %s %s", (int)err.code, err.place,
                      err.message);
    csv_free(reading->scanner);
}

static size_t compare(char delimiter, const char *text, size_t n, size_t n_columns,
                      size_t piece)
{
    struct reading one_by_one = {.rows = BUFFER_EMPTY};
    struct reading together = {.n_columns = n_columns, .rows = BUFFER_EMPTY};
    read_text(&one_by_one, delimiter, text, n, piece);
    read_text(&together, delimiter, text, n, piece);
    if (one_by_one.rows.n_bytes != together.rows.n_bytes ||
        (together.rows.n_bytes > 0 &&
         memcmp(one_by_one.rows.bytes, together.rows.bytes, together.rows.n_bytes) != 0))
        ck_abort_msg("pieces of %zu of\n%.*s\n%.*s\n%.*s", piece, (int)n, text,
                     (int)one_by_one.rows.n_bytes, one_by_one.rows.bytes,
                     (int)together.rows.n_bytes, together.rows.bytes);
    buffer_free(&one_by_one.rows);
    buffer_free(&together.rows);
    return together.n_together;
}

/* ---- texts ---- */

static const char *const usual[] = {"1", "-2.5", "0.125", "", "NA", "12345678", "x"};
static const char *const odd[] = {"\"q\"",   " 7",       "7 ",        "  ",
                                  "\"a,b\"", "\"a\nb\"", "\xc3\xa4",  "a\"b",
                                  "\x01",    "a\tb",     "\"a\"\"b\""};

#define PICK(texts, random) texts[random_below(random, sizeof(texts) / sizeof(*(texts)))]

static void add_row(struct buffer *text, struct random *random, char delimiter,
                    size_t n_columns, bool odd_ones)
{
    bool is_odd = odd_ones && random_below(random, 9) == 0;
    size_t n = is_odd && random_below(random, 3) == 0 ? n_columns + 1 : n_columns;
    for (size_t j = 0; j < n; j++) {
        if (j > 0)
            buffer_append_byte(text, delimiter);
        buffer_append_string(text, is_odd && random_below(random, 2)
                                       ? PICK(odd, random)
                                       : PICK(usual, random));
    }
}

static const char *const line_ends[] = {"\n", "\r\n", "\r", "\n\n", "\r\n \n"};

START_TEST(rows_are_the_same_one_by_one_and_together)
{
    struct random random = random_start(11, (uint64_t)_i);
    size_t n_together = 0;
    for (int round = 0; round < 300; round++) {
        struct buffer text = BUFFER_EMPTY;
        size_t n_columns = 1 + random_below(&random, 5),
               n_rows = random_below(&random, 60);
        char delimiter = ",;\t"[random_below(&random, 3)];
        for (size_t i = 0; i < n_rows; i++) {
            add_row(&text, &random, delimiter, n_columns, round % 3 > 0);
            size_t n_ends = round % 3 > 1 ? 5 : 1;
            buffer_append_string(&text, line_ends[random_below(&random, n_ends)]);
        }
        static const size_t pieces[] = {1, 17, 90, 333, 100000};
        for (size_t k = 0; text.n_bytes > 0 && k < 5; k++)
            n_together +=
                compare(delimiter, text.bytes, text.n_bytes, n_columns, pieces[k]);
        buffer_free(&text);
    }
    ck_assert_uint_gt(n_together, 10000);
}
END_TEST

START_TEST(lines_may_end_as_they_like)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    struct buffer text = BUFFER_EMPTY;
    for (int i = 0; i < 200; i++)
        buffer_printf(&text, "%d,%d%s", i, 3 * i, ends[_i]);
    ck_assert_uint_gt(compare(',', text.bytes, text.n_bytes, 2, text.n_bytes), 150);
    buffer_free(&text);
}
END_TEST

START_TEST(cells_are_trimmed_wherever_blanks_stand)
{
    struct buffer text = BUFFER_EMPTY;
    for (int i = 0; i < 200; i++)
        buffer_printf(&text, "%*d,%-*d\n", 1 + i % 90, i, 1 + i % 70, i);
    ck_assert_uint_gt(compare(',', text.bytes, text.n_bytes, 2, text.n_bytes), 150);
    buffer_free(&text);
}
END_TEST

START_TEST(only_what_fits_is_taken)
{
    const struct csv_marks marks = {.delimiter = ',', .quote = '"'};
    struct csv_field fields[6];
    struct buffer text = BUFFER_EMPTY;
    size_t n_used;
    for (int i = 0; i < 40; i++)
        buffer_append_string(&text, "1,22,333\n");
    ck_assert_uint_eq(
        csv_rows_find(&marks, text.bytes, text.n_bytes, 3, fields, 2, &n_used), 2);
    ck_assert_uint_eq(n_used, 18);
    ck_assert_uint_eq(fields[5].start, 14);
    ck_assert_uint_eq(fields[5].end, 17);
    ck_assert_uint_eq(
        csv_rows_find(&marks, text.bytes, text.n_bytes, 2, fields, 3, &n_used), 0);
    ck_assert_uint_eq(n_used, 0);
    ck_assert_uint_eq(csv_rows_find(&marks, text.bytes, 40, 3, fields, 2, &n_used), 0);
    buffer_free(&text);
}
END_TEST

TCase *csv_rows_test(void)
{
    TCase *tests = tcase_create("csv_rows");
    tcase_add_loop_test(tests, rows_are_the_same_one_by_one_and_together, 0, 8);
    tcase_add_loop_test(tests, lines_may_end_as_they_like, 0, 3);
    tcase_add_test(tests, cells_are_trimmed_wherever_blanks_stand);
    tcase_add_test(tests, only_what_fits_is_taken);
    return tests;
}
