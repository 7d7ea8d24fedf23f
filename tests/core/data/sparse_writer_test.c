#include "core/data/sparse_writer.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/data/table.h"
#include "core/data/table_layout.h"
#include "tests/support/csv_table.h"

static struct buffer bytes;
static struct summary summary;
static struct sparse_writer *writer;
static struct table *table;
static int scratch;

static void setup(void)
{
    scratch = csv_table_scratch();
    writer = sparse_writer_new(buffer_sink(&bytes), scratch, NULL);
    ck_assert_ptr_nonnull(writer);
}

static void teardown(void)
{
    table_close(table);
    table = NULL;
    sparse_writer_free(writer);
    writer = NULL;
    summary_free(&summary);
    buffer_free(&bytes);
    close(scratch);
}

static void add(double label, const struct libsvm_entry *entries, size_t n)
{
    if (sparse_writer_add(writer, label, entries, n, NULL) < 0)
        ck_abort_msg("%zu entries", n);
}

static void finish(void)
{
    struct error err = {0};
    ck_assert_msg(sparse_writer_finish(writer, &summary, &err) == 0, "%s", err.message);
    table = table_open(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_msg(table != NULL, "%s", err.message);
}

static double cell(size_t column, uint64_t row)
{
    double value;
    table_read_numbers(table, column, row, 1, &value);
    return value;
}

START_TEST(columns_are_the_indices_that_came_in_ascending_order)
{
    const struct libsvm_entry first[] = {{9, 0.5}, {12, -2}}, third[] = {{3, 4}, {9, 0}};
    struct table_sparse_block block;
    add(1, first, 2);
    add(-1, NULL, 0);
    add(2.5, third, 2);
    finish();
    ck_assert_uint_eq(summary.n_columns, 4);
    ck_assert_uint_eq(table_first_sparse(table), 1);
    ck_assert_str_eq(summary.columns[0].name, "label");
    ck_assert(!summary.columns[0].is_sparse && summary.columns[1].is_sparse);
    ck_assert_str_eq(summary.columns[1].name, "3");
    ck_assert_str_eq(summary.columns[2].name, "9");
    ck_assert_str_eq(summary.columns[3].name, "12");
    ck_assert_uint_eq(summary.columns[0].n_distinct, 3);
    ck_assert(!summary.columns[0].are_whole);
    ck_assert(cell(0, 0) == 1 && cell(0, 1) == -1 && cell(0, 2) == 2.5);
    ck_assert(cell(1, 0) == 0 && cell(1, 1) == 0 && cell(1, 2) == 4);
    ck_assert(cell(2, 0) == 0.5 && cell(2, 1) == 0 && cell(2, 2) == 0);
    ck_assert(cell(3, 0) == -2 && cell(3, 1) == 0 && cell(3, 2) == 0);
    ck_assert_uint_eq(table_n_sparse_blocks(table), 1);
    ck_assert_int_eq(table_sparse_block(table, 0, &block, NULL), 0);
    ck_assert_uint_eq(block.n_rows, 3);
    ck_assert_uint_eq(block.n_entries, 3); /* what is 0 is not kept */
    ck_assert(block.columns[0] == 1 && block.columns[1] == 2 && block.columns[2] == 0);
    ck_assert(block.starts[1] == 2 && block.starts[2] == 2 && block.starts[3] == 3);
}
END_TEST

START_TEST(moments_count_the_zeros)
{
    /* Column 1 has 4, 0, 0, 8; column 2 is -1 everywhere. */
    const struct libsvm_entry a[] = {{1, 4}, {2, -1}}, b[] = {{2, -1}},
                              c[] = {{1, 8}, {2, -1}};
    add(0, a, 2);
    add(0, b, 1);
    add(0, b, 1);
    add(0, c, 2);
    finish();
    ck_assert(summary.columns[1].min == 0 && summary.columns[1].max == 8);
    ck_assert(summary.columns[1].mean == 3);
    ck_assert_double_eq_tol(summary.columns[1].std, sqrt(44.0 / 3), 1e-15);
    ck_assert(summary.columns[2].min == -1 && summary.columns[2].max == -1);
    ck_assert(summary.columns[2].mean == -1 && summary.columns[2].std == 0);
    ck_assert_uint_eq(summary.columns[1].n_missing, 0);
}
END_TEST

START_TEST(moments_hold_at_both_ends_of_the_doubles)
{
    const struct libsvm_entry a[] = {{1, 1e300}, {2, 1e-300}, {3, 1e9 + 1}},
                              b[] = {{1, -1e300}, {2, 3e-300}, {3, 1e9 + 2}};
    add(0, a, 3);
    add(0, b, 3);
    finish();
    ck_assert(summary.columns[1].mean == 0);
    ck_assert_double_eq_tol(summary.columns[1].std / 1e300, sqrt(2), 1e-15);
    ck_assert_double_eq_tol(summary.columns[2].mean / 1e-300, 2, 1e-15);
    ck_assert_double_eq_tol(summary.columns[2].std / 1e-300, sqrt(2), 1e-15);
    ck_assert(summary.columns[3].mean == 1e9 + 1.5);
    ck_assert_double_eq_tol(summary.columns[3].std, sqrt(0.5), 1e-15);
}
END_TEST

/* Row i of a generated file; the same for the same i. Rows of every length, and more of
 * them than a group or a chunk holds. */
static size_t make_row(uint64_t i, struct libsvm_entry *entries)
{
    struct random random = random_start(i, 7);
    size_t n = (size_t)random_below(&random, i % 1000 == 0 ? 400 : 12), at = 0;
    for (size_t k = 0; k < n; k++) {
        at += 1 + (size_t)random_below(&random, 5);
        entries[k] = (struct libsvm_entry){at * 1000, 0.25 * (double)(1 + (i + k) % 7)};
    }
    return n;
}

START_TEST(many_rows_come_back_from_many_groups)
{
    const uint64_t n_rows = 150000;
    struct libsvm_entry entries[400];
    uint64_t row = 0;
    for (uint64_t i = 0; i < n_rows; i++)
        add((double)(i % 3), entries, make_row(i, entries));
    finish();
    ck_assert_uint_gt(table_n_sparse_blocks(table), 2);
    for (size_t g = 0; g < table_n_sparse_blocks(table); g++) {
        struct table_sparse_block block;
        ck_assert_int_eq(table_sparse_block(table, g, &block, NULL), 0);
        ck_assert_uint_eq(block.first_row, row);
        ck_assert_uint_eq(table_find_sparse_block(table, row), g);
        ck_assert_uint_eq(table_find_sparse_block(table, row + block.n_rows - 1), g);
        for (size_t i = 0; i < block.n_rows; i++, row++) {
            size_t n = make_row(row, entries), at = (size_t)block.starts[i];
            if (block.starts[i + 1] - at != n)
                ck_abort_msg("row %zu of block %zu", i, g);
            for (size_t k = 0; k < n; k++) {
                const char *name = summary.columns[1 + block.columns[at + k]].name;
                if (strtoull(name, NULL, 10) != entries[k].index ||
                    block.values[at + k] != entries[k].value)
                    ck_abort_msg("row %zu of block %zu, %s", i, g, name);
            }
        }
    }
    ck_assert_uint_eq(row, n_rows);
    double *labels = malloc(n_rows * sizeof(*labels));
    double *values = malloc(n_rows * sizeof(*values));
    table_read_numbers(table, 0, 0, n_rows, labels);
    table_read_numbers(table, 5, 0, n_rows, values);
    long double sum = 0;
    for (uint64_t i = 0; i < n_rows; i++) {
        if (labels[i] != (double)(i % 3))
            ck_abort_msg("row %llu", (unsigned long long)i);
        sum += values[i];
    }
    ck_assert(summary.columns[5].mean == (double)(sum / n_rows));
    free(labels);
    free(values);
}
END_TEST

START_TEST(one_row_may_be_longer_than_a_chunk)
{
    const size_t n = 300000;
    const struct libsvm_entry one = {7, 1};
    struct libsvm_entry *entries = malloc(n * sizeof(*entries));
    for (size_t i = 0; i < n; i++)
        entries[i] = (struct libsvm_entry){i, (double)i};
    add(1, &one, 1);
    add(0, entries, n);
    add(1, &one, 1);
    finish();
    ck_assert_uint_eq(summary.n_columns, n + 1);
    ck_assert(cell(n, 1) == (double)(n - 1) && cell(n, 2) == 0 && cell(8, 2) == 1);
    free(entries);
}
END_TEST

START_TEST(a_file_of_labels_alone_has_one_column)
{
    for (int i = 0; i < 100000; i++)
        add(i % 2, NULL, 0);
    finish();
    ck_assert_uint_eq(summary.n_columns, 1);
    ck_assert_uint_eq(table_first_sparse(table), 1);
    ck_assert_uint_eq(table_n_sparse_blocks(table), 0);
    ck_assert(cell(0, 99999) == 1);
}
END_TEST

START_TEST(a_file_needs_rows)
{
    struct error err = {0};
    ck_assert_int_eq(sparse_writer_finish(writer, &summary, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NO_ROWS);
}
END_TEST

START_TEST(a_scratch_file_that_cannot_be_written_is_told)
{
    struct libsvm_entry entries[400];
    struct error err = {0};
    struct sparse_writer *other = sparse_writer_new(buffer_sink(&bytes), -1, NULL);
    int result = 0;
    for (uint64_t i = 0; result == 0 && i < 50000; i++)
        result = sparse_writer_add(other, 0, entries, make_row(i, entries), &err);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_IO);
    sparse_writer_free(other);
}
END_TEST

static int refuse_bytes(void *context, const void *some, size_t n, struct error *err)
{
    (void)some;
    size_t *left = context;
    if (n > *left)
        return error_set(err, ERROR_NO_SPACE, "no space");
    *left -= n;
    return 0;
}

START_TEST(a_full_sink_is_told_wherever_it_is_full)
{
    const struct libsvm_entry entries[] = {{1, 1}, {3, 2}};
    for (size_t room = 0;; room++) {
        size_t left = room;
        struct error err = {0};
        const struct byte_sink sink = {refuse_bytes, &left};
        struct sparse_writer *other = sparse_writer_new(sink, scratch, NULL);
        ck_assert_int_eq(sparse_writer_add(other, 1, entries, 2, NULL), 0);
        int result = sparse_writer_finish(other, &summary, &err);
        sparse_writer_free(other);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_SPACE);
        ck_assert_ptr_null(summary.columns);
        ck_assert_uint_lt(room, 10000);
    }
}
END_TEST

START_TEST(want_of_memory_is_told)
{
    const struct libsvm_entry entries[] = {{1, 1}, {3, 2}};
    for (long n = 0;; n++) {
        struct error err = {0};
        buffer_clear(&bytes);
        memory_fail_after(n);
        struct sparse_writer *other =
            sparse_writer_new(buffer_sink(&bytes), scratch, &err);
        int result = other ? sparse_writer_add(other, 1, entries, 2, &err) : -1;
        if (result == 0)
            result = sparse_writer_finish(other, &summary, &err);
        struct table *opened =
            result == 0 ? table_open(bytes.bytes, bytes.n_bytes, &err) : NULL;
        memory_fail_after(-1);
        sparse_writer_free(other);
        table_close(opened);
        if (opened)
            break;
        summary_free(&summary);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_int_lt(n, 200);
    }
}
END_TEST

/* No flip of a bit makes a reader leave the bytes: it is told, or a number is another. */
START_TEST(damage_is_told_or_harmless)
{
    const struct libsvm_entry a[] = {{1, 4}, {2, -1}}, b[] = {{2, -1}};
    add(0, a, 2);
    add(1, b, 1);
    add(0, b, 1);
    finish();
    for (size_t bit = 0; bit < 8 * bytes.n_bytes; bit++) {
        struct error err = {0};
        struct table_sparse_block block;
        bytes.bytes[bit / 8] ^= (char)(1 << bit % 8);
        struct table *opened = table_open(bytes.bytes, bytes.n_bytes, &err);
        if (!opened && err.code != ERROR_CORRUPT && err.code != ERROR_FORMAT_VERSION)
            ck_abort_msg("bit %zu", bit);
        for (size_t g = 0; opened && g < table_n_sparse_blocks(opened); g++)
            if (table_sparse_block(opened, g, &block, &err) == 0 &&
                block.starts[block.n_rows] != block.n_entries)
                ck_abort_msg("bit %zu", bit);
        for (size_t j = 0; opened && j < table_summary(opened)->n_columns; j++) {
            double values[3];
            if (table_summary(opened)->n_rows == 3 &&
                table_summary(opened)->columns[j].type == COLUMN_NUMERIC)
                table_read_numbers(opened, j, 0, 3, values);
        }
        table_close(opened);
        bytes.bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
}
END_TEST

TCase *sparse_writer_test(void)
{
    TCase *tcase = tcase_create("sparse_writer");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, columns_are_the_indices_that_came_in_ascending_order);
    tcase_add_test(tcase, moments_count_the_zeros);
    tcase_add_test(tcase, moments_hold_at_both_ends_of_the_doubles);
    tcase_add_test(tcase, many_rows_come_back_from_many_groups);
    tcase_add_test(tcase, one_row_may_be_longer_than_a_chunk);
    tcase_add_test(tcase, a_file_of_labels_alone_has_one_column);
    tcase_add_test(tcase, a_file_needs_rows);
    tcase_add_test(tcase, a_scratch_file_that_cannot_be_written_is_told);
    tcase_add_test(tcase, a_full_sink_is_told_wherever_it_is_full);
    tcase_add_test(tcase, want_of_memory_is_told);
    tcase_add_test(tcase, damage_is_told_or_harmless);
    return tcase;
}
