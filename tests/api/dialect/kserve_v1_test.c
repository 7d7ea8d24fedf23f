/* As kserve/kserve's protocol/rest/v1_endpoints.py has it: {"instances":[…]} gives
 * {"predictions":[…],"explanations":[…]}. */
#include "api/dialect/kserve_v1.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/odds_models.h"
#include "tests/support/loopback_fixture.h"

static struct answer explain(const char *model, const char *body)
{
    char target[128];
    snprintf(target, sizeof(target), "POST /v1/models/%s:explain", model);
    return loopback_json(&loopback, target, body);
}

/* At x = 0.5, the mean, the odds are 1:1; x is worth log 9 from 0 to 1. */
START_TEST(contributions_add_up_to_the_score)
{
    odds_models_binomial(&loopback, "m");
    struct answer answer = explain("m", "{\"instances\":[0,{\"x\":1}]}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    odds_models_near(&answer, "explanations/0/bias", 0);
    odds_models_near(&answer, "explanations/0/contributions/x", -log(3));
    odds_models_near(&answer, "explanations/1/contributions/x", log(3));
    odds_models_near(&answer, "predictions/1/log_odds", log(3));
    answer_free(&answer);
}
END_TEST

START_TEST(a_multinomial_is_explained_by_class)
{
    odds_models_multinomial(&loopback, "m");
    struct answer answer = explain("m", "{\"instances\":[[1]]}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    odds_models_near(&answer, "explanations/0/contributions/b/x", 0);
    double b = answer_number(&answer, "explanations/0/bias/b");
    odds_models_near(&answer, "explanations/0/bias/a", b - log(2));
    answer_free(&answer);
}
END_TEST

START_TEST(sparse_rows_are_explained_by_what_they_have)
{
    odds_models_sparse(&loopback, "m");
    struct answer answer = explain("m", "{\"instances\":[{\"3\":1},{}]}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    for (size_t row = 0; row < 2; row++) {
        char path[80];
        double sum = 0;
        static const char *const parts[] = {"bias", "contributions/3", "contributions/8"};
        for (size_t i = 0; i < 3; i++) {
            snprintf(path, sizeof(path), "explanations/%zu/%s", row, parts[i]);
            sum += answer_number(&answer, path);
        }
        snprintf(path, sizeof(path), "predictions/%zu/log_odds", row);
        odds_models_near(&answer, path, sum);
    }
    answer_free(&answer);
}
END_TEST

START_TEST(what_cannot_be_explained_is_refused)
{
    static const char *const bodies[] = {"{}", "{\"instances\":[]}", "[",
                                         "{\"instances\":[\"a\"]}", "{\"inputs\":[0]}"};
    odds_models_binomial(&loopback, "m");
    for (size_t i = 0; i < 5; i++) {
        struct answer answer = explain("m", bodies[i]);
        ck_assert_int_eq(answer.status, 400);
        ck_assert_ptr_nonnull(answer_string(&answer, "error"));
        answer_free(&answer);
    }
    struct answer answer = explain("m", "{\"instances\":[0,[\"a\"]]}");
    ck_assert_ptr_nonnull(strstr(answer_string(&answer, "error"), "(/instances/1/0)"));
    answer_free(&answer);
    answer = explain("n", "{\"instances\":[0]}");
    ck_assert_int_eq(answer.status, 404);
    answer_free(&answer);
}
END_TEST

START_TEST(models_are_listed_by_name_and_told_to_be_ready)
{
    odds_models_binomial(&loopback, "one");
    odds_models_line(&loopback, "two");
    struct answer answer = loopback_call(&loopback, "GET /v1/models?limit=1", NULL, NULL);
    ck_assert_str_eq(answer_string(&answer, "models/0"), "one");
    ck_assert_str_eq(answer_string(&answer, "models/1"), "two");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 1);
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/models/two", NULL, NULL);
    ck_assert_str_eq(answer_string(&answer, "name"), "two");
    ck_assert(json_is_true(answer_at(&answer, "ready")));
    answer_free(&answer);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    odds_models_mixed(&loopback, "m");
    odds_models_sparse(&loopback, "w");
    odds_models_fail_allocations(&loopback, "POST /v1/models/m:explain", NULL,
                                 "{\"instances\":[[\"a\",0]]}", 200);
    odds_models_fail_allocations(&loopback, "POST /v1/models/w:explain", NULL,
                                 "{\"instances\":[{\"3\":1}]}", 200);
}
END_TEST

TCase *kserve_v1_test(void)
{
    TCase *tests = tcase_create("kserve_v1");
    tcase_add_checked_fixture(tests, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tests, contributions_add_up_to_the_score);
    tcase_add_test(tests, a_multinomial_is_explained_by_class);
    tcase_add_test(tests, sparse_rows_are_explained_by_what_they_have);
    tcase_add_test(tests, what_cannot_be_explained_is_refused);
    tcase_add_test(tests, models_are_listed_by_name_and_told_to_be_ready);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
