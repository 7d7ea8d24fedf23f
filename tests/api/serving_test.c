#include "api/serving.h"

#include <check.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"

static struct loopback loopback;

static void setup(void)
{
    memory_fail_after(-1);
    loopback_open(&loopback);
    struct answer answer = loopback_call(
        &loopback, "POST /v1/jobs", "Content-Type: application/json\nPrefer: wait=30",
        "{\"model\":\"m\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"x\"],"
        "\"rows\":[[0,0],[0,1],[1,0],[1,1]]}}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    answer_free(&answer);
}

static void teardown(void)
{
    memory_fail_after(-1);
    loopback_close(&loopback);
}

static struct usage_counts usage(void)
{
    struct registry_found found;
    ck_assert_int_eq(registry_find(loopback.service->registry, "m", &found, NULL), 0);
    struct usage_counts counts = usage_read(&found.model->usage);
    model_release(found.model);
    return counts;
}

static void predict(const char *body, int status)
{
    struct answer answer = loopback_json(&loopback, "POST /v1/models/m/predict", body);
    ck_assert_msg(answer.status == status, "%s", answer.body);
    answer_free(&answer);
}

START_TEST(each_request_is_counted_once_with_its_rows)
{
    predict("{\"rows\":[[0],[1],[2]]}", 200);
    predict("{\"rows\":[[0]]}", 200);
    struct usage_counts counts = usage();
    ck_assert_uint_eq(counts.n_answered, 2);
    ck_assert_uint_eq(counts.n_rows, 4);
    ck_assert_uint_eq(counts.n_failed, 0);
    ck_assert_uint_gt(counts.read_ns, 0);
    ck_assert_uint_gt(counts.score_ns, 0);
    ck_assert_uint_gt(counts.write_ns, 0);
    ck_assert_int_gt(counts.last_microseconds, 0);
}
END_TEST

START_TEST(what_was_refused_is_counted_as_failed)
{
    predict("{\"rows\":[[0,1]]}", 422);
    predict("{\"rows\":[[0]", 400);
    loopback.service->budget.limit = budget_used(&loopback.service->budget) + 100;
    predict("{\"rows\":[[0]]}", 413);
    struct usage_counts counts = usage();
    ck_assert_uint_eq(counts.n_answered, 0);
    ck_assert_uint_eq(counts.n_rows, 0);
    ck_assert_uint_eq(counts.n_failed, 3);
    ck_assert_uint_gt(counts.failed_ns, 0);
    ck_assert_int_eq(counts.last_microseconds, 0);
}
END_TEST

/* Scores fit into the budget, what the text may take does not. */
START_TEST(what_was_scored_but_not_told_is_counted_as_failed_in_every_dialect)
{
    static const char *const targets[] = {"POST /v1/models/m/predict",
                                          "POST /v1/models/m:predict",
                                          "POST /v2/models/m/infer"};
    static const char *const bodies[] = {
        "{\"rows\":[[0]]}", "{\"instances\":[[0]]}",
        ("{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP64\",\"shape\":[1,1],"
         "\"data\":[0]}]}")};
    loopback.service->budget.limit = budget_used(&loopback.service->budget) + 100;
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = loopback_json(&loopback, targets[i], bodies[i]);
        ck_assert_msg(answer.status >= 400, "%s", answer.body);
        answer_free(&answer);
        ck_assert_uint_eq(usage().n_answered, 0);
        ck_assert_uint_eq(usage().n_failed, i + 1);
    }
}
END_TEST

TCase *serving_test(void)
{
    TCase *tests = tcase_create("serving");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, each_request_is_counted_once_with_its_rows);
    tcase_add_test(tests, what_was_refused_is_counted_as_failed);
    tcase_add_test(tests,
                   what_was_scored_but_not_told_is_counted_as_failed_in_every_dialect);
    return tests;
}
