#include "api/statistics_json.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "core/base/memory.h"
#include "tests/support/small_model.h"

static const double two_blocks[] = {-1, 0.5, 0.25, 2, 3, -0.5, 0, 1};
static struct model *model;
static json_t *parsed;

static void setup(void)
{
    model = small_model_multinomial(two_blocks);
    parsed = NULL;
}

static void teardown(void)
{
    json_decref(parsed);
    model_release(model);
}

static void write(bool with_residuals)
{
    struct buffer text = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&text);
    json_write_begin_object(&json);
    statistics_json_write_fit(&json, model);
    statistics_json_write_members(&json, model, with_residuals);
    json_write_end_object(&json);
    json_decref(parsed);
    parsed = json_loadb(text.bytes, text.n_bytes, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(parsed != NULL, "%.*s", (int)text.n_bytes, text.bytes);
    buffer_free(&text);
}

static void expect(const char *key, const char *json)
{
    const json_t *found = json_object_get(parsed, key);
    json_t *expected = json_loads(json, JSON_DECODE_ANY, NULL);
    char *text = found ? json_dumps(found, JSON_ENCODE_ANY) : NULL;
    ck_assert_msg(found && json_equal(found, expected), "%s is %s, not %s", key,
                  text ? text : "not there", json);
    json_decref(expected);
    free(text);
}

START_TEST(without_statistics_nothing_is_told)
{
    struct addenda *told = &model->report.addenda;
    told->wald_statistic = told->wald_df = told->wald_p_value = NAN;
    write(true);
    expect("inference", "null");
    expect("prior", "null");
    expect("term_tests", "[]");
    expect("wald_test", "{\"statistic\":null,\"df\":null,\"p_value\":null}");
    expect("residuals", "null");
    ck_assert_ptr_null(json_object_get(parsed, "marginal_effects"));
    ck_assert_ptr_null(json_object_get(parsed, "variance_inflation"));
}
END_TEST

START_TEST(all_that_was_asked_for_is_told)
{
    struct addenda *told = &model->report.addenda;
    told->has_statistics = told->is_penalised = true;
    told->covariance = COVARIANCE_CLUSTER;
    told->confidence = 0.5;
    told->n_clusters = 9;
    told->score_statistic = 8;
    told->score_df = 4;
    told->score_p_value = 0.25;
    told->term_tests = memory_new(1, sizeof(*told->term_tests), NULL);
    told->term_tests[told->n_term_tests++] = (struct addenda_term_test){1, 2, 4, 0.5};
    told->inflations = memory_new(1, sizeof(*told->inflations), NULL);
    told->inflations[told->n_inflations++] = (struct addenda_inflation){1, 16, 2};
    told->effects = memory_new(2, sizeof(*told->effects), NULL);
    told->effects[told->n_effects++] =
        (struct addenda_effect){0, 0, false, 1, 2, 0.5, 0.25, -1, 3};
    told->effects[told->n_effects++] =
        (struct addenda_effect){2, 2, true, NAN, NAN, NAN, NAN, NAN, NAN};
    write(false);
    expect("inference", "{\"covariance\":\"cluster\",\"information\":\"penalised\","
                        "\"intervals\":\"wald\",\"confidence\":0.5,\"n_clusters\":9}");
    expect("score_test", "{\"statistic\":8,\"df\":4,\"p_value\":0.25}");
    expect("term_tests",
           "[{\"input\":\"ses\",\"statistic\":2,\"df\":4,\"p_value\":0.5}]");
    expect("variance_inflation",
           "[{\"input\":\"ses\",\"gvif\":16,\"df\":2,\"per_df\":2}]");
    /* class 0 of a design is the reference, b; class 2 is c */
    expect("marginal_effects",
           "[{\"term\":\"age\",\"class\":\"b\",\"kind\":\"derivative\",\"effect\":1,"
           "\"std_error\":2,\"z\":0.5,\"p_value\":0.25,\"ci_low\":-1,\"ci_high\":3},"
           "{\"term\":\"ses[mid]\",\"class\":\"c\",\"kind\":\"difference\",\"effect\":"
           "null,\"std_error\":null,\"z\":null,\"p_value\":null,\"ci_low\":null,"
           "\"ci_high\":null}]");
    ck_assert_ptr_null(json_object_get(parsed, "residuals"));
}
END_TEST

START_TEST(priors_are_told_once_or_by_term)
{
    struct addenda *told = &model->report.addenda;
    told->prior_l2 = 0.5;
    told->prior_variance = 4;
    write(false);
    expect("prior", "{\"kind\":\"gaussian\",\"estimate\":\"maximum_a_posteriori\","
                    "\"variance\":4}");
    told->prior_l1 = 1;
    told->prior_scale = 3;
    write(false);
    expect("prior", "{\"kind\":\"elastic_net\",\"estimate\":\"maximum_a_posteriori\","
                    "\"variance\":4,\"scale\":3}");
    told->prior_l2 = 0;
    told->n_prior = 3;
    told->prior_variances = memory_new(3, sizeof(double), NULL);
    told->prior_scales = memory_new(3, sizeof(double), NULL);
    told->prior_scales[1] = 2;
    told->prior_scales[2] = INFINITY;
    write(false);
    expect("prior",
           "{\"kind\":\"laplace\",\"estimate\":\"maximum_a_posteriori\",\"terms\":["
           "{\"term\":\"age\",\"flat\":false,\"scale\":0},"
           "{\"term\":\"ses[low]\",\"flat\":false,\"scale\":2},"
           "{\"term\":\"ses[mid]\",\"flat\":true,\"scale\":null}]}");
}
END_TEST

START_TEST(residuals_are_told_by_row)
{
    struct addenda *told = &model->report.addenda;
    told->n_residuals = 2;
    told->deviance_residuals = memory_new(2, sizeof(double), NULL);
    told->pearson_residuals = memory_new(2, sizeof(double), NULL);
    told->leverages = memory_new(2, sizeof(double), NULL);
    told->leverages[1] = NAN;
    write(true);
    expect("residuals", "{\"rows\":[1,2],\"deviance\":[0,0],\"pearson\":[0,0],"
                        "\"leverage\":[0,null]}");
    told->rows = memory_new(2, sizeof(uint64_t), NULL);
    told->rows[0] = 3;
    told->rows[1] = 8;
    write(true);
    json_t *rows = json_object_get(json_object_get(parsed, "residuals"), "rows");
    ck_assert_int_eq(json_integer_value(json_array_get(rows, 1)), 8);
}
END_TEST

TCase *statistics_json_test(void)
{
    TCase *tests = tcase_create("statistics_json");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, without_statistics_nothing_is_told);
    tcase_add_test(tests, all_that_was_asked_for_is_told);
    tcase_add_test(tests, priors_are_told_once_or_by_term);
    tcase_add_test(tests, residuals_are_told_by_row);
    return tests;
}
