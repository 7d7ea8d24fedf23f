#include "core/model/evaluate_table.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"
#include "tests/support/small_model.h"

/* Log-odds: the age. */
static const double by_age[] = {0, 1, 0, 0};
static const double half[] = {0.5};
static struct evaluate_options options = {0.5, 10, half, 1, NULL, 0, {0}};
#define NONE EVALUATE_OUTCOMES_NONE

static struct budget budget;
static struct model *model;
static struct csv_table table;
static struct evaluation evaluation;
static uint64_t n_rows, n_bad;
static struct row_levels where; /* all zero: all rows */
static size_t n_told;
static char told[8][64];

static void setup(void)
{
    budget_start(&budget, (size_t)1 << 24);
    model = small_model_binomial(by_age);
    n_told = 0;
    options.stop = (struct stop){0};
}

static void teardown(void)
{
    evaluate_free_result(&evaluation);
    row_levels_free(&where);
    ck_assert_uint_eq(budget_used(&budget), 0);
    csv_table_free(&table);
    model_release(model);
}

static void tell(void *context, uint64_t row, const char *column, enum error_code code)
{
    (void)context;
    ck_assert_uint_lt(n_told, 8);
    snprintf(told[n_told++], sizeof(told[0]), "%d %s %s", (int)row, column,
             error_word(code));
}

static size_t find(const char *name)
{
    return name ? summary_find(&table.summary, name) : NONE;
}

static int try(const char *target, const char *weights, const char *trials,
               const char *offset, struct error *err)
{
    const struct evaluate_table task = {
        .model = model,
        .table = table.table,
        .columns = {find(target), find(weights), find(trials), find(offset)},
        .where = where.table ? &where : NULL,
        .options = &options,
        .budget = &budget,
        .bad = tell};
    return evaluate_table_run(&task, &evaluation, &n_rows, &n_bad, err);
}

static void run(const char *target, const char *weights, const char *trials,
                const char *offset)
{
    struct error err = {0};
    int result = try(target, weights, trials, offset, &err);
    ck_assert_msg(result == 0, "%s", err.message);
}

static void near(double found, double expected)
{
    ck_assert_double_eq_tol(found, expected, 1e-15 * fmax(1, fabs(expected)));
}

START_TEST(text_names_classes)
{
    csv_table_read(&table, "age,ses,y\n1,high,yes\n-1,high,no\n2,high,no\n");
    run("y", NULL, NULL, NULL);
    near(evaluation.accuracy, 2.0 / 3);
    near(evaluation.log_loss, (2 * log1p(exp(-1)) + log1p(exp(2))) / 3);
    near(evaluation.ranking.auc, 0.5);
    ck_assert(evaluation.sum_weights == 3 && n_bad == 0 && n_told == 0);
}
END_TEST

static void rename_classes(const char *first, const char *second)
{
    memory_free(model->classes[0]);
    memory_free(model->classes[1]);
    model->classes[0] = memory_copy_string(first, NULL);
    model->classes[1] = memory_copy_string(second, NULL);
}

/* Nothing is told of the others, whatever their cells are. */
START_TEST(rows_that_are_not_meant_do_not_count)
{
    static const char *const levels[] = {"test"};
    csv_table_read(&table, "age,ses,y,part\n1,high,yes,test\n7,high,no,train\n"
                           "-1,high,no,test\n,low,,train\n2,high,no,test\n3,high,no,\n"
                           ",high,no,test\n");
    ck_assert_int_eq(row_levels_make(&where, table.table, 3, levels, 1, NULL), 0);
    run("y", NULL, NULL, NULL);
    near(evaluation.log_loss, (2 * log1p(exp(-1)) + log1p(exp(2))) / 3);
    ck_assert(evaluation.sum_weights == 3 && n_rows == 4 && n_bad == 1);
    ck_assert_uint_eq(n_told, 1);
    ck_assert_str_eq(told[0], "6 age missing_value");
}
END_TEST

START_TEST(numbers_name_classes_by_their_value)
{
    rename_classes("0", "1.0");
    csv_table_read(&table, "age,ses,y\n1,high,1\n-1,high,0\n2,high,2\n");
    run("y", NULL, NULL, NULL);
    ck_assert(evaluation.accuracy == 1 && evaluation.sum_weights == 2);
    ck_assert_uint_eq(n_bad, 1);
    ck_assert_str_eq(told[0], "2 y unknown_level");
}
END_TEST

START_TEST(weights_count_as_rows_and_none_as_no_row)
{
    csv_table_read(&table, "age,ses,y,w\n1,high,yes,2\n-1,high,no,0.5\n2,high,no,0\n");
    run("y", "w", NULL, NULL);
    ck_assert(evaluation.sum_weights == 2.5 && evaluation.accuracy == 1);
    near(evaluation.log_loss, log1p(exp(-1)));
}
END_TEST

START_TEST(counts_are_rows_of_both_kinds)
{
    csv_table_read(&table,
                   "age,ses,s,n,w\n1,high,3,4,1\n-1,high,1,5,2\n0.5,high,0,0,1\n");
    run("s", "w", "n", NULL);
    ck_assert(evaluation.sum_weights == 14);
    near(evaluation.accuracy, (3 + 2 * 4) / 14.0);
    near(evaluation.log_loss, (3 * log1p(exp(-1)) + 1 * log1p(exp(1)) +
                               2 * (log1p(exp(1)) + 4 * log1p(exp(-1)))) /
                                  14);
    /* Of 5 successes 3 are above 8 of 9 failures and tie with one; 2 tie with 8. */
    near(evaluation.ranking.auc, (3 * 8.5 + 2 * 4) / 45);
}
END_TEST

START_TEST(an_offset_is_a_part_of_the_score)
{
    csv_table_read(&table, "age,ses,y,o\n1,high,yes,-3\n-1,high,no,1\n");
    run("y", NULL, NULL, "o");
    near(evaluation.log_loss, (log1p(exp(2)) + log(2)) / 2);
}
END_TEST

START_TEST(every_bad_cell_is_told_and_its_row_left_out)
{
    csv_table_read(&table, "age,ses,s,n,w,o\n"
                           ",none,1,1,1,0\n"
                           "1,high,2,1,1,0\n"
                           "1,high,,1.5,-1,\n"
                           "1,high,1,1,1,0\n");
    run("s", "w", "n", "o");
    static const char *const expected[] = {"0 age missing_value", "0 ses unknown_level",
                                           "2 s missing_value",   "2 w bad_weight",
                                           "1 s bad_count",       "2 n bad_count",
                                           "2 o missing_value"};
    ck_assert_uint_eq(n_told, 7);
    for (size_t i = 0; i < 7; i++)
        ck_assert_str_eq(told[i], expected[i]);
    ck_assert_uint_eq(n_bad, 3);
    ck_assert(evaluation.sum_weights == 1 && evaluation.accuracy == 1);
}
END_TEST

START_TEST(text_where_numbers_are_needed_is_refused)
{
    struct error err = {0};
    csv_table_read(&table, "age,ses,y\n1,high,yes\n");
    ck_assert_int_eq(try("y", "ses", NULL, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_INVALID_TYPE);
    ck_assert_str_eq(err.place, "ses");
}
END_TEST

START_TEST(rows_beyond_the_budget_are_refused)
{
    struct error err = {0};
    csv_table_read(&table, "age,ses,y\n1,high,yes\n");
    budget_start(&budget, 50);
    ck_assert_int_eq(try("y", NULL, NULL, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
}
END_TEST

static bool always(void *context)
{
    (void)context;
    return true;
}

START_TEST(a_stop_ends_it_and_gives_back_what_was_reserved)
{
    struct error err = {0};
    csv_table_read(&table, "age,ses,y\n1,high,yes\n-1,high,no\n");
    options.stop.is_asked = always;
    ck_assert_int_eq(try("y", NULL, NULL, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    csv_table_read(&table, "age,ses,y\n1,high,yes\n-1,high,no\n");
    int result = -1;
    for (long n = 0; result < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        result = try("y", NULL, NULL, NULL, &err);
        memory_fail_after(-1);
        ck_assert(result == 0 || err.code == ERROR_NO_MEMORY);
        ck_assert_uint_eq(budget_used(&budget), 0);
    }
}
END_TEST

TCase *evaluate_table_test(void)
{
    TCase *tests = tcase_create("evaluate_table");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, text_names_classes);
    tcase_add_test(tests, rows_that_are_not_meant_do_not_count);
    tcase_add_test(tests, numbers_name_classes_by_their_value);
    tcase_add_test(tests, weights_count_as_rows_and_none_as_no_row);
    tcase_add_test(tests, counts_are_rows_of_both_kinds);
    tcase_add_test(tests, an_offset_is_a_part_of_the_score);
    tcase_add_test(tests, every_bad_cell_is_told_and_its_row_left_out);
    tcase_add_test(tests, text_where_numbers_are_needed_is_refused);
    tcase_add_test(tests, rows_beyond_the_budget_are_refused);
    tcase_add_test(tests, a_stop_ends_it_and_gives_back_what_was_reserved);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
