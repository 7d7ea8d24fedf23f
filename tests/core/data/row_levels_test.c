#include "core/data/row_levels.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct row_levels levels;

static void teardown(void)
{
    row_levels_free(&levels);
    csv_table_free(&table);
}

static void look_for(size_t column, const char *const *texts, size_t n)
{
    ck_assert_int_eq(row_levels_make(&levels, table.table, column, texts, n, NULL), 0);
}

static void check_rows(uint64_t first_row, const unsigned char *expected, size_t n_rows)
{
    unsigned char is_one[16];
    memset(is_one, 7, sizeof(is_one));
    row_levels_read(&levels, first_row, n_rows, is_one);
    ck_assert_mem_eq(is_one, expected, n_rows);
}

START_TEST(rows_of_a_level_are_found_by_its_text)
{
    static const char *const texts[] = {"test", "valid"};
    csv_table_read(&table, "split,x\ntrain,1\ntest,2\n,3\nvalid,4\ntest,5\n");
    look_for(0, texts, 1);
    check_rows(0, (unsigned char[]){0, 1, 0, 0, 1}, 5);
    check_rows(3, (unsigned char[]){0, 1}, 2);
    row_levels_free(&levels);
    look_for(0, texts, 2);
    check_rows(0, (unsigned char[]){0, 1, 0, 1, 1}, 5);
    ck_assert(row_levels_has(&levels, "valid"));
    ck_assert(!row_levels_has(&levels, "train"));
    ck_assert(!row_levels_has(&levels, "nobody"));
}
END_TEST

START_TEST(a_number_is_found_by_its_value)
{
    static const char *const texts[] = {"1.0", "2e0", "no number", "01"};
    csv_table_read(&table, "split,x\n0,1\n1,2\nNA,3\n2,4\n-0,5\n1,6\n");
    look_for(0, texts, 4);
    check_rows(0, (unsigned char[]){0, 1, 0, 1, 0, 1}, 6);
    ck_assert(row_levels_has(&levels, "2.000"));
    ck_assert(!row_levels_has(&levels, "0"));
    ck_assert(!row_levels_has(&levels, "no number"));
}
END_TEST

static void check_known(size_t column, const char *const *texts, size_t n,
                        const bool *expected)
{
    bool is_known[8];
    ck_assert_int_eq(row_levels_know(table.table, column, texts, n, is_known, NULL), 0);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(is_known[i] == expected[i], "%s", texts[i]);
}

START_TEST(what_no_row_has_is_not_known)
{
    static const char *const numbers[] = {"0", "1", "1.0", "3", "x", "5e0"};
    static const char *const words[] = {"a", "c", "b"};
    csv_table_read(&table, "n,t\n0,a\n1,b\nNA,a\n5,\n");
    check_known(0, numbers, 6, (bool[]){true, true, true, false, false, true});
    check_known(1, words, 3, (bool[]){true, false, true});
}
END_TEST

START_TEST(others_are_rows_with_another_level)
{
    static const char *const all[] = {"0", "5", "1"}, *const words[] = {"a", "b"};
    csv_table_read(&table, "n,t\n0,a\n1,b\nNA,a\n5,\n");
    for (size_t n = 1; n <= 3; n++) {
        look_for(0, all, n);
        ck_assert(row_levels_has_others(&levels) == (n < 3));
        row_levels_free(&levels);
    }
    for (size_t n = 1; n <= 2; n++) {
        look_for(1, words, n);
        ck_assert(row_levels_has_others(&levels) == (n < 2));
        row_levels_free(&levels);
    }
}
END_TEST

/* More than one piece of rows; the last row alone has the level. */
START_TEST(rows_are_read_to_the_last)
{
    enum { N_ROWS = 9000 };
    static const char *const texts[] = {"7", "8"};
    static unsigned char is_one[N_ROWS];
    struct buffer text = BUFFER_EMPTY;
    size_t n = 0;
    buffer_append_string(&text, "s\n");
    for (size_t i = 0; i < N_ROWS; i++)
        buffer_printf(&text, "%d\n", i + 1 == N_ROWS ? 7 : (int)(i % 5));
    buffer_append_byte(&text, '\0');
    ck_assert(!text.failed);
    csv_table_read(&table, text.bytes);
    buffer_free(&text);
    check_known(0, texts, 2, (bool[]){true, false});
    look_for(0, texts, 1);
    row_levels_read(&levels, 0, N_ROWS, is_one);
    for (size_t i = 0; i < N_ROWS; i++)
        n += is_one[i];
    ck_assert_uint_eq(n, 1);
    ck_assert(is_one[N_ROWS - 1]);
}
END_TEST

static void make_with(long n_allowed, size_t column)
{
    static const char *const texts[] = {"1", "a"};
    struct error err = {0};
    bool is_known[2];
    memory_fail_after(n_allowed);
    int status = row_levels_know(table.table, column, texts, 2, is_known, &err);
    memory_fail_after(-1);
    ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    memory_fail_after(n_allowed);
    status = row_levels_make(&levels, table.table, column, texts, 2, &err);
    memory_fail_after(-1);
    ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    row_levels_free(&levels);
}

START_TEST(without_memory_that_is_said)
{
    csv_table_read(&table, "n,t\n0,a\n1,b\n");
    for (long n = 0; n < 4; n++)
        for (size_t column = 0; column < 2; column++)
            make_with(n, column);
}
END_TEST

TCase *row_levels_test(void)
{
    TCase *tests = tcase_create("row_levels");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, rows_of_a_level_are_found_by_its_text);
    tcase_add_test(tests, a_number_is_found_by_its_value);
    tcase_add_test(tests, what_no_row_has_is_not_known);
    tcase_add_test(tests, others_are_rows_with_another_level);
    tcase_add_test(tests, rows_are_read_to_the_last);
    tcase_add_test(tests, without_memory_that_is_said);
    return tests;
}
