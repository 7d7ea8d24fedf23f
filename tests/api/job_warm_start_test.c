#include "api/job_warm_start.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/job_calls.h"

#define JSON "Content-Type: application/json"
#define WAIT JSON "\nPrefer: wait=30"

static struct loopback loopback;
static char *dataset;

/* Two versions of "m"; the second one has a penalty. */
static void setup(void)
{
    static const char *const more[] = {"", ",\"penalty\":{\"l2\":0.5}"};
    loopback_open(&loopback);
    dataset = loopback_upload(&loopback,
                              "y,x\n0,0\n0,0.5\n0,0.25\n1,0\n1,1\n1,1.5\n1,1\n0,1\n");
    for (size_t i = 0; i < 2; i++) {
        struct answer answer = job_calls_post_on(&loopback, WAIT, dataset, more[i]);
        ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
        answer_free(&answer);
    }
}

static void teardown(void)
{
    free(dataset);
    loopback_close(&loopback);
}

static double estimate(int version)
{
    char target[64];
    snprintf(target, sizeof(target), "GET /v1/models/m/versions/%d", version);
    struct answer answer = loopback_call(&loopback, target, NULL, NULL);
    double found = answer_number(&answer, "coefficients/1/estimate");
    answer_free(&answer);
    return found;
}

static void check_start(const char *asked, const char *settled, bool was_there)
{
    char more[128];
    snprintf(more, sizeof(more), ",\"warm_start\":\"%s\"", asked);
    struct answer answer = job_calls_post_on(&loopback, WAIT, dataset, more);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
    ck_assert_str_eq(answer_string(&answer, "request/warm_start"), settled);
    ck_assert_str_eq(answer_string(&answer, "fit/warm_start"), settled);
    ck_assert(!was_there || answer_number(&answer, "fit/iterations") == 0);
    double found = estimate((int)answer_number(&answer, "version"));
    ck_assert_double_le(fabs(found / estimate(1) - 1), 1e-9);
    answer_free(&answer);
}

START_TEST(a_version_can_be_named)
{
    check_start("m/1", "m/1", true);
    check_start("m/2", "m/2", false);
}
END_TEST

START_TEST(the_bare_name_is_the_newest_version_or_the_default)
{
    check_start("m", "m/2", false);
    struct answer answer =
        loopback_json(&loopback, "PUT /v1/models/m/aliases/default", "{\"version\":1}");
    ck_assert_int_lt(answer.status, 300);
    answer_free(&answer);
    check_start("m", "m/1", true);
}
END_TEST

static const struct {
    const char *text, *code;
} refused[] = {{"none", "not_found"}, {"m/9", "not_found"}, {"m/", "invalid"},
               {"m/01", "invalid"},   {"", "invalid"},      {"m/1/2", "invalid"},
               {"a b", "invalid"}};

START_TEST(what_is_no_version_is_refused)
{
    char more[128];
    snprintf(more, sizeof(more), ",\"warm_start\":\"%s\"", refused[_i].text);
    struct answer answer = job_calls_post_on(&loopback, JSON, dataset, more);
    ck_assert_int_eq(answer.status, 422);
    ck_assert_msg(answer_has_error(&answer, "/warm_start", refused[_i].code), "%s",
                  answer.body);
    answer_free(&answer);
}
END_TEST

START_TEST(a_version_of_another_kind_is_refused)
{
    struct answer answer = job_calls_post_on(
        &loopback, JSON, dataset, ",\"family\":\"multinomial\",\"warm_start\":\"m\"");
    ck_assert_int_eq(answer.status, 422);
    ck_assert_msg(answer_has_error(&answer, "/warm_start", "invalid"), "%s", answer.body);
    answer_free(&answer);
}
END_TEST

START_TEST(a_version_that_was_deleted_meanwhile_fails_the_job)
{
    loopback_restart_paused(&loopback);
    struct answer queued =
        job_calls_post_on(&loopback, JSON, dataset, ",\"warm_start\":\"m/1\"");
    ck_assert_int_eq(queued.status, 202);
    struct answer answer =
        loopback_call(&loopback, "DELETE /v1/models/m/versions/1", NULL, NULL);
    ck_assert_int_eq(answer.status, 204);
    answer_free(&answer);
    loopback_start(&loopback);
    answer = job_calls_post_on(&loopback, WAIT, dataset, ""); /* behind it */
    answer_free(&answer);
    answer = job_calls_on(&loopback, "GET", answer_string(&queued, "id"), "");
    ck_assert_str_eq(answer_string(&answer, "state"), "failed");
    ck_assert_str_eq(answer_string(&answer, "error/code"), "not_found");
    ck_assert_str_eq(answer_string(&answer, "error/pointer"), "/warm_start");
    answer_free(&answer);
    answer_free(&queued);
}
END_TEST

TCase *job_warm_start_test(void)
{
    TCase *tcase = tcase_create("job_warm_start");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_version_can_be_named);
    tcase_add_test(tcase, the_bare_name_is_the_newest_version_or_the_default);
    tcase_add_loop_test(tcase, what_is_no_version_is_refused, 0,
                        (int)(sizeof(refused) / sizeof(*refused)));
    tcase_add_test(tcase, a_version_of_another_kind_is_refused);
    tcase_add_test(tcase, a_version_that_was_deleted_meanwhile_fails_the_job);
    return tcase;
}
