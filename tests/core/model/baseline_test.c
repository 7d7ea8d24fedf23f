#include "core/model/baseline.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"
#include "tests/support/suite.h"

static struct csv_table table;
static struct encoding *encoding;
static struct baseline baseline, other;
static struct buffer text;
static struct error err;

static void setup(void)
{
    memory_fail_after(-1);
    error_clear(&err);
}

static void teardown(void)
{
    memory_fail_after(-1);
    baseline_free(&baseline);
    baseline_free(&other);
    encoding_free(encoding);
    encoding = NULL;
    csv_table_free(&table);
    buffer_free(&text);
}

static const struct input_request requests[] = {
    {.name = "x", .type = -1, .missing = MISSING_MEAN},
    {.name = "s", .type = -1, .missing = MISSING_LEVEL}};

static void read_table(void)
{
    buffer_append_byte(&text, '\0');
    csv_table_read(&table, text.bytes);
    encoding = encoding_build(table.table, requests, 2, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(encoding);
}

static void build(const unsigned char *keep)
{
    ck_assert_int_eq(baseline_build(&baseline, table.table, encoding, keep, &err), 0);
    ck_assert_uint_eq(baseline.n_inputs, 2);
}

/* x: 1…n in an order that is not theirs, with nothing in each tenth row; s: a, b, b, …,
 * and nothing in each seventh. */
static void make_rows(size_t n)
{
    buffer_append_string(&text, "x,s\n");
    for (size_t i = 0; i < n; i++) {
        if (i % 10 != 9)
            buffer_printf(&text, "%zu", i * 7919 % n + 1);
        buffer_printf(&text, ",%s\n", i % 7 == 6 ? "" : i % 3 == 0 ? "a" : "b");
    }
    read_table();
}

static uint64_t sum_of(const struct baseline_input *input)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < input->n_bins; i++)
        sum += input->counts[i];
    return sum;
}

START_TEST(numbers_are_counted_between_their_deciles)
{
    make_rows(1000);
    build(NULL);
    const struct baseline_input *x = &baseline.inputs[0];
    ck_assert(x->is_numeric);
    ck_assert_uint_eq(x->n_bins, 11);
    ck_assert_uint_eq(x->n_rows, 1000);
    ck_assert_uint_eq(x->n_missing, 100);
    for (size_t i = 0; i < 10; i++)
        ck_assert_uint_eq(x->counts[i], 90);
    ck_assert_uint_eq(x->counts[10], 0); /* above all of them */
    ck_assert_uint_eq(sum_of(x), 900);
}
END_TEST

START_TEST(levels_are_counted_as_often_as_they_are_there)
{
    make_rows(21);
    build(NULL);
    const struct baseline_input *s = &baseline.inputs[1];
    ck_assert(!s->is_numeric);
    ck_assert_uint_eq(s->n_rows, 21);
    ck_assert_uint_eq(s->n_missing, 3);
    ck_assert_uint_eq(sum_of(s), 18);
    size_t a = (size_t)input_find_level(&encoding->inputs[1], "a", 1);
    ck_assert_uint_eq(s->counts[baseline_place(s, (double)a)], 6);
}
END_TEST

START_TEST(rows_that_the_fit_left_out_do_not_count)
{
    unsigned char keep[100];
    make_rows(100);
    for (size_t i = 0; i < 100; i++)
        keep[i] = i < 40;
    build(keep);
    ck_assert_uint_eq(baseline.inputs[0].n_rows, 40);
    ck_assert_uint_eq(baseline.inputs[0].n_missing, 4);
}
END_TEST

START_TEST(of_many_rows_a_sample_is_looked_at_from_end_to_end)
{
    buffer_append_string(&text, "x,s\n");
    for (size_t i = 0; i < 20000; i++)
        buffer_printf(&text, "%zu,a\n", i);
    read_table();
    build(NULL);
    const struct baseline_input *x = &baseline.inputs[0];
    ck_assert_uint_eq(x->n_rows, BASELINE_MOST_ROWS);
    ck_assert_double_eq(x->edges[9], 19999);
    for (size_t i = 0; i < 10; i++) {
        ck_assert_double_eq_tol(x->edges[i], 2000.0 * (double)(i + 1), 100);
        ck_assert_double_eq_tol((double)x->counts[i], 409.6, 1);
    }
}
END_TEST

START_TEST(few_different_numbers_have_a_bin_each)
{
    buffer_append_string(&text, "x,s\n0,a\n0,a\n0,a\n1,a\n5,a\n");
    read_table();
    build(NULL);
    const struct baseline_input *x = &baseline.inputs[0];
    ck_assert_uint_eq(x->n_bins, 4); /* and what is above them */
    ck_assert_uint_eq(baseline_place(x, -3), 0);
    ck_assert_uint_eq(baseline_place(x, 0), 0);
    ck_assert_uint_eq(baseline_place(x, 0.5), 1);
    ck_assert_uint_eq(baseline_place(x, 5), 2);
    ck_assert_uint_eq(baseline_place(x, 6), 3);
    ck_assert_uint_eq(baseline_place(x, NAN), BASELINE_MISSING);
}
END_TEST

/* Level 0 once, 1 twice, …, of 30: those from 11 on have a bin each. */
START_TEST(the_rarest_of_many_levels_share_a_bin)
{
    buffer_append_string(&text, "x,s\n");
    for (int level = 0; level < 30; level++)
        for (int i = 0; i <= level; i++)
            buffer_printf(&text, "1,l%02d\n", level);
    read_table();
    build(NULL);
    const struct baseline_input *s = &baseline.inputs[1];
    ck_assert_uint_eq(s->n_bins, BASELINE_MOST_BINS);
    ck_assert_uint_eq(baseline_place(s, 29), 0);
    ck_assert_uint_eq(baseline_place(s, 11), 18);
    ck_assert_uint_eq(baseline_place(s, 10), 19);
    ck_assert_uint_eq(baseline_place(s, 0), 19);
    ck_assert_uint_eq(s->counts[19], 66);
    ck_assert_uint_eq(sum_of(s), 465);
    ck_assert_uint_eq(baseline_place(s, INPUT_UNKNOWN_LEVEL), BASELINE_UNSEEN);
}
END_TEST

/* ---- the index ---- */

/* Shares ½ ½ then and ¾ ¼ now: ¼ ln(3/2) - ¼ ln(1/2) = ¼ ln 3. */
START_TEST(the_index_is_as_defined)
{
    struct baseline_input input = {.n_bins = 2};
    input.counts[0] = input.counts[1] = 500000000;
    const uint64_t counts[] = {750000000, 250000000};
    ck_assert_double_eq_tol(baseline_psi(&input, counts), log(3) / 4, 1e-8);
    const uint64_t same[] = {7, 7}, none[] = {0, 0};
    ck_assert_double_eq_tol(baseline_psi(&input, same), 0, 1e-15);
    ck_assert(isnan(baseline_psi(&input, none)));
}
END_TEST

START_TEST(an_empty_bin_has_half_a_cell)
{
    struct baseline_input input = {.n_bins = 2, .counts = {9, 0}};
    const uint64_t counts[] = {0, 9};
    ck_assert_double_eq_tol(baseline_psi(&input, counts), 2 * 0.9 * log(19), 1e-14);
}
END_TEST

/* ---- as bytes ---- */

static int read_back(void)
{
    struct pack_reader in = {.bytes = (const void *)text.bytes, .n_bytes = text.n_bytes};
    baseline_free(&other);
    error_clear(&err);
    int status = baseline_unpack(&other, encoding, &in, &err);
    return status == 0 && in.at != in.n_bytes ? -1 : status;
}

static void pack(void)
{
    buffer_clear(&text);
    baseline_pack(&baseline, &text);
}

START_TEST(what_is_packed_comes_back)
{
    make_rows(100);
    build(NULL);
    pack();
    ck_assert_int_eq(read_back(), 0);
    ck_assert_uint_eq(other.n_inputs, 2);
    ck_assert_mem_eq(other.inputs, baseline.inputs, 2 * sizeof(*other.inputs));
}
END_TEST

START_TEST(what_was_cut_or_changed_is_read_or_refused)
{
    make_rows(100);
    build(NULL);
    pack();
    size_t n_bytes = text.n_bytes;
    for (size_t i = 0; i < n_bytes; i++) {
        text.n_bytes = i;
        ck_assert_int_eq(read_back(), -1);
        text.n_bytes = n_bytes;
        text.bytes[i] = (char)~text.bytes[i];
        if (read_back() == 0)
            for (size_t k = 0; k < 2; k++)
                ck_assert_uint_le(other.inputs[k].n_bins, BASELINE_MOST_BINS);
        text.bytes[i] = (char)~text.bytes[i];
    }
}
END_TEST

/* ---- sparse inputs ---- */

/* Of input 1 there are seven zeros, 1, 2 and -1; of 2 nothing but zeros, and 3 once. */
START_TEST(a_sparse_input_is_0_where_it_has_no_entry)
{
    static const struct input_request index[] = {{.name = "1", .type = -1},
                                                 {.name = "2", .type = -1}};
    csv_table_read_libsvm(&table, "0 1:1\n1 1:2\n0\n1\n0\n1\n0 1:-1\n1\n0 2:3\n1\n");
    encoding = encoding_build(table.table, index, 2, NULL, NULL, NULL);
    ck_assert(encoding->is_sparse);
    ck_assert_int_eq(baseline_build(&baseline, table.table, encoding, NULL, &err), 0);
    ck_assert_uint_eq(baseline.n_inputs, 2);
    const struct baseline_input *one = &baseline.inputs[0], *two = &baseline.inputs[1];
    ck_assert_uint_eq(sum_of(one), 10);
    ck_assert_uint_eq(one->counts[baseline_place(one, 0)], 7);
    ck_assert_uint_eq(one->bin_of_zero, 1);
    ck_assert_uint_eq(one->counts[baseline_place(one, -1)], 1);
    ck_assert_uint_eq(two->counts[two->bin_of_zero], 9);
    pack();
    ck_assert_int_eq(read_back(), 0);
    ck_assert_uint_eq(other.inputs[0].bin_of_zero, 1);
}
END_TEST

START_TEST(of_very_many_inputs_nothing_is_known)
{
    struct buffer line = BUFFER_EMPTY;
    static char names[BASELINE_MOST_INPUTS + 1][8];
    static struct input_request wide[BASELINE_MOST_INPUTS + 1];
    for (size_t i = 0; i <= BASELINE_MOST_INPUTS; i++) {
        snprintf(names[i], sizeof(names[i]), "%zu", i + 1);
        wide[i] = (struct input_request){.name = names[i], .type = -1};
    }
    buffer_printf(&line, "0 1:1 %u:1\n1 1:2\n", BASELINE_MOST_INPUTS + 1);
    for (size_t i = 0; i <= BASELINE_MOST_INPUTS; i++)
        buffer_printf(&line, "1 %zu:2\n", i + 1);
    csv_table_read_libsvm(&table, line.bytes);
    encoding =
        encoding_build(table.table, wide, BASELINE_MOST_INPUTS + 1, NULL, NULL, NULL);
    ck_assert_int_eq(baseline_build(&baseline, table.table, encoding, NULL, &err), 0);
    ck_assert_uint_eq(baseline.n_inputs, 0);
    ck_assert_uint_eq(baseline_bytes(encoding), 0);
    buffer_free(&line);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    make_rows(100);
    for (long n = 0;; n++) {
        baseline_free(&baseline);
        error_clear(&err);
        memory_fail_after(n);
        int status = baseline_build(&baseline, table.table, encoding, NULL, &err);
        memory_fail_after(-1);
        if (status == 0) {
            ck_assert_int_ge(n, 4);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    pack();
    memory_fail_after(0);
    ck_assert_int_eq(read_back(), -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

START_TEST(a_number_lies_above_all_edges_that_are_below_it)
{
    struct baseline_input input = {.is_numeric = true};
    for (input.n_bins = 1; input.n_bins <= BASELINE_MOST_BINS; input.n_bins++) {
        for (size_t i = 0; i + 1 < input.n_bins; i++)
            input.edges[i] = (double)i;
        for (size_t i = 0; i < input.n_bins; i++) {
            ck_assert_uint_eq(baseline_place(&input, (double)i - 0.5), i);
            ck_assert_uint_eq(baseline_place(&input, (double)i - 1), i > 0 ? i - 1 : 0);
        }
        ck_assert_uint_eq(baseline_place(&input, INFINITY), input.n_bins - 1);
        ck_assert_uint_eq(baseline_place(&input, -INFINITY), 0);
    }
}
END_TEST

TCase *baseline_test(void)
{
    TCase *tests = tcase_create("baseline");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, numbers_are_counted_between_their_deciles);
    tcase_add_test(tests, levels_are_counted_as_often_as_they_are_there);
    tcase_add_test(tests, rows_that_the_fit_left_out_do_not_count);
    tcase_add_test(tests, of_many_rows_a_sample_is_looked_at_from_end_to_end);
    tcase_add_test(tests, few_different_numbers_have_a_bin_each);
    tcase_add_test(tests, the_rarest_of_many_levels_share_a_bin);
    tcase_add_test(tests, a_sparse_input_is_0_where_it_has_no_entry);
    tcase_add_test(tests, of_very_many_inputs_nothing_is_known);
    tcase_add_test(tests, the_index_is_as_defined);
    tcase_add_test(tests, an_empty_bin_has_half_a_cell);
    tcase_add_test(tests, what_is_packed_comes_back);
    tcase_add_test(tests, what_was_cut_or_changed_is_read_or_refused);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_test(tests, a_number_lies_above_all_edges_that_are_below_it);
    return tests;
}
