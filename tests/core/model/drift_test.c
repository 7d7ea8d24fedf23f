#include "core/model/drift.h"

#include <check.h>
#include <math.h>
#include <pthread.h>

#include "core/base/memory.h"
#include "core/model/predict.h"

static struct baseline_input inputs[2];
static struct baseline baseline;
static struct drift drift, copy;
static struct error err;

/* Numbers below and above 0; levels 0 and 1. */
static void setup(void)
{
    memory_fail_after(-1);
    inputs[0] = (struct baseline_input){.is_numeric = true, .n_bins = 2};
    inputs[1] = (struct baseline_input){.n_bins = 2, .levels = {0, 1}};
    baseline = (struct baseline){.n_inputs = 2, .inputs = inputs};
}

static void teardown(void)
{
    memory_fail_after(-1);
    drift_free(&drift);
    drift_free(&copy);
}

static void read_counts(void)
{
    drift_free(&copy);
    ck_assert_int_eq(drift_copy(&drift, &baseline, &copy, &err), 0);
}

START_TEST(cells_are_counted_where_they_lie)
{
    const double cells[] = {-1, 0, 1, 1, NAN, INPUT_UNKNOWN_LEVEL, 5, NAN};
    drift_count(&drift, &baseline, cells, 4);
    read_counts();
    ck_assert_uint_eq(copy.n_rows, 4);
    ck_assert_uint_eq(copy.counts[0][0], 1);
    ck_assert_uint_eq(copy.counts[0][1], 2);
    ck_assert_uint_eq(copy.counts[0][BASELINE_MISSING], 1);
    ck_assert_uint_eq(copy.counts[1][0], 1);
    ck_assert_uint_eq(copy.counts[1][1], 1);
    ck_assert_uint_eq(copy.counts[1][BASELINE_UNSEEN], 1);
    ck_assert_uint_eq(copy.counts[1][BASELINE_MISSING], 1);
}
END_TEST

START_TEST(rows_of_one_request_each_are_counted_whenever_it_is_looked)
{
    const double cells[] = {-1, 0, 1, 1};
    for (size_t i = 1; i <= 3 * DRIFT_MOST_WAITING + 1; i++) {
        drift_count(&drift, &baseline, cells + 2 * (i % 2), 1);
        if (i % 7 != 0 && i + 2 < 3 * DRIFT_MOST_WAITING)
            continue;
        read_counts();
        ck_assert_uint_eq(copy.n_rows, i);
        ck_assert_uint_eq(copy.counts[0][0], i / 2);
        ck_assert_uint_eq(copy.counts[0][1], i - i / 2);
        ck_assert_uint_eq(copy.counts[1][1], i - i / 2);
    }
}
END_TEST

START_TEST(before_any_row_all_counts_are_nothing)
{
    read_counts();
    ck_assert_uint_eq(copy.n_rows, 0);
    ck_assert_uint_eq(copy.counts[0][0], 0);
}
END_TEST

START_TEST(of_many_rows_some_are_counted_from_end_to_end)
{
    static double cells[2000];
    for (size_t row = 0; row < 1000; row++)
        cells[2 * row] = row < 500 ? -1 : 1;
    drift_count(&drift, &baseline, cells, 1000);
    read_counts();
    ck_assert_uint_le(copy.n_rows, DRIFT_MOST_ROWS);
    ck_assert_uint_ge(copy.n_rows, DRIFT_MOST_ROWS - 1);
    ck_assert_uint_ge(copy.counts[0][0], 15);
    ck_assert_uint_ge(copy.counts[0][1], 15);
}
END_TEST

START_TEST(without_a_baseline_or_memory_nothing_is_counted)
{
    const double cells[] = {-1, 0};
    const struct baseline nothing = {0};
    drift_count(&drift, &nothing, cells, 1);
    memory_fail_after(0);
    drift_count(&drift, &baseline, cells, 1);
    memory_fail_after(0);
    ck_assert_int_eq(drift_copy(&drift, &baseline, &copy, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    memory_fail_after(-1);
    read_counts();
    ck_assert_uint_eq(copy.n_rows, 0);
    drift_count(&drift, &baseline, cells, 1);
    read_counts();
    ck_assert_uint_eq(copy.n_rows, 1);
}
END_TEST

/* Two numbers, of three bins and of two; 0 is in the second and in the first. */
static void use_numbers(void)
{
    inputs[0] = (struct baseline_input){
        .is_numeric = true, .n_bins = 3, .edges = {-1, 1}, .bin_of_zero = 1};
    inputs[1] = (struct baseline_input){.is_numeric = true, .n_bins = 2};
}

START_TEST(entries_are_counted_as_their_cells_would_be)
{
    static double cells[2000];
    static struct predict_entry entries[2000];
    static size_t ends[1000];
    static const size_t sizes[] = {1, 2, 31, 32, 33, 1000};
    struct drift dense = {0}, of_cells = {0};
    size_t n = 0;
    use_numbers();
    for (size_t row = 0; row < 1000; row++) {
        for (uint32_t input = 0; input < 2; input++) {
            double value = (double)(row * 7 % (3 + input)) - 2 + input;
            cells[2 * row + input] = value;
            if (value != 0)
                entries[n++] = (struct predict_entry){input, value};
        }
        ends[row] = n;
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        drift_count(&dense, &baseline, cells, sizes[i]);
        drift_count_sparse(&drift, &baseline, entries, ends, sizes[i]);
        read_counts();
        ck_assert_int_eq(drift_copy(&dense, &baseline, &of_cells, &err), 0);
        ck_assert_uint_eq(copy.n_rows, of_cells.n_rows);
        ck_assert_mem_eq(copy.counts, of_cells.counts, 2 * sizeof(*copy.counts));
        drift_free(&of_cells);
    }
    drift_free(&dense);
}
END_TEST

START_TEST(without_a_baseline_or_memory_no_entry_is_counted)
{
    const struct predict_entry entry = {1, 3};
    const size_t ends[] = {1};
    const struct baseline nothing = {0};
    use_numbers();
    drift_count_sparse(&drift, &nothing, &entry, ends, 1);
    memory_fail_after(0);
    drift_count_sparse(&drift, &baseline, &entry, ends, 1);
    memory_fail_after(-1);
    read_counts();
    ck_assert_uint_eq(copy.n_rows, 0);
}
END_TEST

static void *count_often(void *context)
{
    const double cells[] = {-1, 0};
    (void)context;
    for (int i = 0; i < 20000; i++)
        drift_count(&drift, &baseline, cells, 1);
    return NULL;
}

START_TEST(threads_keep_the_counts_of_inputs_together)
{
    pthread_t other;
    ck_assert_int_eq(pthread_create(&other, NULL, count_often, NULL), 0);
    for (int i = 0; i < 200; i++) {
        read_counts();
        ck_assert_uint_eq(copy.counts[0][0], copy.n_rows);
        ck_assert_uint_eq(copy.counts[1][0], copy.n_rows);
    }
    count_often(NULL);
    pthread_join(other, NULL);
    read_counts();
    ck_assert_uint_eq(copy.counts[0][0], copy.n_rows);
}
END_TEST

TCase *drift_test(void)
{
    TCase *tests = tcase_create("drift");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, cells_are_counted_where_they_lie);
    tcase_add_test(tests, rows_of_one_request_each_are_counted_whenever_it_is_looked);
    tcase_add_test(tests, before_any_row_all_counts_are_nothing);
    tcase_add_test(tests, of_many_rows_some_are_counted_from_end_to_end);
    tcase_add_test(tests, without_a_baseline_or_memory_nothing_is_counted);
    tcase_add_test(tests, entries_are_counted_as_their_cells_would_be);
    tcase_add_test(tests, without_a_baseline_or_memory_no_entry_is_counted);
    tcase_add_test(tests, threads_keep_the_counts_of_inputs_together);
    return tests;
}
