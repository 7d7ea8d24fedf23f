/* Requests as Amazon SageMaker's developer guide has them under "Common data formats for
 * inference", answers as under "Linear learner response formats". */
#include "api/dialect/sagemaker.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/odds_models.h"

#define JSON "Content-Type: application/json"
#define LINES "Content-Type: application/jsonlines"
#define CSV "Content-Type: text/csv"
#define INVOCATIONS "POST /invocations"

static struct loopback loopback;

static void serve(const char *model)
{
    loopback.options.invocations_model = model;
    loopback_restart(&loopback);
}

static void setup(void)
{
    memory_fail_after(-1);
    loopback_open(&loopback);
    odds_models_binomial(&loopback, "m");
    serve("m");
}

static void teardown(void)
{
    memory_fail_after(-1);
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
    loopback_close(&loopback);
}

static struct answer ask(const char *headers, const char *body)
{
    struct answer answer = loopback_call(&loopback, INVOCATIONS, headers, body);
    ck_assert_msg(answer.status == 200, "%s: %s", body, answer.body);
    return answer;
}

START_TEST(scores_and_labels_are_told_in_every_form)
{
    static const struct {
        const char *headers, *body;
    } forms[] = {{JSON, "{\"instances\":[{\"features\":[0]},{\"features\":[1]}]}"},
                 {LINES, "{\"features\":[0]}\n\n {\"features\": [1]} "},
                 {LINES, "{\"x\":0}\r\n{\"features\":[1]}\r\n"},
                 {CSV, "0\n1\n"},
                 {CSV "; label_size=0\nX-Amzn-SageMaker-Custom-Attributes: a=b\nAccept: "
                      "application/json;verbose=true",
                  "0\r\n1"}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        struct answer answer = ask(forms[i].headers, forms[i].body);
        odds_models_near(&answer, "predictions/0/score", 0.25);
        ck_assert(answer_number(&answer, "predictions/0/predicted_label") == 0);
        odds_models_near(&answer, "predictions/1/score", 0.75);
        ck_assert(answer_number(&answer, "predictions/1/predicted_label") == 1);
        answer_free(&answer);
    }
}
END_TEST

START_TEST(accept_decides_how_answers_are_packed)
{
    struct answer answer = ask(LINES "\nAccept: application/jsonlines",
                               "{\"features\":[0]}\n{\"features\":[1]}\n");
    ck_assert_str_eq(answer.content_type, "application/jsonlines");
    char *second = strchr(answer.body, '\n') + 1;
    ck_assert_int_eq(strncmp(answer.body, "{\"score\":", 9), 0);
    ck_assert_ptr_nonnull(strstr(second, ",\"predicted_label\":1}\n"));
    answer_free(&answer);
    answer = ask(CSV "\nAccept: text/csv", "0\n1\n");
    ck_assert_str_eq(answer.content_type, "text/csv");
    double first, next;
    ck_assert_int_eq(sscanf(answer.body, "%lf\n%lf\n", &first, &next), 2);
    ck_assert(fabs(first - 0.25) < 1e-9 && fabs(next - 0.75) < 1e-9);
    answer_free(&answer);
}
END_TEST

START_TEST(of_many_classes_all_have_a_score)
{
    odds_models_multinomial(&loopback, "many");
    serve("many");
    struct answer answer = ask(JSON, "{\"instances\":[{\"features\":[1]}]}");
    odds_models_near(&answer, "predictions/0/score/0", 0.2);
    odds_models_near(&answer, "predictions/0/score/2", 0.4);
    const char *label = answer_string(&answer, "predictions/0/predicted_label");
    ck_assert(strcmp(label, "b") == 0 || strcmp(label, "c") == 0);
    answer_free(&answer);
    answer = ask(CSV "\nAccept: text/csv", "1\n");
    double scores[3];
    ck_assert_int_eq(
        sscanf(answer.body, "%lf,%lf,%lf\n", &scores[0], &scores[1], &scores[2]), 3);
    ck_assert(fabs(scores[1] - 0.4) < 1e-9);
    answer_free(&answer);
}
END_TEST

START_TEST(a_number_predicted_is_the_score_alone)
{
    odds_models_line(&loopback, "l");
    serve("l");
    struct answer answer = ask(JSON, "{\"instances\":[{\"features\":[3]}]}");
    odds_models_near(&answer, "predictions/0/score", 7);
    ck_assert_uint_eq(json_object_size(answer_at(&answer, "predictions/0")), 1);
    answer_free(&answer);
}
END_TEST

START_TEST(text_is_read_in_the_order_of_the_inputs)
{
    odds_models_mixed(&loopback, "mixed");
    serve("mixed");
    struct answer answer = ask(CSV, "a,0\n \"b\" , 1\nb,NA\n");
    odds_models_near(&answer, "predictions/0/score", 0.25);
    odds_models_near(&answer, "predictions/1/score", 0.75);
    odds_models_near(&answer, "predictions/2/score", 0.75);
    ck_assert_str_eq(answer_string(&answer, "predictions/2/predicted_label"), "yes");
    answer_free(&answer);
}
END_TEST

START_TEST(sparse_models_take_all_forms)
{
    odds_models_sparse(&loopback, "w");
    serve("w");
    struct answer features = ask(JSON, "{\"instances\":[{\"features\":[1,0]}]}");
    struct answer lines = ask(LINES, "{\"3\":1}\n");
    struct answer text = ask(CSV, "1,0\n");
    ck_assert_str_eq(features.body, lines.body);
    ck_assert_str_eq(features.body, text.body);
    answer_free(&features);
    answer_free(&lines);
    answer_free(&text);
}
END_TEST

static const struct {
    const char *headers, *body, *text;
} bad[] = {
    {JSON, "{\"instances\":[{\"features\":[0,1]}]}", "(/instances/0)"},
    {JSON, "{\"instances\":[{\"features\":[0]},{\"features\":[\"a\"]}]}",
     "(/instances/1/features/0)"},
    {JSON, "{\"instances\":[{\"features\":[0]},{\"q\":1}]}", "(/instances/1/q)"},
    {JSON, "{\"instances\":[{\"features\":[0],\"q\":1}]}", "(/instances/0)"},
    {JSON, "{\"instances\":[{\"features\":0}]}", "(/instances/0/features)"},
    {JSON, "{\"instances\":[{\"features\":[0]}", "byte"},
    {LINES, "", "at least one row"},
    {LINES, "{\"features\":[0]}\n{\"features\":[0,1]}\n", "(/1)"},
    {LINES, "{\"features\":[0]}\n{\"features\":[0]} 1\n", "(byte 34)"},
    {LINES, "{\"features\":[0]}\n{\"features\":\n", "(byte 29)"},
    {LINES, "[0]\n", "(/0)"},
    {CSV, "", "at least one row"},
    {CSV, "0,1\n", "(row 1)"},
    {CSV, "0\na\n", "(row 2, column x)"},
    {CSV, "0\n\"1\n", "quote"},
};

START_TEST(what_is_wrong_is_told_with_its_place)
{
    struct answer answer =
        loopback_call(&loopback, INVOCATIONS, bad[_i].headers, bad[_i].body);
    ck_assert_msg(answer.status == 400, "%s: %d %s", bad[_i].body, answer.status,
                  answer.body);
    ck_assert_msg(strstr(answer_string(&answer, "message"), bad[_i].text) != NULL,
                  "%s: %s", bad[_i].body, answer.body);
    answer_free(&answer);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const struct {
        const char *headers, *body;
    } cases[] = {{JSON, "{\"instances\":[{\"features\":[0]}]}"},
                 {LINES, "{\"features\":[0]}\n{\"x\":1}\n"},
                 {CSV "\nAccept: text/csv", "0\n1\n"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        odds_models_fail_allocations(&loopback, INVOCATIONS, cases[i].headers,
                                     cases[i].body, 200);
}
END_TEST

TCase *sagemaker_test(void)
{
    TCase *tests = tcase_create("sagemaker");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, scores_and_labels_are_told_in_every_form);
    tcase_add_test(tests, accept_decides_how_answers_are_packed);
    tcase_add_test(tests, of_many_classes_all_have_a_score);
    tcase_add_test(tests, a_number_predicted_is_the_score_alone);
    tcase_add_test(tests, text_is_read_in_the_order_of_the_inputs);
    tcase_add_test(tests, sparse_models_take_all_forms);
    tcase_add_loop_test(tests, what_is_wrong_is_told_with_its_place, 0,
                        (int)(sizeof(bad) / sizeof(*bad)));
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
