#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/job_calls.h"

#define JSON "Content-Type: application/json"
#define WAIT JSON "\nPrefer: wait=30"

static struct loopback loopback;

static void setup(void)
{
    loopback_open(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

/* Odds of y=1 are 1:3 where x=0 and 3:1 where x=1. So the log-likelihood at its maximum
 * is 2·ln(1/4) + 6·ln(3/4), and that of the null model 8·ln(1/2). */
static const char table[] =
    "y,x,s\n0,0,a\n0,0,b\n0,0,a\n1,0,b\n1,1,a\n1,1,b\n1,1,a\n0,1,b\n";
static void near(const struct answer *answer, const char *path, double expected)
{
    double found = answer_number(answer, path);
    ck_assert_msg(fabs(found - expected) < 1e-9, "%s is %.17g, not %.17g", path, found,
                  expected);
}

START_TEST(a_job_makes_the_next_version_of_its_model)
{
    char *dataset = loopback_upload(&loopback, table);
    for (int version = 1; version <= 2; version++) {
        struct answer answer = job_calls_post_on(&loopback, WAIT, dataset, "");
        ck_assert_msg(answer.status == 200, "%s", answer.body);
        ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
        ck_assert_str_eq(answer_string(&answer, "model"), "m");
        near(&answer, "version", version);
        near(&answer, "fit/log_likelihood", 2 * log(0.25) + 6 * log(0.75));
        near(&answer, "fit/null_log_likelihood", 8 * log(0.5));
        near(&answer, "progress/fraction", 1);
        near(&answer, "progress/eta_seconds", 0);
        ck_assert(json_is_null(answer_at(&answer, "error")));
        ck_assert_str_eq(answer_string(&answer, "request/dataset"), dataset);
        ck_assert_str_eq(answer_header(&answer, "Preference-Applied"), "wait=30");
        ck_assert_str_eq(answer_header(&answer, "Location") + strlen("/v1/jobs/"),
                         answer_string(&answer, "id"));
        answer_free(&answer);
    }
    free(dataset);
}
END_TEST

/* At the optimum p is 1/4 where x=0 and 3/4 where x=1. */
START_TEST(a_job_is_judged_on_another_dataset)
{
    char more[160];
    char *dataset = loopback_upload(&loopback, table);
    char *other = loopback_upload(&loopback, "x,y\n1,1\n0,1\n");
    snprintf(more, sizeof(more), ",\"validation\":{\"dataset\":\"%s\"}", other);
    struct answer answer = job_calls_post_on(&loopback, WAIT, dataset, more);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    near(&answer, "fit/validation/n_rows", 2);
    near(&answer, "fit/validation/loss", -(log(0.75) + log(0.25)) / 2);
    near(&answer, "fit/trace/0/validation_loss", log(2));
    ck_assert(json_is_null(answer_at(&answer, "fit/validation/best_iteration")));
    near(&answer, "fit/n_rows", 8);
    answer_free(&answer);
    snprintf(more, sizeof(more), ",\"validation\":{\"dataset\":\"ds_none\"}");
    answer = job_calls_post_on(&loopback, WAIT, dataset, more);
    ck_assert_int_eq(answer.status, 422);
    ck_assert(answer_has_error(&answer, "/validation/dataset", "not_found"));
    answer_free(&answer);
    free(dataset);
    free(other);
}
END_TEST

/* The same by a column, which is no feature; and folds by another. */
START_TEST(a_job_is_judged_on_rows_that_a_column_names)
{
    static const char rows[] =
        "y,x,part,fold\n0,0,1,a\n0,0,1,b\n0,0,1,a\n1,0,1,b\n1,1,1,a\n1,1,1,b\n"
        "1,1,1,a\n0,1,1,b\n1,1,2,a\n1,0,2,b\n1,1,3,a\n";
    char *dataset = loopback_upload(&loopback, rows);
    struct answer answer = job_calls_post_on(
        &loopback, WAIT, dataset,
        ",\"validation\":{\"column\":\"part\",\"level\":2,\"train\":\"1\"},"
        "\"cross_validation\":{\"column\":\"fold\"}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    near(&answer, "fit/validation/n_rows", 2);
    near(&answer, "fit/validation/loss", -(log(0.75) + log(0.25)) / 2);
    near(&answer, "fit/n_rows", 8);
    near(&answer, "fit/n_rows_dropped", 1);
    near(&answer, "fit/n_coefficients", 2);
    near(&answer, "fit/cross_validation/folds", 2);
    answer_free(&answer);
    free(dataset);
}
END_TEST

START_TEST(inline_rows_are_a_dataset_of_their_own)
{
    struct answer answer = job_calls_post(&loopback, WAIT, job_calls_inline);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
    near(&answer, "fit/log_likelihood", 2 * log(0.25) + 6 * log(0.75));
    near(&answer, "request/data/n_rows", 8);
    ck_assert_str_eq(answer_string(&answer, "request/data/columns/1"), "x");
    ck_assert_ptr_null(json_object_get(answer_at(&answer, "request/data"), "rows"));
    near(&answer, "request/metadata/a", 1);
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/models/m/versions/1", NULL, NULL);
    ck_assert_str_eq(answer_string(&answer, "target"), "y");
    ck_assert_ptr_null(json_object_get(answer.json, "weights"));
    answer_free(&answer);
}
END_TEST

START_TEST(a_fit_that_fails_says_why)
{
    char *dataset = loopback_upload(&loopback, "y,x,w\n1,1,1\n0,2,-1\n1,2,1\n0,3,1\n");
    struct answer answer =
        job_calls_post_on(&loopback, WAIT, dataset, ",\"weights\":\"w\"");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "state"), "failed");
    ck_assert_str_eq(answer_string(&answer, "error/code"), "bad_weight");
    near(&answer, "error/row", 2);
    ck_assert_str_eq(answer_string(&answer, "error/column"), "w");
    ck_assert_uint_gt(strlen(answer_string(&answer, "error/detail")), 0);
    ck_assert(json_is_null(answer_at(&answer, "version")));
    ck_assert(json_is_null(answer_at(&answer, "fit")));
    answer_free(&answer);
    free(dataset);
}
END_TEST

START_TEST(strings_numbers_and_nulls_are_cells)
{
    struct answer answer = job_calls_post(
        &loopback, WAIT,
        "{\"model\":\"m\",\"target\":\"y\",\"columns\":{\"x\":{\"missing\":\"drop\"}},"
        "\"data\":{\"columns\":[\"y\",\"x\"],\"rows\":[[\"no\\u0020x\",1],[\"yes\",2.5],"
        "[\"no x\",1e0],[\"yes\",null],[\"yes\",1],[\"no x\",4]]}}");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
    near(&answer, "fit/n_rows", 5);
    near(&answer, "fit/n_rows_dropped", 1);
    answer_free(&answer);
}
END_TEST

START_TEST(a_time_limit_ends_a_job)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,x\n");
    for (int i = 0; i < 20000; i++)
        buffer_printf(&csv, "%d,%d\n", (i * 7919) % 3 == 0, (i * 104729) % 1000);
    char *dataset = loopback_upload(&loopback, csv.bytes);
    struct answer answer =
        job_calls_post_on(&loopback, WAIT, dataset, ",\"time_limit_seconds\":1e-9");
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "state"), "failed");
    ck_assert_str_eq(answer_string(&answer, "error/code"), "time_limit");
    answer_free(&answer);
    buffer_free(&csv);
    free(dataset);
}
END_TEST

START_TEST(a_replay_may_wait_for_the_job)
{
    static const char headers[] = WAIT "\nIdempotency-Key: k1";
    struct answer first = job_calls_post(&loopback, headers, job_calls_inline);
    struct answer second = job_calls_post(&loopback, headers, job_calls_inline);
    ck_assert_int_eq(second.status, 200);
    ck_assert_str_eq(first.body, second.body);
    near(&second, "version", 1);
    answer_free(&first);
    answer_free(&second);
}
END_TEST

START_TEST(queued_jobs_run_after_a_restart)
{
    char *dataset = loopback_upload(&loopback, table);
    struct answer on_dataset = job_calls_post_on(&loopback, JSON, dataset, "");
    struct answer with_rows =
        job_calls_post(&loopback, JSON "\nIdempotency-Key: k", job_calls_inline);
    loopback_restart(&loopback);
    struct answer answer =
        job_calls_post(&loopback, WAIT "\nIdempotency-Key: k", job_calls_inline);
    ck_assert_str_eq(answer_string(&answer, "id"), answer_string(&with_rows, "id"));
    ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
    near(&answer, "version", 2); /* the queue kept its order */
    answer_free(&answer);
    answer = job_calls_on(&loopback, "GET", answer_string(&on_dataset, "id"), "");
    ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
    near(&answer, "version", 1);
    answer_free(&answer);
    answer_free(&on_dataset);
    answer_free(&with_rows);
    free(dataset);
}
END_TEST

START_TEST(an_ended_job_is_the_same_after_a_restart)
{
    struct answer made = job_calls_post(&loopback, WAIT, job_calls_inline);
    loopback_restart(&loopback);
    struct answer shown = job_calls_on(&loopback, "GET", answer_string(&made, "id"), "");
    ck_assert_str_eq(shown.body, made.body);
    struct answer next = job_calls_post(&loopback, WAIT, job_calls_inline);
    near(&next, "version", 2);
    answer_free(&made);
    answer_free(&shown);
    answer_free(&next);
}
END_TEST

TCase *train_test(void)
{
    TCase *tcase = tcase_create("train");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_job_makes_the_next_version_of_its_model);
    tcase_add_test(tcase, a_job_is_judged_on_another_dataset);
    tcase_add_test(tcase, a_job_is_judged_on_rows_that_a_column_names);
    tcase_add_test(tcase, inline_rows_are_a_dataset_of_their_own);
    tcase_add_test(tcase, a_fit_that_fails_says_why);
    tcase_add_test(tcase, strings_numbers_and_nulls_are_cells);
    tcase_add_test(tcase, a_time_limit_ends_a_job);
    tcase_add_test(tcase, a_replay_may_wait_for_the_job);
    tcase_add_test(tcase, queued_jobs_run_after_a_restart);
    tcase_add_test(tcase, an_ended_job_is_the_same_after_a_restart);
    return tcase;
}
