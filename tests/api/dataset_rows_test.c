#include "api/dataset_rows.h"

#include <string.h>

#include <jansson.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"
#include "tests/support/suite.h"

static struct csv_table table;
static struct buffer out;

static void setup(void)
{
    out = BUFFER_EMPTY;
}

static void teardown(void)
{
    memory_fail_after(-1);
    buffer_free(&out);
    csv_table_free(&table);
}

static int write_rows(uint64_t after, size_t limit, struct error *err)
{
    buffer_clear(&out);
    struct json_writer json = json_write_start(&out);
    return dataset_rows_write(table.table, after, limit, &json, err);
}

static const char *rows(uint64_t after, size_t limit)
{
    struct error err = {0};
    ck_assert_msg(write_rows(after, limit, &err) == 0, "%s", err.message);
    ck_assert_int_eq(buffer_check(&out, NULL), 0);
    return out.bytes;
}

#define HEAD "{\"columns\":[\"x\",\"level\"],\"rows\":["

START_TEST(rows_come_in_order_from_where_they_are_asked)
{
    csv_table_read(&table, "x,level\n1,a\n2.5,b\n-3e-9,a\n4,c\n");
    ck_assert_str_eq(
        rows(0, 10),
        HEAD "[1,\"a\"],[2.5,\"b\"],[-3e-09,\"a\"],[4,\"c\"]],\"has_more\":false}");
    ck_assert_str_eq(rows(0, 1), HEAD "[1,\"a\"]],\"has_more\":true}");
    ck_assert_str_eq(rows(2, 1), HEAD "[-3e-09,\"a\"]],\"has_more\":true}");
    ck_assert_str_eq(rows(3, 1), HEAD "[4,\"c\"]],\"has_more\":false}");
    ck_assert_str_eq(rows(1, 3),
                     HEAD "[2.5,\"b\"],[-3e-09,\"a\"],[4,\"c\"]],\"has_more\":false}");
}
END_TEST

START_TEST(behind_the_end_there_is_nothing)
{
    csv_table_read(&table, "x,level\n1,a\n");
    ck_assert_str_eq(rows(1, 10), HEAD "],\"has_more\":false}");
    ck_assert_str_eq(rows(UINT64_MAX, 10), HEAD "],\"has_more\":false}");
}
END_TEST

START_TEST(missing_cells_are_null_and_texts_are_escaped)
{
    csv_table_read(&table, "\"a \"\"b\"\"\",level\n,\"x\ny\"\n1,\n2,\xc3\xa4\n");
    ck_assert_str_eq(rows(0, 10),
                     "{\"columns\":[\"a \\\"b\\\"\",\"level\"],\"rows\":[[null,\"x\\ny\"]"
                     ",[1,null],[2,\"\xc3\xa4\"]],\"has_more\":false}");
}
END_TEST

/* Numbers print so that they read back as the same double. */
START_TEST(numbers_come_back_bit_for_bit)
{
    static const double expected[] = {
        0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 123456789012345678.0};
    csv_table_read(&table, "x\n0.1\n0.3333333333333333\n5e-324\n"
                           "1.7976931348623157e308\n-0\n123456789012345678\n");
    json_t *json = json_loads(rows(0, 10), 0, NULL);
    for (size_t i = 0; i < 6; i++) {
        double value = json_number_value(
            json_array_get(json_array_get(json_object_get(json, "rows"), i), 0));
        ck_assert_mem_eq(&value, &expected[i], sizeof(value));
    }
    json_decref(json);
}
END_TEST

/* 200 000 cells make a page, whatever is asked. */
START_TEST(a_wide_table_gives_fewer_rows_at_once_but_all_in_the_end)
{
    enum { N_COLUMNS = 5000, N_ROWS = 100 };
    struct buffer csv = BUFFER_EMPTY;
    for (int i = 0; i <= N_ROWS; i++)
        for (int j = 0; j < N_COLUMNS; j++)
            buffer_printf(&csv, "%s%s%d%s", j ? "," : "", i ? "" : "c", i ? i : j,
                          j == N_COLUMNS - 1 ? "\n" : "");
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
    uint64_t n_seen = 0;
    bool has_more = true;
    for (int page = 0; has_more; page++) {
        ck_assert_int_lt(page, N_ROWS);
        json_t *json = json_loads(rows(n_seen, 1000), 0, NULL);
        const json_t *found = json_object_get(json, "rows");
        size_t n = json_array_size(found);
        ck_assert_uint_gt(n, 0);
        ck_assert_uint_le(n * N_COLUMNS, 200000 + N_COLUMNS);
        for (size_t i = 0; i < n; i++, n_seen++)
            ck_assert_int_eq(json_integer_value(
                                 json_array_get(json_array_get(found, i), N_COLUMNS - 1)),
                             (json_int_t)n_seen + 1);
        has_more = json_is_true(json_object_get(json, "has_more"));
        json_decref(json);
    }
    ck_assert_uint_eq(n_seen, N_ROWS);
}
END_TEST

START_TEST(sparse_columns_are_told_by_what_is_not_0)
{
    csv_table_read_libsvm(&table, "1 3:0.5 20:-2\n0\n1 3:0 7:1e-9\n");
    ck_assert_str_eq(rows(0, 10), "{\"columns\":[\"label\"],\"rows\":[[1],[0],[1]],"
                                  "\"sparse\":[{\"3\":0.5,\"20\":-2},{},{\"7\":1e-09}],"
                                  "\"has_more\":false}");
    ck_assert_str_eq(rows(1, 1), "{\"columns\":[\"label\"],\"rows\":[[0]],"
                                 "\"sparse\":[{}],\"has_more\":true}");
    ck_assert_str_eq(rows(3, 1), "{\"columns\":[\"label\"],\"rows\":[],\"sparse\":[],"
                                 "\"has_more\":false}");
}
END_TEST

START_TEST(rows_of_many_entries_come_fewer_at_once)
{
    struct buffer text = BUFFER_EMPTY;
    for (int i = 0; i < 5; i++) {
        buffer_printf(&text, "%d", i);
        for (int j = 0; j < 90000; j++)
            buffer_printf(&text, " %d:1", j);
        buffer_append_byte(&text, '\n');
    }
    csv_table_read_libsvm(&table, text.bytes);
    buffer_free(&text);
    static const char *const pages[] = {"\"rows\":[[0],[1]],", NULL,
                                        "\"rows\":[[2],[3]],", NULL, "\"rows\":[[4]],"};
    for (uint64_t after = 0; after < 5; after += 2)
        ck_assert_ptr_nonnull(strstr(rows(after, 1000), pages[after]));
}
END_TEST

START_TEST(damaged_entries_are_told)
{
    struct error err = {0};
    csv_table_read_libsvm(&table, "1 3:0.5 20:-2\n0\n");
    struct table_sparse_block block;
    ck_assert_int_eq(table_sparse_block(table.table, 0, &block, NULL), 0);
    size_t at = (size_t)((const char *)block.columns - table.bytes.bytes);
    table.bytes.bytes[at] = 77;
    ck_assert_int_eq(write_rows(0, 10, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
}
END_TEST

START_TEST(writing_rows_without_memory_is_told)
{
    int result = -1;
    csv_table_read(&table, "x,level\n1,a\n2.5,b\n");
    for (long n = 0; result < 0; n++) {
        struct error err = {0};
        buffer_free(&out);
        memory_fail_after(n);
        result = write_rows(0, 10, &err);
        if (result == 0)
            result = buffer_check(&out, &err);
        ck_assert_int_eq(result, memory_fail_after(-1) > n ? -1 : 0);
        if (result < 0)
            ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *dataset_rows_test(void)
{
    TCase *tcase = tcase_create("dataset_rows");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, rows_come_in_order_from_where_they_are_asked);
    tcase_add_test(tcase, behind_the_end_there_is_nothing);
    tcase_add_test(tcase, missing_cells_are_null_and_texts_are_escaped);
    tcase_add_test(tcase, numbers_come_back_bit_for_bit);
    tcase_add_test(tcase, a_wide_table_gives_fewer_rows_at_once_but_all_in_the_end);
    tcase_add_test(tcase, sparse_columns_are_told_by_what_is_not_0);
    tcase_add_test(tcase, rows_of_many_entries_come_fewer_at_once);
    tcase_add_test(tcase, damaged_entries_are_told);
    tcase_add_test(tcase, writing_rows_without_memory_is_told);
    return tcase;
}
