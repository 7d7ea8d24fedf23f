#include "core/data/read_json.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define JSON "application/json"

static struct csv_table table;

static void teardown(void)
{
    csv_table_free(&table);
}

static void read_text(const char *text)
{
    struct error err = {0};
    if (csv_table_try_type(&table, JSON, text, strlen(text), SIZE_MAX, &err) < 0)
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

START_TEST(rows_become_columns_of_their_type)
{
    read_text("{\"columns\":[\"admit\",\"gre\",\"ses\",\"late\"],"
              "\"rows\":[[1,380.5,\"3\",true],[0,null,\"x\",false],[1,-2e1,null,null]]}");
    ck_assert_uint_eq(table_summary(table.table)->n_rows, 3);
    ck_assert_str_eq(column(1)->name, "gre");
    ck_assert_int_eq(column(1)->type, COLUMN_NUMERIC);
    ck_assert(number(1, 0) == 380.5 && isnan(number(1, 1)) && number(1, 2) == -20);
    ck_assert_int_eq(column(2)->type, COLUMN_CATEGORICAL);
    ck_assert_str_eq(text(2, 0), "3");
    ck_assert_str_eq(text(2, 2), "");
    ck_assert_str_eq(text(3, 0), "true");
    ck_assert_str_eq(text(3, 1), "false");
}
END_TEST

static const char *const alike[] = {
    "{\"columns\":[\"a\",\"b\"],\"rows\":[[1,\"x\"],[2.50,null],[null,\"y/\"]]}",
    "{\"rows\":[[1,\"x\"],[2.50,null],[null,\"y/\"]],\"columns\":[\"a\",\"b\"]}",
    (" {\r\n \"rows\" : [ [ 1 , \"\\u0078\" ] ,\n[2.50,null ],\t[null,\"y\\/\"] ] ,\n"
     "\"\\u0063olumns\" : [ \"\\u0061\" , \"b\" ] } \n"),
    "[{\"a\":1,\"b\":\"x\"},{\"b\":null,\"a\":2.50},{\"b\":\"y/\"}]",
    "\n[ {\"a\":1 , \"b\":\"x\" } , { \"a\" : 2.50 },\n{\"b\":\"y\\/\",\"a\":null}\n]\n",
};

START_TEST(what_is_the_same_is_read_alike_in_pieces_of_any_size)
{
    read_text(alike[0]);
    for (size_t i = 0; i < LENGTH(alike); i++)
        for (size_t piece = 1; piece <= strlen(alike[i]); piece++) {
            struct csv_table other = {0};
            struct error err = {0};
            ck_assert_msg(csv_table_try_type(&other, JSON, alike[i], strlen(alike[i]),
                                             piece, &err) == 0,
                          "%s: %s (%s)", alike[i], err.message, err.place);
            ck_assert_uint_eq(other.bytes.n_bytes, table.bytes.n_bytes);
            ck_assert_int_eq(
                memcmp(other.bytes.bytes, table.bytes.bytes, table.bytes.n_bytes), 0);
            csv_table_free(&other);
        }
}
END_TEST

START_TEST(objects_may_have_keys_that_come_late)
{
    read_text("[{},{\"a\":1},{\"b\":\"x\"}]");
    ck_assert_uint_eq(table_summary(table.table)->n_columns, 2);
    ck_assert(isnan(number(0, 0)) && number(0, 1) == 1 && isnan(number(0, 2)));
    ck_assert_uint_eq(column(1)->n_missing, 2);
    ck_assert_str_eq(text(1, 2), "x");
}
END_TEST

START_TEST(many_rows_whose_columns_are_named_at_the_end)
{
    enum { N = 100000 };
    struct buffer json = BUFFER_EMPTY;
    struct error err = {0};
    buffer_append_string(&json, "{\"rows\":[");
    for (int i = 0; i < N; i++)
        buffer_printf(&json, "%s[%d,\"l%d\"]", i ? "," : "", i, i % 300);
    buffer_append_string(&json, "],\"columns\":[\"i\",\"level\"]}");
    ck_assert_int_eq(
        csv_table_try_type(&table, JSON, json.bytes, json.n_bytes, 65536, &err), 0);
    ck_assert_str_eq(column(1)->name, "level");
    ck_assert_uint_eq(column(1)->n_levels, 300);
    for (uint64_t row = 0; row < N; row += 997)
        ck_assert(number(0, row) == (double)row);
    buffer_free(&json);
}
END_TEST

/* ---- what is refused ---- */

static const struct {
    const char *text;
    enum error_code code;
    const char *place;
} refused[] = {
    {"", ERROR_NO_ROWS, ""},
    {" \n", ERROR_NO_ROWS, ""},
    {"7", ERROR_BAD_JSON, "byte 0"},
    {"\xef\xbb\xbf{}", ERROR_BAD_JSON, "byte 0"},
    {"{}", ERROR_MISSING_FIELD, "/columns"},
    {"{\"columns\":[\"a\"]}", ERROR_MISSING_FIELD, "/rows"},
    {"{\"rows\":[[1]]}", ERROR_MISSING_FIELD, "/columns"},
    {"{\"rows\":[[1]],\"more~/\":[1,{\"a\":[]}]}", ERROR_UNKNOWN_FIELD, "/more~0~1"},
    {"{\"rows\":[[1]],\"rows\":[[1]]}", ERROR_DUPLICATE_KEY, "byte 14"},
    {"{\"columns\":[],\"columns\":[]}", ERROR_INVALID, "/columns"},
    {"{\"columns\":\"a\",\"rows\":[[1]]}", ERROR_INVALID_TYPE, "/columns"},
    {"{\"columns\":[\"a\",1],\"rows\":[[1]]}", ERROR_INVALID_TYPE, "/columns/1"},
    {"{\"columns\":[\"a\",\"\"],\"rows\":[[1]]}", ERROR_BAD_COLUMN_NAME, "/columns/1"},
    {"{\"columns\":[\"a\\u0000\"],\"rows\":[[1]]}", ERROR_BAD_COLUMN_NAME, "/columns/0"},
    {"{\"rows\":[[1,2]],\"columns\":[\"a\",\"a\"]}", ERROR_DUPLICATE_COLUMN,
     "/columns/1"},
    {"{\"rows\":[[1,2]],\"columns\":[\"a\"]}", ERROR_RAGGED_ROW, "/columns"},
    {"{\"columns\":[\"a\"],\"rows\":7}", ERROR_INVALID_TYPE, "/rows"},
    {"{\"columns\":[\"a\"],\"rows\":[]}", ERROR_NO_ROWS, "/rows"},
    {"[]", ERROR_NO_ROWS, ""},
    {"[{},{}]", ERROR_INVALID, ""},
    {"{\"rows\":[[]],\"columns\":[]}", ERROR_INVALID, "/rows/0"},
    {"{\"columns\":[\"a\"],\"rows\":[[1],[1,2]]}", ERROR_RAGGED_ROW, "/rows/1"},
    {"{\"columns\":[\"a\"],\"rows\":[[1],{\"a\":1}]}", ERROR_INVALID_TYPE, "/rows/1"},
    {"{\"columns\":[\"a\"],\"rows\":[[1],[[2]]]}", ERROR_INVALID_TYPE, "/rows/1/0"},
    {"{\"columns\":[\"a\"],\"rows\":[[1],[1e999]]}", ERROR_NON_FINITE, "/rows/1/0"},
    {"[{\"a\":1},[1]]", ERROR_INVALID_TYPE, "/1"},
    {"[{\"a\":1},{\"a\":{}}]", ERROR_INVALID_TYPE, "/1/a"},
    {"[{\"a/b\":1,\"a/b\":2}]", ERROR_DUPLICATE_KEY, "/0/a~1b"},
    {"[{\"a\":1},{\"\":1}]", ERROR_BAD_COLUMN_NAME, "/1"},
    {"{\"columns\":[\"a\"] \"rows\":[[1]]}", ERROR_BAD_JSON, "byte 17"},
    {"{\"columns\":[\"a\"],\"rows\":[[1],[x]]}", ERROR_BAD_JSON, "byte 30"},
    {"{\"columns\":[\"a\"],\"rows\":[[1}]}", ERROR_BAD_JSON, "byte 27"},
    {"{\"columns\":[\"a\"],\"rows\":[[1],]}", ERROR_BAD_JSON, "byte 29"},
    {"{\"columns\":[\"a\"],\"rows\":[[1]],}", ERROR_BAD_JSON, "byte 30"},
    {"{\"columns\":[\"a\"],\"rows\":[[1]]", ERROR_BAD_JSON, "byte 29"},
    {"{\"columns\":[\"a\"],\"rows\":[[1]]}}", ERROR_BAD_JSON, "byte 30"},
    {"{\"columns\":[\"a\"],\"rows\":[[NaN]]}", ERROR_BAD_JSON, "byte 26"},
    {"{\"columns\":[\"a\"],\"rows\":[[\"\xff\"]]}", ERROR_BAD_UTF8, "byte 27"},
    {"{columns:[\"a\"]}", ERROR_BAD_JSON, "byte 1"},
    {"{\"columns\" [\"a\"]}", ERROR_BAD_JSON, "byte 11"},
    {"{\"columns\":}", ERROR_BAD_JSON, "byte 11"},
    {"a,b\n1,2\n", ERROR_BAD_JSON, "byte 0"},
};

START_TEST(a_malformed_file_says_where)
{
    const char *json = refused[_i].text;
    for (size_t piece = 1; piece < 100; piece += 33) {
        struct error err = {0};
        ck_assert_int_eq(
            csv_table_try_type(&table, JSON, json, strlen(json), piece, &err), -1);
        ck_assert_msg(err.code == refused[_i].code, "%s: %s: %s", json,
                      error_word(err.code), err.message);
        ck_assert_msg(strcmp(err.place, refused[_i].place) == 0, "%s: %s", json,
                      err.place);
    }
}
END_TEST

static void note(void *context, const struct error *problem)
{
    buffer_printf(context, "%s %s\n", error_word(problem->code), problem->place);
}

START_TEST(all_problems_are_told)
{
    static const char json[] = "{\"more\":1,\"rows\":[[{},[]],[1],7,[1,2]],"
                               "\"columns\":[\"a\",\"a\"]}";
    struct buffer told = BUFFER_EMPTY, out = BUFFER_EMPTY;
    struct summary summary = {0};
    struct error err = {0};
    int fd = csv_table_scratch();
    struct ingest *ingest =
        ingest_new(ingest_format_of(JSON), &ingest_defaults, buffer_sink(&out), fd, &err);
    ingest_tell_problems(ingest, note, &told);
    ck_assert_int_eq(ingest_push(ingest, json, sizeof(json) - 1, &err), 0);
    ck_assert_int_eq(ingest_finish(ingest, &summary, &err), -1);
    ck_assert_str_eq(err.place, "/more");
    ck_assert_str_eq(told.bytes, "unknown_field /more\n"
                                 "invalid_type /rows/0/0\n"
                                 "invalid_type /rows/0/1\n"
                                 "ragged_row /rows/1\n"
                                 "invalid_type /rows/2\n"
                                 "duplicate_column /columns/1\n");
    ingest_free(ingest);
    buffer_free(&told);
    buffer_free(&out);
    close(fd);
}
END_TEST

START_TEST(a_row_without_end_is_refused)
{
    struct buffer json = BUFFER_EMPTY;
    struct error err = {0};
    buffer_append_string(&json, "{\"rows\":[[1,\"");
    while (json.n_bytes < (17U << 20))
        buffer_append_string(&json, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    ck_assert_int_eq(
        csv_table_try_type(&table, JSON, json.bytes, json.n_bytes, 65536, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_str_eq(err.place, "byte 9");
    buffer_free(&json);
}
END_TEST

static const char *const failing[] = {
    "{\"rows\":[[1,\"\\u0078\"],[2,\"\\n\"]],\"columns\":[\"a\",\"\\u0062\"]}",
    "[{\"a\":1,\"b\":\"\\u0078\"},{\"\\u0063\":\"\\n\",\"a\":2}]",
};

START_TEST(each_failed_allocation_is_told_and_leaves_nothing)
{
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result =
            csv_table_try_type(&table, JSON, failing[_i], strlen(failing[_i]), 5, &err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_int_lt(n, 1000);
    }
}
END_TEST

TCase *read_json_test(void)
{
    TCase *tests = tcase_create("read_json");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, rows_become_columns_of_their_type);
    tcase_add_test(tests, what_is_the_same_is_read_alike_in_pieces_of_any_size);
    tcase_add_test(tests, objects_may_have_keys_that_come_late);
    tcase_add_test(tests, many_rows_whose_columns_are_named_at_the_end);
    tcase_add_loop_test(tests, a_malformed_file_says_where, 0, LENGTH(refused));
    tcase_add_test(tests, all_problems_are_told);
    tcase_add_test(tests, a_row_without_end_is_refused);
    tcase_add_loop_test(tests, each_failed_allocation_is_told_and_leaves_nothing, 0,
                        LENGTH(failing));
    return tests;
}
