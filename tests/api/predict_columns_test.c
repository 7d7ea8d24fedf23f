#include "api/predict_columns.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"
#include "tests/support/small_model.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define AGE 0
#define SES 1

static const double zeros[6];
static struct model *model;
static struct problem_list problems;
static struct predict_body parsed;
static struct predict_columns columns;
static struct budget budget;
static struct error err;

static void point(const void *context, size_t input, size_t row,
                  char pointer[PROBLEM_POINTER_BYTES])
{
    ck_assert_str_eq(context, "context");
    snprintf(pointer, PROBLEM_POINTER_BYTES, "%zd of %zd", (ssize_t)row, (ssize_t)input);
}

static void start(void)
{
    predict_columns_start(&columns, model, &parsed, &problems, point, "context");
}

static void forget(void)
{
    predict_columns_free(&columns);
    predict_body_free(&parsed);
    problem_list_free(&problems);
    error_clear(&err);
    start();
}

/* Inputs age and ses: a number, and low, mid, high. */
static void setup(void)
{
    memory_fail_after(-1);
    model = small_model_binomial(zeros);
    budget_start(&budget, 1U << 30);
    start();
}

static void teardown(void)
{
    memory_fail_after(-1);
    forget();
    model_release(model);
    ck_assert_uint_eq(budget_used(&budget), 0);
}

static void use(struct model *other)
{
    model_release(model);
    model = other;
    forget();
}

static int begin(size_t n_rows)
{
    predict_columns_give_all(&columns);
    return predict_columns_begin(&columns, n_rows, &budget, "/all", &err);
}

/* Of a numeric model with these names. */
static void use_numbers(const char *csv)
{
    struct csv_table table = {0};
    const struct input_request requests[] = {{.name = "a", .type = -1},
                                             {.name = "b", .type = -1}};
    csv_table_read(&table, csv);
    struct encoding *encoding =
        encoding_build(table.table, requests, 2, NULL, NULL, NULL);
    csv_table_free(&table);
    encoding_free(model->encoding);
    model->encoding = encoding;
    forget();
}

static void must_tell(size_t i, enum error_code code, const char *place)
{
    ck_assert_uint_gt(problems.n, i);
    ck_assert_msg(problems.errors[i].code == code, "%s",
                  error_word(problems.errors[i].code));
    ck_assert_str_eq(problems.errors[i].place, place);
}

/* ---- cells ---- */

START_TEST(columns_in_any_order_become_rows)
{
    const double ages[] = {20, 30.5, -0.0};
    ck_assert_int_eq(predict_columns_give(&columns, SES, &err), 1);
    ck_assert_int_eq(predict_columns_give(&columns, AGE, &err), 1);
    ck_assert_int_eq(predict_columns_begin(&columns, 3, &budget, "/all", &err), 0);
    ck_assert_int_eq(predict_columns_text(&columns, SES, 2, "mid", 3, &err), 0);
    ck_assert_int_eq(predict_columns_run(&columns, AGE, 0, ages, 3, &err), 0);
    ck_assert_int_eq(predict_columns_text(&columns, SES, 0, "high", 4, &err), 0);
    ck_assert_int_eq(predict_columns_text(&columns, SES, 1, "low", 3, &err), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert_uint_eq(parsed.n_rows, 3);
    ck_assert_uint_eq(parsed.n_good, 3);
    const double expected[] = {20, 0, 30.5, 1, -0.0, 2}; /* high, low, mid: as sorted */
    ck_assert_mem_eq(parsed.cells, expected, sizeof(expected));
}
END_TEST

START_TEST(a_column_is_given_once)
{
    ck_assert_int_eq(predict_columns_give(&columns, AGE, &err), 1);
    ck_assert_int_eq(predict_columns_give(&columns, AGE, &err), 0);
}
END_TEST

START_TEST(missing_columns_are_told_before_there_is_memory)
{
    ck_assert_int_eq(predict_columns_give(&columns, AGE, &err), 1);
    ck_assert_int_eq(predict_columns_begin(&columns, SIZE_MAX, &budget, "/inputs", &err),
                     -1);
    ck_assert(!error_is_set(&err));
    ck_assert_uint_eq(problems.n, 1);
    must_tell(0, ERROR_MISSING_FIELD, "/inputs");
    forget();
    ck_assert_int_eq(predict_columns_begin(&columns, 0, &budget, "/inputs", &err), -1);
    ck_assert_uint_eq(problems.n, 3);
    must_tell(2, ERROR_NO_ROWS, "/inputs");
}
END_TEST

START_TEST(rows_beyond_the_budget_or_any_memory_are_refused)
{
    ck_assert_int_eq(begin(1U << 30), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    forget();
    ck_assert_int_eq(begin(SIZE_MAX / 2), -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

START_TEST(each_unusable_cell_is_told_with_its_place)
{
    const double ages[] = {20, (double)NAN, (double)INFINITY, -(double)INFINITY};
    ck_assert_int_eq(begin(4), 0);
    ck_assert_int_eq(predict_columns_run(&columns, AGE, 0, ages, 4, &err), 0);
    ck_assert_int_eq(predict_columns_text(&columns, SES, 0, "none", 4, &err), 0);
    ck_assert_int_eq(predict_columns_missing(&columns, SES, 1, &err), 0);
    ck_assert_int_eq(predict_columns_number(&columns, SES, 2, 7, &err), 0);
    ck_assert_int_eq(predict_columns_text(&columns, AGE, 3, "7", 1, &err), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    ck_assert_uint_eq(problems.n, 7);
    must_tell(0, ERROR_MISSING_VALUE, "1 of 0");
    must_tell(1, ERROR_NON_FINITE, "2 of 0");
    must_tell(2, ERROR_NON_FINITE, "3 of 0");
    must_tell(3, ERROR_UNKNOWN_LEVEL, "0 of 1");
    must_tell(4, ERROR_MISSING_VALUE, "1 of 1");
    must_tell(5, ERROR_UNKNOWN_LEVEL, "2 of 1");
    must_tell(6, ERROR_NOT_A_NUMBER, "3 of 0");
}
END_TEST

START_TEST(spans_go_over_rows)
{
    const double values[] = {1, 2, 3, 4, 5, 6};
    use_numbers("a,b\n1,2\n3,5\n");
    ck_assert_int_eq(begin(3), 0);
    ck_assert_int_eq(predict_columns_span(&columns, 0, values, 3, &err), 0);
    ck_assert_int_eq(predict_columns_span(&columns, 3, values + 3, 3, &err), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    ck_assert_mem_eq(parsed.cells, values, sizeof(values));
    const double other[] = {DBL_MAX, (double)INFINITY, -DBL_MAX};
    forget();
    ck_assert_int_eq(begin(2), 0);
    ck_assert_int_eq(predict_columns_span(&columns, 1, other, 3, &err), 0);
    ck_assert_uint_eq(problems.n, 1);
    must_tell(0, ERROR_NON_FINITE, "1 of 0");
}
END_TEST

/* Each bit pattern around the largest exponent. */
START_TEST(only_finite_numbers_pass_a_run)
{
    static const uint64_t patterns[] = {
        0x7fefffffffffffff, 0xffefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000,
        0x7ff8000000000000, 0xfff8000000000000, 0x7ff0000000000001, 0x7fffffffffffffff,
        0x0010000000000000, 0x8000000000000000, 0x0000000000000001, 0x3ff0000000000000};
    for (size_t i = 0; i < LENGTH(patterns); i++)
        for (size_t at = 0; at < 9; at++) {
            double values[9] = {0};
            memcpy(&values[at], &patterns[i], sizeof(double));
            forget();
            ck_assert_int_eq(begin(9), 0);
            ck_assert_int_eq(predict_columns_run(&columns, AGE, 0, values, 9, &err), 0);
            ck_assert_uint_eq(problems.n, isfinite(values[at]) ? 0U : 1U);
        }
}
END_TEST

START_TEST(missing_cells_are_kept_where_the_model_knows_what_to_do)
{
    struct csv_table table = {0};
    const struct input_request requests[] = {
        {.name = "a", .type = -1, .missing = MISSING_MEAN},
        {.name = "b", .type = COLUMN_CATEGORICAL, .missing = MISSING_LEVEL}};
    csv_table_read(&table, "a,b\n1,2\n3,5\n,\n");
    encoding_free(model->encoding);
    model->encoding = encoding_build(table.table, requests, 2, NULL, NULL, NULL);
    csv_table_free(&table);
    forget();
    const double values[] = {(double)NAN, (double)NAN, 4, 5};
    ck_assert_int_eq(begin(2), 0);
    ck_assert_int_eq(predict_columns_span(&columns, 0, values, 4, &err), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert(isnan(parsed.cells[0]) && isnan(parsed.cells[1]));
    ck_assert(parsed.cells[2] == 4 && parsed.cells[3] == 1);
}
END_TEST

/* ---- JSON ---- */

static int read_list(const char *text, size_t input)
{
    struct json_scan scan = json_scan_start(text, strlen(text));
    if (predict_columns_read_list(&columns, &scan, input, &err) < 0)
        return -1;
    return json_scan_finish(&scan, &err);
}

START_TEST(lists_are_read_with_each_value_bare_or_alone)
{
    ck_assert_int_eq(begin(3), 0);
    ck_assert_int_eq(read_list("[1, [2.5], 3]", AGE), 0);
    ck_assert_int_eq(read_list("[[\"low\"],\"m\\u0069d\", [ \"high\" ]]", SES), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    ck_assert_uint_eq(problems.n, 0);
    const double expected[] = {1, 1, 2.5, 2, 3, 0};
    ck_assert_mem_eq(parsed.cells, expected, sizeof(expected));
}
END_TEST

START_TEST(long_lists_are_read_in_blocks)
{
    struct buffer text = BUFFER_EMPTY;
    for (int i = 0; i < 2000; i++)
        buffer_printf(&text, i % 700 == 11 ? "%c[%d]" : "%c%d", i ? ',' : '[', i);
    buffer_append_byte(&text, ']');
    ck_assert_int_eq(begin(2000), 0);
    ck_assert_int_eq(read_list(text.bytes, AGE), 0);
    for (int i = 0; i < 2000; i++)
        if (parsed.cells[2 * i] != i)
            ck_abort_msg("row %d", i);
    buffer_free(&text);
}
END_TEST

static const struct {
    const char *text, *place;
    enum error_code code;
} wrong_lists[] = {
    {"[1,2]", "-1 of 0", ERROR_WRONG_WIDTH},
    {"[1,2,3,4]", "-1 of 0", ERROR_WRONG_WIDTH},
    {"[1,2,3,[4,\"x\"]]", "-1 of 0", ERROR_WRONG_WIDTH},
    {"[1,2,\"x\"]", "2 of 0", ERROR_NOT_A_NUMBER},
    {"[1,[],3]", "1 of 0", ERROR_NOT_A_NUMBER},
    {"[1,[2,3],3]", "1 of 0", ERROR_NOT_A_NUMBER},
    {"[1,[[2]],3]", "1 of 0", ERROR_NOT_A_NUMBER},
    {"[1,{},3]", "1 of 0", ERROR_NOT_A_NUMBER},
    {"[1,null,3]", "1 of 0", ERROR_MISSING_VALUE},
    {"7", "-1 of 0", ERROR_WRONG_WIDTH},
};

START_TEST(a_wrong_list_is_told)
{
    ck_assert_int_eq(begin(3), 0);
    ck_assert_int_eq(read_list(wrong_lists[_i].text, AGE), 0);
    ck_assert_uint_eq(problems.n, 1);
    must_tell(0, wrong_lists[_i].code, wrong_lists[_i].place);
}
END_TEST

START_TEST(malformed_lists_are_told_as_that)
{
    static const char *const texts[] = {"[1,2,",    "[1,[2",    "[1,,3]", "[1e309,2,3]",
                                        "[1,[2],x", "[1,2,3,x", "[nan]",  ""};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        forget();
        ck_assert_int_eq(begin(3), 0);
        ck_assert_int_eq(read_list(texts[i], AGE), -1);
        ck_assert(error_is_set(&err));
    }
}
END_TEST

START_TEST(elements_are_counted)
{
    static const struct {
        const char *text;
        size_t n;
    } counts[] = {
        {"[]", 0}, {"[[1,2],3,{\"a\":[1,2]}]", 3}, {"7", 1}, {" [ \"],\" ]", 1}};
    size_t n;
    for (size_t i = 0; i < LENGTH(counts); i++) {
        struct json_scan scan = json_scan_start(counts[i].text, strlen(counts[i].text));
        ck_assert_int_eq(predict_columns_count(scan, &n, &err), 0);
        ck_assert_uint_eq(n, counts[i].n);
    }
    ck_assert_int_eq(predict_columns_count(json_scan_start("[1", 2), &n, &err), -1);
}
END_TEST

/* ---- sparse models ---- */

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

START_TEST(of_a_sparse_model_what_is_not_0_is_kept_and_what_is_not_told_is_0)
{
    use(small_model_sparse(FAMILY_BINOMIAL, 5, zeros));
    ck_assert_int_eq(predict_columns_give(&columns, 3, &err), 1);
    ck_assert_int_eq(predict_columns_give(&columns, 0, &err), 1);
    ck_assert_int_eq(predict_columns_begin(&columns, 3, &budget, "/all", &err), 0);
    ck_assert_int_eq(read_list("[7,0,-1]", 3), 0);
    ck_assert_int_eq(read_list("[0.5,0,0]", 0), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    must_have("1:0.5 4:7||4:-1|");
    ck_assert_uint_eq(parsed.n_rows, 3);
}
END_TEST

START_TEST(of_a_sparse_model_spans_are_kept_too)
{
    const double values[] = {0.5, 0, 2, 0, 0, 0, 0, 0, 0, 1};
    use(small_model_sparse(FAMILY_BINOMIAL, 5, zeros));
    ck_assert_int_eq(begin(2), 0);
    ck_assert_int_eq(predict_columns_span(&columns, 0, values, 4, &err), 0);
    ck_assert_int_eq(predict_columns_span(&columns, 4, values + 4, 6, &err), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    must_have("1:0.5 3:2|5:1|");
}
END_TEST

START_TEST(a_sparse_model_refuses_what_is_no_number)
{
    const double values[] = {(double)INFINITY, (double)NAN};
    use(small_model_sparse(FAMILY_BINOMIAL, 5, zeros));
    ck_assert_int_eq(begin(2), 0);
    ck_assert_int_eq(predict_columns_run(&columns, 2, 0, values, 2, &err), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    ck_assert_uint_eq(problems.n, 2);
    must_tell(0, ERROR_NON_FINITE, "0 of 2");
    must_tell(1, ERROR_MISSING_VALUE, "1 of 2");
}
END_TEST

/* A model of which one sparse input is taken by its levels scores from all cells. */
START_TEST(a_sparse_input_among_others_is_0_where_it_is_not_told)
{
    static const struct input_request requests[] = {
        {.name = "1", .type = -1}, {.name = "2", .type = COLUMN_CATEGORICAL}};
    struct csv_table table = {0};
    csv_table_read_libsvm(&table, "1 1:4 2:1\n0 2:3\n0 1:2\n");
    encoding_free(model->encoding);
    model->encoding = encoding_build(table.table, requests, 2, NULL, NULL, NULL);
    csv_table_free(&table);
    forget();
    ck_assert_int_eq(predict_columns_give(&columns, 0, &err), 1);
    ck_assert_int_eq(predict_columns_begin(&columns, 2, &budget, "/all", &err), 0);
    ck_assert_int_eq(read_list("[4,5]", 0), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    ck_assert_uint_eq(problems.n, 0);
    const double expected[] = {4, 0, 5, 0}; /* level 0 is that of the number 0 */
    ck_assert_mem_eq(parsed.cells, expected, sizeof(expected));
}
END_TEST

/* ---- formulas ---- */

START_TEST(an_expression_without_a_value_is_told_of_its_row)
{
    struct csv_table table = {0};
    const struct input_request requests[] = {{.name = "a", .type = -1}};
    csv_table_read(&table, "y,a\n1,1\n0,2\n1,3\n");
    struct formula formula = {0};
    static const char text[] = "y ~ log(a)";
    ck_assert_int_eq(formula_parse(&formula, text, strlen(text), NULL, 0, &err), 0);
    struct encoding *encoding =
        encoding_build(table.table, requests, 1, &formula, NULL, &err);
    ck_assert_ptr_nonnull(encoding);
    formula_free(&formula);
    csv_table_free(&table);
    encoding_free(model->encoding);
    model->encoding = encoding;
    forget();
    ck_assert_int_eq(begin(3), 0);
    ck_assert_int_eq(read_list("[1,0,-1]", 0), 0);
    ck_assert_int_eq(predict_columns_finish(&columns, &err), 0);
    ck_assert_uint_eq(problems.n, 2);
    must_tell(0, ERROR_NON_FINITE, "1 of -1");
    must_tell(1, ERROR_NON_FINITE, "2 of -1");
}
END_TEST

/* ---- memory ---- */

static int read_all(bool is_sparse)
{
    forget();
    if (predict_columns_give(&columns, 0, &err) < 0 ||
        predict_columns_give(&columns, 1, &err) < 0 ||
        predict_columns_begin(&columns, 2, &budget, "/all", &err) < 0 ||
        read_list("[1,2]", 0) < 0 ||
        read_list(is_sparse ? "[1,2]" : "[\"l\\u006fw\",\"mid\"]", 1) < 0)
        return -1;
    return predict_columns_finish(&columns, &err);
}

START_TEST(want_of_memory_is_told)
{
    for (int is_sparse = 0; is_sparse < 2; is_sparse++) {
        if (is_sparse)
            use(small_model_sparse(FAMILY_BINOMIAL, 5, zeros));
        for (long n = 0;; n++) {
            ck_assert_int_lt(n, 100);
            memory_fail_after(n);
            int result = read_all(is_sparse);
            long n_made = memory_fail_after(-1);
            if (n_made <= n)
                break;
            ck_assert(result == -1 && err.code == ERROR_NO_MEMORY);
        }
        ck_assert_uint_eq(parsed.n_good, 2);
    }
}
END_TEST

TCase *predict_columns_test(void)
{
    TCase *tests = tcase_create("predict_columns");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, columns_in_any_order_become_rows);
    tcase_add_test(tests, a_column_is_given_once);
    tcase_add_test(tests, missing_columns_are_told_before_there_is_memory);
    tcase_add_test(tests, rows_beyond_the_budget_or_any_memory_are_refused);
    tcase_add_test(tests, each_unusable_cell_is_told_with_its_place);
    tcase_add_test(tests, spans_go_over_rows);
    tcase_add_test(tests, only_finite_numbers_pass_a_run);
    tcase_add_test(tests, missing_cells_are_kept_where_the_model_knows_what_to_do);
    tcase_add_test(tests, lists_are_read_with_each_value_bare_or_alone);
    tcase_add_test(tests, long_lists_are_read_in_blocks);
    tcase_add_loop_test(tests, a_wrong_list_is_told, 0, LENGTH(wrong_lists));
    tcase_add_test(tests, malformed_lists_are_told_as_that);
    tcase_add_test(tests, elements_are_counted);
    tcase_add_test(tests,
                   of_a_sparse_model_what_is_not_0_is_kept_and_what_is_not_told_is_0);
    tcase_add_test(tests, of_a_sparse_model_spans_are_kept_too);
    tcase_add_test(tests, a_sparse_model_refuses_what_is_no_number);
    tcase_add_test(tests, a_sparse_input_among_others_is_0_where_it_is_not_told);
    tcase_add_test(tests, an_expression_without_a_value_is_told_of_its_row);
    tcase_add_test(tests, want_of_memory_is_told);
    return tests;
}
