#include "core/data/row_groups.h"

#include <check.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;

static void setup(void)
{
    csv_table_read(&table, "n,t\n3,b\n-1,c\n0.5,a\n3,b\n-0,c\n0,a\n");
}

static void teardown(void)
{
    csv_table_free(&table);
}

static void check(size_t column, const unsigned char *keep, uint64_t n_kept,
                  const uint32_t *expected, size_t n_expected)
{
    uint32_t group_of[6];
    size_t n_groups;
    ck_assert_int_eq(
        row_groups_number(table.table, column, keep, n_kept, group_of, &n_groups, NULL),
        0);
    ck_assert_uint_eq(n_groups, n_expected);
    ck_assert_mem_eq(group_of, expected, n_kept * sizeof(*group_of));
}

START_TEST(each_number_is_a_group)
{
    check(0, NULL, 6, (uint32_t[]){3, 0, 2, 3, 1, 1}, 4);
}
END_TEST

START_TEST(each_level_is_a_group)
{
    check(1, NULL, 6, (uint32_t[]){1, 2, 0, 1, 2, 0}, 3);
}
END_TEST

START_TEST(groups_that_no_row_is_left_of_are_none)
{
    static const unsigned char keep[] = {1, 1, 0, 1, 0, 0};
    check(0, keep, 3, (uint32_t[]){1, 0, 1}, 2);
    check(1, keep, 3, (uint32_t[]){0, 1, 0}, 2);
}
END_TEST

START_TEST(missing_cells_are_the_last_group)
{
    static const unsigned char keep[] = {1, 1, 0, 1, 0, 0};
    csv_table_free(&table);
    csv_table_read(&table, "n,t\n2,b\n,\n1,a\nNA,NA\n2,a\n0,b\n");
    check(0, NULL, 6, (uint32_t[]){2, 3, 1, 3, 2, 0}, 4);
    check(1, NULL, 6, (uint32_t[]){1, 2, 0, 2, 0, 1}, 3);
    check(0, keep, 3, (uint32_t[]){0, 1, 1}, 2);
    check(1, keep, 3, (uint32_t[]){0, 1, 1}, 2);
}
END_TEST

START_TEST(groups_are_counted_up_to_a_most)
{
    ck_assert_uint_eq(row_groups_count(table.table, 0, 255, NULL), 4);
    ck_assert_uint_eq(row_groups_count(table.table, 0, 2, NULL), 3);
    ck_assert_uint_eq(row_groups_count(table.table, 1, 255, NULL), 3);
    ck_assert_uint_eq(row_groups_count(table.table, 1, 1, NULL), 2);
}
END_TEST

/* The summary does not say how many more than a hundred there are. */
START_TEST(many_numbers_are_counted_in_the_rows)
{
    struct buffer text = BUFFER_EMPTY;
    struct error err = {0};
    csv_table_free(&table);
    buffer_append_string(&text, "n,s\n");
    for (int i = 0; i < 9000; i++)
        buffer_printf(&text, "%d,%d\n", i * 7 % 211, i);
    buffer_append_string(&text, "NA,1\n");
    buffer_append_byte(&text, '\0');
    csv_table_read(&table, text.bytes);
    buffer_free(&text);
    ck_assert_uint_eq(row_groups_count(table.table, 0, 255, NULL), 211);
    ck_assert_uint_eq(row_groups_count(table.table, 0, 210, NULL), 211);
    ck_assert_uint_eq(row_groups_count(table.table, 0, 209, NULL), 210);
    ck_assert_uint_eq(row_groups_count(table.table, 1, 255, NULL), 256);
    memory_fail_after(0);
    ck_assert_uint_eq(row_groups_count(table.table, 1, 255, &err), SIZE_MAX);
    memory_fail_after(-1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

START_TEST(without_memory_that_is_said)
{
    for (long n = 0; n < 2; n++)
        for (size_t column = 0; column < 2; column++) {
            struct error err = {0};
            uint32_t group_of[6];
            size_t n_groups;
            memory_fail_after(n);
            int status = row_groups_number(table.table, column, NULL, 6, group_of,
                                           &n_groups, &err);
            memory_fail_after(-1);
            ck_assert(status == 0 ? n > 0 : err.code == ERROR_NO_MEMORY);
        }
}
END_TEST

TCase *row_groups_test(void)
{
    TCase *tests = tcase_create("row_groups");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, each_number_is_a_group);
    tcase_add_test(tests, each_level_is_a_group);
    tcase_add_test(tests, groups_that_no_row_is_left_of_are_none);
    tcase_add_test(tests, missing_cells_are_the_last_group);
    tcase_add_test(tests, groups_are_counted_up_to_a_most);
    tcase_add_test(tests, many_numbers_are_counted_in_the_rows);
    tcase_add_test(tests, without_memory_that_is_said);
    return tests;
}
