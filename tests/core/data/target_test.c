#include "core/data/kept_rows.h"
#include "core/data/target.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct target target;

static void teardown(void)
{
    target_free(&target);
    csv_table_free(&table);
}

static void find_classes(const char *csv, size_t column, const unsigned char *keep,
                         uint64_t n_kept)
{
    struct error err = {0};
    csv_table_read(&table, csv);
    ck_assert_msg(target_find_classes(&target, table.table, column, keep, n_kept, &err) ==
                      0,
                  "%s", err.message);
}

START_TEST(classes_of_text_are_sorted_and_coded)
{
    static const double codes[] = {10, 20, 30};
    double y[4];
    find_classes("p,x\nvocation,1\ngeneral,2\nacademic,3\ngeneral,4\n", 0, NULL, 4);
    ck_assert_uint_eq(target.n_classes, 3);
    ck_assert(!target.are_numbers);
    ck_assert_str_eq(target.classes[0].text, "academic");
    ck_assert_uint_eq(target.classes[1].n_rows, 2);
    ck_assert_str_eq(target.classes[2].text, "vocation");
    ck_assert_int_eq(target_code(&target, codes, NULL, y, NULL), 0);
    ck_assert(y[0] == 30 && y[1] == 20 && y[2] == 10 && y[3] == 20);
}
END_TEST

START_TEST(classes_of_numbers_sort_by_value_and_have_their_shortest_text)
{
    static const double codes[] = {0, 1, 2, 3};
    double y[5];
    find_classes("v\n10\n9.0\n-1\n1e3\n9\n", 0, NULL, 5);
    ck_assert_uint_eq(target.n_classes, 4);
    ck_assert(target.are_numbers && target.are_whole);
    ck_assert_str_eq(target.classes[1].text, "9");
    ck_assert_str_eq(target.classes[3].text, "1000");
    ck_assert_int_eq(target_code(&target, codes, NULL, y, NULL), 0);
    ck_assert(y[0] == 2 && y[1] == 1 && y[2] == 0 && y[3] == 3 && y[4] == 1);
}
END_TEST

/* Of any number of classes, each number finds its own. */
START_TEST(numbers_are_coded_by_their_place)
{
    enum { MOST = 20 };
    double codes[MOST], y[MOST];
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "v\n");
    for (int k = 0; k <= _i; k++) {
        buffer_printf(&csv, "%d\n", 7 * k % 31); /* 31 is prime: all differ */
        codes[k] = k;
    }
    find_classes(csv.bytes, 0, NULL, (uint64_t)_i + 1);
    ck_assert_int_eq(target_code(&target, codes, NULL, y, NULL), 0);
    for (int k = 0; k <= _i; k++) {
        int n_below = 0;
        for (int other = 0; other <= _i; other++)
            n_below += 7 * other % 31 < 7 * k % 31;
        ck_assert_int_eq((int)y[k], n_below);
    }
    buffer_free(&csv);
}
END_TEST

START_TEST(fractions_are_told)
{
    find_classes("v\n1\n2.5\n", 0, NULL, 2);
    ck_assert(target.are_numbers && !target.are_whole);
}
END_TEST

START_TEST(rows_left_out_bring_no_class)
{
    static const unsigned char keep[] = {1, 0, 1, 0};
    static const double codes[] = {0, 1};
    double y[2];
    find_classes("p\nc\na\nb\nNA\n", 0, keep, 2);
    ck_assert_uint_eq(target.n_classes, 2);
    ck_assert_int_eq(target_code(&target, codes, NULL, y, NULL), 0);
    ck_assert(y[0] == 1 && y[1] == 0);
}
END_TEST

START_TEST(too_many_classes_are_refused)
{
    struct buffer csv = BUFFER_EMPTY;
    struct error err = {0};
    buffer_append_string(&csv, "p\n");
    for (unsigned i = 0; i <= TARGET_MAX_CLASSES; i++)
        buffer_printf(&csv, "c%u\n", i);
    csv_table_read(&table, csv.bytes);
    ck_assert_int_eq(target_find_classes(&target, table.table, 0, NULL, 1001, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    buffer_free(&csv);
}
END_TEST

/* ---- counts ---- */

static int code_counts(const char *csv, const unsigned char *keep, double *y,
                       double *weights, double *log_coefficient, struct error *err)
{
    csv_table_read(&table, csv);
    struct design design = {
        .n_rows = kept_rows_count(table.table, keep), .y = y, .weights = weights};
    return target_code_counts(table.table, 0, 1, keep, true, &design, log_coefficient,
                              err);
}

START_TEST(counts_become_shares_and_weights)
{
    static const unsigned char keep[] = {1, 1, 0, 1};
    double y[3], weights[] = {1, 1, 2}, log_coefficient;
    ck_assert_int_eq(code_counts("s,n\n2,5\n0,0\n9,9\n3,4\n", keep, y, weights,
                                 &log_coefficient, NULL),
                     0);
    ck_assert(y[0] == 0.4 && y[1] == 0 && y[2] == 0.75);
    ck_assert(weights[0] == 5 && weights[1] == 0 && weights[2] == 8);
    /* 5 over 2 is 10; 4 over 3 is 4, twice */
    ck_assert_double_eq_tol(log_coefficient, log(10) + 2 * log(4), 1e-14);
}
END_TEST

static const struct {
    const char *csv;
    enum error_code code;
    const char *place;
} refused[] = {
    {"s,n\n1,2\n3,2\n", ERROR_BAD_COUNT, "row 2, column s"},
    {"s,n\n1,2\n-1,2\n", ERROR_BAD_COUNT, "row 2, column s"},
    {"s,n\n1.5,2\n1,2\n", ERROR_BAD_COUNT, "row 1, column s"},
    {"s,n\n1,2\n0,-2\n", ERROR_BAD_COUNT, "row 2, column n"},
    {"s,n\n1,2.5\n1,2\n", ERROR_BAD_COUNT, "row 1, column n"},
    {"s,n\n0,0\n0,0\n", ERROR_BAD_TARGET, ""},
    {"s,n\n0,3\n0,2\n", ERROR_SINGLE_CLASS, ""},
    {"s,n\n3,3\n2,2\n", ERROR_SINGLE_CLASS, ""},
};

START_TEST(bad_counts_are_refused_with_their_place)
{
    double y[2], weights[] = {1, 1}, log_coefficient;
    struct error err = {0};
    ck_assert_int_eq(
        code_counts(refused[_i].csv, NULL, y, weights, &log_coefficient, &err), -1);
    ck_assert_int_eq(err.code, refused[_i].code);
    ck_assert_str_eq(err.place, refused[_i].place);
}
END_TEST

START_TEST(rows_are_named_by_their_place_in_the_data)
{
    static const unsigned char keep[] = {0, 1, 0, 1};
    double y[2], weights[] = {1, 1}, log_coefficient;
    struct error err = {0};
    ck_assert_int_eq(code_counts("s,n\n9,1\n1,2\n9,1\n3,2\n", keep, y, weights,
                                 &log_coefficient, &err),
                     -1);
    ck_assert_str_eq(err.place, "row 4, column s");
}
END_TEST

static int run(struct error *err)
{
    static const double codes[] = {0, 1};
    double y[2], weights[] = {1, 1}, log_coefficient;
    struct design design = {.n_rows = 2, .y = y, .weights = weights};
    int result = target_find_classes(&target, table.table, 0, NULL, 2, err);
    if (result == 0)
        result = target_code(&target, codes, NULL, y, err);
    target_free(&target);
    if (result == 0)
        result = target_code_counts(table.table, 0, 1, NULL, true, &design,
                                    &log_coefficient, err);
    return result;
}

START_TEST(each_failed_allocation_is_told)
{
    csv_table_read(&table, "s,n\n1,2\n3,4\n");
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = run(&err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *target_test(void)
{
    TCase *tests = tcase_create("target");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, classes_of_text_are_sorted_and_coded);
    tcase_add_test(tests, classes_of_numbers_sort_by_value_and_have_their_shortest_text);
    tcase_add_loop_test(tests, numbers_are_coded_by_their_place, 0, 20);
    tcase_add_test(tests, fractions_are_told);
    tcase_add_test(tests, rows_left_out_bring_no_class);
    tcase_add_test(tests, too_many_classes_are_refused);
    tcase_add_test(tests, counts_become_shares_and_weights);
    tcase_add_loop_test(tests, bad_counts_are_refused_with_their_place, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(tests, rows_are_named_by_their_place_in_the_data);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
