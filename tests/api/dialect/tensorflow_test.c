/* Requests and answers as tensorflow/serving's g3doc/api_rest.md has them. */
#include "api/dialect/tensorflow.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/odds_models.h"
#include "tests/support/loopback_fixture.h"

/* curl -d: without a word on JSON. */
static struct answer ask(const char *path, const char *body)
{
    char target[128];
    snprintf(target, sizeof(target), "POST /v1/models/%s", path);
    return loopback_call(&loopback, target,
                         "Content-Type: application/x-www-form-urlencoded", body);
}

static struct answer ask_well(const char *path, const char *body)
{
    struct answer answer = ask(path, body);
    ck_assert_msg(answer.status == 200, "%s %s: %s", path, body, answer.body);
    ck_assert_str_eq(answer.content_type, "application/json");
    return answer;
}

static void must_refuse(const char *path, const char *body, int status, const char *text)
{
    struct answer answer = ask(path, body);
    ck_assert_msg(answer.status == status, "%s: %d %s", body, answer.status, answer.body);
    ck_assert_str_eq(answer.content_type, "application/json");
    ck_assert_msg(strstr(answer_string(&answer, "error"), text) != NULL, "%s: %s", body,
                  answer.body);
    ck_assert_uint_eq(json_object_size(answer.json), 1);
    answer_free(&answer);
}

static void must_be_equal(const char *path, const char *body, const char *expected)
{
    struct answer answer = ask_well(path, body);
    ck_assert_msg(strcmp(answer.body, expected) == 0, "%s: %s", body, answer.body);
    answer_free(&answer);
}

/* ---- predict ---- */

START_TEST(rows_may_be_arrays_objects_or_cells)
{
    static const char *const bodies[] = {
        "{\"instances\":[0,1]}", "{\"instances\":[[0],[1]]}",
        "{\"instances\":[{\"x\":0},{\"x\":[1]}]}", "{\"instances\":[[[0]],1]}"};
    odds_models_binomial(&loopback, "m");
    for (size_t i = 0; i < 4; i++) {
        struct answer answer = ask_well("m:predict", bodies[i]);
        odds_models_near(&answer, "predictions/0/log_odds", -log(3));
        odds_models_near(&answer, "predictions/0/probability/0", 0.75);
        odds_models_near(&answer, "predictions/1/probability/1", 0.75);
        ck_assert_str_eq(answer_string(&answer, "predictions/0/label"), "0");
        ck_assert_str_eq(answer_string(&answer, "predictions/1/label"), "1");
        ck_assert_uint_eq(json_array_size(answer_at(&answer, "predictions")), 2);
        answer_free(&answer);
    }
}
END_TEST

START_TEST(inputs_are_answered_by_outputs)
{
    static const char *const bodies[] = {
        "{\"inputs\":{\"x\":[0,1],\"s\":[\"a\",\"b\"]}}",
        "{\"inputs\":{\"\\u0078\":[[0],[1]],\"s\":[[\"a\"],\"b\"]}}",
        "{\"inputs\":[[\"a\",0],[\"b\",1]]}"};
    odds_models_mixed(&loopback, "m");
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = ask_well("m:predict", bodies[i]);
        odds_models_near(&answer, "outputs/log_odds/0", -log(3));
        odds_models_near(&answer, "outputs/probability/1/1", 0.75);
        ck_assert_str_eq(answer_string(&answer, "outputs/label/1"), "yes");
        answer_free(&answer);
    }
}
END_TEST

START_TEST(a_single_output_is_told_bare)
{
    odds_models_binomial(&loopback, "m");
    odds_models_line(&loopback, "l");
    must_be_equal("m:predict", "{\"signature_name\":\"label\",\"instances\":[0,1]}",
                  "{\"predictions\":[\"0\",\"1\"]}");
    must_be_equal("m:predict", "{\"signature_name\":\"label\",\"inputs\":{\"x\":[0,1]}}",
                  "{\"outputs\":[\"0\",\"1\"]}");
    struct answer answer =
        ask_well("m:predict", "{\"signature_name\":\"probability\",\"instances\":[0]}");
    odds_models_near(&answer, "predictions/0/0", 0.75);
    answer_free(&answer);
    answer = ask_well("l:predict", "{\"instances\":[0,5]}");
    odds_models_near(&answer, "predictions/0", 1);
    odds_models_near(&answer, "predictions/1", 11);
    answer_free(&answer);
}
END_TEST

START_TEST(a_multinomial_tells_all_classes)
{
    odds_models_multinomial(&loopback, "m");
    struct answer answer =
        ask_well("m:predict", "{\"signature_name\":\"serving_default\","
                              "\"instances\":[{\"x\":1}]}");
    odds_models_near(&answer, "predictions/0/probability/0", 0.2);
    odds_models_near(&answer, "predictions/0/probability/2", 0.4);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "predictions/0/logits")), 3);
    answer_free(&answer);
}
END_TEST

START_TEST(sparse_inputs_may_be_left_out)
{
    odds_models_sparse(&loopback, "m");
    struct answer rows = ask_well(
        "m:predict", "{\"signature_name\":\"log_odds\",\"instances\":[{\"3\":1},[0,1]]}");
    struct answer columns = ask_well(
        "m:predict",
        "{\"signature_name\":\"log_odds\",\"inputs\":{\"3\":[1,0],\"8\":[0,1]}}");
    ck_assert(answer_number(&rows, "predictions/0") ==
              answer_number(&columns, "outputs/0"));
    ck_assert(answer_number(&rows, "predictions/1") ==
              answer_number(&columns, "outputs/1"));
    answer_free(&rows);
    answer_free(&columns);
}
END_TEST

START_TEST(nan_is_missing_and_infinity_is_refused)
{
    odds_models_mixed(&loopback, "m");
    odds_models_binomial(&loopback, "strict");
    struct answer filled = ask_well("m:predict", "{\"instances\":[[\"a\",NaN]]}");
    struct answer mean = ask_well("m:predict", "{\"instances\":[[\"a\",0.5]]}");
    ck_assert_str_eq(filled.body, mean.body);
    answer_free(&filled);
    answer_free(&mean);
    filled = ask_well("m:predict", "{\"inputs\":{\"x\":[ NaN],\"s\":[\"b\"]}}");
    ck_assert_str_eq(answer_string(&filled, "outputs/label/0"), "yes");
    answer_free(&filled);
    must_refuse("strict:predict", "{\"instances\":[NaN]}", 400, "missing");
    must_refuse("m:predict", "{\"instances\":[[\"a\",Infinity]]}", 400, "not finite");
    must_refuse("m:predict", "{\"instances\":[[\"a\",-Infinity]]}", 400, "not finite");
    must_refuse("m:predict", "{\"inputs\":{\"x\":[Infinity],\"s\":[\"b\"]}}", 400,
                "not finite");
}
END_TEST

START_TEST(versions_and_labels_are_asked_by_their_paths)
{
    odds_models_binomial(&loopback, "m");
    odds_models_turned(&loopback, "m");
    struct answer answer =
        loopback_json(&loopback, "PUT /v1/models/m/aliases/stable", "{\"version\":1}");
    ck_assert_int_eq(answer.status, 201);
    answer_free(&answer);
    static const struct {
        const char *path;
        double log_odds;
    } cases[] = {{"m:predict", 3},
                 {"m/versions/1:predict", 1. / 3},
                 {"m/versions/2:predict", 3},
                 {"m/labels/stable:predict", 1. / 3}};
    for (size_t i = 0; i < 4; i++) {
        answer = ask_well(cases[i].path, "{\"instances\":[0]}");
        odds_models_near(&answer, "predictions/0/log_odds", log(cases[i].log_odds));
        answer_free(&answer);
    }
    must_refuse("m/versions/3:predict", "{\"instances\":[0]}", 404, "version");
    must_refuse("m/labels/beta:predict", "{\"instances\":[0]}", 404, "alias");
    must_refuse("n:predict", "{\"instances\":[0]}", 404, "model");
}
END_TEST

static const struct {
    const char *body, *text;
} bad[] = {
    {"", "needed here"},
    {"[]", "an object is needed"},
    {"{\"instances\":[0]", "byte"},
    {"{\"instances\":[0]}x", "behind"},
    {"{\"instances\":[0],\"instances\":[0]}", "twice"},
    {"{}", "exactly one"},
    {"{\"instances\":[0],\"inputs\":[0]}", "exactly one"},
    {"{\"instances\":[0],\"rows\":[0]}", "(/rows)"},
    {"{\"instances\":[]}", "(/instances)"},
    {"{\"instances\":0}", "(/instances)"},
    {"{\"instances\":[[0,1]]}", "(/instances/0)"},
    {"{\"instances\":[0,\"a\"]}", "(/instances/1)"},
    {"{\"instances\":[[0],[\"a\"]]}", "(/instances/1/0)"},
    {"{\"instances\":[{\"x\":[0,1]}]}", "(/instances/0/x)"},
    {"{\"instances\":[{\"x\":[]}]}", "(/instances/0/x)"},
    {"{\"instances\":[{\"y\":1}]}", "(/instances/0/y)"},
    {"{\"instances\":[{}]}", "(/instances/0/x)"},
    {"{\"instances\":[1e309]}", "beyond"},
    {"{\"instances\":[nan]}", "byte 14"},
    {"{\"inputs\":{}}", "(/inputs)"},
    {"{\"inputs\":{\"x\":[]}}", "(/inputs)"},
    {"{\"inputs\":{\"y\":[0]}}", "(/inputs/y)"},
    {"{\"inputs\":{\"x\":[0],\"x\":[0]}}", "twice"},
    {"{\"inputs\":{\"x\":[0,\"a\"]}}", "(/inputs/x/1)"},
    {"{\"inputs\":{\"x\":[0,1],\"y\":nul}}", "byte"},
    {"{\"signature_name\":3,\"instances\":[0]}", "(/signature_name)"},
    {"{\"signature_name\":\"logits\",\"instances\":[0]}", "(/signature_name)"},
    {"{\"signature_name\":\"classification\",\"instances\":[0]}", "(/signature_name)"},
};

START_TEST(what_cannot_be_worked_with_is_told_with_its_place)
{
    odds_models_binomial(&loopback, "m");
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        must_refuse("m:predict", bad[i].body, 400, bad[i].text);
    must_refuse("m:predict", "{\"instances\":[\"a\",\"b\"]}", 400,
                "(/instances/0); a number");
}
END_TEST

START_TEST(what_is_no_text_is_refused_by_its_type)
{
    odds_models_binomial(&loopback, "m");
    struct answer answer = loopback_call(&loopback, "POST /v1/models/m:predict",
                                         "Content-Type: image/png", "x");
    ck_assert_int_eq(answer.status, 415);
    ck_assert_ptr_nonnull(answer_string(&answer, "error"));
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/models/m:predict",
                           "Content-Encoding: gzip", "{\"instances\":[0]}");
    ck_assert_int_eq(answer.status, 415);
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/models/m:predict", NULL,
                           "{\"instances\":[0]}");
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
}
END_TEST

START_TEST(another_method_is_refused_in_the_shape)
{
    struct answer answer =
        loopback_call(&loopback, "GET /v1/models/m:predict", NULL, NULL);
    ck_assert_int_eq(answer.status, 405);
    ck_assert_str_eq(answer_header(&answer, "Allow"), "POST");
    ck_assert_ptr_nonnull(answer_string(&answer, "error"));
    answer_free(&answer);
}
END_TEST

/* ---- classify and regress ---- */

START_TEST(classes_are_told_with_their_scores)
{
    odds_models_mixed(&loopback, "m");
    struct answer answer =
        ask_well("m:classify", "{\"signature_name\":\"classification\",\"context\":"
                               "{\"s\":\"a\"},\"examples\":[{\"x\":0},{\"x\":[1]}]}");
    ck_assert_str_eq(answer_string(&answer, "results/0/0/0"), "no");
    odds_models_near(&answer, "results/0/0/1", 0.75);
    ck_assert_str_eq(answer_string(&answer, "results/1/1/0"), "yes");
    odds_models_near(&answer, "results/1/1/1", 0.25);
    ck_assert(json_equal(answer_at(&answer, "results"), answer_at(&answer, "result")));
    answer_free(&answer);
}
END_TEST

START_TEST(a_regression_tells_one_number)
{
    odds_models_binomial(&loopback, "m");
    odds_models_line(&loopback, "l");
    odds_models_multinomial(&loopback, "many");
    struct answer answer = ask_well(
        "m:regress", "{\"signature_name\":\"regression\",\"examples\":[{\"x\":1}]}");
    odds_models_near(&answer, "results/0", 0.75);
    answer_free(&answer);
    answer = ask_well("l:regress", "{\"examples\":[{\"x\":2},{\"x\":3}]}");
    odds_models_near(&answer, "result/1", 7);
    answer_free(&answer);
    must_refuse("many:regress", "{\"examples\":[{\"x\":2}]}", 400, "signature");
    must_refuse("l:classify", "{\"examples\":[{\"x\":2}]}", 400, "signature");
}
END_TEST

START_TEST(a_context_is_no_part_of_examples)
{
    odds_models_mixed(&loopback, "m");
    odds_models_sparse(&loopback, "sparse");
    must_refuse("m:classify",
                "{\"context\":{\"s\":\"a\"},\"examples\":[{\"x\":0,\"s\":\"b\"}]}", 400,
                "(/examples/0/s)");
    must_refuse("m:classify", "{\"context\":{\"s\":\"z\",\"q\":1},\"examples\":[{}]}",
                400, "(/context/s)");
    must_refuse("m:classify", "{\"context\":[],\"examples\":[{\"x\":0,\"s\":\"b\"}]}",
                400, "(/context)");
    must_refuse("sparse:classify", "{\"context\":{\"3\":1},\"examples\":[{}]}", 400,
                "(/context)");
    must_refuse("m:classify", "{\"context\":{\"s\":\"a\",\"s\":\"a\"},\"examples\":[{}]}",
                400, "twice");
}
END_TEST

START_TEST(examples_are_objects)
{
    odds_models_binomial(&loopback, "m");
    must_refuse("m:classify", "{\"examples\":[[0]]}", 400, "(/examples/0)");
    must_refuse("m:classify", "{\"examples\":[]}", 400, "(/examples)");
    must_refuse("m:classify", "{}", 400, "examples");
    must_refuse("m:regress", "{\"signature_name\":\"label\",\"examples\":[{\"x\":1}]}",
                400, "(/signature_name)");
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    odds_models_mixed(&loopback, "m");
    odds_models_sparse(&loopback, "w");
    static const struct {
        const char *target, *body;
        int status;
    } cases[] = {
        {"m:predict", "{\"instances\":[[\"a\",0],{\"\\u0073\":\"b\"}]}", 200},
        {"m:predict", "{\"inputs\":{\"s\":[\"a\",\"b\"],\"x\":[0,1]}}", 200},
        {"m:predict", "{\"instances\":[[\"z\",0],{\"q\":\"b\"}],\"z\":1}", 400},
        {"w:predict", "{\"inputs\":{\"8\":[0,1]}}", 200},
        {"m:classify", "{\"context\":{\"x\":1},\"examples\":[{\"s\":\"a\"}]}", 200},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char target[64];
        snprintf(target, sizeof(target), "POST /v1/models/%s", cases[i].target);
        odds_models_fail_allocations(&loopback, target, NULL, cases[i].body,
                                     cases[i].status);
    }
}
END_TEST

TCase *tensorflow_test(void)
{
    TCase *tests = tcase_create("tensorflow");
    tcase_add_checked_fixture(tests, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tests, rows_may_be_arrays_objects_or_cells);
    tcase_add_test(tests, inputs_are_answered_by_outputs);
    tcase_add_test(tests, a_single_output_is_told_bare);
    tcase_add_test(tests, a_multinomial_tells_all_classes);
    tcase_add_test(tests, sparse_inputs_may_be_left_out);
    tcase_add_test(tests, nan_is_missing_and_infinity_is_refused);
    tcase_add_test(tests, versions_and_labels_are_asked_by_their_paths);
    tcase_add_test(tests, what_cannot_be_worked_with_is_told_with_its_place);
    tcase_add_test(tests, what_is_no_text_is_refused_by_its_type);
    tcase_add_test(tests, another_method_is_refused_in_the_shape);
    tcase_add_test(tests, classes_are_told_with_their_scores);
    tcase_add_test(tests, a_regression_tells_one_number);
    tcase_add_test(tests, a_context_is_no_part_of_examples);
    tcase_add_test(tests, examples_are_objects);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
