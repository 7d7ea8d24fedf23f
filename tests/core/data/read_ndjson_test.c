#include "core/data/read_ndjson.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define NDJSON "application/x-ndjson"

static struct csv_table table;

static void teardown(void)
{
    csv_table_free(&table);
}

static void read_text(const char *text)
{
    struct error err = {0};
    if (csv_table_try_type(&table, NDJSON, text, strlen(text), SIZE_MAX, &err) < 0)
        ck_abort_msg("%s (%s)", err.message, err.place);
}

static const struct column_summary *column(size_t j)
{
    return &table_summary(table.table)->columns[j];
}

static double number(size_t j, uint64_t row)
{
    double value;
    table_read_numbers(table.table, j, row, 1, &value);
    return value;
}

/* "" for a missing one. */
static const char *text(size_t j, uint64_t row)
{
    uint32_t code;
    table_read_codes(table.table, j, row, 1, &code);
    return code == TABLE_MISSING_CODE ? "" : column(j)->levels[code].text;
}

/* ---- what comes in ---- */

START_TEST(keys_become_columns_of_their_type)
{
    read_text("{\"admit\":1,\"gre\":380.5,\"ses\":\"low\"}\n"
              "{\"admit\":0,\"gre\":null,\"ses\":\"high\"}\n"
              "{\"admit\":1,\"gre\":-2e1,\"ses\":null}");
    ck_assert_uint_eq(table_summary(table.table)->n_rows, 3);
    ck_assert_uint_eq(table_summary(table.table)->n_columns, 3);
    ck_assert_str_eq(column(1)->name, "gre");
    ck_assert_int_eq(column(1)->type, COLUMN_NUMERIC);
    ck_assert_uint_eq(column(1)->n_missing, 1);
    ck_assert(number(1, 0) == 380.5 && isnan(number(1, 1)) && number(1, 2) == -20);
    ck_assert_int_eq(column(2)->type, COLUMN_CATEGORICAL);
    ck_assert_str_eq(text(2, 1), "high");
    ck_assert_str_eq(text(2, 2), "");
}
END_TEST

START_TEST(keys_may_come_in_any_order_late_or_not_at_all)
{
    read_text("{}\n{\"a\":1,\"b\":2}\n{\"b\":3,\"a\":4}\n{\"c\":\"x\",\"b\":5}\n{}\n"
              "{\"d\":6,\"c\":\"y\",\"a\":7}\n");
    static const double a[] = {NAN, 1, 4, NAN, NAN, 7}, b[] = {NAN, 2, 3, 5, NAN, NAN};
    static const char *const c[] = {"", "", "", "x", "", "y"};
    ck_assert_uint_eq(table_summary(table.table)->n_columns, 4);
    ck_assert_uint_eq(column(3)->n_missing, 5);
    for (uint64_t row = 0; row < 6; row++) {
        ck_assert(number(0, row) == a[row] || (isnan(a[row]) && isnan(number(0, row))));
        ck_assert(number(1, row) == b[row] || (isnan(b[row]) && isnan(number(1, row))));
        ck_assert_str_eq(text(2, row), c[row]);
    }
    ck_assert(number(3, 5) == 6);
}
END_TEST

START_TEST(strings_and_truth_are_levels)
{
    read_text("{\"code\":\"3\",\"is\":true,\"both\":3}\n"
              "{\"code\":\"1\",\"is\":false,\"both\":\"3\"}\n"
              "{\"code\":\"1\",\"is\":true,\"both\":\"3.0\"}\n");
    ck_assert_int_eq(column(0)->type, COLUMN_CATEGORICAL);
    ck_assert_str_eq(text(0, 0), "3");
    ck_assert_int_eq(column(1)->type, COLUMN_CATEGORICAL);
    ck_assert_uint_eq(column(1)->n_levels, 2);
    ck_assert_str_eq(text(1, 0), "true");
    ck_assert_str_eq(text(1, 1), "false");
    ck_assert_int_eq(column(2)->type, COLUMN_CATEGORICAL);
    ck_assert_uint_eq(column(2)->n_levels, 2); /* 3 and "3" are one level */
}
END_TEST

START_TEST(a_number_that_becomes_a_level_keeps_its_text)
{
    read_text("{\"x\":1.0}\n{\"x\":1}\n{\"x\":1E3}\n{\"x\":-0}\n{\"x\":\"a\"}\n");
    static const char *const written[] = {"1.0", "1", "1E3", "-0", "a"};
    for (uint64_t row = 0; row < LENGTH(written); row++)
        ck_assert_str_eq(text(0, row), written[row]);
}
END_TEST

START_TEST(escapes_are_read)
{
    read_text("{\"\\u00e4\\\"\":\"\\n\\ud83d\\ude00\",\"b\":\"\\\\\"}\n"
              "{\"b\":\"\\t\",\"\\u00E4\\u0022\":\"\\/\"}\n");
    ck_assert_str_eq(column(0)->name, "\xc3\xa4\"");
    ck_assert_str_eq(text(0, 0), "\n\xf0\x9f\x98\x80");
    ck_assert_str_eq(text(0, 1), "/");
    ck_assert_str_eq(text(1, 0), "\\");
    ck_assert_str_eq(text(1, 1), "\t");
}
END_TEST

/* ---- pieces ---- */

static const char *const alike[] = {
    "{\"a\":1,\"b\":\"x\"}\n{\"a\":2.50,\"b\":null}\n{\"b\":\"y\",\"c\":true}\n",
    "\xef\xbb\xbf{\"a\":1,\"b\":\"x\"}\r\n\r\n{\"a\":2.50}\r\n{\"c\":true,\"b\":\"y\"}",
    ("\n \t\n { \"a\" : 1 , \"b\" : \"\\u0078\" } \n{\"b\":null,\"a\":2.50}\n\n"
     "{\"b\":\"y\",\"c\":true}"),
};

START_TEST(what_is_the_same_is_read_alike_in_pieces_of_any_size)
{
    read_text(alike[0]);
    for (size_t i = 0; i < LENGTH(alike); i++)
        for (size_t piece = 1; piece <= strlen(alike[i]); piece++) {
            struct csv_table other = {0};
            struct error err = {0};
            ck_assert_int_eq(csv_table_try_type(&other, NDJSON, alike[i],
                                                strlen(alike[i]), piece, &err),
                             0);
            ck_assert_uint_eq(other.bytes.n_bytes, table.bytes.n_bytes);
            ck_assert_int_eq(
                memcmp(other.bytes.bytes, table.bytes.bytes, table.bytes.n_bytes), 0);
            csv_table_free(&other);
        }
}
END_TEST

START_TEST(many_rows_with_a_column_that_comes_very_late)
{
    enum { N = 100000 };
    struct buffer lines = BUFFER_EMPTY;
    struct error err = {0};
    for (int i = 0; i < N; i++)
        buffer_printf(&lines, "{\"i\":%d,\"level\":\"l%d\"%s}\n", i, i % 300,
                      i == N - 2 ? ",\"late\":7" : "");
    ck_assert_int_eq(
        csv_table_try_type(&table, NDJSON, lines.bytes, lines.n_bytes, 65536, &err), 0);
    ck_assert_uint_eq(column(1)->n_levels, 300);
    ck_assert_uint_eq(column(2)->n_missing, N - 1);
    for (uint64_t row = 0; row < N; row += 997)
        ck_assert(number(0, row) == (double)row && isnan(number(2, row)));
    ck_assert(number(2, N - 2) == 7);
    buffer_free(&lines);
}
END_TEST

/* ---- what is refused ---- */

static const struct {
    const char *text;
    enum error_code code;
    const char *place, *begins;
} refused[] = {
    {"", ERROR_NO_ROWS, "", "the file is empty"},
    {"\n\n \n", ERROR_NO_ROWS, "", "the file is empty"},
    {"{}\n{}\n", ERROR_INVALID, "", "the data has no columns"},
    {"{\"a\":1}\n\n[1]\n", ERROR_INVALID_TYPE, "row 2", "line 3: a line must be"},
    {"7\n", ERROR_INVALID_TYPE, "row 1", "line 1: "},
    {"{\"a\":1}\n{\"a\":[2]}\n", ERROR_INVALID_TYPE, "row 2, column a",
     "line 2: must be a number"},
    {"{\"a\":{\"b\":1}}\n", ERROR_INVALID_TYPE, "row 1, column a", "line 1: "},
    {"{\"a\":1,\"a\":2}\n", ERROR_DUPLICATE_KEY, "row 1, column a", "line 1: "},
    {"{\"a\":1,\"\\u0061\":2}\n", ERROR_DUPLICATE_KEY, "row 1, column a", "line 1: "},
    {"{\"a\":1e309}\n", ERROR_NON_FINITE, "row 1, column a", "line 1: "},
    {"{\"a\":\"\\u0000\"}\n", ERROR_INVALID, "row 1, column a", "line 1: "},
    {"{\"a\":NaN}\n", ERROR_BAD_JSON, "row 1", "line 1, byte 6: JSON has no NaN"},
    {"{\"a\":-Infinity}\n", ERROR_BAD_JSON, "row 1", "line 1, byte 6: "},
    {"{\"a\":1}\n{\"a\":01}\n", ERROR_BAD_JSON, "row 2", "line 2, byte 6: "},
    {"{\"a\":1}\n\n{\"a\" 1}\n", ERROR_BAD_JSON, "row 2", "line 3, byte 6: "},
    {"{\"a\":1", ERROR_BAD_JSON, "row 1", "line 1, byte 7: the text ends too early"},
    {"{\"a\":1} {\"a\":2}\n", ERROR_BAD_JSON, "row 1", "line 1, byte 9: nothing may"},
    {"{\"a\":1,}\n", ERROR_BAD_JSON, "row 1", "line 1, byte 8: "},
    {"{\"a\":\"\xff\"}\n", ERROR_BAD_UTF8, "row 1", "line 1, byte 7: "},
    {"{\"a\":'b'}\n", ERROR_BAD_JSON, "row 1", "line 1, byte 6: "},
    {"a,b\n1,2\n", ERROR_BAD_JSON, "row 1", "line 1, byte 1: "},
    {"{\"\":1}\n", ERROR_BAD_COLUMN_NAME, "row 1", "a column has no name"},
    {"{\"a\":1}\n{\"\\t\":1}\n", ERROR_BAD_COLUMN_NAME, "row 2", "a column's name has"},
    {"{\"a\":1}\n{\"\\u0000\":1}\n", ERROR_BAD_COLUMN_NAME, "row 2", "line 2: "},
};

START_TEST(a_malformed_file_says_where)
{
    struct error err = {0};
    const char *lines = refused[_i].text;
    ck_assert_int_eq(
        csv_table_try_type(&table, NDJSON, lines, strlen(lines), SIZE_MAX, &err), -1);
    ck_assert_msg(err.code == refused[_i].code, "%s: %s", lines, error_word(err.code));
    ck_assert_msg(strcmp(err.place, refused[_i].place) == 0, "%s: %s", lines, err.place);
    ck_assert_msg(strncmp(err.message, refused[_i].begins, strlen(refused[_i].begins)) ==
                      0,
                  "%s: %s", lines, err.message);
}
END_TEST

static void note(void *context, const struct error *problem)
{
    buffer_printf(context, "%s %s\n", error_word(problem->code), problem->place);
}

START_TEST(all_problems_are_told)
{
    static const char lines[] = "{\"a\":[],\"b\":{}}\n{\"a\":1}\n{\"a\":\n"
                                "{\"a\":1,\"a\":2}\n{\"a\":3}\nnull\n";
    struct buffer told = BUFFER_EMPTY, out = BUFFER_EMPTY;
    struct summary summary = {0};
    struct error err = {0};
    int fd = csv_table_scratch();
    struct ingest *ingest = ingest_new(ingest_format_of(NDJSON), &ingest_defaults,
                                       buffer_sink(&out), fd, &err);
    ingest_tell_problems(ingest, note, &told);
    ck_assert_int_eq(ingest_push(ingest, lines, sizeof(lines) - 1, &err), 0);
    ck_assert_int_eq(ingest_finish(ingest, &summary, &err), -1);
    ck_assert_str_eq(err.place, "row 1, column a");
    ck_assert_str_eq(told.bytes, "invalid_type row 1, column a\n"
                                 "invalid_type row 1, column b\n"
                                 "bad_json row 3\n"
                                 "duplicate_key row 4, column a\n"
                                 "invalid_type row 6\n");
    ingest_free(ingest);
    buffer_free(&told);
    buffer_free(&out);
    close(fd);
}
END_TEST

START_TEST(a_line_without_end_is_refused)
{
    struct buffer lines = BUFFER_EMPTY;
    struct error err = {0};
    buffer_append_string(&lines, "{\"a\":1}\n{\"a\":\"");
    while (lines.n_bytes < (17U << 20))
        buffer_append_string(&lines, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(csv_table_try_type(&table, NDJSON, lines.bytes, lines.n_bytes,
                                            i ? 65536 : SIZE_MAX, &err),
                         -1);
        ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
        ck_assert_str_eq(err.place, "row 2");
    }
    buffer_free(&lines);
}
END_TEST

START_TEST(each_failed_allocation_is_told_and_leaves_nothing)
{
    static const char lines[] = "{\"a\":1,\"b\":\"\\u0078\"}\n{\"c\":\"\\n\",\"a\":2}\n";
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result =
            csv_table_try_type(&table, NDJSON, lines, sizeof(lines) - 1, 5, &err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_int_lt(n, 1000);
    }
}
END_TEST

TCase *read_ndjson_test(void)
{
    TCase *tests = tcase_create("read_ndjson");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, keys_become_columns_of_their_type);
    tcase_add_test(tests, keys_may_come_in_any_order_late_or_not_at_all);
    tcase_add_test(tests, strings_and_truth_are_levels);
    tcase_add_test(tests, a_number_that_becomes_a_level_keeps_its_text);
    tcase_add_test(tests, escapes_are_read);
    tcase_add_test(tests, what_is_the_same_is_read_alike_in_pieces_of_any_size);
    tcase_add_test(tests, many_rows_with_a_column_that_comes_very_late);
    tcase_add_loop_test(tests, a_malformed_file_says_where, 0, LENGTH(refused));
    tcase_add_test(tests, all_problems_are_told);
    tcase_add_test(tests, a_line_without_end_is_refused);
    tcase_add_test(tests, each_failed_allocation_is_told_and_leaves_nothing);
    return tests;
}
