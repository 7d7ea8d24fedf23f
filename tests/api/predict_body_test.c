#include "api/predict_body.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/predict_detail.h"
#include "core/base/memory.h"
#include "tests/support/csv_table.h"
#include "tests/support/small_model.h"

/* Inputs: age (numeric), ses (levels high 0, low 1, mid 2). */
static const double zeros[8];
static struct model *model;
static struct problem_list problems;
static struct predict_body parsed;
static struct budget budget;
static struct error err;

static void setup(void)
{
    memory_fail_after(-1);
    model = small_model_binomial(zeros);
    budget_start(&budget, 1U << 30);
    problems = (struct problem_list){0};
    parsed = (struct predict_body){0};
    err = (struct error){0};
}

static void teardown(void)
{
    memory_fail_after(-1);
    predict_body_free(&parsed);
    problem_list_free(&problems);
    model_release(model);
    ck_assert_uint_eq(budget_used(&budget), 0);
}

/* In a block of its own of just that size, so that a sanitizer sees a read behind it. */
static int read_bytes(const char *body, size_t n)
{
    char *copy = memory_copy(body, n, NULL);
    predict_body_free(&parsed);
    problem_list_free(&problems);
    error_clear(&err);
    int result = predict_body_read(model, copy, n, &budget, &parsed, &problems, &err);
    memory_free(copy);
    ck_assert_int_eq(result, error_is_set(&err) || problems.n > 0 ? -1 : 0);
    return result;
}

static int read_body(const char *body)
{
    return read_bytes(body, strlen(body));
}

static void must_read(const char *body, size_t n_good, const double *cells)
{
    ck_assert_msg(read_body(body) == 0, "%s: %s%s", body, err.message,
                  problems.n ? problems.errors[0].message : "");
    ck_assert_uint_eq(parsed.n_good, n_good);
    ck_assert_mem_eq(parsed.cells, cells, n_good * 2 * sizeof(*cells));
}

static void must_tell(size_t i, const char *pointer, enum error_code code)
{
    ck_assert_msg(i < problems.n, "%s is not told", pointer);
    ck_assert_str_eq(problems.errors[i].place, pointer);
    ck_assert_msg(problems.errors[i].code == code, "%s: %s", pointer,
                  error_word(problems.errors[i].code));
}

static void must_be_malformed(const char *body, enum error_code code, const char *place)
{
    ck_assert_int_eq(read_body(body), -1);
    ck_assert_msg(err.code == code, "%s: %s", body, error_word(err.code));
    if (place)
        ck_assert_msg(strcmp(err.place, place) == 0, "%s: %s", body, err.place);
}

/* ---- rows ---- */

START_TEST(rows_are_in_the_order_of_the_inputs)
{
    must_read("{\"rows\":[[20,\"low\"],[-1.5e1,\"high\"],[0,\"mid\"]]}", 3,
              (const double[]){20, 1, -15, 0, 0, 2});
    ck_assert_uint_eq(parsed.n_rows, 3);
    ck_assert_uint_eq(parsed.n_bad, 0);
}
END_TEST

START_TEST(columns_say_the_order)
{
    must_read("{\"columns\":[\"ses\",\"age\"],\"rows\":[[\"low\",20],[\"mid\",7]]}", 2,
              (const double[]){20, 1, 7, 2});
    must_read("{\"rows\":[[\"low\",20]],\"columns\":[\"s\\u0065s\",\"age\"]}", 1,
              (const double[]){20, 1});
    must_read("{\"columns\":[\"age\",\"ses\"],\"rows\":[[20,\"low\"]]}", 1,
              (const double[]){20, 1});
}
END_TEST

START_TEST(instances_name_their_inputs)
{
    must_read("{\"instances\":[{\"age\":20,\"ses\":\"low\"},{\"ses\":\"mid\",\"age\":7},"
              "{\"\\u0061ge\":1,\"ses\":\"high\"}]}",
              3, (const double[]){20, 1, 7, 2, 1, 0});
}
END_TEST

START_TEST(a_level_may_be_written_with_escapes)
{
    must_read("{\"rows\":[[1,\"l\\u006fw\"],[2,\"\\u006d\\u0069\\u0064\"]]}", 2,
              (const double[]){1, 1, 2, 2});
}
END_TEST

START_TEST(many_rows_are_kept)
{
    struct buffer body = BUFFER_EMPTY;
    buffer_append_string(&body, "{\"rows\":[");
    for (int i = 0; i < 5000; i++)
        buffer_printf(&body, "%s[%d,\"%s\"]", i > 0 ? "," : "", i, i % 2 ? "low" : "mid");
    buffer_append_string(&body, "]}");
    ck_assert_int_eq(read_bytes(body.bytes, body.n_bytes), 0);
    ck_assert_uint_eq(parsed.n_good, 5000);
    for (size_t i = 0; i < 5000; i++)
        ck_assert(parsed.cells[2 * i] == (double)i &&
                  parsed.cells[2 * i + 1] == (double)(i % 2 ? 1 : 2));
    ck_assert_uint_ge(budget_used(&budget), 5000 * 2 * sizeof(double));
    buffer_free(&body);
}
END_TEST

/* ---- all that is wrong, by pointers ---- */

START_TEST(every_wrong_cell_is_told)
{
    read_body("{\"rows\":[[20,\"low\"],[null,\"LOW\"],[\"20\",null],[true,[]],[{},false],"
              "[1,2]]}");
    ck_assert_uint_eq(problems.n, 9);
    must_tell(0, "/rows/1/0", ERROR_MISSING_VALUE);
    must_tell(1, "/rows/1/1", ERROR_UNKNOWN_LEVEL);
    must_tell(2, "/rows/2/0", ERROR_NOT_A_NUMBER);
    must_tell(3, "/rows/2/1", ERROR_MISSING_VALUE);
    must_tell(4, "/rows/3/0", ERROR_NOT_A_NUMBER);
    must_tell(5, "/rows/3/1", ERROR_INVALID_TYPE);
    must_tell(6, "/rows/4/0", ERROR_NOT_A_NUMBER);
    must_tell(7, "/rows/4/1", ERROR_UNKNOWN_LEVEL);
    must_tell(8, "/rows/5/1", ERROR_UNKNOWN_LEVEL);
    ck_assert_ptr_nonnull(strstr(problems.errors[0].message, "(input age)"));
    ck_assert_ptr_null(strstr(problems.errors[1].message, "LOW"));
    ck_assert_ptr_null(parsed.cells);
}
END_TEST

/* ---- what stands for cells that are missing or were not seen ---- */

/* As the caller sent them: the inputs know what they stand for. */
static void must_read_cell(const char *body, size_t at, double cell)
{
    ck_assert_msg(read_body(body) == 0, "%s: %s%s", body, err.message,
                  problems.n ? problems.errors[0].message : "");
    ck_assert_msg(isnan(cell) ? isnan(parsed.cells[at]) : parsed.cells[at] == cell,
                  "%s: %g", body, parsed.cells[at]);
}

START_TEST(a_missing_cell_is_one_with_which_the_input_can_do)
{
    struct input *inputs = model->encoding->inputs;
    inputs[0].missing = MISSING_MEAN;
    inputs[1].missing = MISSING_LEVEL;
    inputs[1].unseen = UNSEEN_REFERENCE;
    must_read_cell("{\"rows\":[[null,\"low\"]]}", 0, NAN);
    must_read_cell("{\"rows\":[[1,null]]}", 1, NAN);
    must_read_cell("{\"instances\":[{}]}", 0, NAN);
    must_read_cell("{\"instances\":[{\"ses\":\"low\",\"age\":null}]}", 0, NAN);
    must_read_cell("{\"columns\":[\"ses\",\"age\"],\"rows\":[[\"low\",null]]}", 0, NAN);
    inputs[1].unseen = UNSEEN_ERROR;
    read_body("{\"rows\":[[null,null]]}");
    ck_assert_uint_eq(problems.n, 1);
    must_tell(0, "/rows/0/1", ERROR_MISSING_VALUE);
}
END_TEST

START_TEST(an_unseen_level_is_one_with_which_the_input_can_do)
{
    struct input *ses = &model->encoding->inputs[1];
    ses->unseen = UNSEEN_IGNORE;
    must_read_cell("{\"rows\":[[1,\"LOW\"]]}", 1, INPUT_UNKNOWN_LEVEL);
    must_read_cell("{\"rows\":[[1,17.5]]}", 1, INPUT_UNKNOWN_LEVEL);
    must_read_cell("{\"rows\":[[1,true]]}", 1, INPUT_UNKNOWN_LEVEL);
    must_read_cell("{\"rows\":[[1,\"low\"]]}", 1, 1);
    read_body("{\"rows\":[[1,null]]}");
    must_tell(0, "/rows/0/1", ERROR_MISSING_VALUE);
    ses->unseen = UNSEEN_REFERENCE;
    must_read_cell("{\"instances\":[{\"age\":1,\"ses\":\"\"}]}", 1, INPUT_UNKNOWN_LEVEL);
}
END_TEST

START_TEST(a_boolean_is_the_level_of_its_text)
{
    struct csv_table table = {0};
    static const struct input_request requests[] = {{.name = "age", .type = -1},
                                                    {.name = "member", .type = -1}};
    csv_table_read(&table, "age,member\n20,true\n30,false\n");
    encoding_free(model->encoding);
    model->encoding = encoding_build(table.table, requests, 2, NULL, NULL, NULL);
    csv_table_free(&table);
    must_read_cell("{\"rows\":[[1,true]]}", 1, 1);
    must_read_cell("{\"rows\":[[1,\"true\"]]}", 1, 1);
    must_read_cell("{\"instances\":[{\"member\":false,\"age\":0}]}", 1, 0);
    must_be_malformed("{\"rows\":[[1,tru]]}", ERROR_BAD_JSON, NULL);
}
END_TEST

START_TEST(pointers_follow_the_columns_of_the_request)
{
    read_body("{\"columns\":[\"ses\",\"age\"],\"rows\":[[\"low\",\"x\"],[1,2]]}");
    ck_assert_uint_eq(problems.n, 2);
    must_tell(0, "/rows/0/1", ERROR_NOT_A_NUMBER);
    must_tell(1, "/rows/1/0", ERROR_UNKNOWN_LEVEL);
}
END_TEST

START_TEST(a_row_of_another_width_is_told)
{
    read_body("{\"rows\":[[1],[1,\"low\"],[],[1,\"low\",3],[\"x\",\"low\",{\"a\":1}],"
              "[1,\"low\",\"low\",4]]}");
    ck_assert_uint_eq(problems.n, 6);
    must_tell(0, "/rows/0", ERROR_WRONG_WIDTH);
    must_tell(1, "/rows/2", ERROR_WRONG_WIDTH);
    must_tell(2, "/rows/3", ERROR_WRONG_WIDTH);
    must_tell(3, "/rows/4/0", ERROR_NOT_A_NUMBER);
    must_tell(4, "/rows/4", ERROR_WRONG_WIDTH);
    must_tell(5, "/rows/5", ERROR_WRONG_WIDTH);
    ck_assert_str_eq(problems.errors[0].message,
                     "the row has 1 cells where 2 are needed");
    ck_assert_str_eq(problems.errors[5].message,
                     "the row has 4 cells where 2 are needed");
}
END_TEST

START_TEST(a_row_that_is_no_array_is_told)
{
    read_body("{\"rows\":[1,{\"age\":1},[1,\"low\"],null,\"x\"]}");
    ck_assert_uint_eq(problems.n, 4);
    must_tell(0, "/rows/0", ERROR_INVALID_TYPE);
    must_tell(1, "/rows/1", ERROR_INVALID_TYPE);
    must_tell(2, "/rows/3", ERROR_INVALID_TYPE);
    must_tell(3, "/rows/4", ERROR_INVALID_TYPE);
}
END_TEST

START_TEST(wrong_instances_are_told_by_name)
{
    read_body("{\"instances\":[{\"age\":\"x\",\"ses\":\"low\"},{\"ses\":\"?\"},{},[1,2],"
              "{\"age\":1,\"ses\":\"low\",\"a~b/c\":1},{\"\\u00e4\":1,\"age\":1,"
              "\"ses\":null}]}");
    ck_assert_uint_eq(problems.n, 9);
    must_tell(0, "/instances/0/age", ERROR_NOT_A_NUMBER);
    must_tell(1, "/instances/1/ses", ERROR_UNKNOWN_LEVEL);
    must_tell(2, "/instances/1/age", ERROR_MISSING_VALUE);
    must_tell(3, "/instances/2/age", ERROR_MISSING_VALUE);
    must_tell(4, "/instances/2/ses", ERROR_MISSING_VALUE);
    must_tell(5, "/instances/3", ERROR_INVALID_TYPE);
    must_tell(6, "/instances/4/a~0b~1c", ERROR_UNKNOWN_COLUMN);
    must_tell(7, "/instances/5/\xc3\xa4", ERROR_UNKNOWN_COLUMN);
    must_tell(8, "/instances/5/ses", ERROR_MISSING_VALUE);
}
END_TEST

START_TEST(wrong_columns_are_told)
{
    read_body("{\"columns\":[\"age\",\"sex\",7,\"age\"],\"rows\":[[1,2,3,\"x\"]]}");
    ck_assert_uint_eq(problems.n, 4);
    must_tell(0, "/columns/1", ERROR_UNKNOWN_COLUMN);
    must_tell(1, "/columns/2", ERROR_INVALID_TYPE);
    must_tell(2, "/columns/3", ERROR_DUPLICATE_COLUMN);
    must_tell(3, "/columns", ERROR_MISSING_FIELD);
    read_body("{\"columns\":\"age\",\"rows\":[[1,2]]}");
    ck_assert_uint_eq(problems.n, 1);
    must_tell(0, "/columns", ERROR_INVALID_TYPE);
}
END_TEST

static const struct {
    const char *body;
    const char *pointer;
    enum error_code code;
} refused[] = {
    {"{}", "", ERROR_MISSING_FIELD},
    {"[]", "", ERROR_INVALID_TYPE},
    {"{\"columns\":[\"age\",\"ses\"]}", "", ERROR_MISSING_FIELD},
    {"{\"rows\":[]}", "/rows", ERROR_NO_ROWS},
    {"{\"instances\":[ ]}", "/instances", ERROR_NO_ROWS},
    {"{\"rows\":{}}", "/rows", ERROR_INVALID_TYPE},
    {"{\"rows\":null}", "/rows", ERROR_INVALID_TYPE},
    {"{\"instances\":\"x\"}", "/instances", ERROR_INVALID_TYPE},
    {"{\"rows\":[[1,\"low\"]],\"instances\":[]}", "/instances", ERROR_INVALID},
    {"{\"instances\":[{}],\"columns\":[]}", "/columns", ERROR_INVALID},
};

START_TEST(members_that_do_not_go_together_are_told)
{
    read_body(refused[_i].body);
    ck_assert_int_eq(err.code, ERROR_NONE);
    ck_assert_uint_ge(problems.n, 1);
    must_tell(problems.n - 1, refused[_i].pointer, refused[_i].code);
}
END_TEST

START_TEST(wrong_options_and_wrong_rows_are_told_together)
{
    read_body("{\"rows\":[[1,\"x\"],[1]],\"threshold\":7,\"nonsense\":[1,2]}");
    ck_assert_uint_eq(problems.n, 4);
    must_tell(0, "/nonsense", ERROR_UNKNOWN_FIELD);
    must_tell(1, "/threshold", ERROR_OUT_OF_RANGE);
    must_tell(2, "/rows/0/1", ERROR_UNKNOWN_LEVEL);
    must_tell(3, "/rows/1", ERROR_WRONG_WIDTH);
}
END_TEST

START_TEST(a_hundred_problems_are_listed_and_all_counted)
{
    struct buffer body = BUFFER_EMPTY;
    buffer_append_string(&body, "{\"rows\":[");
    for (int i = 0; i < 150; i++)
        buffer_append_string(&body, i > 0 ? ",[null,\"?\",3]" : "[null,\"?\",3]");
    buffer_append_string(&body, "]}");
    read_bytes(body.bytes, body.n_bytes);
    ck_assert_uint_eq(problems.n, 450);
    must_tell(PROBLEM_MAX - 1, "/rows/33/0", ERROR_MISSING_VALUE);
    buffer_free(&body);
}
END_TEST

/* ---- malformed text ---- */

START_TEST(malformed_text_is_told_before_anything_else)
{
    must_be_malformed("{\"rows\":[[1,\"low\"]]", ERROR_BAD_JSON, "byte 19");
    must_be_malformed("{\"rows\":[[1,\"low\"]]}}", ERROR_BAD_JSON, "byte 20");
    must_be_malformed("{\"rows\":[[1,\"low\"}]}", ERROR_BAD_JSON, "byte 17");
    must_be_malformed("{\"rows\":[[1 \"low\"]]}", ERROR_BAD_JSON, "byte 12");
    must_be_malformed("{\"rows\":[[01,\"low\"]]}", ERROR_BAD_JSON, "byte 10");
    must_be_malformed("{\"rows\":[[NaN,\"low\"]]}", ERROR_BAD_JSON, "byte 10");
    must_be_malformed("{\"rows\":[[1,\"l\now\"]]}", ERROR_BAD_JSON, "byte 14");
    must_be_malformed("{\"rows\":[[1,\"low\"],]}", ERROR_BAD_JSON, "byte 19");
    must_be_malformed("{\"rows\":[[null,\"?\"],[1,]],\"x\":1}", ERROR_BAD_JSON,
                      "byte 23");
    must_be_malformed("{\"threshold\":7,\"rows\":[x]}", ERROR_BAD_JSON, "byte 23");
    must_be_malformed("{\"instances\":[{\"age\"}]}", ERROR_BAD_JSON, "byte 20");
    must_be_malformed("{\"instances\":[{\"age\":1,\"ses\":\"\\ud800\"}]}", ERROR_BAD_JSON,
                      "byte 30");
    must_be_malformed("{\"rows\":[[1,\"\xff\"]]}", ERROR_BAD_UTF8, "byte 13");
    must_be_malformed("\xef\xbb\xbf{\"rows\":[[1,\"low\"]]}", ERROR_BAD_JSON, "byte 0");
    must_be_malformed("{\"rows\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1", ERROR_TOO_DEEP,
                      NULL);
}
END_TEST

START_TEST(no_part_of_a_body_is_read)
{
    static const char body[] = "{\"columns\":[\"age\",\"ses\"],\"rows\":[[1.5e0,"
                               "\"l\\u006fw\"]],\"threshold\":0.5}";
    ck_assert_int_eq(read_bytes(body, sizeof(body) - 1), 0);
    for (size_t n = 0; n + 1 < sizeof(body); n++) {
        ck_assert_int_eq(read_bytes(body, n), -1);
        ck_assert_msg(err.code == ERROR_BAD_JSON, "%zu: %s", n, error_word(err.code));
    }
}
END_TEST

START_TEST(a_number_beyond_a_double_is_malformed)
{
    must_be_malformed("{\"rows\":[[1e309,\"low\"]]}", ERROR_OUT_OF_RANGE, "byte 10");
    must_be_malformed("{\"rows\":[[1,-1e309]]}", ERROR_OUT_OF_RANGE, "byte 12");
    must_be_malformed("{\"instances\":[{\"age\":1e999}],\"on_error\":\"row\"}",
                      ERROR_OUT_OF_RANGE, "byte 21");
    must_read("{\"rows\":[[1.7976931348623157e308,\"low\"],[1e-400,\"low\"]]}", 2,
              (const double[]){1.7976931348623157e308, 1, 0, 1});
}
END_TEST

START_TEST(a_name_given_twice_is_malformed)
{
    must_be_malformed("{\"rows\":[],\"rows\":[]}", ERROR_DUPLICATE_KEY, "byte 11");
    must_be_malformed("{\"instances\":[{\"age\":1,\"ses\":\"low\",\"\\u0061ge\":2}]}",
                      ERROR_DUPLICATE_KEY, "byte 35");
    must_be_malformed("{\"instances\":[{\"age\":1,\"age\":2}],\"on_error\":\"row\"}",
                      ERROR_DUPLICATE_KEY, "byte 23");
}
END_TEST

/* ---- rows that answer for themselves ---- */

static void must_be_bad(size_t i, size_t row, enum error_code code, size_t input)
{
    ck_assert_uint_lt(i, parsed.n_bad);
    ck_assert_uint_eq(parsed.bad[i].row, row);
    ck_assert_int_eq(parsed.bad[i].code, code);
    ck_assert_uint_eq(parsed.bad[i].input, input);
}

START_TEST(bad_rows_stand_aside_where_that_is_asked)
{
    must_read(
        "{\"rows\":[[1,\"low\"],[null,\"?\"],[2,\"?\"],[3,\"mid\"],[1],\"x\",[\"x\"],"
        "[4,\"high\"],[1,\"low\",3]],\"on_error\":\"row\"}",
        3, (const double[]){1, 1, 3, 2, 4, 0});
    ck_assert_uint_eq(parsed.n_rows, 9);
    ck_assert_uint_eq(parsed.n_bad, 6);
    must_be_bad(0, 1, ERROR_MISSING_VALUE, 0);
    must_be_bad(1, 2, ERROR_UNKNOWN_LEVEL, 1);
    must_be_bad(2, 4, ERROR_WRONG_WIDTH, SIZE_MAX);
    must_be_bad(3, 5, ERROR_INVALID_TYPE, SIZE_MAX);
    must_be_bad(4, 6, ERROR_WRONG_WIDTH, SIZE_MAX);
    must_be_bad(5, 8, ERROR_WRONG_WIDTH, SIZE_MAX);
}
END_TEST

START_TEST(bad_instances_stand_aside_too)
{
    must_read("{\"on_error\":\"row\",\"instances\":[{},{\"age\":1,\"ses\":\"low\"},"
              "{\"age\":1,\"ses\":\"low\",\"x\":1},7]}",
              1, (const double[]){1, 1});
    ck_assert_uint_eq(parsed.n_bad, 3);
    must_be_bad(0, 0, ERROR_MISSING_VALUE, 0);
    must_be_bad(1, 2, ERROR_UNKNOWN_COLUMN, SIZE_MAX);
    must_be_bad(2, 3, ERROR_INVALID_TYPE, SIZE_MAX);
}
END_TEST

START_TEST(all_rows_may_be_bad)
{
    struct buffer body = BUFFER_EMPTY;
    buffer_append_string(&body, "{\"on_error\":\"row\",\"rows\":[");
    for (int i = 0; i < 1000; i++)
        buffer_append_string(&body, i > 0 ? ",[]" : "[]");
    buffer_append_string(&body, "]}");
    ck_assert_int_eq(read_bytes(body.bytes, body.n_bytes), 0);
    ck_assert_uint_eq(parsed.n_good, 0);
    ck_assert_uint_eq(parsed.n_bad, 1000);
    must_be_bad(999, 999, ERROR_WRONG_WIDTH, SIZE_MAX);
    buffer_free(&body);
}
END_TEST

START_TEST(every_refusal_has_a_text)
{
    static const enum error_code codes[] = {ERROR_MISSING_VALUE, ERROR_NOT_A_NUMBER,
                                            ERROR_UNKNOWN_LEVEL, ERROR_INVALID_TYPE,
                                            ERROR_WRONG_WIDTH,   ERROR_UNKNOWN_COLUMN};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        ck_assert_str_ne(predict_detail(codes[i], SIZE_MAX), error_title(codes[i]));
    ck_assert_str_ne(predict_detail(ERROR_INVALID_TYPE, SIZE_MAX),
                     predict_detail(ERROR_INVALID_TYPE, 0));
    ck_assert_str_eq(predict_detail(ERROR_INTERNAL, 0), error_title(ERROR_INTERNAL));
}
END_TEST

/* ---- memory ---- */

START_TEST(rows_that_do_not_fit_into_the_budget_are_refused)
{
    static const char good[] = "{\"rows\":[[1,\"low\"],[1,\"low\"],[1,\"low\"]]}";
    static const char bad[] = "{\"rows\":[[]],\"on_error\":\"row\"}";
    budget.limit = 2 * sizeof(double);
    ck_assert_int_eq(read_body(good), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_uint_eq(budget_used(&budget), 0);
    budget.limit = 4 * 2 * sizeof(double);
    ck_assert_int_eq(read_body(good), -1); /* old and new place at once */
    ck_assert_int_eq(err.code, ERROR_MEMORY_BUDGET);
    budget.limit = 6 * 2 * sizeof(double);
    ck_assert_int_eq(read_body(good), 0);
    ck_assert_int_eq(read_body(bad), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
}
END_TEST

/* ---- offsets ---- */

START_TEST(an_offset_goes_with_its_row)
{
    static const double cells[] = {1, 1, 2, 2}, offset[] = {-0.5, 3};
    static const char *const each[] = {
        "{\"offset\":[-0.5,3],\"rows\":[[1,\"low\"],[2,\"mid\"]]}",
        "{\"columns\":[\"ses\",\"age\"],\"rows\":[[\"low\",1],[\"mid\",2]],"
        "\"offset\":[-0.5,3]}",
        "{\"instances\":[{\"age\":1,\"ses\":\"low\"},{\"ses\":\"mid\",\"age\":2}],"
        "\"offset\":[-0.5,3]}",
    };
    for (size_t i = 0; i < 3; i++) {
        must_read(each[i], 2, cells);
        ck_assert_mem_eq(parsed.offset, offset, sizeof(offset));
    }
    must_read("{\"rows\":[[1,\"low\"],[2,\"mid\"]]}", 2, cells);
    ck_assert_ptr_null(parsed.offset);
}
END_TEST

START_TEST(wrong_offsets_are_told)
{
    read_body("{\"rows\":[[1,\"low\"],[2,\"x\"]],\"offset\":[null,\"3\"]}");
    must_tell(0, "/offset/0", ERROR_NOT_A_NUMBER);
    must_tell(1, "/rows/1/1", ERROR_UNKNOWN_LEVEL);
    must_tell(2, "/offset/1", ERROR_NOT_A_NUMBER);
    read_body("{\"rows\":[[1,\"low\"]],\"offset\":[1,2]}");
    must_tell(0, "/offset", ERROR_WRONG_WIDTH);
    read_body("{\"rows\":[[1,\"low\"],[2,\"mid\"]],\"offset\":[1],\"on_error\":\"row\"}");
    must_tell(0, "/offset", ERROR_WRONG_WIDTH);
    read_body("{\"instances\":[{\"age\":1,\"ses\":\"low\"}],\"offset\":[]}");
    must_tell(0, "/offset", ERROR_WRONG_WIDTH);
    read_body("{\"rows\":[[1,\"low\"]],\"offset\":1}");
    must_tell(0, "/offset", ERROR_INVALID_TYPE);
    must_be_malformed("{\"rows\":[[1,\"low\"]],\"offset\":[1e999]}", ERROR_OUT_OF_RANGE,
                      NULL);
    must_be_malformed("{\"offset\":[1],\"rows\":[[1,\"low\"]],\"offset\":[1]}",
                      ERROR_DUPLICATE_KEY, NULL);
}
END_TEST

START_TEST(a_bad_row_takes_its_offset_along)
{
    static const double cells[] = {1, 1, 4, 0}, offset[] = {10, 40};
    must_read("{\"rows\":[[1,\"low\"],[2,\"x\"],[3,\"low\"],[4,\"high\"]],"
              "\"offset\":[10,20,[],40],\"on_error\":\"row\"}",
              2, cells);
    ck_assert_mem_eq(parsed.offset, offset, sizeof(offset));
    ck_assert_uint_eq(parsed.n_bad, 2);
    ck_assert(parsed.bad[0].row == 1 && parsed.bad[0].code == ERROR_UNKNOWN_LEVEL);
    ck_assert(parsed.bad[1].row == 2 && parsed.bad[1].code == ERROR_NOT_A_NUMBER);
    ck_assert_uint_eq(parsed.bad[1].input, SIZE_MAX);
}
END_TEST

START_TEST(a_model_of_several_classes_takes_no_offset)
{
    model_release(model);
    model = small_model_multinomial(zeros);
    ck_assert_int_eq(read_body("{\"rows\":[[1,\"low\"]],\"offset\":[1]}"), -1);
    ck_assert_uint_eq(problems.n, 1);
    must_tell(0, "/offset", ERROR_INVALID);
}
END_TEST

static const char *const bodies[] = {
    "{\"rows\":[[1,\"l\\u006fw\"],[2,\"mid\"],[3,\"mid\"]],\"offset\":[1,2,3]}",
    "{\"columns\":[\"s\\u0065s\",\"age\"],\"rows\":[[\"l\\u006fw\",1],[\"mid\",2]]}",
    ("{\"instances\":[{\"\\u0061ge\":1,\"ses\":\"low\"},{\"x\\u0061\":1}],\"on_error\":"
     "\"row\"}"),
};

START_TEST(every_allocation_may_fail)
{
    const char *body = bodies[_i];
    memory_fail_after(-1);
    ck_assert_int_eq(
        predict_body_read(model, body, strlen(body), &budget, &parsed, &problems, &err),
        0);
    long n_allocations = memory_fail_after(-1);
    ck_assert_int_gt(n_allocations, 4);
    for (long i = 0; i < n_allocations; i++) {
        predict_body_free(&parsed);
        error_clear(&err);
        memory_fail_after(i);
        ck_assert_int_eq(predict_body_read(model, body, strlen(body), &budget, &parsed,
                                           &problems, &err),
                         -1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_uint_eq(budget_used(&budget), 0);
    }
}
END_TEST

#define N(array) (int)(sizeof(array) / sizeof(*(array)))

TCase *predict_body_test(void)
{
    TCase *tests = tcase_create("predict_body");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_are_in_the_order_of_the_inputs);
    tcase_add_test(tests, columns_say_the_order);
    tcase_add_test(tests, instances_name_their_inputs);
    tcase_add_test(tests, a_level_may_be_written_with_escapes);
    tcase_add_test(tests, many_rows_are_kept);
    tcase_add_test(tests, every_wrong_cell_is_told);
    tcase_add_test(tests, a_missing_cell_is_one_with_which_the_input_can_do);
    tcase_add_test(tests, an_unseen_level_is_one_with_which_the_input_can_do);
    tcase_add_test(tests, a_boolean_is_the_level_of_its_text);
    tcase_add_test(tests, pointers_follow_the_columns_of_the_request);
    tcase_add_test(tests, a_row_of_another_width_is_told);
    tcase_add_test(tests, a_row_that_is_no_array_is_told);
    tcase_add_test(tests, wrong_instances_are_told_by_name);
    tcase_add_test(tests, wrong_columns_are_told);
    tcase_add_loop_test(tests, members_that_do_not_go_together_are_told, 0, N(refused));
    tcase_add_test(tests, wrong_options_and_wrong_rows_are_told_together);
    tcase_add_test(tests, a_hundred_problems_are_listed_and_all_counted);
    tcase_add_test(tests, malformed_text_is_told_before_anything_else);
    tcase_add_test(tests, no_part_of_a_body_is_read);
    tcase_add_test(tests, a_number_beyond_a_double_is_malformed);
    tcase_add_test(tests, a_name_given_twice_is_malformed);
    tcase_add_test(tests, bad_rows_stand_aside_where_that_is_asked);
    tcase_add_test(tests, bad_instances_stand_aside_too);
    tcase_add_test(tests, all_rows_may_be_bad);
    tcase_add_test(tests, every_refusal_has_a_text);
    tcase_add_test(tests, rows_that_do_not_fit_into_the_budget_are_refused);
    tcase_add_test(tests, an_offset_goes_with_its_row);
    tcase_add_test(tests, wrong_offsets_are_told);
    tcase_add_test(tests, a_bad_row_takes_its_offset_along);
    tcase_add_test(tests, a_model_of_several_classes_takes_no_offset);
    tcase_add_loop_test(tests, every_allocation_may_fail, 0, N(bodies));
    return tests;
}
