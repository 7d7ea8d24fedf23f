#include "api/predict_csv.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "api/predict_rows.h"
#include "core/base/memory.h"
#include "tests/support/csv_table.h"
#include "tests/support/small_model.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Inputs age and ses (high, low, mid), of which ses may be missing by its policy. */
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
        predict_csv_read(model, text, strlen(text), &budget, &parsed, &problems, &err);
    ck_assert_int_eq(result, error_is_set(&err) || problems.n > 0 ? -1 : 0);
    return result;
}

/* "20 low|31.5 -|" */
static void must_have(const char *expected)
{
    static const char *const levels[] = {"high", "low", "mid"};
    struct buffer seen = BUFFER_EMPTY;
    ck_assert_msg(!error_is_set(&err), "%s (%s)", err.message, err.place);
    ck_assert_msg(problems.n == 0, "%s (%s)",
                  problems.n ? problems.errors[0].message : "",
                  problems.n ? problems.errors[0].place : "");
    for (size_t i = 0; i < parsed.n_good; i++) {
        const double *row = parsed.cells + 2 * i;
        buffer_printf(&seen, "%g %s|", row[0], isnan(row[1]) ? "-" : levels[(int)row[1]]);
    }
    ck_assert_str_eq(seen.bytes, expected);
    buffer_free(&seen);
}

static const struct {
    const char *text, *rows;
} texts[] = {
    {"age,ses\n20,low\n31.5,high\n", "20 low|31.5 high|"},
    {"ses,age\nlow,20\n", "20 low|"},
    {"\xef\xbb\xbfses,age\r\nlow,20\r\nmid,1e2", "20 low|100 mid|"},
    {" \"ses\" , age\n \"low\" ,  20 \n\n\nhigh,-1\n", "20 low|-1 high|"},
    {"age,ses\r20,low\r", "20 low|"},
    {"age,ses\n\"20\",\"low\"\n", "20 low|"},
};

START_TEST(rows_are_read_whatever_the_text_looks_like)
{
    ck_assert_int_eq(read_text(texts[_i].text), 0);
    must_have(texts[_i].rows);
}
END_TEST

static const struct {
    const char *text, *place;
    enum error_code code;
} refused[] = {
    {"", "", ERROR_NO_ROWS},
    {"age,ses\n", "", ERROR_NO_ROWS},
    {"age,ses,x\n1,low,2\n", "row 1, column x", ERROR_UNKNOWN_COLUMN},
    {"20,low\n", "row 1, column 20", ERROR_UNKNOWN_COLUMN},
    {"age\n1\n", "row 1, column ses", ERROR_MISSING_FIELD},
    {"age,ses,age\n1,low,2\n", "row 1, column age", ERROR_DUPLICATE_COLUMN},
    {"age,ses\n1,low\n1\n", "row 3", ERROR_WRONG_WIDTH},
    {"age,ses\n1,low,\n", "row 2", ERROR_WRONG_WIDTH},
    {"age,ses\n1,low\n\nten,low\n", "row 3, column age", ERROR_NOT_A_NUMBER},
    {"age,ses\ninf,low\n", "row 2, column age", ERROR_NOT_A_NUMBER},
    {"age,ses\n1e999,low\n", "row 2, column age", ERROR_NOT_A_NUMBER},
    {"age,ses\n0x10,low\n", "row 2, column age", ERROR_NOT_A_NUMBER},
    {"age,ses\nNA,low\n", "row 2, column age", ERROR_MISSING_VALUE},
    {"age,ses\n,low\n", "row 2, column age", ERROR_MISSING_VALUE},
    {"age,ses\n\"\",low\n", "row 2, column age", ERROR_MISSING_VALUE},
    {"age,ses\n\"NA\",low\n", "row 2, column age", ERROR_NOT_A_NUMBER},
    {"age,ses\n1,?\n", "row 2, column ses", ERROR_MISSING_VALUE},
    {"age,ses\n1,LOW\n", "row 2, column ses", ERROR_UNKNOWN_LEVEL},
    {"age,ses\n1,3\n", "row 2, column ses", ERROR_UNKNOWN_LEVEL},
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

START_TEST(malformed_text_is_an_error_with_its_place)
{
    ck_assert_int_eq(read_text("age,ses\n1,\"low\n"), -1);
    ck_assert_int_eq(err.code, ERROR_BAD_CSV);
    ck_assert_int_eq(strncmp(err.place, "row 2", 5), 0);
    ck_assert_int_eq(read_text("age,ses\n1,l\xffw\n"), -1);
    ck_assert_int_eq(err.code, ERROR_BAD_UTF8);
}
END_TEST

START_TEST(all_problems_are_told_together)
{
    ck_assert_int_eq(read_text("age,ses\nx,low\n1\n2,none\n"), -1);
    ck_assert_uint_eq(problems.n, 3);
    ck_assert_int_eq(read_text("a,b\n1,2\n"), -1);
    ck_assert_uint_eq(problems.n, 4); /* two unknown, two lacking; no cell is read */
}
END_TEST

START_TEST(bad_rows_may_answer_for_themselves)
{
    on_error_row = true;
    ck_assert_int_eq(read_text("age,ses\nx,low\n1\n2,mid\n3,none\n"), 0);
    must_have("2 mid|");
    ck_assert_uint_eq(parsed.n_rows, 4);
    ck_assert_uint_eq(parsed.n_bad, 3);
    ck_assert_uint_eq(parsed.bad[2].row, 3);
    ck_assert_int_eq(parsed.bad[1].code, ERROR_WRONG_WIDTH);
    ck_assert_uint_eq(parsed.bad[2].input, 1);
    ck_assert_int_eq(read_text("age,x\n1,low\n"), -1); /* a header is no row */
}
END_TEST

/* ---- levels ---- */

static void use_encoding(const char *csv, const char *name)
{
    const struct input_request request = {.name = name, .type = COLUMN_CATEGORICAL};
    struct csv_table table = {0};
    csv_table_read(&table, csv);
    encoding_free(model->encoding);
    model->encoding = encoding_build(table.table, &request, 1, NULL, NULL, &err);
    ck_assert_msg(model->encoding != NULL, "%s", err.message);
    csv_table_free(&table);
}

START_TEST(a_level_is_found_by_its_number_too)
{
    use_encoding("rank\n1\n2\n3\n", "rank");
    ck_assert_int_eq(read_text("rank\n2\n 3.0\n1e0\n"), 0);
    ck_assert(parsed.cells[0] == 1 && parsed.cells[1] == 2 && parsed.cells[2] == 0);
}
END_TEST

/* ---- sparse models ---- */

static const double zeros[6];

START_TEST(sparse_inputs_without_a_column_are_0)
{
    model_release(model);
    model = small_model_sparse(FAMILY_BINOMIAL, 5, zeros);
    ck_assert_int_eq(read_text("4,2\n0,7\n1.5,0\n-1,3\n"), 0);
    ck_assert_ptr_null(parsed.cells);
    static const struct predict_entry expected[] = {{1, 7}, {3, 1.5}, {1, 3}, {3, -1}};
    ck_assert_uint_eq(parsed.n_good, 3);
    ck_assert_uint_eq(parsed.ends[2], LENGTH(expected));
    for (size_t i = 0; i < LENGTH(expected); i++) {
        ck_assert_uint_eq(parsed.entries[i].input, expected[i].input);
        ck_assert(parsed.entries[i].value == expected[i].value);
    }
    ck_assert_int_eq(read_text("9\n1\n"), -1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_UNKNOWN_COLUMN);
}
END_TEST

/* ---- memory ---- */

START_TEST(every_allocation_may_fail)
{
    static const char text[] = "ses,age\nlow,1\n\"hi\"\"gh\",2\nmid,3\n";
    on_error_row = true;
    for (long i = 0;; i++) {
        forget();
        memory_fail_after(i);
        int result = predict_csv_read(model, text, sizeof(text) - 1, &budget, &parsed,
                                      &problems, &err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(rows_beyond_the_budget_are_refused)
{
    budget.limit = 16;
    ck_assert_int_eq(read_text("age,ses\n1,low\n2,low\n3,low\n"), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
}
END_TEST

TCase *predict_csv_test(void)
{
    TCase *tests = tcase_create("predict_csv");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, rows_are_read_whatever_the_text_looks_like, 0,
                        LENGTH(texts));
    tcase_add_loop_test(tests, what_is_wrong_is_told_by_row_and_column, 0,
                        LENGTH(refused));
    tcase_add_test(tests, malformed_text_is_an_error_with_its_place);
    tcase_add_test(tests, all_problems_are_told_together);
    tcase_add_test(tests, bad_rows_may_answer_for_themselves);
    tcase_add_test(tests, a_level_is_found_by_its_number_too);
    tcase_add_test(tests, sparse_inputs_without_a_column_are_0);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, rows_beyond_the_budget_are_refused);
    return tests;
}
