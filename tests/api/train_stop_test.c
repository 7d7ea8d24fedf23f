/* Jobs that are stopped while they run: what is kept of them, and how they go on. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/job_checkpoint.h"
#include "api/service_internal.h"
#include "tests/support/job_calls.h"

#define JSON "Content-Type: application/json"
#define WAIT JSON "\nPrefer: wait=30"
#define SECONDS 20 /* to wait for what must come */

/* A descent that never arrives, and one of a thousand steps, so that it is seen to
 * run. */
#define ENDLESS                                                                          \
    ",\"algorithm\":\"gradient_descent\",\"learning_rate\":{\"initial\":1e-9},"          \
    "\"max_iterations\":1000000000,\"tolerance\":1e-300"
#define THOUSAND                                                                         \
    ",\"algorithm\":\"sgd\",\"batch_size\":3,\"max_epochs\":1000,"                       \
    "\"learning_rate\":{\"initial\":0.01},\"tolerance\":1e-300"

static const char table[] = "y,x\n0,0\n0,0.5\n0,0.25\n1,0\n1,1\n1,1.5\n1,1\n0,1\n";
static struct loopback loopback;
static char *dataset;
static char noticed[4096]; /* what the service logged */

static void on_log(void *context, int level, const char *event, const char *detail)
{
    (void)context;
    (void)level;
    size_t n = strlen(noticed);
    snprintf(noticed + n, sizeof(noticed) - n, "%s: %s\n", event, detail);
}

static void setup(void)
{
    loopback_open(&loopback);
    dataset = loopback_upload(&loopback, table);
    noticed[0] = '\0';
}

static void teardown(void)
{
    free(dataset);
    loopback_close(&loopback);
}

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* The job once it is in this state, and at this iteration. */
static struct answer wait_for(const char *id, const char *state, double iteration)
{
    for (int i = 0;; i++) {
        struct answer answer = job_calls_on(&loopback, "GET", id, "");
        if (strcmp(answer_string(&answer, "state"), state) == 0 &&
            answer_number(&answer, "progress/iteration") >= iteration)
            return answer;
        ck_assert_msg(i < SECONDS * 500, "%s", answer.body);
        answer_free(&answer);
        rest();
    }
}

/* A job that runs and has made some steps; its id. */
static void start(const char *more, double iteration, char id[64])
{
    struct answer answer = job_calls_post_on(&loopback, JSON, dataset, more);
    ck_assert_msg(answer.status == 202, "%s", answer.body);
    snprintf(id, 64, "%s", answer_string(&answer, "id"));
    answer_free(&answer);
    answer = wait_for(id, "running", iteration);
    answer_free(&answer);
}

static void check_kept(const struct answer *answer, const char *reason)
{
    ck_assert_str_eq(answer_string(answer, "fit/stop_reason"), reason);
    ck_assert(json_is_false(answer_at(answer, "fit/converged")));
    ck_assert(json_is_null(answer_at(answer, "fit/certificate/newton_decrement")));
    ck_assert_double_gt(answer_number(answer, "fit/iterations"), 0);
    ck_assert_ptr_nonnull(strstr(answer->body, "statistics_withheld"));
    ck_assert_double_eq(answer_number(answer, "version"), 1);
    struct answer model = loopback_call(&loopback, "GET /v1/models/m", NULL, NULL);
    ck_assert_int_eq(model.status, 200);
    ck_assert(json_is_null(answer_at(&model, "coefficients/1/std_error")));
    ck_assert_double_ne(answer_number(&model, "coefficients/1/estimate"), 0);
    answer_free(&model);
}

START_TEST(a_cancelled_job_keeps_its_best_iterate_where_that_is_asked_for)
{
    char id[64];
    start(ENDLESS ",\"publish_on_cancel\":true", 20, id);
    struct answer answer = job_calls_on(&loopback, "POST", id, "/cancel");
    ck_assert_int_le(answer.status, 202);
    answer_free(&answer);
    answer = wait_for(id, "cancelled", 0);
    check_kept(&answer, "cancelled");
    ck_assert_double_ge(answer_number(&answer, "fit/iterations"), 20);
    loopback_restart(&loopback);
    struct answer again = job_calls_on(&loopback, "GET", id, "");
    ck_assert_str_eq(again.body, answer.body);
    answer_free(&again);
    answer_free(&answer);
}
END_TEST

START_TEST(a_cancelled_job_leaves_nothing_otherwise)
{
    char id[64];
    start(ENDLESS, 20, id);
    struct answer answer = job_calls_on(&loopback, "POST", id, "/cancel");
    answer_free(&answer);
    answer = wait_for(id, "cancelled", 0);
    ck_assert(json_is_null(answer_at(&answer, "version")));
    ck_assert(json_is_null(answer_at(&answer, "fit")));
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/models/m", NULL, NULL);
    ck_assert_int_eq(answer.status, 404);
    answer_free(&answer);
}
END_TEST

START_TEST(a_time_limit_keeps_the_best_iterate_where_that_is_asked_for)
{
    struct answer answer = job_calls_post_on(
        &loopback, WAIT, dataset,
        ENDLESS ",\"time_limit_seconds\":0.2,\"on_time_limit\":\"keep\"");
    ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
    check_kept(&answer, "time_limit");
    answer_free(&answer);
}
END_TEST

START_TEST(a_time_limit_fails_otherwise)
{
    struct answer answer = job_calls_post_on(
        &loopback, WAIT, dataset,
        ENDLESS ",\"time_limit_seconds\":0.05,\"on_time_limit\":\"fail\"");
    ck_assert_str_eq(answer_string(&answer, "state"), "failed");
    ck_assert_str_eq(answer_string(&answer, "error/code"), "time_limit");
    answer_free(&answer);
}
END_TEST

/* ---- going on ---- */

static bool has_checkpoint(const char *id)
{
    const struct store_record *found =
        store_find(loopback.service->store, STORE_CHECKPOINT, id);
    store_release(found);
    return found != NULL;
}

/* With a checkpoint at each iteration. */
static void keep_all(void)
{
    loopback.options.checkpoint_seconds = 0;
    loopback.options.log = on_log;
    loopback_restart(&loopback);
}

/* What must not depend on interruptions, as text. */
static void write_fit(const struct answer *answer, char *text, size_t n)
{
    char target[64];
    snprintf(target, sizeof(target), "GET /v1/models/m/versions/%d",
             (int)answer_number(answer, "version"));
    struct answer model = loopback_call(&loopback, target, NULL, NULL);
    char *coefficients = json_dumps(answer_at(&model, "coefficients"), JSON_SORT_KEYS);
    char *certificate = json_dumps(answer_at(&model, "fit/certificate"), JSON_SORT_KEYS);
    snprintf(text, n, "%s %s %.17g %zu", coefficients, certificate,
             answer_number(answer, "fit/objective"),
             json_array_size(answer_at(answer, "fit/trace")));
    free(coefficients);
    free(certificate);
    answer_free(&model);
}

START_TEST(a_job_goes_on_from_its_checkpoint_with_the_same_bits)
{
    char id[64], whole[4096], resumed[4096];
    struct answer answer = job_calls_post_on(&loopback, WAIT, dataset, THOUSAND);
    write_fit(&answer, whole, sizeof(whole));
    answer_free(&answer);
    keep_all();
    start(THOUSAND, 10, id);
    loopback_restart_paused(&loopback);
    ck_assert(has_checkpoint(id));
    loopback_start(&loopback);
    answer = wait_for(id, "succeeded", 60);
    write_fit(&answer, resumed, sizeof(resumed));
    ck_assert_str_eq(resumed, whole);
    ck_assert_double_eq(answer_number(&answer, "fit/iterations"), 1000);
    ck_assert_msg(strstr(noticed, "job_resumed: ") != NULL, "%s", noticed);
    ck_assert(!has_checkpoint(id));
    answer_free(&answer);
}
END_TEST

START_TEST(a_job_that_is_cancelled_in_the_queue_takes_its_checkpoint_along)
{
    char id[64];
    keep_all();
    start(ENDLESS, 3, id);
    loopback_restart_paused(&loopback);
    ck_assert(has_checkpoint(id));
    struct answer answer = job_calls_on(&loopback, "POST", id, "/cancel");
    ck_assert_str_eq(answer_string(&answer, "state"), "cancelled");
    ck_assert(!has_checkpoint(id));
    answer_free(&answer);
}
END_TEST

START_TEST(what_is_no_checkpoint_is_passed_over)
{
    static const char *const bytes[] = {"", "nonsense", "\5\0\0\0\0\0\0\0hello"};
    static const size_t n_bytes[] = {0, 8, 13};
    for (size_t i = 0; i < 3; i++) {
        char id[64];
        loopback_restart_paused(&loopback);
        struct answer answer = job_calls_post_on(&loopback, JSON, dataset, THOUSAND);
        snprintf(id, sizeof(id), "%s", answer_string(&answer, "id"));
        answer_free(&answer);
        ck_assert_int_eq(
            job_checkpoint_save(loopback.service, id, bytes[i], n_bytes[i], NULL), 0);
        loopback_start(&loopback);
        answer = wait_for(id, "succeeded", 60);
        ck_assert_double_eq(answer_number(&answer, "fit/iterations"), 1000);
        ck_assert(!has_checkpoint(id));
        answer_free(&answer);
    }
}
END_TEST

START_TEST(a_checkpoint_without_its_job_goes_at_the_start)
{
    ck_assert_int_eq(job_checkpoint_save(loopback.service, "job_gone", "x", 1, NULL), 0);
    ck_assert_int_eq(job_checkpoint_save(loopback.service, "job_gone", "y", 1, NULL), 0);
    ck_assert(has_checkpoint("job_gone"));
    loopback_restart(&loopback);
    ck_assert(!has_checkpoint("job_gone"));
}
END_TEST

TCase *train_stop_test(void)
{
    TCase *tcase = tcase_create("train_stop");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_cancelled_job_keeps_its_best_iterate_where_that_is_asked_for);
    tcase_add_test(tcase, a_cancelled_job_leaves_nothing_otherwise);
    tcase_add_test(tcase, a_time_limit_keeps_the_best_iterate_where_that_is_asked_for);
    tcase_add_test(tcase, a_time_limit_fails_otherwise);
    tcase_add_test(tcase, a_job_goes_on_from_its_checkpoint_with_the_same_bits);
    tcase_add_test(tcase,
                   a_job_that_is_cancelled_in_the_queue_takes_its_checkpoint_along);
    tcase_add_test(tcase, what_is_no_checkpoint_is_passed_over);
    tcase_add_test(tcase, a_checkpoint_without_its_job_goes_at_the_start);
    return tcase;
}
