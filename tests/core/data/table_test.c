#include "core/data/table.h"
#include "core/data/table_layout.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;

static void setup(void)
{
    csv_table_read(&table, "t,n,u,d\na,1,x,0.1\nb,2,x,2\nc,4,y,3\nb,NA,z,4\na,8,,NA\n");
}

static void teardown(void)
{
    csv_table_free(&table);
}

/* Every cell; whatever is wrong, ASan sees. */
static void read_all(const struct table *opened)
{
    const struct summary *summary = table_summary(opened);
    for (size_t j = 0; j < summary->n_columns; j++)
        for (uint64_t row = 0; row < summary->n_rows && row < 1000; row++) {
            double value;
            uint32_t code;
            if (summary->columns[j].type == COLUMN_NUMERIC) {
                table_read_numbers(opened, j, row, 1, &value);
            } else {
                table_read_codes(opened, j, row, 1, &code);
                ck_assert(code == TABLE_MISSING_CODE ||
                          code < summary->columns[j].n_levels);
            }
        }
}

START_TEST(a_table_needs_no_alignment)
{
    for (size_t shift = 0; shift < 8; shift++) {
        char *moved = malloc(table.bytes.n_bytes + shift);
        memcpy(moved + shift, table.bytes.bytes, table.bytes.n_bytes);
        struct table *opened = table_open(moved + shift, table.bytes.n_bytes, NULL);
        double value;
        ck_assert_ptr_nonnull(opened);
        table_read_numbers(opened, 1, 4, 1, &value);
        ck_assert(value == 8);
        table_read_numbers(opened, 3, 0, 1, &value);
        ck_assert(value == 0.1);
        table_close(opened);
        free(moved);
    }
}
END_TEST

START_TEST(a_table_cut_anywhere_is_corrupt)
{
    for (size_t n = 0; n < table.bytes.n_bytes; n++) {
        struct error err = {0};
        char *cut = malloc(n > 0 ? n : 1);
        memcpy(cut, table.bytes.bytes, n);
        ck_assert_ptr_null(table_open(cut, n, &err));
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        free(cut);
    }
}
END_TEST

START_TEST(a_table_with_any_byte_changed_is_read_inside_its_bytes_or_refused)
{
    char *copy = malloc(table.bytes.n_bytes);
    memcpy(copy, table.bytes.bytes, table.bytes.n_bytes);
    for (size_t at = 0; at < table.bytes.n_bytes; at++) {
        for (int change = 1; change < 256; change += 18) {
            struct error err = {0};
            copy[at] = (char)(table.bytes.bytes[at] ^ change);
            struct table *opened = table_open(copy, table.bytes.n_bytes, &err);
            if (opened)
                read_all(opened);
            else
                ck_assert(err.code == ERROR_CORRUPT || err.code == ERROR_FORMAT_VERSION);
            table_close(opened);
        }
        copy[at] = table.bytes.bytes[at];
    }
    free(copy);
}
END_TEST

START_TEST(a_newer_format_is_told)
{
    struct error err = {0};
    table.bytes.bytes[8] = TABLE_LAYOUT_VERSION + 1;
    ck_assert_ptr_null(table_open(table.bytes.bytes, table.bytes.n_bytes, &err));
    ck_assert_int_eq(err.code, ERROR_FORMAT_VERSION);
}
END_TEST

START_TEST(a_code_beyond_the_levels_reads_as_missing)
{
    uint32_t codes[5];
    /* Behind the head, 5 numbers of 8 bytes and 5 of 4 lie 5 codes of t. */
    table.bytes.bytes[64 + 40 + 20 + 1] = 3;
    struct table *opened = table_open(table.bytes.bytes, table.bytes.n_bytes, NULL);
    table_read_codes(opened, 0, 0, 5, codes);
    ck_assert_uint_eq(codes[0], 0);
    ck_assert_uint_eq(codes[1], TABLE_MISSING_CODE);
    ck_assert_uint_eq(codes[2], 2);
    table_close(opened);
}
END_TEST

START_TEST(a_width_that_the_cells_do_not_have_is_refused)
{
    struct error err = {0};
    ck_assert(table.summary.columns[1].is_single && !table.summary.columns[3].is_single);
    /* What follows a column's name: type, missing, moments, n_distinct, are_whole,
     * is_sparse, is_single. */
    char *name = memmem(table.bytes.bytes, table.bytes.n_bytes, "\1\0\0\0\0\0\0\0n", 9);
    ck_assert_ptr_nonnull(name);
    char *is_single = name + 9 + 1 + 8 + 4 * 8 + 4 + 1 + 1;
    ck_assert_int_eq(*is_single, 1);
    *is_single = 0;
    ck_assert_ptr_null(table_open(table.bytes.bytes, table.bytes.n_bytes, &err));
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct table *opened = table_open(table.bytes.bytes, table.bytes.n_bytes, &err);
        memory_fail_after(-1);
        table_close(opened);
        if (opened)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *table_test(void)
{
    TCase *tests = tcase_create("table");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_table_needs_no_alignment);
    tcase_add_test(tests, a_table_cut_anywhere_is_corrupt);
    tcase_add_test(tests,
                   a_table_with_any_byte_changed_is_read_inside_its_bytes_or_refused);
    tcase_add_test(tests, a_newer_format_is_told);
    tcase_add_test(tests, a_code_beyond_the_levels_reads_as_missing);
    tcase_add_test(tests, a_width_that_the_cells_do_not_have_is_refused);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
