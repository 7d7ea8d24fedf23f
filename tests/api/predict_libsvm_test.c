#include "api/predict_libsvm.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api/predict_rows.h"
#include "core/base/memory.h"
#include "tests/support/csv_table.h"
#include "tests/support/small_model.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Inputs 1 to 5, all sparse. */
static const double zeros[6];
static struct model *model;
static struct problem_list problems;
static struct predict_body parsed;
static struct budget budget;
static struct error err;

static void setup(void)
{
    memory_fail_after(-1);
    model = small_model_sparse(FAMILY_BINOMIAL, 5, zeros);
    budget_start(&budget, 1U << 30);
    problems = (struct problem_list){0};
    parsed = (struct predict_body){0};
    err = (struct error){0};
}

static void forget(void)
{
    predict_body_free(&parsed);
    problem_list_free(&problems);
    error_clear(&err);
}

static void teardown(void)
{
    memory_fail_after(-1);
    forget();
    model_release(model);
    ck_assert_uint_eq(budget_used(&budget), 0);
}

static int read_text(const char *text)
{
    forget();
    int result =
        predict_libsvm_read(model, text, strlen(text), &budget, &parsed, &problems, &err);
    ck_assert_int_eq(result, error_is_set(&err) || problems.n > 0 ? -1 : 0);
    return result;
}

static int read_json(const char *text)
{
    forget();
    int result =
        predict_body_read(model, text, strlen(text), &budget, &parsed, &problems, &err);
    ck_assert_int_eq(result, error_is_set(&err) || problems.n > 0 ? -1 : 0);
    return result;
}

/* "1:0.5 3:2|" with inputs by number from 1. */
static void must_have(const char *expected)
{
    struct buffer seen = BUFFER_EMPTY;
    buffer_append_string(&seen, "");
    for (size_t row = 0, at = 0; row < parsed.n_good; row++) {
        for (bool first = true; at < parsed.ends[row]; at++, first = false)
            buffer_printf(&seen, "%s%u:%g", first ? "" : " ",
                          parsed.entries[at].input + 1, parsed.entries[at].value);
        buffer_append_byte(&seen, '|');
    }
    ck_assert_str_eq(seen.bytes, expected);
    ck_assert_ptr_null(parsed.cells);
    buffer_free(&seen);
}

START_TEST(labels_and_unknown_indices_count_for_nothing)
{
    ck_assert_int_eq(read_text("1 1:0.5 3:2\nspam 99:1 5:0 2:-1\n# x\n0\n"), 0);
    must_have("1:0.5 3:2|2:-1||");
    ck_assert_uint_eq(parsed.n_rows, 3);
}
END_TEST

START_TEST(every_body_of_a_sparse_model_keeps_what_is_not_0)
{
    ck_assert_int_eq(read_json("{\"instances\":[{\"3\":2,\"1\":0.5},{},{\"2\":0}]}"), 0);
    must_have("1:0.5 3:2|||");
    ck_assert_int_eq(read_json("{\"rows\":[[0.5,0,2,0,0],[0,0,0,0,1]]}"), 0);
    must_have("1:0.5 3:2|5:1|");
    ck_assert_int_eq(read_json("{\"columns\":[\"5\",\"4\",\"3\",\"1\",\"2\"],"
                               "\"rows\":[[0,0,2,0.5,0]]}"),
                     0);
    must_have("1:0.5 3:2|");
}
END_TEST

START_TEST(bad_rows_leave_no_entries)
{
    ck_assert_int_eq(
        read_json("{\"instances\":[{\"3\":2},{\"1\":1,\"x\":1},{\"1\":7,\"2\":null},"
                  "{\"5\":3}],\"on_error\":\"row\"}"),
        0);
    must_have("3:2|5:3|");
    ck_assert_uint_eq(parsed.n_bad, 2);
    ck_assert_uint_eq(parsed.bad[1].row, 2);
    ck_assert_int_eq(parsed.bad[1].code, ERROR_MISSING_VALUE);
    ck_assert_int_eq(read_json("{\"rows\":[[1,2],[1,0,0,0,\"x\"],[0,0,0,0,4]],"
                               "\"on_error\":\"row\"}"),
                     0);
    must_have("5:4|");
    ck_assert_uint_eq(parsed.n_bad, 2);
}
END_TEST

START_TEST(an_instance_may_have_an_input_once)
{
    ck_assert_int_eq(read_json("{\"instances\":[{\"3\":2,\"1\":0.5,\"3\":2}]}"), -1);
    ck_assert_int_eq(err.code, ERROR_DUPLICATE_KEY);
    ck_assert_int_eq(strncmp(err.place, "byte ", 5), 0);
}
END_TEST

static const struct {
    const char *text, *place;
    enum error_code code;
} malformed[] = {
    {"", "", ERROR_NO_ROWS},
    {"# nothing\n", "", ERROR_NO_ROWS},
    {"1 1:1\n2:1 3:1\n", "row 2, column label", ERROR_BAD_LIBSVM},
    {"1 1:1\n\n0 2:x\n", "row 2, column 2", ERROR_NOT_A_NUMBER},
    {"1 4:1e999\n", "row 1, column 4", ERROR_NON_FINITE},
    {"1 qid:4 4:1\n", "row 1", ERROR_UNSUPPORTED},
    {"1 4:1 4:1\n", "row 1, column 4", ERROR_DUPLICATE_COLUMN},
    {"{\"rows\":[[1,2,3,4,5]]}", "row 1, column label", ERROR_BAD_LIBSVM},
};

START_TEST(a_malformed_line_is_told)
{
    ck_assert_int_eq(read_text(malformed[_i].text), -1);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_str_eq(problems.errors[0].place, malformed[_i].place);
    ck_assert_msg(problems.errors[0].code == malformed[_i].code, "%s",
                  error_word(problems.errors[0].code));
}
END_TEST

START_TEST(all_malformed_lines_are_told)
{
    ck_assert_int_eq(read_text("1 x\n0 1:1\n1 2:y\n"), -1);
    ck_assert_uint_eq(problems.n, 2);
    ck_assert_str_eq(problems.errors[1].place, "row 3, column 2");
}
END_TEST

START_TEST(malformed_lines_may_answer_for_themselves)
{
    static const char text[] = "1 x\n0 1:1\n1 2:y\n";
    parsed.options.on_error_row = true;
    ck_assert_int_eq(predict_libsvm_read(model, text, sizeof(text) - 1, &budget, &parsed,
                                         &problems, &err),
                     0);
    must_have("1:1|");
    ck_assert_uint_eq(parsed.n_bad, 2);
    ck_assert_uint_eq(parsed.bad[1].row, 2);
    ck_assert_int_eq(parsed.bad[1].code, ERROR_NOT_A_NUMBER);
}
END_TEST

/* Inputs age and ses cannot be told by indices; nor are they 0 where they are not told.
 */
START_TEST(inputs_that_are_not_sparse_are_missed)
{
    static const double four[4];
    model_release(model);
    model = small_model_binomial(four);
    ck_assert_int_eq(read_text("1 1:1\n"), -1);
    ck_assert_uint_eq(problems.n, 2);
    ck_assert_str_eq(problems.errors[0].place, "row 1, column age");
    ck_assert_int_eq(problems.errors[0].code, ERROR_MISSING_VALUE);
}
END_TEST

/* A model of which one sparse input is taken by its levels scores from all cells. */
START_TEST(a_sparse_input_with_levels_is_at_that_of_0)
{
    static const struct input_request requests[] = {
        {.name = "1", .type = -1}, {.name = "2", .type = COLUMN_CATEGORICAL}};
    struct csv_table table = {0};
    csv_table_read_libsvm(&table, "1 1:4 2:1\n0 2:3\n0 1:2\n");
    struct encoding *other = encoding_build(table.table, requests, 2, NULL, NULL, NULL);
    csv_table_free(&table);
    encoding_free(model->encoding);
    model->encoding = other;
    ck_assert_int_eq(read_text("1 1:4 2:3\n0\n"), 0);
    ck_assert(parsed.cells[0] == 4 && parsed.cells[1] == 2);
    ck_assert(parsed.cells[2] == 0 && parsed.cells[3] == 0);
    ck_assert_int_eq(read_json("{\"instances\":[{\"2\":1},{}]}"), 0);
    ck_assert(parsed.cells[0] == 0 && parsed.cells[1] == 1);
    ck_assert(parsed.cells[2] == 0 && parsed.cells[3] == 0);
    ck_assert_int_eq(read_text("1 2:7\n"), -1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_UNKNOWN_LEVEL);
    ck_assert_str_eq(problems.errors[0].place, "row 1, column 2");
}
END_TEST

START_TEST(rows_beyond_the_budget_are_refused)
{
    struct buffer text = BUFFER_EMPTY;
    for (int i = 0; i < 20000; i++)
        buffer_append_string(&text, "1 1:1 2:2 3:3\n");
    budget_start(&budget, 100000);
    ck_assert_int_eq(read_text(text.bytes), -1);
    ck_assert(err.code == ERROR_MEMORY_BUDGET || err.code == ERROR_TOO_LARGE);
    buffer_free(&text);
}
END_TEST

static int read_either(size_t which)
{
    static const char *const texts[] = {
        "1 3:2 1:1\n0 4:1\n", "{\"instances\":[{\"3\":2},{\"1\":1}]}",
        "{\"columns\":[\"5\",\"4\",\"3\",\"1\",\"2\"],\"rows\":[[0,0,2,0.5,0]]}"};
    return which == 0 ? read_text(texts[0]) : read_json(texts[which]);
}

START_TEST(want_of_memory_is_told)
{
    for (size_t which = 0; which < 3; which++)
        for (long n = 0;; n++) {
            ck_assert_int_lt(n, 100);
            memory_fail_after(n);
            int result = read_either(which);
            long n_made = memory_fail_after(-1);
            if (n_made <= n)
                break;
            ck_assert(result == -1 && err.code == ERROR_NO_MEMORY);
        }
}
END_TEST

TCase *predict_libsvm_test(void)
{
    TCase *tests = tcase_create("predict_libsvm");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, labels_and_unknown_indices_count_for_nothing);
    tcase_add_test(tests, every_body_of_a_sparse_model_keeps_what_is_not_0);
    tcase_add_test(tests, bad_rows_leave_no_entries);
    tcase_add_test(tests, an_instance_may_have_an_input_once);
    tcase_add_loop_test(tests, a_malformed_line_is_told, 0, LENGTH(malformed));
    tcase_add_test(tests, all_malformed_lines_are_told);
    tcase_add_test(tests, malformed_lines_may_answer_for_themselves);
    tcase_add_test(tests, inputs_that_are_not_sparse_are_missed);
    tcase_add_test(tests, a_sparse_input_with_levels_is_at_that_of_0);
    tcase_add_test(tests, rows_beyond_the_budget_are_refused);
    tcase_add_test(tests, want_of_memory_is_told);
    return tests;
}
