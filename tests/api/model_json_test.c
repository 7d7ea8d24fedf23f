#include "api/model_json.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "api/model_terms.h"
#include "core/base/memory.h"
#include "tests/support/small_model.h"

static const double solution[] = {-1, 0.5, 0.25, 2};
static const double two_blocks[] = {-1, 0.5, 0.25, 2, 3, -0.5, 0, 1};

static json_t *parse(const struct buffer *text)
{
    json_error_t error;
    json_t *json = json_loadb(text->bytes, text->n_bytes, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(json != NULL, "%s in %.*s", error.text, (int)text->n_bytes,
                  text->bytes);
    return json;
}

static json_t *members_of(const struct model *model, unsigned include)
{
    struct buffer text = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&text);
    json_write_begin_object(&json);
    model_json_write_members(&json, model, include);
    json_write_end_object(&json);
    json_t *parsed = parse(&text);
    buffer_free(&text);
    return parsed;
}

static void expect(const json_t *object, const char *key, const char *json)
{
    const json_t *found = json_object_get(object, key);
    json_t *expected = json_loads(json, JSON_DECODE_ANY, NULL);
    char *text = found ? json_dumps(found, JSON_ENCODE_ANY) : NULL;
    ck_assert_msg(found && json_equal(found, expected), "%s is %s, not %s", key,
                  text ? text : "not there", json);
    json_decref(expected);
    free(text);
}

static const json_t *coefficient(const json_t *members, size_t i)
{
    return json_array_get(json_object_get(members, "coefficients"), i);
}

START_TEST(a_binomial_model_has_its_members)
{
    struct model *model = small_model_binomial(solution);
    model->roles.target = memory_copy_string("admit", NULL);
    model->roles.offset = memory_copy_string("o", NULL);
    model->dataset = memory_copy_string("ds_1", NULL);
    model->dataset_sha256 = memory_copy_string("ab", NULL);
    model->metadata = memory_copy_string("{\"a\":[1,0.1]}", NULL);
    json_t *members = members_of(model, 0);
    expect(members, "family", "\"binomial\"");
    expect(members, "classes", "[\"no\",\"yes\"]");
    expect(members, "positive", "\"yes\"");
    expect(members, "schema",
           "{\"inputs\":[{\"name\":\"age\",\"type\":\"numeric\",\"missing\":\"error\"},"
           "{\"name\":\"ses\",\"type\":\"categorical\",\"levels\":[\"high\",\"low\","
           "\"mid\"],\"n_levels\":3,\"reference\":\"high\",\"unseen\":\"error\","
           "\"missing\":\"drop\"}],\"n_inputs\":2}");
    expect(members, "target", "\"admit\"");
    expect(members, "offset", "\"o\"");
    expect(members, "dataset", "\"ds_1\"");
    expect(members, "dataset_sha256", "\"ab\"");
    expect(members, "metadata", "{\"a\":[1,0.1]}");
    ck_assert_uint_eq(json_array_size(json_object_get(members, "coefficients")), 4);
    expect(coefficient(members, 0), "term", "\"(intercept)\"");
    expect(coefficient(members, 1), "term", "\"age\"");
    expect(coefficient(members, 2), "term", "\"ses[low]\"");
    expect(coefficient(members, 3), "estimate", "2");
    ck_assert_ptr_null(json_object_get(coefficient(members, 0), "class"));
    static const char *const absent[] = {"softmax", "covariance", "reference", "weights",
                                         "trials"};
    for (size_t i = 0; i < 5; i++)
        ck_assert_ptr_null(json_object_get(members, absent[i]));
    json_decref(members);
    model_release(model);
}
END_TEST

START_TEST(a_multinomial_model_has_classes_and_a_centred_softmax)
{
    struct model *model = small_model_multinomial(two_blocks);
    json_t *members = members_of(model, 0);
    expect(members, "family", "\"multinomial\"");
    expect(members, "reference", "\"b\"");
    ck_assert_ptr_null(json_object_get(members, "positive"));
    expect(coefficient(members, 0), "class", "\"a\"");
    expect(coefficient(members, 4), "class", "\"c\"");
    expect(coefficient(members, 4), "term", "\"(intercept)\"");
    const json_t *softmax = json_object_get(members, "softmax");
    expect(softmax, "classes", "[\"a\",\"b\",\"c\"]");
    expect(softmax, "columns", "[\"age\",\"ses[low]\",\"ses[mid]\"]");
    /* Columns of (0.5 0 -0.5), (0.25 0 0), (2 0 1), less their means 0, 1/12, 1. */
    const json_t *weights = json_object_get(softmax, "weights");
    const double expected[3][3] = {
        {0.5, 0.25 - 1 / 12.0, 1}, {0, -1 / 12.0, -1}, {-0.5, -1 / 12.0, 0}};
    for (size_t k = 0; k < 3; k++)
        for (size_t j = 0; j < 3; j++) {
            const json_t *row = json_array_get(weights, k);
            double found = json_number_value(json_array_get(row, j));
            ck_assert_double_eq_tol(found, expected[k][j], 1e-15);
        }
    ck_assert_uint_eq(json_array_size(json_object_get(softmax, "intercepts")), 3);
    json_decref(members);
    model_release(model);
}
END_TEST

START_TEST(the_covariance_names_its_rows)
{
    struct model *model = small_model_binomial(solution);
    json_t *members = members_of(model, MODEL_JSON_COVARIANCE);
    const json_t *covariance = json_object_get(members, "covariance");
    expect(covariance, "terms", "[\"(intercept)\",\"age\",\"ses[low]\",\"ses[mid]\"]");
    ck_assert_ptr_null(json_object_get(covariance, "classes"));
    const json_t *matrix = json_object_get(covariance, "matrix");
    ck_assert_uint_eq(json_array_size(matrix), 4);
    double last = json_real_value(json_array_get(json_array_get(matrix, 3), 3));
    ck_assert_double_eq(last, 1 / 16.0);
    json_decref(members);
    model->covariance[0] = NAN;
    members = members_of(model, MODEL_JSON_COVARIANCE);
    matrix = json_object_get(json_object_get(members, "covariance"), "matrix");
    ck_assert(json_is_null(json_array_get(json_array_get(matrix, 0), 0)));
    json_decref(members);
    model_release(model);
    model = small_model_multinomial(two_blocks); /* without one */
    members = members_of(model, MODEL_JSON_COVARIANCE);
    expect(members, "covariance", "null");
    json_decref(members);
    model_release(model);
}
END_TEST

START_TEST(what_cannot_be_estimated_is_null_and_says_why)
{
    struct model *model = small_model_binomial(solution);
    struct coefficient *coefficients = model->coefficients;
    coefficients[1] = (struct coefficient){.estimate = NAN,
                                           .infinite = 1,
                                           .std_error = NAN,
                                           .z = NAN,
                                           .p_value = NAN,
                                           .ci_low = NAN,
                                           .ci_high = NAN,
                                           .odds_ratio = NAN};
    coefficients[2] = coefficients[1];
    coefficients[2].infinite = -1;
    coefficients[3] = coefficients[1];
    coefficients[3].infinite = 0;
    coefficients[3].aliased = true;
    json_t *members = members_of(model, 0);
    expect(coefficient(members, 1), "estimate", "null");
    expect(coefficient(members, 1), "infinite", "\"+\"");
    expect(coefficient(members, 1), "std_error", "null");
    expect(coefficient(members, 1), "odds_ratio", "null");
    expect(coefficient(members, 2), "infinite", "\"-\"");
    expect(coefficient(members, 3), "estimate", "null");
    expect(coefficient(members, 3), "aliased", "true");
    ck_assert_ptr_null(json_object_get(coefficient(members, 3), "infinite"));
    ck_assert_ptr_null(json_object_get(coefficient(members, 0), "infinite"));
    ck_assert_ptr_null(json_object_get(coefficient(members, 0), "aliased"));
    json_decref(members);
    model_release(model);
}
END_TEST

START_TEST(a_schema_tells_what_missing_and_unseen_cells_are)
{
    struct model *model = small_model_binomial(solution);
    struct input *age = &model->encoding->inputs[0], *ses = &model->encoding->inputs[1];
    age->missing = MISSING_INDICATOR;
    age->fill = 38.5;
    ses->missing = MISSING_LEVEL;
    ses->unseen = UNSEEN_OTHER;
    ses->other = 1;
    ses->n_pooled = 7;
    json_t *members = members_of(model, 0);
    expect(members, "schema",
           "{\"inputs\":[{\"name\":\"age\",\"type\":\"numeric\",\"missing\":"
           "\"indicator\",\"fill\":38.5},"
           "{\"name\":\"ses\",\"type\":\"categorical\",\"levels\":[\"high\",\"low\","
           "\"mid\"],\"n_levels\":3,\"reference\":\"high\",\"unseen\":\"other\","
           "\"pooled\":{\"level\":\"low\",\"n_levels\":7,\"n_rows\":1},"
           "\"missing\":\"level\"}],\"n_inputs\":2}");
    json_decref(members);
    model_release(model);
}
END_TEST

static void check_listed(const struct model *model, unsigned include, size_t n)
{
    json_t *members = members_of(model, include);
    const json_t *input =
        json_array_get(json_object_get(json_object_get(members, "schema"), "inputs"), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(input, "levels")), n);
    expect(input, "n_levels", "1500");
    json_decref(members);
}

START_TEST(of_very_many_levels_some_are_listed_unasked)
{
    struct model *model = small_model_binomial(solution);
    struct input *ses = &model->encoding->inputs[1];
    struct levels_writer writer;
    ck_assert_int_eq(levels_begin(&writer, 1500, 3000, NULL), 0);
    for (size_t i = 0; i < 1500; i++)
        levels_add(&writer, "ab", 2, 1);
    memory_free(ses->levels);
    ses->levels = writer.levels;
    ses->n_levels = 1500;
    check_listed(model, 0, 1000);
    check_listed(model, MODEL_JSON_INPUTS, 1500);
    model_release(model);
}
END_TEST

START_TEST(a_fit_tells_its_trace_and_warnings)
{
    static const char *const columns[] = {"age", "ses[low]"};
    struct model *model = small_model_binomial(solution);
    struct report *report = &model->report;
    report->aic = NAN;
    report->n_steps = 1;
    report->trace = memory_new(1, sizeof(*report->trace), NULL);
    report->trace[0] = (struct report_step){3, 0.5, 1e-9, 1, 0.25, NAN};
    ck_assert_int_eq(report_warn(report, "aliased_columns", columns, 2, NULL, "%s", "so"),
                     0);
    json_t *members = members_of(model, 0);
    const json_t *fit = json_object_get(members, "fit");
    expect(fit, "algorithm", "\"newton\"");
    expect(fit, "chosen_because", "null");
    expect(fit, "aic", "null");
    expect(fit, "log_likelihood", "-1.5");
    expect(fit, "epochs", "null");
    expect(fit, "learning_rate_search", "[]");
    expect(fit, "validation", "null");
    expect(fit, "trace",
           "[{\"iteration\":3,\"objective\":0.5,\"gradient_norm\":1e-9,\"step\":1,"
           "\"seconds\":0.25}]");
    expect(fit, "warnings",
           "[{\"code\":\"aliased_columns\",\"columns\":[\"age\",\"ses[low]\"],"
           "\"detail\":\"so\"}]");
    json_decref(members);
    model_release(model);
}
END_TEST

/* ---- very many terms ---- */

/* Estimates 1, -2, 3, … of the intercept and n_inputs more. */
static struct model *wide_model(enum family family, size_t n_inputs)
{
    size_t n = (n_inputs + 1) * (family == FAMILY_BINOMIAL ? 1 : 2);
    double *solution_of_many = memory_new(n, sizeof(*solution_of_many), NULL);
    for (size_t i = 0; i < n; i++)
        solution_of_many[i] = (i % 2 ? -1e-3 : 1e-3) * (double)(i + 1);
    struct model *model = small_model_sparse(family, n_inputs, solution_of_many);
    memory_free(solution_of_many);
    return model;
}

static size_t length(const json_t *object, const char *key)
{
    return json_array_size(json_object_get(object, key));
}

START_TEST(ten_thousand_coefficients_are_all_listed)
{
    struct model *model = wide_model(FAMILY_BINOMIAL, 9999);
    json_t *members = members_of(model, 0);
    ck_assert_uint_eq(length(members, "coefficients"), 10000);
    ck_assert_ptr_null(json_object_get(members, "coefficients_omitted"));
    ck_assert_uint_eq(length(json_object_get(members, "schema"), "inputs"), 1000);
    expect(json_object_get(members, "schema"), "n_inputs", "9999");
    json_decref(members);
    model_release(model);
}
END_TEST

START_TEST(of_more_coefficients_the_largest_are_listed)
{
    struct model *model = wide_model(FAMILY_BINOMIAL, 10000);
    json_t *members = members_of(model, 0);
    ck_assert_uint_eq(length(members, "coefficients"), 1001);
    expect(members, "coefficients_omitted", "9000");
    expect(coefficient(members, 0), "term", "\"(intercept)\"");
    expect(coefficient(members, 1), "term", "\"9001\"");
    expect(coefficient(members, 1000), "term", "\"10000\"");
    json_decref(members);
    members = members_of(model, MODEL_JSON_COEFFICIENTS | MODEL_JSON_INPUTS);
    ck_assert_uint_eq(length(members, "coefficients"), 10001);
    ck_assert_ptr_null(json_object_get(members, "coefficients_omitted"));
    ck_assert_uint_eq(length(json_object_get(members, "schema"), "inputs"), 10000);
    const json_t *inputs = json_object_get(json_object_get(members, "schema"), "inputs");
    expect(json_array_get(inputs, 9999), "name", "\"10000\"");
    expect(json_array_get(inputs, 9999), "sparse", "true");
    json_decref(members);
    model_release(model);
}
END_TEST

START_TEST(infinite_estimates_come_first_and_of_equal_ones_the_first)
{
    struct model *model = wide_model(FAMILY_BINOMIAL, 20000);
    for (size_t i = 0; i < model->n_terms; i++)
        model->coefficients[i].estimate = i % 2 ? 0.5 : -0.5;
    model->coefficients[15000].infinite = -1;
    model->coefficients[5].estimate = NAN;
    json_t *members = members_of(model, 0);
    ck_assert_uint_eq(length(members, "coefficients"), 1001);
    expect(coefficient(members, 4), "term", "\"4\"");
    expect(coefficient(members, 5), "term", "\"6\"");
    expect(coefficient(members, 999), "term", "\"1000\"");
    expect(coefficient(members, 1000), "term", "\"15000\"");
    expect(coefficient(members, 1000), "infinite", "\"-\"");
    json_decref(members);
    model_release(model);
}
END_TEST

START_TEST(every_class_keeps_its_intercept_and_softmax_its_intercepts)
{
    struct model *model = wide_model(FAMILY_MULTINOMIAL, 6000);
    json_t *members = members_of(model, 0);
    ck_assert_uint_eq(length(members, "coefficients"), 1002);
    expect(coefficient(members, 0), "term", "\"(intercept)\"");
    expect(coefficient(members, 1), "term", "\"(intercept)\"");
    const json_t *softmax = json_object_get(members, "softmax");
    ck_assert(json_is_null(json_object_get(softmax, "weights")));
    ck_assert(json_is_null(json_object_get(softmax, "columns")));
    ck_assert_uint_eq(length(softmax, "intercepts"), 3);
    json_decref(members);
    members = members_of(model, MODEL_JSON_COEFFICIENTS);
    ck_assert_uint_eq(length(json_object_get(members, "softmax"), "columns"), 6000);
    json_decref(members);
    model_release(model);
}
END_TEST

START_TEST(choosing_coefficients_without_memory_is_told)
{
    struct model *model = wide_model(FAMILY_BINOMIAL, 10000);
    for (long n = 0; n < 2; n++) {
        struct model_terms terms;
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_int_eq(model_terms_choose(&terms, model, false, &err), -1);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(terms.listed);
    }
    model_release(model);
}
END_TEST

START_TEST(a_fit_tells_what_it_was_judged_on)
{
    struct model *model = small_model_binomial(solution);
    struct report *report = &model->report;
    report->n_validation_rows = 80;
    report->validation_weights = 81.5;
    report->validation_loss = 0.25;
    report->n_steps = 1;
    report->trace = memory_new(1, sizeof(*report->trace), NULL);
    report->trace[0] = (struct report_step){3, 0.5, 1e-9, 1, 0.25, 0.75};
    report->n_trials = 2;
    report->trials = memory_new(2, sizeof(*report->trials), NULL);
    report->trials[0] = (struct report_trial){0.5, 0.25, false};
    report->trials[1] = (struct report_trial){8, NAN, true};
    for (int patience = 0; patience < 2; patience++) {
        report->patience = (uint64_t)patience;
        report->best_iteration = 3;
        json_t *members = members_of(model, 0);
        const json_t *fit = json_object_get(members, "fit");
        expect(fit, "validation",
               patience ? "{\"n_rows\":80,\"sum_weights\":81.5,\"loss\":0.25,"
                          "\"best_iteration\":3}"
                        : "{\"n_rows\":80,\"sum_weights\":81.5,\"loss\":0.25,"
                          "\"best_iteration\":null}");
        expect(fit, "trace",
               "[{\"iteration\":3,\"objective\":0.5,\"gradient_norm\":1e-9,\"step\":1,"
               "\"seconds\":0.25,\"validation_loss\":0.75}]");
        expect(fit, "learning_rate_search",
               "[{\"learning_rate\":0.5,\"validation_loss\":0.25,\"diverged\":false},"
               "{\"learning_rate\":8,\"validation_loss\":null,\"diverged\":true}]");
        json_decref(members);
    }
    model_release(model);
}
END_TEST

TCase *model_json_test(void)
{
    TCase *tcase = tcase_create("model_json");
    tcase_add_test(tcase, a_binomial_model_has_its_members);
    tcase_add_test(tcase, a_multinomial_model_has_classes_and_a_centred_softmax);
    tcase_add_test(tcase, the_covariance_names_its_rows);
    tcase_add_test(tcase, what_cannot_be_estimated_is_null_and_says_why);
    tcase_add_test(tcase, a_schema_tells_what_missing_and_unseen_cells_are);
    tcase_add_test(tcase, of_very_many_levels_some_are_listed_unasked);
    tcase_add_test(tcase, a_fit_tells_its_trace_and_warnings);
    tcase_add_test(tcase, ten_thousand_coefficients_are_all_listed);
    tcase_add_test(tcase, of_more_coefficients_the_largest_are_listed);
    tcase_add_test(tcase, infinite_estimates_come_first_and_of_equal_ones_the_first);
    tcase_add_test(tcase, every_class_keeps_its_intercept_and_softmax_its_intercepts);
    tcase_add_test(tcase, choosing_coefficients_without_memory_is_told);
    tcase_add_test(tcase, a_fit_tells_what_it_was_judged_on);
    return tcase;
}
