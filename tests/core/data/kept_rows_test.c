#include "core/data/kept_rows.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/csv_table.h"

static struct csv_table table;

static void setup(void)
{
    csv_table_read(&table, "n,t\n1,a\nNA,b\n3,\n4,c\n");
}

static void teardown(void)
{
    csv_table_free(&table);
}

START_TEST(rows_with_missing_cells_are_dropped_column_by_column)
{
    unsigned char keep[] = {1, 1, 1, 1};
    kept_rows_drop_missing(table.table, 0, keep);
    ck_assert_mem_eq(keep, ((unsigned char[]){1, 0, 1, 1}), 4);
    kept_rows_drop_missing(table.table, 1, keep);
    ck_assert_mem_eq(keep, ((unsigned char[]){1, 0, 0, 1}), 4);
    ck_assert_uint_eq(kept_rows_count(table.table, keep), 2);
    ck_assert_uint_eq(kept_rows_count(table.table, NULL), 4);
}
END_TEST

START_TEST(missing_cells_of_kept_rows_are_counted)
{
    static const unsigned char keep[] = {0, 1, 0, 1};
    ck_assert_uint_eq(kept_rows_count_missing(table.table, 0, NULL), 1);
    ck_assert_uint_eq(kept_rows_count_missing(table.table, 1, NULL), 1);
    ck_assert_uint_eq(kept_rows_count_missing(table.table, 0, keep), 1);
    ck_assert_uint_eq(kept_rows_count_missing(table.table, 1, keep), 0);
}
END_TEST

START_TEST(kept_numbers_come_without_gaps)
{
    static const unsigned char keep[] = {0, 1, 0, 1};
    double values[4];
    kept_rows_read_numbers(table.table, 0, keep, NULL, values);
    ck_assert(isnan(values[0]) && values[1] == 4);
    kept_rows_read_numbers(table.table, 0, NULL, NULL, values);
    ck_assert(values[2] == 3);
}
END_TEST

START_TEST(a_kept_row_has_its_place_in_the_table)
{
    static const unsigned char keep[] = {0, 1, 0, 1};
    ck_assert_uint_eq(kept_rows_place(keep, 0), 1);
    ck_assert_uint_eq(kept_rows_place(keep, 1), 3);
    ck_assert_uint_eq(kept_rows_place(NULL, 2), 2);
}
END_TEST

TCase *kept_rows_test(void)
{
    TCase *tests = tcase_create("kept_rows");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_with_missing_cells_are_dropped_column_by_column);
    tcase_add_test(tests, missing_cells_of_kept_rows_are_counted);
    tcase_add_test(tests, kept_numbers_come_without_gaps);
    tcase_add_test(tests, a_kept_row_has_its_place_in_the_table);
    return tests;
}
