#include "core/data/summary.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct buffer bytes;

static void setup(void)
{
    csv_table_read(&table, "n,t,u\n1,a,x\n2,b,x\n4,c,y\nNA,b,z\n");
}

static void teardown(void)
{
    csv_table_free(&table);
    buffer_free(&bytes);
}

static int unpack(struct summary *summary, size_t n_bytes, struct error *err)
{
    struct pack_reader in = {(const unsigned char *)bytes.bytes, n_bytes, 0, false};
    return summary_unpack(summary, &in, err);
}

START_TEST(a_summary_comes_back_whole)
{
    struct summary read = {0};
    struct error err = {0};
    summary_pack(&table.summary, SIZE_MAX, SIZE_MAX, &bytes);
    ck_assert_int_eq(unpack(&read, bytes.n_bytes, &err), 0);
    ck_assert_uint_eq(read.n_rows, 4);
    ck_assert_uint_eq(read.n_columns_kept, 3);
    ck_assert_str_eq(read.columns[0].name, "n");
    ck_assert_uint_eq(read.columns[0].n_missing, 1);
    ck_assert(read.columns[0].min == 1 && read.columns[0].max == 4);
    ck_assert(read.columns[0].mean == table.summary.columns[0].mean);
    ck_assert(read.columns[0].std == table.summary.columns[0].std);
    ck_assert_uint_eq(read.columns[0].n_distinct, 3);
    ck_assert_mem_eq(read.columns[0].quantiles, table.summary.columns[0].quantiles,
                     SUMMARY_QUANTILES * sizeof(double));
    ck_assert(read.columns[0].are_whole && read.columns[0].is_single);
    ck_assert_str_eq(read.columns[1].levels[1].text, "b");
    ck_assert_uint_eq(read.columns[1].levels[1].n_rows, 2);
    summary_free(&read);
    ck_assert_uint_eq(read.n_columns, 0);
}
END_TEST

START_TEST(a_shortened_summary_keeps_its_counts)
{
    struct summary read = {0};
    summary_pack(&table.summary, 2, 1, &bytes);
    ck_assert_int_eq(unpack(&read, bytes.n_bytes, NULL), 0);
    ck_assert_uint_eq(read.n_columns, 3);
    ck_assert_uint_eq(read.n_columns_kept, 2);
    ck_assert_uint_eq(read.columns[1].n_levels, 3);
    ck_assert_uint_eq(read.columns[1].n_levels_kept, 1);
    summary_free(&read);
}
END_TEST

START_TEST(columns_are_found_by_name)
{
    struct dictionary names = {0};
    ck_assert_uint_eq(summary_find(&table.summary, "t"), 1);
    ck_assert_uint_eq(summary_find(&table.summary, "T"), SIZE_MAX);
    ck_assert_int_eq(summary_index(&table.summary, &names, NULL), 0);
    ck_assert_uint_eq(dictionary_find(&names, "u", 1), 2);
    dictionary_free(&names);
}
END_TEST

START_TEST(a_summary_cut_anywhere_is_corrupt)
{
    summary_pack(&table.summary, SIZE_MAX, SIZE_MAX, &bytes);
    for (size_t end = 0; end < bytes.n_bytes; end++) {
        struct summary read = {0};
        struct error err = {0};
        ck_assert_int_eq(unpack(&read, end, &err), -1);
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
    }
}
END_TEST

START_TEST(a_summary_with_any_byte_changed_is_read_or_refused)
{
    summary_pack(&table.summary, SIZE_MAX, SIZE_MAX, &bytes);
    for (size_t at = 0; at < bytes.n_bytes; at++) {
        char before = bytes.bytes[at];
        for (int change = 1; change < 256; change += 31) {
            struct summary read = {0};
            struct error err = {0};
            bytes.bytes[at] = (char)(before ^ change);
            if (unpack(&read, bytes.n_bytes, &err) < 0)
                ck_assert_int_eq(err.code, ERROR_CORRUPT);
            summary_free(&read);
        }
        bytes.bytes[at] = before;
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    summary_pack(&table.summary, SIZE_MAX, SIZE_MAX, &bytes);
    for (long n = 0;; n++) {
        struct summary read = {0};
        struct error err = {0};
        memory_fail_after(n);
        int result = unpack(&read, bytes.n_bytes, &err);
        memory_fail_after(-1);
        summary_free(&read);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *summary_test(void)
{
    TCase *tests = tcase_create("summary");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_summary_comes_back_whole);
    tcase_add_test(tests, a_shortened_summary_keeps_its_counts);
    tcase_add_test(tests, columns_are_found_by_name);
    tcase_add_test(tests, a_summary_cut_anywhere_is_corrupt);
    tcase_add_test(tests, a_summary_with_any_byte_changed_is_read_or_refused);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
