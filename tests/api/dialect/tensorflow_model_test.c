/* Answers as tensorflow/serving's apis/get_model_status.proto and
 * get_model_metadata.proto are in JSON. */
#include "api/dialect/tensorflow_model.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/odds_models.h"
#include "tests/support/loopback_fixture.h"

static struct answer get(const char *path)
{
    char target[128];
    snprintf(target, sizeof(target), "GET /v1/models/%s", path);
    return loopback_call(&loopback, target, NULL, NULL);
}

static void put_alias(const char *alias)
{
    char target[128];
    snprintf(target, sizeof(target), "PUT /v1/models/m/aliases/%s", alias);
    struct answer answer = loopback_json(&loopback, target, "{\"version\":1}");
    ck_assert_int_eq(answer.status, 201);
    answer_free(&answer);
}

#define AVAILABLE(version)                                                               \
    "{\"version\":\"" version "\",\"state\":\"AVAILABLE\",\"status\":{\"error_code\":"   \
    "\"OK\",\"error_message\":\"\"}}"

static void must_tell(const char *path, const char *expected)
{
    struct answer answer = get(path);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_msg(strstr(answer.body, expected) != NULL, "%s: %s", path, answer.body);
    answer_free(&answer);
}

START_TEST(a_model_tells_the_status_of_its_versions)
{
    odds_models_binomial(&loopback, "m");
    odds_models_turned(&loopback, "m");
    put_alias("stable");
    must_tell("m", "\"name\":\"m\",\"ready\":true,\"model_version_status\":[" AVAILABLE(
                       "1") "," AVAILABLE("2") "]");
    must_tell("m/versions/1", "\"model_version_status\":[" AVAILABLE("1") "]");
    must_tell("m/labels/stable", "{\"model_version_status\":[" AVAILABLE("1") "]}");
}
END_TEST

START_TEST(of_very_many_versions_the_newest_are_told)
{
    uint64_t versions[250];
    struct registry_listing listing = {.versions = versions, .n_versions = 250};
    struct buffer out = BUFFER_EMPTY;
    for (size_t i = 0; i < 250; i++)
        versions[i] = i + 1;
    struct json_writer json = json_write_start(&out);
    json_write_begin_object(&json);
    tensorflow_model_write_status(&json, 7, &listing);
    json_write_end_object(&json);
    json_t *read = json_loadb(out.bytes, out.n_bytes, 0, NULL);
    const json_t *list = json_object_get(read, "model_version_status");
    ck_assert_uint_eq(json_array_size(list), TENSORFLOW_MODEL_VERSIONS + 1);
    ck_assert_str_eq(
        json_string_value(json_object_get(json_array_get(list, 0), "version")), "250");
    ck_assert_str_eq(
        json_string_value(json_object_get(json_array_get(list, 100), "version")), "7");
    json_decref(read);
    buffer_free(&out);
}
END_TEST

#define SIGNATURES "metadata/signature_def/signature_def/"

static void must_have(const struct answer *answer, const char *path, const char *text)
{
    char whole[160];
    snprintf(whole, sizeof(whole), SIGNATURES "%s", path);
    ck_assert_str_eq(answer_string(answer, whole), text);
}

START_TEST(metadata_lists_the_signatures)
{
    odds_models_mixed(&loopback, "m");
    put_alias("stable");
    static const char *const paths[] = {"m/metadata", "m/versions/1/metadata",
                                        "m/labels/stable/metadata"};
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = get(paths[i]);
        ck_assert_int_eq(answer.status, 200);
        ck_assert_str_eq(answer_string(&answer, "model_spec/version"), "1");
        must_have(&answer, "serving_default/inputs/s/dtype", "DT_STRING");
        must_have(&answer, "serving_default/inputs/x/dtype", "DT_DOUBLE");
        must_have(&answer, "serving_default/inputs/x/tensor_shape/dim/0/size", "-1");
        must_have(&answer, "serving_default/outputs/label/dtype", "DT_STRING");
        must_have(&answer, "serving_default/outputs/probability/tensor_shape/dim/1/size",
                  "2");
        must_have(&answer, "log_odds/method_name", "tensorflow/serving/predict");
        must_have(&answer, "classification/method_name", "tensorflow/serving/classify");
        must_have(&answer, "regression/method_name", "tensorflow/serving/regress");
        answer_free(&answer);
    }
}
END_TEST

static size_t count_signatures(const char *path)
{
    struct answer answer = get(path);
    size_t n =
        json_object_size(answer_at(&answer, "metadata/signature_def/signature_def"));
    answer_free(&answer);
    return n;
}

START_TEST(a_model_has_the_signatures_that_answer)
{
    odds_models_line(&loopback, "l");
    odds_models_multinomial(&loopback, "many");
    /* serving_default, prediction, linear_predictor, regression */
    ck_assert_uint_eq(count_signatures("l/metadata"), 4);
    /* serving_default, label, probability, logits, classification */
    ck_assert_uint_eq(count_signatures("many/metadata"), 5);
}
END_TEST

START_TEST(what_is_not_there_is_told_in_the_shape)
{
    static const char *const paths[] = {"n/metadata", "n/versions/1/metadata",
                                        "n/labels/a/metadata", "n/labels/a"};
    for (size_t i = 0; i < 4; i++) {
        struct answer answer = get(paths[i]);
        ck_assert_int_eq(answer.status, 404);
        ck_assert_ptr_nonnull(strstr(answer_string(&answer, "error"), "model"));
        answer_free(&answer);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    odds_models_mixed(&loopback, "m");
    odds_models_fail_allocations(&loopback, "GET /v1/models/m/metadata", NULL, NULL, 200);
}
END_TEST

TCase *tensorflow_model_test(void)
{
    TCase *tests = tcase_create("tensorflow_model");
    tcase_add_checked_fixture(tests, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tests, a_model_tells_the_status_of_its_versions);
    tcase_add_test(tests, of_very_many_versions_the_newest_are_told);
    tcase_add_test(tests, metadata_lists_the_signatures);
    tcase_add_test(tests, a_model_has_the_signatures_that_answer);
    tcase_add_test(tests, what_is_not_there_is_told_in_the_shape);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
