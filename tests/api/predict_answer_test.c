#include "api/predict_answer.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/small_model.h"

static struct model *model;
static struct budget budget;
static struct buffer out;
static json_t *json;

static void setup(void)
{
    memory_fail_after(-1);
    model = NULL;
    json = NULL;
    out = BUFFER_EMPTY;
    budget_start(&budget, 1U << 30);
}

static void teardown(void)
{
    memory_fail_after(-1);
    json_decref(json);
    buffer_free(&out);
    model_release(model);
    ck_assert_uint_eq(budget_used(&budget), 0);
}

/* log-odds: age - 10, and 1 or 2 less for low or mid. */
static void use_binomial(void)
{
    model = small_model_binomial((const double[]){-10, 1, -1, -2});
}

/* logits before they are centred: a: age, b: 0, c: 1. */
static void use_multinomial(void)
{
    model = small_model_multinomial((const double[]){0, 1, 0, 0, 1, 0, 0, 0});
}

/* Scores and writes, as of version 7 of "m". */
static int write_answer(const struct predict_body *parsed, struct error *err)
{
    struct serving serving = {.name = "m",
                              .found = {.model = model_retain(model), .version = 7},
                              .budget = &budget};
    int result = serving_score(&serving, parsed, err);
    if (result == 0)
        result = predict_answer_write(&serving, parsed, &out, err);
    serving_close(&serving);
    return result;
}

static int answer(const char *body, struct error *err)
{
    struct predict_body parsed = {0};
    struct problem_list problems = {0};
    int result =
        predict_body_read(model, body, strlen(body), &budget, &parsed, &problems, err);
    ck_assert_msg(problems.n == 0, "%s", problems.n ? problems.errors[0].message : "");
    if (result == 0)
        result = write_answer(&parsed, err);
    predict_body_free(&parsed);
    return result;
}

static const char *text_of(const char *body)
{
    struct error err = {0};
    buffer_clear(&out);
    ck_assert_msg(answer(body, &err) == 0, "%s", err.message);
    json_decref(json);
    json = json_loadb(out.bytes, out.n_bytes, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(json);
    return out.bytes;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(json_is_number(value), "%s", key);
    return json_number_value(value);
}

static const json_t *prediction(size_t i)
{
    const json_t *value = json_array_get(json_object_get(json, "predictions"), i);
    ck_assert_ptr_nonnull(value);
    return value;
}

/* ---- records ---- */

START_TEST(a_record_has_label_probabilities_and_log_odds)
{
    use_binomial();
    text_of("{\"rows\":[[12,\"high\"],[10,\"low\"]]}");
    ck_assert_str_eq(json_string_value(json_object_get(json, "model")), "m");
    ck_assert(number(json, "version") == 7);
    ck_assert_uint_eq(json_array_size(json_object_get(json, "predictions")), 2);
    const json_t *p = json_object_get(prediction(0), "probability");
    ck_assert_str_eq(json_string_value(json_object_get(prediction(0), "label")), "yes");
    ck_assert(number(prediction(0), "log_odds") == 2);
    ck_assert_double_eq_tol(number(p, "yes"), 1 / (1 + exp(-2)), 1e-15);
    ck_assert_double_eq_tol(number(p, "no"), 1 / (1 + exp(2)), 1e-15);
    ck_assert_uint_eq(json_object_size(prediction(0)), 3);
    ck_assert_str_eq(json_string_value(json_object_get(prediction(1), "label")), "no");
    ck_assert(number(prediction(1), "log_odds") == -1);
}
END_TEST

START_TEST(a_tie_is_said_and_has_the_positive_label)
{
    use_binomial();
    ck_assert_str_eq(text_of("{\"rows\":[[10,\"high\"]]}"),
                     "{\"model\":\"m\",\"version\":7,\"predictions\":[{\"label\":\"yes\","
                     "\"probability\":{\"no\":0.5,\"yes\":0.5},\"log_odds\":0,"
                     "\"tie\":true}]}");
    ck_assert_str_eq(text_of("{\"rows\":[[10,\"high\"]],\"output\":[\"log_odds\"]}"),
                     "{\"model\":\"m\",\"version\":7,\"predictions\":[{\"log_odds\":0,"
                     "\"tie\":true}]}");
}
END_TEST

START_TEST(the_threshold_moves_the_label)
{
    use_binomial();
    ck_assert_ptr_nonnull(strstr(text_of("{\"rows\":[[12,\"high\"]],\"threshold\":0.9,"
                                         "\"output\":[\"label\"]}"),
                                 "[{\"label\":\"no\"}]"));
    ck_assert_ptr_nonnull(strstr(text_of("{\"rows\":[[9,\"high\"]],\"threshold\":0.1,"
                                         "\"output\":[\"label\"]}"),
                                 "[{\"label\":\"yes\"}]"));
    ck_assert_ptr_nonnull(strstr(text_of("{\"rows\":[[10,\"high\"]],\"threshold\":0.25,"
                                         "\"output\":[\"label\"]}"),
                                 "[{\"label\":\"yes\"}]"));
}
END_TEST

START_TEST(only_what_is_asked_for_is_answered)
{
    use_binomial();
    ck_assert_str_eq(text_of("{\"rows\":[[11.5,\"mid\"]],"
                             "\"output\":[\"linear_predictor\",\"label\"]}"),
                     "{\"model\":\"m\",\"version\":7,\"predictions\":[{\"label\":\"no\","
                     "\"linear_predictor\":-0.5}]}");
}
END_TEST

START_TEST(a_multinomial_answers_by_class)
{
    use_multinomial();
    text_of("{\"rows\":[[2,\"high\"]]}");
    const json_t *p = json_object_get(prediction(0), "probability");
    const json_t *logits = json_object_get(prediction(0), "logits");
    double sum = exp(2) + 1 + exp(1);
    ck_assert_str_eq(json_string_value(json_object_get(prediction(0), "label")), "a");
    ck_assert_double_eq_tol(number(p, "a"), exp(2) / sum, 1e-15);
    ck_assert_double_eq_tol(number(p, "b"), 1 / sum, 1e-15);
    ck_assert_double_eq_tol(number(p, "c"), exp(1) / sum, 1e-15);
    ck_assert_double_eq_tol(number(logits, "a") - number(logits, "b"), 2, 1e-15);
    ck_assert_double_eq_tol(
        number(logits, "a") + number(logits, "b") + number(logits, "c"), 0, 1e-15);
    ck_assert_ptr_null(json_object_get(prediction(0), "log_odds"));
}
END_TEST

START_TEST(equal_logits_are_a_tie)
{
    use_multinomial();
    text_of("{\"rows\":[[1,\"high\"],[0,\"low\"]],\"output\":[\"label\"]}");
    ck_assert_str_eq(json_string_value(json_object_get(prediction(0), "label")), "a");
    ck_assert(json_is_true(json_object_get(prediction(0), "tie")));
    ck_assert_str_eq(json_string_value(json_object_get(prediction(1), "label")), "c");
    ck_assert_ptr_null(json_object_get(prediction(1), "tie"));
}
END_TEST

START_TEST(huge_inputs_have_finite_answers)
{
    use_binomial();
    ck_assert_str_eq(text_of("{\"rows\":[[1.7e308,\"high\"],[-1.7e308,\"low\"]]}"),
                     "{\"model\":\"m\",\"version\":7,\"predictions\":["
                     "{\"label\":\"yes\",\"probability\":{\"no\":0,\"yes\":1},"
                     "\"log_odds\":1.7e+308},"
                     "{\"label\":\"no\",\"probability\":{\"no\":1,\"yes\":0},"
                     "\"log_odds\":-1.7e+308}]}");
}
END_TEST

/* ---- bad rows in their place ---- */

START_TEST(a_bad_row_answers_in_its_place)
{
    use_binomial();
    text_of("{\"rows\":[[1],[10,\"high\"],[10,\"?\"],[null,\"mid\"],[12,\"low\"]],"
            "\"on_error\":\"row\",\"output\":[\"label\"]}");
    ck_assert_uint_eq(json_array_size(json_object_get(json, "predictions")), 5);
    const json_t *width = json_object_get(prediction(0), "error");
    const json_t *level = json_object_get(prediction(2), "error");
    const json_t *missing = json_object_get(prediction(3), "error");
    ck_assert_str_eq(json_string_value(json_object_get(width, "code")), "wrong_width");
    ck_assert(json_is_null(json_object_get(width, "column")));
    ck_assert_str_eq(json_string_value(json_object_get(level, "code")), "unknown_level");
    ck_assert_str_eq(json_string_value(json_object_get(level, "column")), "ses");
    ck_assert_str_eq(json_string_value(json_object_get(missing, "code")),
                     "missing_value");
    ck_assert_str_eq(json_string_value(json_object_get(missing, "column")), "age");
    ck_assert_uint_gt(json_string_length(json_object_get(missing, "detail")), 0);
    ck_assert_str_eq(json_string_value(json_object_get(prediction(1), "label")), "yes");
    ck_assert_str_eq(json_string_value(json_object_get(prediction(4), "label")), "yes");
}
END_TEST

START_TEST(every_row_may_be_bad)
{
    use_binomial();
    text_of("{\"instances\":[{},7],\"on_error\":\"row\"}");
    ck_assert_ptr_nonnull(json_object_get(prediction(0), "error"));
    ck_assert_ptr_nonnull(json_object_get(prediction(1), "error"));
}
END_TEST

/* ---- columns ---- */

START_TEST(columns_stand_beside_each_other)
{
    use_binomial();
    ck_assert_str_eq(
        text_of("{\"rows\":[[1e5,\"high\"],[-1e5,\"high\"]],\"layout\":\"columns\"}"),
        "{\"model\":\"m\",\"version\":7,\"classes\":[\"no\",\"yes\"],"
        "\"label\":[\"yes\",\"no\"],\"probability\":[[0,1],[1,0]],"
        "\"log_odds\":[99990,-100010]}");
    ck_assert_str_eq(text_of("{\"rows\":[[10,\"high\"],[11,\"high\"]],"
                             "\"layout\":\"columns\",\"output\":[\"linear_predictor\"]}"),
                     "{\"model\":\"m\",\"version\":7,\"classes\":[\"no\",\"yes\"],"
                     "\"tie\":[true,false],\"linear_predictor\":[0,1]}");
}
END_TEST

START_TEST(columns_of_a_multinomial_have_a_row_for_each_row)
{
    use_multinomial();
    text_of("{\"rows\":[[2,\"high\"],[0,\"low\"]],\"layout\":\"columns\"}");
    const json_t *p = json_object_get(json, "probability");
    const json_t *logits = json_object_get(json, "logits");
    ck_assert_uint_eq(json_array_size(json_object_get(json, "classes")), 3);
    ck_assert_uint_eq(json_array_size(p), 2);
    ck_assert_uint_eq(json_array_size(logits), 2);
    ck_assert_uint_eq(json_array_size(json_array_get(p, 1)), 3);
    ck_assert_uint_eq(json_array_size(json_array_get(logits, 1)), 3);
    ck_assert_ptr_null(json_object_get(json, "log_odds"));
}
END_TEST

START_TEST(bad_rows_leave_gaps_in_columns)
{
    use_binomial();
    text_of("{\"rows\":[[1],[10,\"high\"]],\"layout\":\"columns\",\"on_error\":\"row\"}");
    static const char *const keys[] = {"label", "tie", "probability", "log_odds"};
    for (size_t i = 0; i < 4; i++) {
        const json_t *column = json_object_get(json, keys[i]);
        ck_assert_uint_eq(json_array_size(column), 2);
        ck_assert_msg(json_is_null(json_array_get(column, 0)), "%s", keys[i]);
        ck_assert_msg(!json_is_null(json_array_get(column, 1)), "%s", keys[i]);
    }
    const json_t *errors = json_object_get(json, "error");
    ck_assert_str_eq(
        json_string_value(json_object_get(json_array_get(errors, 0), "code")),
        "wrong_width");
    ck_assert(json_is_null(json_array_get(errors, 1)));
}
END_TEST

/* ---- memory ---- */

START_TEST(an_answer_that_does_not_fit_into_the_budget_is_refused)
{
    struct error err = {0};
    use_binomial();
    budget.limit = 64;
    ck_assert_int_eq(answer("{\"rows\":[[1,\"low\"]]}", &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_uint_eq(out.n_bytes, 0);
}
END_TEST

START_TEST(the_budget_is_asked_for_at_least_what_is_written)
{
    struct buffer body = BUFFER_EMPTY;
    struct error err = {0};
    use_multinomial();
    buffer_append_string(&body, "{\"rows\":[");
    for (int i = 0; i < 2000; i++)
        buffer_printf(&body, "%s[%.17g,\"low\"]", i > 0 ? "," : "", -1.0 / (i + 3));
    buffer_append_string(&body, "]}");
    ck_assert_int_eq(answer(body.bytes, &err), 0);
    size_t n_written = out.n_bytes, n_rows_bytes = 2048 * 2 * sizeof(double);
    buffer_clear(&out);
    budget.limit = n_written + n_rows_bytes + n_rows_bytes / 2;
    ck_assert_int_eq(answer(body.bytes, &err), -1);
    buffer_free(&body);
}
END_TEST

static const char small[] =
    "{\"rows\":[[1,\"low\"],[2]],\"on_error\":\"row\",\"top_k\":1}";

START_TEST(every_allocation_may_fail)
{
    struct predict_body parsed = {0};
    struct problem_list problems = {0};
    struct error err = {0};
    use_binomial();
    ck_assert_int_eq(predict_body_read(model, small, sizeof(small) - 1, &budget, &parsed,
                                       &problems, &err),
                     0);
    memory_fail_after(-1);
    ck_assert_int_eq(write_answer(&parsed, &err), 0);
    long n_allocations = memory_fail_after(-1);
    ck_assert_int_ge(n_allocations, 2);
    for (long i = 0; i < n_allocations; i++) {
        buffer_free(&out);
        error_clear(&err);
        memory_fail_after(i);
        ck_assert_int_eq(write_answer(&parsed, &err), -1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    predict_body_free(&parsed);
}
END_TEST

TCase *predict_answer_test(void)
{
    TCase *tests = tcase_create("predict_answer");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_record_has_label_probabilities_and_log_odds);
    tcase_add_test(tests, a_tie_is_said_and_has_the_positive_label);
    tcase_add_test(tests, the_threshold_moves_the_label);
    tcase_add_test(tests, only_what_is_asked_for_is_answered);
    tcase_add_test(tests, a_multinomial_answers_by_class);
    tcase_add_test(tests, equal_logits_are_a_tie);
    tcase_add_test(tests, huge_inputs_have_finite_answers);
    tcase_add_test(tests, a_bad_row_answers_in_its_place);
    tcase_add_test(tests, every_row_may_be_bad);
    tcase_add_test(tests, columns_stand_beside_each_other);
    tcase_add_test(tests, columns_of_a_multinomial_have_a_row_for_each_row);
    tcase_add_test(tests, bad_rows_leave_gaps_in_columns);
    tcase_add_test(tests, an_answer_that_does_not_fit_into_the_budget_is_refused);
    tcase_add_test(tests, the_budget_is_asked_for_at_least_what_is_written);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
