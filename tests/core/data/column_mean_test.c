#include "core/data/column_mean.h"

#include <check.h>
#include <math.h>

#include "tests/support/csv_table.h"

enum { X, W, T, HUGE_NUMBER, NOTHING };

static struct csv_table table;

static void setup(void)
{
    csv_table_read(&table, "x,w,t,h,none\n1,2,1,1.7e308,NA\nNA,5,1,1.7e308,NA\n"
                           "4,1,3,1.7e308,NA\n10,0,7,1.7e308,NA\n-2,NA,1,1.7e308,NA\n");
}

static void teardown(void)
{
    csv_table_free(&table);
}

START_TEST(the_mean_is_of_the_cells_that_are_there)
{
    ck_assert_double_eq(
        column_mean(table.table, X, NULL, COLUMN_MEAN_NONE, COLUMN_MEAN_NONE), 3.25);
}
END_TEST

START_TEST(rows_left_out_do_not_count)
{
    static const unsigned char keep[] = {1, 1, 1, 0, 0}, none[5];
    ck_assert_double_eq(
        column_mean(table.table, X, keep, COLUMN_MEAN_NONE, COLUMN_MEAN_NONE), 2.5);
    ck_assert(
        isnan(column_mean(table.table, X, none, COLUMN_MEAN_NONE, COLUMN_MEAN_NONE)));
    ck_assert(isnan(
        column_mean(table.table, NOTHING, NULL, COLUMN_MEAN_NONE, COLUMN_MEAN_NONE)));
}
END_TEST

START_TEST(rows_count_by_their_weights_and_trials)
{
    ck_assert_double_eq(column_mean(table.table, X, NULL, W, COLUMN_MEAN_NONE), 2);
    ck_assert_double_eq(column_mean(table.table, X, NULL, W, T), 14. / 5);
    ck_assert_double_eq(column_mean(table.table, X, NULL, COLUMN_MEAN_NONE, T), 81. / 12);
}
END_TEST

START_TEST(numbers_near_the_largest_double_have_a_mean)
{
    ck_assert_double_eq(
        column_mean(table.table, HUGE_NUMBER, NULL, COLUMN_MEAN_NONE, COLUMN_MEAN_NONE),
        1.7e308);
}
END_TEST

START_TEST(the_mean_is_the_summarys)
{
    ck_assert_double_eq(
        column_mean(table.table, X, NULL, COLUMN_MEAN_NONE, COLUMN_MEAN_NONE),
        table_summary(table.table)->columns[X].mean);
}
END_TEST

TCase *column_mean_test(void)
{
    TCase *tests = tcase_create("column_mean");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_mean_is_of_the_cells_that_are_there);
    tcase_add_test(tests, rows_left_out_do_not_count);
    tcase_add_test(tests, rows_count_by_their_weights_and_trials);
    tcase_add_test(tests, numbers_near_the_largest_double_have_a_mean);
    tcase_add_test(tests, the_mean_is_the_summarys);
    return tests;
}
