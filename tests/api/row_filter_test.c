#include "api/row_filter.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct problem_list problems;
static struct row_filter filter;
static struct row_levels rows;
static json_t *tree;

static void setup(void)
{
    csv_table_read(&table, "n,part\n0,train\n1,test\n2,test\n");
}

static void teardown(void)
{
    row_levels_free(&rows);
    row_filter_free(&filter);
    problem_list_free(&problems);
    json_decref(tree);
    tree = NULL;
    csv_table_free(&table);
}

static void read_filter(const char *text)
{
    tree = json_fields_parse(text, strlen(text), NULL);
    ck_assert_int_eq(row_filter_read(&filter, tree, "/where", &problems, NULL), 0);
}

static int find(struct error *err)
{
    return row_filter_find(&filter, table.table, &rows, &problems, err);
}

START_TEST(rows_are_those_of_the_levels)
{
    unsigned char is_one[3];
    read_filter("{\"column\":\"part\",\"level\":[\"test\"]}");
    ck_assert_int_eq(find(NULL), 0);
    ck_assert_uint_eq(problems.n, 0);
    row_levels_read(&rows, 0, 3, is_one);
    ck_assert_mem_eq(is_one, ((unsigned char[]){0, 1, 1}), 3);
}
END_TEST

START_TEST(without_a_filter_there_are_none)
{
    ck_assert_int_eq(find(NULL), 0);
    ck_assert_ptr_null(rows.table);
}
END_TEST

START_TEST(each_level_that_is_not_there_is_told)
{
    read_filter("{\"column\":\"n\",\"level\":[3,1,\"test\"]}");
    ck_assert_int_eq(find(NULL), 0);
    ck_assert_uint_eq(problems.n, 2);
    ck_assert_str_eq(problems.errors[0].place, "/where/level/0");
    ck_assert_str_eq(problems.errors[1].place, "/where/level/2");
    ck_assert_int_eq(problems.errors[1].code, ERROR_UNKNOWN_LEVEL);
}
END_TEST

START_TEST(a_column_that_is_not_there_is_told)
{
    read_filter("{\"column\":\"zz\",\"level\":3}");
    ck_assert_int_eq(find(NULL), 0);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_str_eq(problems.errors[0].place, "/where/column");
    ck_assert_ptr_null(rows.table);
}
END_TEST

START_TEST(without_memory_that_is_said)
{
    int status = -1;
    read_filter("{\"column\":\"n\",\"level\":1}");
    for (long n = 0; status < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        status = find(&err);
        memory_fail_after(-1);
        ck_assert(status == 0 ? n > 2 : err.code == ERROR_NO_MEMORY);
    }
    ck_assert_uint_eq(problems.n, 0);
}
END_TEST

TCase *row_filter_test(void)
{
    TCase *tests = tcase_create("row_filter");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_are_those_of_the_levels);
    tcase_add_test(tests, without_a_filter_there_are_none);
    tcase_add_test(tests, each_level_that_is_not_there_is_told);
    tcase_add_test(tests, a_column_that_is_not_there_is_told);
    tcase_add_test(tests, without_memory_that_is_said);
    return tests;
}
