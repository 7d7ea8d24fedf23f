#include "core/data/level_count.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;

static void setup(void)
{
    csv_table_read(&table, "n,t\n10,b\n9,a\n-0,b\nNA,c\n0,NA\n9,a\n");
}

static void teardown(void)
{
    csv_table_free(&table);
}

/* As "text×rows " in order. */
static void check_levels(size_t column, const unsigned char *keep, const char *expected)
{
    struct buffer text = BUFFER_EMPTY;
    size_t n;
    struct level *levels = level_count_of(table.table, column, keep, 100, &n, NULL);
    ck_assert_ptr_nonnull(levels);
    buffer_append_string(&text, "");
    for (size_t i = 0; i < n; i++)
        buffer_printf(&text, "%s*%llu ", levels[i].text,
                      (unsigned long long)levels[i].n_rows);
    ck_assert_str_eq(text.bytes, expected);
    memory_free(levels);
    buffer_free(&text);
}

START_TEST(cells_are_counted_by_level)
{
    check_levels(0, NULL, "0*2 9*2 10*1 ");
    check_levels(1, NULL, "a*2 b*2 c*1 ");
}
END_TEST

START_TEST(rows_left_out_do_not_count)
{
    static const unsigned char keep[] = {1, 0, 0, 0, 1, 1}, none[6];
    check_levels(0, keep, "0*1 9*1 10*1 ");
    check_levels(1, keep, "a*1 b*1 ");
    check_levels(0, none, "");
    check_levels(1, none, "");
}
END_TEST

/* Each of ten numbers, negative zero and 0 among them, as often as it says. */
START_TEST(many_numbers_are_counted_each)
{
    csv_table_free(&table);
    csv_table_read(&table, "n,t\n5,a\n-3,a\n7,a\n5,a\n1e9,a\n0.5,a\n-0,a\n8,a\n"
                           "-3,a\n9,a\n0,a\n1e9,a\n8,a\n2,a\n3,a\n-3,a\n7,a\n");
    check_levels(0, NULL, "-3*3 0*2 0.5*1 2*1 3*1 5*2 7*2 8*2 9*1 1000000000*2 ");
}
END_TEST

START_TEST(more_levels_than_asked_for_are_too_many)
{
    for (size_t column = 0; column < 2; column++) {
        struct error err = {0};
        size_t n;
        ck_assert_ptr_null(level_count_of(table.table, column, NULL, 2, &n, &err));
        ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
        ck_assert_ptr_nonnull(strstr(err.message, "more than 2"));
    }
}
END_TEST

TCase *level_count_test(void)
{
    TCase *tests = tcase_create("level_count");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, cells_are_counted_by_level);
    tcase_add_test(tests, rows_left_out_do_not_count);
    tcase_add_test(tests, many_numbers_are_counted_each);
    tcase_add_test(tests, more_levels_than_asked_for_are_too_many);
    return tests;
}
