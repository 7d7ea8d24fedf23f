#include "api/predict_outcome.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "api/predict_answer.h"
#include "core/base/memory.h"
#include "tests/support/small_model.h"

static struct model *model;
static struct budget budget;
static struct buffer out;
static json_t *json;

static void setup(void)
{
    budget_start(&budget, 1U << 30);
}

static void teardown(void)
{
    memory_fail_after(-1);
    json_decref(json);
    json = NULL;
    buffer_free(&out);
    model_release(model);
    model = NULL;
    ck_assert_uint_eq(budget_used(&budget), 0);
}

/* Σ is diagonal: 1/4 of the intercept, 1/100 of age, 1 of the levels. */
static void use_binomial(void)
{
    static const double variances[] = {.25, .01, 1, 1};
    model = small_model_binomial((const double[]){-10, 1, -1, -2});
    for (size_t i = 0; i < 16; i++)
        model->covariance[i] = i % 5 == 0 ? variances[i / 5] : 0;
    model->typical.means[0] = 8;
    model->typical.means[1] = .5;
    model->typical.means[2] = .25;
}

/* Blocks a and c against b; a's intercept has the variance 4, c's 9. */
static void use_multinomial(void)
{
    model = small_model_multinomial((const double[]){0, 1, 0, 0, 1, 0, 0, 0});
    model->covariance = memory_new(64, sizeof(double), NULL);
    model->covariance[0] = 4;
    model->covariance[36] = 9;
    memset(model->typical.means, 0, 3 * sizeof(double));
}

static int answer(const char *body, struct error *err)
{
    struct predict_body parsed = {0};
    struct problem_list problems = {0};
    struct serving serving = {.name = "m",
                              .found = {.model = model_retain(model), .version = 7},
                              .budget = &budget};
    int result =
        predict_body_read(model, body, strlen(body), &budget, &parsed, &problems, err);
    ck_assert_msg(problems.n == 0, "%s", problems.n ? problems.errors[0].message : "");
    if (result == 0)
        result = serving_score(&serving, &parsed, err);
    if (result == 0)
        result = predict_answer_write(&serving, &parsed, &out, err);
    serving_close(&serving);
    predict_body_free(&parsed);
    return result;
}

static void ask(const char *body)
{
    struct error err = {0};
    buffer_clear(&out);
    ck_assert_msg(answer(body, &err) == 0, "%s", err.message);
    json_decref(json);
    json = json_loadb(out.bytes, out.n_bytes, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(json);
}

/* By path: "predictions/0/bias". */
static const json_t *at(const char *path)
{
    const json_t *value = json;
    char copy[128], *next;
    snprintf(copy, sizeof(copy), "%s", path);
    for (char *key = strtok_r(copy, "/", &next); key; key = strtok_r(NULL, "/", &next))
        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
    ck_assert_msg(value != NULL, "%s of %.*s", path, (int)out.n_bytes, out.bytes);
    return value;
}

static double number(const char *path)
{
    ck_assert_msg(json_is_number(at(path)), "%s", path);
    return json_number_value(at(path));
}

static void expect(const char *path, double wanted)
{
    ck_assert_msg(fabs(number(path) - wanted) <= 1e-14 * fmax(1, fabs(wanted)),
                  "%s is %.17g, not %.17g", path, number(path), wanted);
}

static double logistic(double z)
{
    return 1 / (1 + exp(-z));
}

/* ---- records ---- */

START_TEST(errors_and_intervals_come_from_the_covariance)
{
    use_binomial();
    ask("{\"rows\":[[10,\"low\"]],\"output\":[\"log_odds\",\"standard_error\","
        "\"interval\"],"
        "\"confidence\":0.5}");
    double error = sqrt(.25 + 100 * .01 + 1), reach = .67448975019608171 * error;
    expect("confidence", .5);
    expect("predictions/0/log_odds", -1);
    expect("predictions/0/standard_error", error);
    expect("predictions/0/interval/yes/low", logistic(-1 - reach));
    expect("predictions/0/interval/yes/high", logistic(-1 + reach));
    expect("predictions/0/interval/no/low", logistic(1 - reach));
    expect("predictions/0/interval/no/high", logistic(1 + reach));
}
END_TEST

START_TEST(contributions_and_the_bias_are_told_by_input)
{
    use_binomial();
    ask("{\"rows\":[[10,\"low\"],[12,\"high\"]],\"output\":[\"contributions\"]}");
    expect("predictions/0/bias", -10 + 8 - .5 - .5);
    expect("predictions/0/contributions/age", 2);
    expect("predictions/0/contributions/ses", -.5 + .5);
    expect("predictions/1/contributions/age", 4);
    expect("predictions/1/contributions/ses", .5 + .5);
    ck_assert_uint_eq(json_object_size(at("predictions/0")), 2);
}
END_TEST

START_TEST(the_likeliest_classes_come_first_and_equals_in_order)
{
    use_multinomial();
    ask("{\"rows\":[[2,\"low\"],[0,\"low\"],[1,\"low\"]],\"output\":[\"label\"],\"top_"
        "k\":2}");
    ck_assert_str_eq(json_string_value(at("predictions/0/top_k/0/class")), "a");
    ck_assert_str_eq(json_string_value(at("predictions/0/top_k/1/class")), "c");
    ck_assert_str_eq(json_string_value(at("predictions/1/top_k/0/class")), "c");
    ck_assert_str_eq(json_string_value(at("predictions/1/top_k/1/class")), "a");
    ck_assert_str_eq(json_string_value(at("predictions/2/top_k/0/class")), "a");
    ck_assert_uint_eq(json_array_size(at("predictions/0/top_k")), 2);
    expect("predictions/1/top_k/1/probability", 1 / (2 + exp(1)));
    ask("{\"rows\":[[2,\"low\"]],\"output\":[\"label\"],\"top_k\":9}");
    ck_assert_uint_eq(json_array_size(at("predictions/0/top_k")), 3);
}
END_TEST

START_TEST(several_classes_have_errors_against_the_reference)
{
    use_multinomial();
    ask("{\"rows\":[[1,\"low\"]],\"output\":[\"standard_error\",\"interval\"]}");
    ck_assert_str_eq(json_string_value(at("reference")), "b");
    ck_assert_uint_eq(json_object_size(at("predictions/0/standard_error")), 2);
    expect("predictions/0/standard_error/a", 2);
    expect("predictions/0/standard_error/c", 3);
    /* logits 1, 0, 1; of b: g = -e/(2e) for both others, V = diag(4, 9) */
    double logit = -log(2 * exp(1)), reach = 1.959963984540054 * sqrt((4 + 9) / 4.);
    expect("predictions/0/interval/b/low", logistic(logit - reach));
    expect("predictions/0/interval/b/high", logistic(logit + reach));
    /* of a: g = 1 and -p_c/(1 - p_a) */
    double share = exp(1) / (1 + exp(1));
    logit = 1 - log(1 + exp(1));
    reach = 1.959963984540054 * sqrt(4 + 9 * share * share);
    expect("predictions/0/interval/a/low", logistic(logit - reach));
    expect("predictions/0/interval/a/high", logistic(logit + reach));
}
END_TEST

START_TEST(several_classes_have_contributions_each)
{
    use_multinomial();
    ask("{\"rows\":[[3,\"low\"]],\"output\":[\"logits\",\"contributions\"]}");
    static const char *const classes[] = {"a", "b", "c"};
    for (size_t k = 0; k < 3; k++) {
        char path[64];
        double sum = 0;
        static const char *const forms[] = {"predictions/0/bias/%s",
                                            "predictions/0/contributions/%s/age",
                                            "predictions/0/contributions/%s/ses"};
        for (size_t i = 0; i < 3; i++) {
            const char *rest = strstr(forms[i], "%s");
            snprintf(path, sizeof(path), "%.*s%s%s", (int)(rest - forms[i]), forms[i],
                     classes[k], rest + 2);
            sum += number(path);
        }
        snprintf(path, sizeof(path), "predictions/0/logits/%s", classes[k]);
        expect(path, sum);
    }
}
END_TEST

START_TEST(a_lost_error_is_null_and_a_warning_says_why)
{
    use_binomial();
    model->covariance[0] = 1e18;
    model->covariance[1] = model->covariance[4] = -1e9;
    model->covariance[5] = 1;
    ask("{\"rows\":[[1e9,\"high\"]],\"output\":[\"standard_error\",\"interval\"]}");
    ck_assert(json_is_null(at("predictions/0/standard_error")));
    ck_assert(json_is_null(at("predictions/0/interval/yes/low")));
    ck_assert_str_eq(json_string_value(at("warnings/0/code")), "standard_error_lost");
}
END_TEST

/* ---- columns ---- */

START_TEST(columns_have_arrays_where_records_have_objects)
{
    use_multinomial();
    ask("{\"rows\":[[1,\"low\"],[0],[2,\"mid\"]],\"layout\":\"columns\",\"on_error\":"
        "\"row\","
        "\"output\":[\"standard_error\",\"interval\",\"contributions\"],\"top_k\":1}");
    static const char *const gaps[] = {"standard_error/1", "interval/1",
                                       "contributions/1", "top_k/1"};
    for (size_t i = 0; i < 4; i++)
        ck_assert_msg(json_is_null(at(gaps[i])), "%s", gaps[i]);
    expect("standard_error/0/0", 2);
    ck_assert(json_is_null(at("standard_error/0/1"))); /* the reference */
    expect("standard_error/0/2", 3);
    ck_assert(number("interval/2/0/low") < number("interval/2/0/high"));
    ck_assert_str_eq(json_string_value(at("contribution_terms/1")), "ses");
    ck_assert_uint_eq(json_array_size(at("bias")), 3);
    ck_assert_uint_eq(json_array_size(at("contributions/0")), 3);
    ck_assert_uint_eq(json_array_size(at("contributions/0/0")), 2);
    ck_assert_str_eq(json_string_value(at("top_k/2/0/class")), "a");
    ck_assert_ptr_null(json_object_get(json, "probability"));
}
END_TEST

START_TEST(columns_of_two_classes_have_single_errors)
{
    use_binomial();
    ask("{\"rows\":[[10,\"low\"]],\"layout\":\"columns\","
        "\"output\":[\"standard_error\",\"interval\",\"contributions\"]}");
    expect("standard_error/0", sqrt(2.25));
    ck_assert_uint_eq(json_array_size(at("interval/0")), 2);
    expect("bias", -3);
    expect("contributions/0/0", 2);
}
END_TEST

START_TEST(sparse_rows_have_all_of_it)
{
    model = small_model_sparse(FAMILY_BINOMIAL, 3, (const double[]){1, 2, 3, 4});
    model->covariance = memory_new(16, sizeof(double), NULL);
    for (size_t i = 0; i < 4; i++)
        model->covariance[i * 5] = 1;
    for (size_t i = 0; i < 3; i++)
        model->typical.means[i] = .5;
    ask("{\"instances\":[{\"2\":3},{}],\"output\":[\"standard_error\",\"contributions\"]"
        "}");
    expect("predictions/0/standard_error", sqrt(10));
    expect("predictions/1/standard_error", 1);
    expect("predictions/0/bias", 1 + 4.5);
    expect("predictions/0/contributions/2", 7.5);
    expect("predictions/0/contributions/3", -2);
    expect("predictions/1/contributions/2", -1.5);
}
END_TEST

/* ---- memory ---- */

static const char all[] = "{\"rows\":[[1,\"low\"],[2]],\"on_error\":\"row\",\"top_k\":2,"
                          "\"output\":[\"interval\",\"contributions\"]}";

START_TEST(every_allocation_may_fail)
{
    struct error err = {0};
    use_multinomial();
    memory_fail_after(-1);
    ck_assert_int_eq(answer(all, &err), 0);
    long n = memory_fail_after(-1);
    ck_assert_int_ge(n, 12);
    for (long i = 0; i < n; i++) {
        buffer_free(&out);
        error_clear(&err);
        memory_fail_after(i);
        ck_assert_int_eq(answer(all, &err), -1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(the_budget_is_asked_for_what_is_written)
{
    struct buffer body = BUFFER_EMPTY;
    struct error err = {0};
    use_multinomial();
    buffer_append_string(&body,
                         "{\"output\":[\"interval\",\"contributions\"],\"rows\":[");
    for (int i = 0; i < 2000; i++)
        buffer_printf(&body, "%s[%.17g,\"low\"]", i > 0 ? "," : "", -1.0 / (i + 3));
    buffer_append_string(&body, "]}");
    ck_assert_int_eq(answer(body.bytes, &err), 0);
    budget.limit = out.n_bytes;
    buffer_clear(&out);
    ck_assert_int_eq(answer(body.bytes, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    buffer_free(&body);
}
END_TEST

TCase *predict_outcome_test(void)
{
    TCase *tests = tcase_create("predict_outcome");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, errors_and_intervals_come_from_the_covariance);
    tcase_add_test(tests, contributions_and_the_bias_are_told_by_input);
    tcase_add_test(tests, the_likeliest_classes_come_first_and_equals_in_order);
    tcase_add_test(tests, several_classes_have_errors_against_the_reference);
    tcase_add_test(tests, several_classes_have_contributions_each);
    tcase_add_test(tests, a_lost_error_is_null_and_a_warning_says_why);
    tcase_add_test(tests, columns_have_arrays_where_records_have_objects);
    tcase_add_test(tests, columns_of_two_classes_have_single_errors);
    tcase_add_test(tests, sparse_rows_have_all_of_it);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, the_budget_is_asked_for_what_is_written);
    return tests;
}
