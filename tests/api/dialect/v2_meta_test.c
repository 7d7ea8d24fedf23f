/*
 * What does not score: "Server Metadata Response JSON Object", "Model Metadata Response
 * JSON Object" and health of kserve/open-inference-protocol; extension_statistics.md,
 * extension_model_repository.md, extension_model_configuration.md of
 * triton-inference-server/server.
 */
#include "api/dialect/v2_meta.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/odds_models.h"
#include "tests/support/loopback_fixture.h"

static void must_be(const char *target, const char *body, const char *expected)
{
    struct answer answer = loopback_call(&loopback, target, NULL, body);
    ck_assert_msg(answer.status == 200, "%s: %d %s", target, answer.status, answer.body);
    ck_assert_str_eq(answer.content_type, "application/json");
    ck_assert_msg(strcmp(answer.body, expected) == 0, "%s: %s", target, answer.body);
    answer_free(&answer);
}

static void must_refuse(const char *target, const char *body, int status,
                        const char *text)
{
    struct answer answer = loopback_call(&loopback, target, NULL, body);
    ck_assert_msg(answer.status == status, "%s: %d %s", target, answer.status,
                  answer.body);
    ck_assert_msg(strstr(answer_string(&answer, "error"), text) != NULL, "%s: %s", target,
                  answer.body);
    ck_assert_uint_eq(json_object_size(answer.json), 1);
    answer_free(&answer);
}

START_TEST(the_server_tells_its_extensions_and_health)
{
    must_be("GET /v2", NULL,
            "{\"name\":\"logitd\",\"version\":\"" LOGITD_VERSION "\",\"extensions\":["
            "\"binary_tensor_data\",\"classification\",\"model_configuration\","
            "\"model_repository\",\"parameters\",\"statistics\"]}");
    must_be("GET /v2/health/live", NULL, "{\"live\":true}");
    must_be("GET /v2/health/ready", NULL, "{\"ready\":true}");
    service_drain(loopback.service);
    must_refuse("GET /v2/health/ready", NULL, 503, "not ready");
}
END_TEST

START_TEST(tensors_of_a_numeric_model_are_told)
{
    odds_models_binomial(&loopback, "m");
    odds_models_turned(&loopback, "m");
#define TENSORS                                                                          \
    "\"platform\":\"logitd\",\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP64\","     \
    "\"shape\":[-1,1]}],\"outputs\":[{\"name\":\"label\",\"datatype\":\"BYTES\","        \
    "\"shape\":[-1]},{\"name\":\"probability\",\"datatype\":\"FP64\",\"shape\":[-1,2]}," \
    "{\"name\":\"log_odds\",\"datatype\":\"FP64\",\"shape\":[-1]}],\"parameters\":{"     \
    "\"family\":\"binomial\",\"positive\":\"1\"}}"
    must_be("GET /v2/models/m", NULL,
            "{\"name\":\"m\",\"versions\":[\"1\",\"2\"]," TENSORS);
    must_be("GET /v2/models/m/versions/1", NULL,
            "{\"name\":\"m\",\"versions\":[\"1\"]," TENSORS);
    must_be("GET /v2/models/m/ready", NULL, "{\"name\":\"m\",\"ready\":true}");
    must_be("GET /v2/models/m/versions/2/ready", NULL, "{\"name\":\"m\",\"ready\":true}");
    must_be("GET /v2/models/m/config", NULL,
            "{\"name\":\"m\",\"platform\":\"logitd\",\"backend\":\"logitd\","
            "\"max_batch_size\":0,\"input\":[{\"name\":\"input\",\"data_type\":"
            "\"TYPE_FP64\",\"dims\":[-1,1]}],\"output\":[{\"name\":\"label\","
            "\"data_type\":\"TYPE_STRING\",\"dims\":[-1]},{\"name\":\"probability\","
            "\"data_type\":\"TYPE_FP64\",\"dims\":[-1,2]},{\"name\":\"log_odds\","
            "\"data_type\":\"TYPE_FP64\",\"dims\":[-1]}]}");
}
END_TEST

START_TEST(tensors_of_other_families_are_told)
{
    static const struct {
        void (*train)(struct loopback *loopback, const char *name);
        const char *outputs;
    } families[] = {
        {odds_models_multinomial, "label probability logits "},
        {odds_models_line, "prediction "},
        {odds_models_sparse, "label probability log_odds "},
    };
    for (size_t i = 0; i < 3; i++) {
        char name[8], target[64], outputs[64] = "";
        snprintf(name, sizeof(name), "m%zu", i);
        snprintf(target, sizeof(target), "GET /v2/models/%s", name);
        families[i].train(&loopback, name);
        struct answer answer = loopback_call(&loopback, target, NULL, NULL);
        const json_t *list = answer_at(&answer, "outputs");
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *output = json_array_get(list, k);
            strcat(strcat(outputs, json_string_value(json_object_get(output, "name"))),
                   " ");
        }
        ck_assert_str_eq(outputs, families[i].outputs);
        ck_assert_str_eq(answer_string(&answer, "inputs/0/name"), "input");
        answer_free(&answer);
    }
}
END_TEST

START_TEST(a_model_with_categories_has_a_tensor_for_each_input)
{
    odds_models_mixed(&loopback, "m");
    struct answer answer = loopback_call(&loopback, "GET /v2/models/m", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "inputs")), 2);
    for (size_t i = 0; i < 2; i++) {
        char path[32], name[8];
        snprintf(path, sizeof(path), "inputs/%zu/name", i);
        snprintf(name, sizeof(name), "%s", answer_string(&answer, path));
        snprintf(path, sizeof(path), "inputs/%zu/datatype", i);
        ck_assert_str_eq(answer_string(&answer, path), name[0] == 's' ? "BYTES" : "FP64");
    }
    answer_free(&answer);
}
END_TEST

START_TEST(the_index_lists_every_version)
{
    must_be("POST /v2/repository/index", "", "[]");
    odds_models_binomial(&loopback, "b");
    odds_models_binomial(&loopback, "a");
    odds_models_binomial(&loopback, "b");
    must_be("POST /v2/repository/index", "{\"ready\":true}",
            "[{\"name\":\"b\",\"version\":\"1\",\"state\":\"READY\",\"reason\":\"\"},"
            "{\"name\":\"b\",\"version\":\"2\",\"state\":\"READY\",\"reason\":\"\"},"
            "{\"name\":\"a\",\"version\":\"1\",\"state\":\"READY\",\"reason\":\"\"}]");
    must_refuse("POST /v2/repository/index", "{\"ready\":1}", 400, "/ready");
    must_refuse("POST /v2/repository/index", "{\"raedy\":true}", 400, "only \"ready\"");
    must_refuse("POST /v2/repository/index", "[]", 400, "an object");
    must_refuse("POST /v2/repository/index", "{", 400, "byte");
}
END_TEST

START_TEST(loading_and_unloading_change_nothing)
{
    odds_models_binomial(&loopback, "m");
    must_be("POST /v2/repository/models/m/unload", "", "{}");
    must_be("POST /v2/repository/models/m/load", "{\"parameters\":{\"x\":\"y\"}}", "{}");
    must_be("GET /v2/models/m/ready", NULL, "{\"name\":\"m\",\"ready\":true}");
    must_refuse("POST /v2/repository/models/n/load", "", 404, "no such model");
    must_refuse("POST /v2/repository/models/m/load",
                "{\"parameters\":{\"config\":\"{}\"}}", 400, "are not taken");
    must_refuse("POST /v2/repository/models/m/load",
                "{\"parameters\":{\"file:1/model.onnx\":\"\"}}", 400, "are not taken");
    must_refuse("POST /v2/repository/models/m/load", "{\"parameters\":1}", 400,
                "an object is needed (/parameters)");
}
END_TEST

START_TEST(statistics_count_requests_of_every_dialect)
{
    odds_models_binomial(&loopback, "m");
    struct answer answer =
        loopback_json(&loopback, "POST /v1/models/m/predict", "{\"rows\":[[0],[1]]}");
    answer_free(&answer);
    answer = loopback_json(&loopback, "POST /v2/models/m/infer", "{}");
    answer_free(&answer);
    static const char *const targets[] = {"GET /v2/models/stats",
                                          "GET /v2/models/m/stats",
                                          "GET /v2/models/m/versions/1/stats"};
    for (size_t i = 0; i < 3; i++) {
        answer = loopback_call(&loopback, targets[i], NULL, NULL);
        ck_assert_int_eq(answer.status, 200);
        ck_assert_uint_eq(json_array_size(answer_at(&answer, "model_stats")), 1);
        ck_assert_str_eq(answer_string(&answer, "model_stats/0/version"), "1");
        ck_assert(answer_number(&answer, "model_stats/0/inference_count") == 2);
        ck_assert(answer_number(&answer, "model_stats/0/execution_count") == 1);
        ck_assert(answer_number(&answer, "model_stats/0/inference_stats/success/count") ==
                  1);
        ck_assert(answer_number(&answer, "model_stats/0/inference_stats/fail/count") ==
                  1);
        ck_assert(answer_number(&answer, "model_stats/0/inference_stats/success/ns") > 0);
        answer_free(&answer);
    }
}
END_TEST

START_TEST(what_is_not_there_is_a_404)
{
    static const char *const paths[] = {"",
                                        "/ready",
                                        "/config",
                                        "/stats",
                                        "/versions/1",
                                        "/versions/1/ready",
                                        "/versions/1/config",
                                        "/versions/1/stats"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        char target[64];
        snprintf(target, sizeof(target), "GET /v2/models/none%s", paths[i]);
        must_refuse(target, NULL, 404, "none");
    }
    odds_models_binomial(&loopback, "m");
    must_refuse("GET /v2/models/m/versions/2", NULL, 404, "version");
    must_refuse("GET /v2/models/m/versions/2/stats", NULL, 404, "version");
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const char *const targets[] = {
        "GET /v2/models/m", "GET /v2/models/m/config", "GET /v2/models/stats",
        "GET /v2/models/m/versions/1/stats", "POST /v2/repository/index"};
    odds_models_mixed(&loopback, "m");
    for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
        for (long n = 0, n_made = 1; n < n_made; n++) {
            memory_fail_after(n);
            struct answer answer = loopback_call(&loopback, targets[i], NULL,
                                                 targets[i][0] == 'P' ? "{}" : NULL);
            n_made = memory_fail_after(-1);
            if (answer.status != (n < n_made ? 503 : 200) || !answer.json)
                ck_abort_msg("%s, %ld: %d %s", targets[i], n, answer.status, answer.body);
            answer_free(&answer);
        }
}
END_TEST

TCase *v2_meta_test(void)
{
    TCase *tests = tcase_create("v2_meta");
    tcase_add_checked_fixture(tests, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tests, the_server_tells_its_extensions_and_health);
    tcase_add_test(tests, tensors_of_a_numeric_model_are_told);
    tcase_add_test(tests, tensors_of_other_families_are_told);
    tcase_add_test(tests, a_model_with_categories_has_a_tensor_for_each_input);
    tcase_add_test(tests, the_index_lists_every_version);
    tcase_add_test(tests, loading_and_unloading_change_nothing);
    tcase_add_test(tests, statistics_count_requests_of_every_dialect);
    tcase_add_test(tests, what_is_not_there_is_a_404);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
