#include "core/data/cell_reader.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table trained, table;
static struct encoding *encoding;

static void setup(void)
{
    static const struct input_request requests[] = {
        {.name = "ses", .type = -1},
        {.name = "age", .type = -1},
        {.name = "rank", .type = COLUMN_CATEGORICAL},
    };
    csv_table_read(&trained, "age,rank,ses\n20,3,low\n30,1,high\n");
    encoding = encoding_build(trained.table, requests, 3, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(encoding);
}

static void teardown(void)
{
    encoding_free(encoding);
    csv_table_free(&trained);
    csv_table_free(&table);
}

static void read_rows(uint64_t first, size_t n, double *cells)
{
    double scratch[8];
    struct error err = {0};
    struct cell_reader *reader = cell_reader_new(table.table, encoding, &err);
    ck_assert_msg(reader != NULL, "%s", err.message);
    cell_reader_read(reader, first, n, scratch, cells);
    cell_reader_free(reader);
}

START_TEST(cells_are_numbers_and_indices_of_the_models_levels)
{
    double cells[6];
    csv_table_read(&table, "ses,x,rank,age\nmid,0,1,5\nlow,0,3,7\nhigh,0,1,9\n");
    read_rows(1, 2, cells);
    ck_assert(cells[0] == 1 && cells[1] == 7 && cells[2] == 1);
    ck_assert(cells[3] == 0 && cells[4] == 9 && cells[5] == 0);
}
END_TEST

START_TEST(missing_and_unknown_cells_are_marked)
{
    double cells[6];
    csv_table_read(&table, "ses,rank,age\nmid,2,5\nNA,,\n");
    read_rows(0, 2, cells);
    ck_assert(cells[0] == INPUT_UNKNOWN_LEVEL);
    ck_assert(cells[1] == 5);
    ck_assert(cells[2] == INPUT_UNKNOWN_LEVEL);
    ck_assert(isnan(cells[3]) && isnan(cells[4]) && isnan(cells[5]));
}
END_TEST

START_TEST(levels_may_be_texts_in_one_table_and_numbers_in_the_other)
{
    double cells[6];
    csv_table_read(&table, "ses,rank,age\nlow,3,5\nlow,x,6\n");
    read_rows(0, 2, cells);
    ck_assert(cells[2] == 1 && cells[5] == INPUT_UNKNOWN_LEVEL);
}
END_TEST

START_TEST(a_column_that_is_not_there_is_named)
{
    struct error err = {0};
    csv_table_read(&table, "ses,age\nlow,3\n");
    ck_assert_ptr_null(cell_reader_new(table.table, encoding, &err));
    ck_assert_int_eq(err.code, ERROR_UNKNOWN_COLUMN);
    ck_assert_str_eq(err.place, "rank");
}
END_TEST

START_TEST(text_where_the_model_has_numbers_is_refused)
{
    struct error err = {0};
    csv_table_read(&table, "ses,rank,age\nlow,3,old\n");
    ck_assert_ptr_null(cell_reader_new(table.table, encoding, &err));
    ck_assert_int_eq(err.code, ERROR_INVALID_TYPE);
    ck_assert_str_eq(err.place, "age");
}
END_TEST

/* ---- sparse columns ---- */

/* The encoding of these columns of a table with sparse ones: 9 as it is, 3 by levels. */
static void train_sparse(void)
{
    static const struct input_request requests[] = {
        {.name = "9", .type = -1},
        {.name = "3", .type = COLUMN_CATEGORICAL},
        {.name = "12", .type = -1},
    };
    encoding_free(encoding);
    csv_table_free(&trained);
    csv_table_read_libsvm(&trained, "1 3:2 9:0.5\n0 9:1 12:7\n");
    encoding = encoding_build(trained.table, requests, 3, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(encoding);
}

START_TEST(entries_that_are_not_there_are_0)
{
    double cells[9];
    train_sparse();
    csv_table_read_libsvm(&table, "1 9:4 55:1\n0 3:2 9:-1\n1 3:8\n");
    read_rows(0, 3, cells);
    ck_assert(cells[0] == 4 && cells[1] == 0 && cells[2] == 0);
    ck_assert(cells[3] == -1 && cells[4] == 1 && cells[5] == 0);
    ck_assert(cells[6] == 0 && cells[7] == INPUT_UNKNOWN_LEVEL && cells[8] == 0);
}
END_TEST

START_TEST(a_sparse_input_may_come_from_a_plain_column_or_from_none)
{
    double cells[6];
    train_sparse();
    csv_table_read(&table, "9,3\n5,0\n,2\n");
    read_rows(0, 2, cells);
    ck_assert(cells[0] == 5 && cells[1] == 0 && cells[2] == 0);
    ck_assert(isnan(cells[3]) && cells[4] == 1 && cells[5] == 0);
}
END_TEST

START_TEST(sparse_columns_know_their_design_columns)
{
    uint32_t column_of[3];
    train_sparse();
    encoding_map_sparse(encoding, trained.table, column_of);
    ck_assert_uint_eq(column_of[0], ENCODING_NO_COLUMN); /* 3, which has levels */
    ck_assert_uint_eq(column_of[1], 0);
    ck_assert_uint_eq(column_of[2], 2); /* behind 9 and 3[2] */
}
END_TEST

START_TEST(damaged_entries_are_told)
{
    struct table_sparse_block block;
    struct error err = {0};
    train_sparse();
    ck_assert_int_eq(table_sparse_block(trained.table, 0, &block, NULL), 0);
    trained.bytes.bytes[(const char *)block.starts - trained.bytes.bytes] = 1;
    ck_assert_ptr_null(cell_reader_new(trained.table, encoding, &err));
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
}
END_TEST

START_TEST(each_failed_allocation_for_entries_is_told)
{
    train_sparse();
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct cell_reader *reader = cell_reader_new(trained.table, encoding, &err);
        memory_fail_after(-1);
        cell_reader_free(reader);
        if (reader)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    csv_table_read(&table, "ses,rank,age\nlow,x,3\n");
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct cell_reader *reader = cell_reader_new(table.table, encoding, &err);
        memory_fail_after(-1);
        cell_reader_free(reader);
        if (reader)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *cell_reader_test(void)
{
    TCase *tests = tcase_create("cell_reader");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, cells_are_numbers_and_indices_of_the_models_levels);
    tcase_add_test(tests, missing_and_unknown_cells_are_marked);
    tcase_add_test(tests, levels_may_be_texts_in_one_table_and_numbers_in_the_other);
    tcase_add_test(tests, a_column_that_is_not_there_is_named);
    tcase_add_test(tests, text_where_the_model_has_numbers_is_refused);
    tcase_add_test(tests, entries_that_are_not_there_are_0);
    tcase_add_test(tests, a_sparse_input_may_come_from_a_plain_column_or_from_none);
    tcase_add_test(tests, sparse_columns_know_their_design_columns);
    tcase_add_test(tests, damaged_entries_are_told);
    tcase_add_test(tests, each_failed_allocation_for_entries_is_told);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
