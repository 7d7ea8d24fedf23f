#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/job_calls.h"

#define JSON "Content-Type: application/json"
#define STREAM "Accept: text/event-stream"

static struct loopback loopback;

static void setup(void)
{
    loopback_open(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

static char *job_that_ended(const char *body)
{
    struct answer answer = job_calls_post(&loopback, JSON "\nPrefer: wait=30", body);
    ck_assert_msg(answer.status == 200, "%d %s", answer.status, answer.body);
    char *id = strdup(answer_string(&answer, "id"));
    answer_free(&answer);
    return id;
}

static struct answer events(const char *id, const char *query, const char *headers)
{
    char target[256];
    snprintf(target, sizeof(target), "GET /v1/jobs/%s/events%s", id, query);
    return loopback_call(&loopback, target, headers, NULL);
}

static size_t n_events(const struct answer *answer)
{
    return json_array_size(answer_at(answer, "data"));
}

static const json_t *event_at(const struct answer *answer, size_t i)
{
    return json_array_get(answer_at(answer, "data"), i);
}

static const char *type_at(const struct answer *answer, size_t i)
{
    return json_string_value(json_object_get(event_at(answer, i), "type"));
}

static json_int_t id_at(const struct answer *answer, size_t i)
{
    return json_integer_value(json_object_get(event_at(answer, i), "id"));
}

static size_t n_of_type(const struct answer *answer, const char *type)
{
    size_t n = 0;
    for (size_t i = 0; i < n_events(answer); i++)
        n += strcmp(type_at(answer, i), type) == 0;
    return n;
}

static void expect_course(const struct answer *answer)
{
    size_t n = n_events(answer);
    ck_assert_int_eq(answer->status, 200);
    ck_assert_uint_ge(n, 5);
    ck_assert_str_eq(type_at(answer, 0), "queued");
    ck_assert_str_eq(type_at(answer, 1), "started");
    ck_assert_str_eq(type_at(answer, n - 1), "succeeded");
    ck_assert_uint_ge(n_of_type(answer, "iteration"), 2);
    for (size_t i = 1; i < n; i++)
        ck_assert_int_gt(id_at(answer, i), id_at(answer, i - 1));
    const json_t *end = event_at(answer, n - 1);
    ck_assert_str_eq(json_string_value(json_object_get(end, "model")), "m");
    ck_assert_int_eq(json_integer_value(json_object_get(end, "version")), 1);
}

START_TEST(the_list_tells_the_course_of_a_job)
{
    char *id = job_that_ended(job_calls_inline);
    struct answer answer = events(id, "?limit=1000", NULL);
    expect_course(&answer);
    ck_assert_uint_ge(n_of_type(&answer, "stage"), 4);
    ck_assert(json_is_false(answer_at(&answer, "has_more")));
    answer_free(&answer);
    free(id);
}
END_TEST

START_TEST(the_list_goes_on_where_it_is_asked_to)
{
    char *id = job_that_ended(job_calls_inline);
    struct answer whole = events(id, "?limit=1000", NULL);
    char query[64];
    size_t n_seen = 0;
    json_int_t after = 0;
    bool has_more = true;
    while (has_more) {
        snprintf(query, sizeof(query), "?limit=2&after=%lld", (long long)after);
        struct answer page = events(id, query, NULL);
        for (size_t i = 0; i < n_events(&page); i++)
            ck_assert_int_eq(id_at(&page, i), id_at(&whole, n_seen++));
        after = id_at(&page, n_events(&page) - 1);
        has_more = json_is_true(answer_at(&page, "has_more"));
        answer_free(&page);
    }
    ck_assert_uint_eq(n_seen, n_events(&whole));
    snprintf(query, sizeof(query), "?after=%lld", (long long)after);
    struct answer rest = events(id, query, NULL);
    ck_assert_uint_eq(n_events(&rest), 0);
    answer_free(&rest);
    answer_free(&whole);
    free(id);
}
END_TEST

/* Each event of the list, in the stream's form, and nothing else but the retry. */
static char *expected_stream(const struct answer *list, size_t from)
{
    size_t n_bytes = list->body_bytes * 4 + 1024, at;
    char *text = malloc(n_bytes);
    at = (size_t)snprintf(text, n_bytes, "retry: 2000\n\n");
    for (size_t i = from; i < n_events(list); i++) {
        char *json = json_dumps(event_at(list, i), JSON_COMPACT);
        at += (size_t)snprintf(text + at, n_bytes - at,
                               "id: %lld\nevent: %s\ndata: ", (long long)id_at(list, i),
                               type_at(list, i));
        at += (size_t)snprintf(text + at, n_bytes - at, "%s\n\n", json);
        free(json);
    }
    return text;
}

/* But for how numbers are written. */
static void expect_same_lines(const char *a, const char *b)
{
    while (*a && *b) {
        size_t n_a = strcspn(a, "\n"), n_b = strcspn(b, "\n");
        bool is_data = strncmp(a, "data: ", 6) == 0;
        ck_assert_msg(is_data ? strncmp(b, "data: {", 7) == 0
                              : n_a == n_b && memcmp(a, b, n_a) == 0,
                      "%.*s is not %.*s", (int)n_a, a, (int)n_b, b);
        if (is_data) {
            json_t *left = json_loadb(a + 6, n_a - 6, 0, NULL);
            json_t *right = json_loadb(b + 6, n_b - 6, 0, NULL);
            ck_assert(left && json_equal(left, right));
            json_decref(left);
            json_decref(right);
        }
        a += n_a + (a[n_a] == '\n');
        b += n_b + (b[n_b] == '\n');
    }
    ck_assert_str_eq(a, b);
}

START_TEST(the_stream_has_the_events_of_the_list_and_ends)
{
    char *id = job_that_ended(job_calls_inline);
    struct answer list = events(id, "?limit=1000", NULL);
    struct answer stream = events(id, "", STREAM);
    char *expected = expected_stream(&list, 0);
    ck_assert_int_eq(stream.status, 200);
    ck_assert_str_eq(stream.content_type, "text/event-stream");
    ck_assert_str_eq(answer_header(&stream, "Cache-Control"), "no-store");
    expect_same_lines(stream.body, expected);
    free(expected);
    answer_free(&stream);
    answer_free(&list);
    free(id);
}
END_TEST

START_TEST(the_stream_goes_on_behind_the_last_event_that_was_seen)
{
    char *id = job_that_ended(job_calls_inline);
    struct answer list = events(id, "?limit=1000", NULL);
    char header[96];
    snprintf(header, sizeof(header), STREAM "\nLast-Event-ID: %lld",
             (long long)id_at(&list, 2));
    struct answer stream = events(id, "?after=1", header);
    char *expected = expected_stream(&list, 3);
    expect_same_lines(stream.body, expected);
    free(expected);
    answer_free(&stream);
    snprintf(header, sizeof(header), STREAM "\nLast-Event-ID: %lld",
             (long long)id_at(&list, n_events(&list) - 1));
    stream = events(id, "", header);
    ck_assert_int_eq(stream.status, 204); /* a browser then asks no more */
    answer_free(&stream);
    stream = events(id, "", STREAM "\nLast-Event-ID: ");
    ck_assert_int_eq(stream.status, 200);
    answer_free(&stream);
    answer_free(&list);
    free(id);
}
END_TEST

START_TEST(the_stream_waits_for_the_end_of_a_job)
{
    loopback_restart_paused(&loopback);
    struct answer made = job_calls_post(&loopback, JSON, job_calls_inline);
    struct answer list = events(answer_string(&made, "id"), "", NULL);
    ck_assert_uint_eq(n_events(&list), 1);
    answer_free(&list);
    loopback_start(&loopback);
    struct answer stream = events(answer_string(&made, "id"), "", STREAM);
    ck_assert_ptr_nonnull(strstr(stream.body, "event: succeeded\n"));
    answer_free(&stream);
    answer_free(&made);
}
END_TEST

START_TEST(a_failed_job_says_why_as_the_job_does)
{
    char *id = job_that_ended(
        "{\"model\":\"m\",\"target\":\"y\",\"algorithm\":\"gradient_descent\","
        "\"learning_rate\":{\"initial\":1e12},\"data\":{\"columns\":[\"y\",\"x\"],"
        "\"rows\":[[0,0],[0,0],[1,1],[1,1],[0,1]]}}"); /* it diverges */
    struct answer job = job_calls_on(&loopback, "GET", id, "");
    ck_assert_str_eq(answer_string(&job, "state"), "failed");
    for (int i = 0; i < 2; i++) { /* in this process, and after the next start */
        struct answer list = events(id, "?limit=1000", NULL);
        size_t n = n_events(&list);
        ck_assert_str_eq(type_at(&list, n - 1), "failed");
        ck_assert(json_equal(json_object_get(event_at(&list, n - 1), "error"),
                             answer_at(&job, "error")));
        answer_free(&list);
        loopback_restart(&loopback);
    }
    answer_free(&job);
    free(id);
}
END_TEST

START_TEST(a_job_of_an_earlier_process_tells_what_was_kept)
{
    char *id = job_that_ended(job_calls_inline);
    struct answer before = events(id, "?limit=1000", NULL);
    loopback_restart(&loopback);
    struct answer after = events(id, "?limit=1000", NULL);
    expect_course(&after);
    ck_assert_uint_eq(n_of_type(&after, "iteration"), n_of_type(&before, "iteration"));
    json_int_t last = id_at(&before, n_events(&before) - 1);
    ck_assert_int_eq(id_at(&after, n_events(&after) - 1), last);
    char header[96];
    snprintf(header, sizeof(header), STREAM "\nLast-Event-ID: %lld", (long long)last - 1);
    struct answer stream = events(id, "", header); /* whoever had not seen the end */
    ck_assert_ptr_nonnull(strstr(stream.body, "event: succeeded\n"));
    answer_free(&stream);
    answer_free(&after);
    answer_free(&before);
    free(id);
}
END_TEST

START_TEST(what_cannot_be_answered_is_refused)
{
    char *id = job_that_ended(job_calls_inline);
    static const struct {
        const char *query, *headers, *pointer;
    } cases[] = {{"?after=x", NULL, "query after"},
                 {"?after=-1", NULL, "query after"},
                 {"?after=9007199254740992", NULL, "query after"},
                 {"?limit=0", NULL, "query limit"},
                 {"?limit=5", STREAM, "query limit"},
                 {"", STREAM "\nLast-Event-ID: seven", "header Last-Event-ID"},
                 {"", "Last-Event-ID: seven", "header Last-Event-ID"},
                 {"", "Accept: image/png", "header Accept"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct answer answer = events(id, cases[i].query, cases[i].headers);
        ck_assert_int_eq(answer.status, 400);
        ck_assert_msg(strstr(answer.body, strchr(cases[i].pointer, ' ') + 1) != NULL,
                      "%s", answer.body);
        answer_free(&answer);
    }
    struct answer answer = events("job_none", "", STREAM);
    ck_assert_int_eq(answer.status, 404);
    answer_free(&answer);
    free(id);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    char *id = job_that_ended(job_calls_inline);
    static const char *const headers[] = {NULL, STREAM};
    for (int restarted = 0; restarted < 2; restarted++) {
        for (int h = 0; h < 2; h++) {
            int status = 0;
            for (long n = 0; status != 200; n++) {
                ck_assert_int_lt(n, 200);
                memory_fail_after(n);
                struct answer answer = events(id, "?after=1", headers[h]);
                memory_fail_after(-1);
                status = answer.status;
                ck_assert_msg(status == 200 || status == 503, "%d", status);
                answer_free(&answer);
            }
        }
        loopback_restart(&loopback);
    }
    free(id);
}
END_TEST

TCase *handle_job_events_test(void)
{
    TCase *cases = tcase_create("handle_job_events");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, the_list_tells_the_course_of_a_job);
    tcase_add_test(cases, the_list_goes_on_where_it_is_asked_to);
    tcase_add_test(cases, the_stream_has_the_events_of_the_list_and_ends);
    tcase_add_test(cases, the_stream_goes_on_behind_the_last_event_that_was_seen);
    tcase_add_test(cases, the_stream_waits_for_the_end_of_a_job);
    tcase_add_test(cases, a_failed_job_says_why_as_the_job_does);
    tcase_add_test(cases, a_job_of_an_earlier_process_tells_what_was_kept);
    tcase_add_test(cases, what_cannot_be_answered_is_refused);
    tcase_add_test(cases, every_allocation_may_fail);
    return cases;
}
