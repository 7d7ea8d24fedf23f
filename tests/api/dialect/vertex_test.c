/* Requests and answers as Vertex AI's "Custom container requirements for prediction" has
 * them. */
#include "api/dialect/vertex.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/odds_models.h"

#define PATH "/v1/endpoints/123/deployedModels/456"
#define PREDICT "POST " PATH ":predict"

static struct loopback loopback;

static void setup(void)
{
    memory_fail_after(-1);
    loopback_open(&loopback);
    odds_models_mixed(&loopback, "m");
    loopback.options.invocations_model = "m/1";
    loopback_restart(&loopback);
}

static void teardown(void)
{
    memory_fail_after(-1);
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
    loopback_close(&loopback);
}

START_TEST(instances_are_answered_by_predictions)
{
    struct answer answer =
        loopback_json(&loopback, PREDICT, "{\"instances\":[[\"a\",0],{\"s\":\"b\"}]}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_uint_eq(json_object_size(answer.json), 1);
    odds_models_near(&answer, "predictions/0/log_odds", -log(3));
    ck_assert_str_eq(answer_string(&answer, "predictions/1/label"), "yes");
    answer_free(&answer);
}
END_TEST

START_TEST(parameters_ask_for_other_outputs)
{
    struct answer answer = loopback_json(
        &loopback, PREDICT,
        "{\"instances\":[[\"a\",0]],\"parameters\":{\"output\":[\"label\"],\"threshold\":"
        "0.2}}");
    ck_assert_str_eq(answer.body, "{\"predictions\":[\"yes\"]}");
    answer_free(&answer);
    answer = loopback_json(&loopback, PREDICT,
                           "{\"parameters\":null,\"instances\":[[\"a\",0]]}");
    ck_assert_str_eq(answer_string(&answer, "predictions/0/label"), "no");
    answer_free(&answer);
}
END_TEST

static const struct {
    const char *body, *text;
} bad[] = {
    {"{", "byte 1"},
    {"{}", "instances"},
    {"{\"instances\":[]}", "(/instances)"},
    {"{\"instances\":[[\"z\",0]]}", "(/instances/0/0)"},
    {"{\"instances\":[[\"a\",0]],\"params\":{}}", "(/params)"},
    {"{\"instances\":[[\"a\",0]],\"parameters\":{\"k\":1}}", "(/parameters/k)"},
    {"{\"instances\":[[\"a\",0]],\"parameters\":{\"output\":[\"x\"]}}",
     "(/parameters/output/0)"},
    {"{\"instances\":[[\"a\",0]],\"parameters\":1}", "(/parameters)"},
};

START_TEST(what_is_wrong_is_told_with_its_place)
{
    struct answer answer = loopback_json(&loopback, PREDICT, bad[_i].body);
    ck_assert_msg(answer.status == 400, "%s: %s", bad[_i].body, answer.body);
    ck_assert_msg(strstr(answer_string(&answer, "error"), bad[_i].text) != NULL, "%s: %s",
                  bad[_i].body, answer.body);
    answer_free(&answer);
}
END_TEST

START_TEST(health_is_that_of_the_named_model)
{
    struct answer answer = loopback_call(&loopback, "GET " PATH, NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
    loopback.options.invocations_model = NULL;
    loopback_restart(&loopback);
    answer = loopback_call(&loopback, "GET " PATH, NULL, NULL);
    ck_assert_int_eq(answer.status, 404);
    answer_free(&answer);
    answer = loopback_json(&loopback, PREDICT, "{\"instances\":[[\"a\",0]]}");
    ck_assert_int_eq(answer.status, 404);
    answer_free(&answer);
}
END_TEST

static const char *route_of(const struct vertex_paths *paths, enum method method,
                            const char *path)
{
    struct router_match match;
    router_match(method, vertex_path(paths, method, path), &match);
    return match.route ? match.route->name : "none";
}

START_TEST(paths_of_the_platform_lead_to_its_routes)
{
    const struct vertex_paths none = {0}, same = {"/", "/"};
    const struct vertex_paths paths = {"/aip/predict", "/v1/models/m"};
    ck_assert_str_eq(route_of(&paths, METHOD_POST, "/aip/predict"), "vertex_predict");
    ck_assert_str_eq(route_of(&paths, METHOD_GET, "/v1/models/m"), "vertex_health");
    ck_assert_str_eq(route_of(&paths, METHOD_GET, "/v1/models/n"), "model_show");
    ck_assert_str_eq(route_of(&paths, METHOD_GET, PATH), "vertex_health");
    ck_assert_str_eq(route_of(&paths, METHOD_GET, "/aip/predict"), "none");
    ck_assert_str_eq(route_of(&same, METHOD_POST, "/"), "vertex_predict");
    ck_assert_str_eq(route_of(&same, METHOD_GET, "/"), "vertex_health");
    ck_assert_str_eq(route_of(&same, METHOD_HEAD, "/"), "vertex_health");
    ck_assert_str_eq(route_of(&none, METHOD_GET, "/v1/models/m"), "model_show");
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    odds_models_fail_allocations(
        &loopback, PREDICT, NULL,
        "{\"instances\":[[\"a\",0]],\"parameters\":{\"threshold\":0.2}}", 200);
    odds_models_fail_allocations(&loopback, PREDICT, NULL,
                                 "{\"instances\":[[\"a\",0]],\"parameters\":{\"q\":0.2}}",
                                 400);
}
END_TEST

TCase *vertex_test(void)
{
    TCase *tests = tcase_create("vertex");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, instances_are_answered_by_predictions);
    tcase_add_test(tests, parameters_ask_for_other_outputs);
    tcase_add_loop_test(tests, what_is_wrong_is_told_with_its_place, 0,
                        (int)(sizeof(bad) / sizeof(*bad)));
    tcase_add_test(tests, health_is_that_of_the_named_model);
    tcase_add_test(tests, paths_of_the_platform_lead_to_its_routes);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
