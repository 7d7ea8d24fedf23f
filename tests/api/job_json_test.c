#include "api/job_json.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api/job_request.h"
#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"

#define WAIT "Content-Type: application/json\nPrefer: wait=30"

static struct loopback loopback;
static struct job_record record;

static void setup(void)
{
    static const char body[] =
        "{\"model\":\"m\",\"dataset\":\"ds_1\",\"target\":\"y\",\"seed\":3}";
    struct problem_list problems = {0};
    struct job_request request = {0};
    struct buffer packed = BUFFER_EMPTY;
    loopback_open(&loopback);
    ck_assert_int_eq(job_request_read(&request, body, strlen(body), &problems, NULL), 0);
    job_request_pack(&request, &packed);
    job_request_free(&request);
    record = (struct job_record){
        .id = "job_1",
        .state = JOB_QUEUED,
        .created_at = 1800000000000000,
        .progress = {.objective = NAN, .gradient_norm = NAN, .eta_seconds = NAN}};
    record.request = buffer_take(&packed, &record.request_bytes, NULL);
}

static void teardown(void)
{
    job_record_free(&record);
    loopback_close(&loopback);
}

/* As the text of JSON, to be freed. */
static char *text_of(const struct job_record *job)
{
    struct buffer text = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&text);
    size_t n;
    ck_assert_int_eq(job_json_write(loopback.service, job, &json, NULL), 0);
    return buffer_take(&text, &n, NULL);
}

static json_t *json_of(const struct job_record *job)
{
    char *text = text_of(job);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(json != NULL, "%s", text);
    memory_free(text);
    return json;
}

START_TEST(a_queued_job_has_all_members)
{
    char *text = text_of(&record);
    ck_assert_str_eq(
        text,
        "{\"id\":\"job_1\",\"state\":\"queued\","
        "\"created_at\":\"2027-01-15T08:00:00.000000Z\",\"started_at\":null,"
        "\"finished_at\":null,\"attempt\":0,\"progress\":{\"stage\":null,\"fraction\":0,"
        "\"iteration\":0,\"objective\":null,\"gradient_norm\":null,"
        "\"eta_seconds\":null},\"request\":{\"model\":\"m\",\"dataset\":\"ds_1\","
        "\"target\":\"y\",\"seed\":3},\"model\":\"m\",\"version\":null,"
        "\"fit\":null,\"error\":null}");
    memory_free(text);
}
END_TEST

START_TEST(a_running_job_shows_its_progress)
{
    record.state = JOB_RUNNING;
    record.attempt = 2;
    record.started_at = 1800000000000001;
    record.progress = (struct job_progress){0.5, 7, 0.25, 1e-3, 2, "solving"};
    json_t *json = json_of(&record);
    json_t *expected = json_pack("{s:s,s:f,s:i,s:f,s:f,s:i}", "stage", "solving",
                                 "fraction", 0.5, "iteration", 7, "objective", 0.25,
                                 "gradient_norm", 1e-3, "eta_seconds", 2);
    ck_assert(json_equal(json_object_get(json, "progress"), expected));
    ck_assert_str_eq(json_string_value(json_object_get(json, "started_at")),
                     "2027-01-15T08:00:00.000001Z");
    ck_assert_int_eq(json_integer_value(json_object_get(json, "attempt")), 2);
    json_decref(expected);
    json_decref(json);
}
END_TEST

static const struct {
    enum error_code code;
    const char *place, *json;
} errors[] = {
    {ERROR_SINGLE_CLASS, "/target",
     "{\"pointer\":\"/target\",\"code\":\"single_class\",\"detail\":\"why\"}"},
    {ERROR_BAD_WEIGHT, "row 3, column w",
     "{\"row\":3,\"column\":\"w\",\"code\":\"bad_weight\",\"detail\":\"why\"}"},
    {ERROR_TIME_LIMIT, "", "{\"code\":\"time_limit\",\"detail\":\"why\"}"},
    {ERROR_CRASHED, "", "{\"code\":\"crashed\",\"detail\":\"why\"}"},
    {ERROR_UNREADABLE, "", "{\"code\":\"unreadable\",\"detail\":\"why\"}"},
    {ERROR_IO, "/somewhere",
     "{\"code\":\"io\",\"detail\":\"the service failed; its log tells more\"}"},
};

START_TEST(a_failed_job_says_why_and_where)
{
    json_t *expected = json_loads(errors[_i].json, 0, NULL);
    record.state = JOB_FAILED;
    error_set(&record.error, errors[_i].code, "why");
    error_place(&record.error, "%s", errors[_i].place);
    json_t *json = json_of(&record);
    ck_assert(json_equal(json_object_get(json, "error"), expected));
    json_decref(expected);
    json_decref(json);
}
END_TEST

static char *train(void)
{
    struct answer answer = loopback_call(
        &loopback, "POST /v1/jobs", WAIT,
        "{\"model\":\"m\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"x\"],"
        "\"rows\":[[0,0],[0,0],[0,0],[1,0],[1,1],[1,1],[1,1],[0,1]]}}");
    ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
    char *id = strdup(answer_string(&answer, "id"));
    answer_free(&answer);
    return id;
}

START_TEST(a_job_shows_the_fit_of_its_version)
{
    free(train());
    record.state = JOB_SUCCEEDED;
    record.result = memory_copy_string("m/1", NULL);
    json_t *json = json_of(&record);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "version")), 1);
    const json_t *fit = json_object_get(json, "fit");
    ck_assert(json_is_true(json_object_get(fit, "converged")));
    json_decref(json);
    record.result[2] = '2'; /* deleted, or never there */
    json = json_of(&record);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "version")), 2);
    ck_assert(json_is_null(json_object_get(json, "fit")));
    json_decref(json);
}
END_TEST

START_TEST(an_ended_job_is_found_in_the_store)
{
    struct job_record found = {0};
    struct error err = {0};
    char *id = train();
    ck_assert_int_eq(job_json_find(loopback.service, id, &found, NULL), 0);
    ck_assert_int_eq(found.state, JOB_SUCCEEDED);
    ck_assert_str_eq(found.result, "m/1");
    job_record_free(&found);
    ck_assert_int_eq(job_json_find(loopback.service, "job_x", &found, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
    free(id);
}
END_TEST

TCase *job_json_test(void)
{
    TCase *tcase = tcase_create("job_json");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_queued_job_has_all_members);
    tcase_add_test(tcase, a_running_job_shows_its_progress);
    tcase_add_loop_test(tcase, a_failed_job_says_why_and_where, 0,
                        sizeof(errors) / sizeof(*errors));
    tcase_add_test(tcase, a_job_shows_the_fit_of_its_version);
    tcase_add_test(tcase, an_ended_job_is_found_in_the_store);
    return tcase;
}
