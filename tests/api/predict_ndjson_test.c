#include "api/predict_ndjson.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/small_model.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Inputs age and ses (high, low, mid). */
static struct model *model;
static struct problem_list problems;
static struct predict_body parsed;
static struct budget budget;
static struct error err;
static bool on_error_row;

static void setup(void)
{
    memory_fail_after(-1);
    on_error_row = false;
    model = small_model_binomial((const double[]){0, 1, 2, 3});
    budget_start(&budget, 1U << 30);
    parsed = (struct predict_body){0};
    problems = (struct problem_list){0};
    err = (struct error){0};
}

static void forget(void)
{
    predict_body_free(&parsed);
    problem_list_free(&problems);
    problems = (struct problem_list){0};
    error_clear(&err);
    parsed.options.on_error_row = on_error_row;
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
        predict_ndjson_read(model, text, strlen(text), &budget, &parsed, &problems, &err);
    ck_assert_int_eq(result, error_is_set(&err) || problems.n > 0 ? -1 : 0);
    return result;
}

START_TEST(lines_are_instances_or_rows)
{
    static const double expected[] = {20, 1, 30, 2, -1.5, 0};
    ck_assert_int_eq(read_text("\xef\xbb\xbf{\"ses\":\"low\",\"age\":20}\r\n\n  \n"
                               "[30, \"mid\"]\n{\"age\":-1.5,\"ses\":\"high\"}"),
                     0);
    ck_assert_uint_eq(parsed.n_good, 3);
    ck_assert_mem_eq(parsed.cells, expected, sizeof(expected));
}
END_TEST

static const struct {
    const char *text, *place;
    enum error_code code;
} refused[] = {
    {"", "", ERROR_NO_ROWS},
    {"\n \n", "", ERROR_NO_ROWS},
    {"[1,\"low\"]\n\n[\"x\",\"low\"]\n", "row 2, column age", ERROR_NOT_A_NUMBER},
    {"[1]\n", "row 1", ERROR_WRONG_WIDTH},
    {"{\"age\":1,\"ses\":\"none\"}\n", "row 1, column ses", ERROR_UNKNOWN_LEVEL},
    {"{\"age\":1}\n", "row 1, column ses", ERROR_MISSING_VALUE},
    {"{\"age\":1,\"ses\":\"low\",\"a/b~\":1}\n", "row 1, column a/b~",
     ERROR_UNKNOWN_COLUMN},
    {"7\n", "row 1", ERROR_INVALID_TYPE},
    {"[1,\"low\"]\n[1,\"low\"\n", "row 2", ERROR_BAD_JSON},
    {"[1,\"low\"] 7\n", "row 1", ERROR_BAD_JSON},
    {"{\"age\":1,\"age\":2,\"ses\":\"low\"}\n", "row 1", ERROR_DUPLICATE_KEY},
    {"[1e999,\"low\"]\n", "row 1", ERROR_OUT_OF_RANGE},
    {"[1,\"l\xff\"]\n", "row 1", ERROR_BAD_UTF8},
    {"{\"rows\":[[1,\"low\"]]}\n", "row 1, column rows", ERROR_UNKNOWN_COLUMN},
};

START_TEST(what_is_wrong_is_told_by_row_and_column)
{
    ck_assert_int_eq(read_text(refused[_i].text), -1);
    ck_assert_msg(problems.n >= 1, "%s", err.message);
    ck_assert_str_eq(problems.errors[0].place, refused[_i].place);
    ck_assert_msg(problems.errors[0].code == refused[_i].code, "%s",
                  error_word(problems.errors[0].code));
}
END_TEST

START_TEST(a_malformed_line_is_told_with_its_byte_and_nothing_else_of_it)
{
    ck_assert_int_eq(read_text("[1,\"low\"]\n\n[\"x\",\"none\",\n[2,\"low\"]\n"), -1);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_ptr_nonnull(strstr(problems.errors[0].message, "line 3, byte 13"));
}
END_TEST

START_TEST(bad_lines_may_answer_for_themselves)
{
    on_error_row = true;
    ck_assert_int_eq(read_text("[1,\"low\"]\n{\"age\":\n[2,\"low\"] ,\n[3,\"x\"]\n"
                               "[4,\"mid\"]\n"),
                     0);
    ck_assert_uint_eq(parsed.n_rows, 5);
    ck_assert_uint_eq(parsed.n_good, 2);
    ck_assert_uint_eq(parsed.n_bad, 3);
    ck_assert(parsed.cells[2] == 4);
    ck_assert_uint_eq(parsed.bad[1].row, 2);
    ck_assert_int_eq(parsed.bad[0].code, ERROR_BAD_JSON);
    ck_assert_int_eq(parsed.bad[1].code, ERROR_BAD_JSON);
    ck_assert_int_eq(parsed.bad[2].code, ERROR_UNKNOWN_LEVEL);
}
END_TEST

static const double zeros[6];

START_TEST(lines_of_a_sparse_model_keep_what_is_not_0)
{
    model_release(model);
    model = small_model_sparse(FAMILY_BINOMIAL, 5, zeros);
    on_error_row = true;
    ck_assert_int_eq(read_text("{\"4\":2}\n{\"1\":5,\"2\":\n[0,0,0,0,3]\n{}\n"), 0);
    ck_assert_uint_eq(parsed.n_good, 3);
    ck_assert_uint_eq(parsed.ends[0], 1);
    ck_assert_uint_eq(parsed.ends[1], 2);
    ck_assert_uint_eq(parsed.ends[2], 2);
    ck_assert_uint_eq(parsed.entries[1].input, 4);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const char text[] = "{\"ses\":\"l\\u006fw\",\"age\":1}\n[2,\"low\"]\n[3]\n";
    on_error_row = true;
    for (long i = 0;; i++) {
        forget();
        memory_fail_after(i);
        int result = predict_ndjson_read(model, text, sizeof(text) - 1, &budget, &parsed,
                                         &problems, &err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_uint_eq(parsed.n_good, 2);
}
END_TEST

TCase *predict_ndjson_test(void)
{
    TCase *tests = tcase_create("predict_ndjson");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, lines_are_instances_or_rows);
    tcase_add_loop_test(tests, what_is_wrong_is_told_by_row_and_column, 0,
                        LENGTH(refused));
    tcase_add_test(tests, a_malformed_line_is_told_with_its_byte_and_nothing_else_of_it);
    tcase_add_test(tests, bad_lines_may_answer_for_themselves);
    tcase_add_test(tests, lines_of_a_sparse_model_keep_what_is_not_0);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
