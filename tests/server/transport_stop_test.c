#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "tests/support/served.h"
#include "tests/support/suite.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define AT_MOST 15.0

static struct served served;
static struct peer peer;

static void setup(void)
{
    served_open(&served);
    served_start(&served);
    peer_open(&peer, served.port);
}

static void teardown(void)
{
    peer_close(&peer);
    served_close(&served);
}

static void expect_answer(struct peer_answer answer, int status, const char *text)
{
    ck_assert_msg(answer.status == status, "%d instead of %d: %s%s", answer.status,
                  status, answer.head, answer.body ? answer.body : "");
    ck_assert_msg(!text || strstr(answer.body, text), "no %s in %s", text, answer.body);
    peer_answer_free(&answer);
}

/* A job that waits in the queue, as jobs are not started; the answer waits for it. */
static void send_waiting_job(struct peer *from)
{
    static const char body[] = "{\"model\":\"m\",\"data\":{\"columns\":[\"y\",\"x\"],"
                               "\"rows\":[[0,1],[1,2],[0,3],[1,1]]},\"target\":\"y\"}";
    char request[512];
    snprintf(request, sizeof(request),
             "POST /v1/jobs HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
             "Prefer: wait=300\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    peer_send(from, request);
}

static void await_jobs(size_t n)
{
    double until = clock_seconds() + AT_MOST;
    size_t n_seen;
    do {
        struct answer answer =
            loopback_call(&served.loopback, "GET /v1/jobs?limit=100", NULL, NULL);
        n_seen = json_array_size(answer_at(&answer, "data"));
        answer_free(&answer);
        ck_assert_msg(clock_seconds() < until, "%zu jobs instead of %zu", n_seen, n);
    } while (n_seen < n);
}

START_TEST(transport_stop_answers_those_who_wait_for_jobs)
{
    enum { N = 40 }; /* more than the executor has threads */
    static struct peer peers[N];
    for (int i = 0; i < N; i++) {
        peer_open(&peers[i], served.port);
        send_waiting_job(&peers[i]);
    }
    await_jobs(N);
    served_await_metric(&served, "logitd_http_requests_in_flight", N);
    expect_answer(peer_ask(&peer, GET("/livez")), 200, "live"); /* nobody is held up */
    served_stop(&served, AT_MOST);
    for (int i = 0; i < N; i++) {
        struct peer_answer answer = peer_receive(&peers[i], true);
        ck_assert(peer_answer_has(&answer, "Connection: close"));
        expect_answer(answer, 202, "\"state\":\"queued\"");
        ck_assert(peer_is_ended(&peers[i], AT_MOST));
        peer_close(&peers[i]);
    }
}
END_TEST

START_TEST(transport_stop_survives_waiters_that_went)
{
    for (int i = 0; i < 10; i++) {
        send_waiting_job(&peer);
        served_await_metric(&served, "logitd_http_requests_in_flight", i + 1);
        if (i % 2)
            peer_reset(&peer);
        else
            peer_close(&peer);
        peer_open(&peer, served.port);
    }
    loopback_start(&served.loopback);
    served_await_metric(&served, "logitd_http_requests_in_flight", 0);
}
END_TEST

START_TEST(transport_answers_waiters_when_their_job_ends)
{
    send_waiting_job(&peer);
    served_await_metric(&served, "logitd_http_requests_in_flight", 1);
    loopback_start(&served.loopback);
    expect_answer(peer_receive(&peer, true), 200, "\"state\":\"succeeded\"");
    expect_answer(peer_ask(&peer, GET("/v1/models/m")), 200, "\"version\":1");
}
END_TEST

/* ---- draining ---- */

START_TEST(transport_drain_refuses_new_peers)
{
    transport_drain(served.transport);
    struct peer late;
    ck_assert(!peer_try(&late, served.port));
    ck_assert(peer_is_ended(&peer, AT_MOST)); /* it was idle */
}
END_TEST

START_TEST(transport_drain_closes_connections_after_their_next_answer)
{
    expect_answer(peer_ask(&peer, GET("/livez")), 200, "live");
    peer_send(&peer, "GET /livez HTTP/1.1\r\n"); /* under way */
    served_await_metric(&served, "logitd_http_requests_in_flight", 1);
    transport_drain(served.transport);
    struct peer_answer answer = peer_ask(&peer, HOST "\r\n");
    ck_assert(peer_answer_has(&answer, "Connection: close"));
    expect_answer(answer, 200, "live");
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(transport_stop_ends_what_takes_too_long)
{
    struct peer slow;
    peer_open(&slow, served.port);
    peer_send(&slow, "POST /v1/jobs HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n");
    peer_send(&peer, "GET / HTTP/1.1\r\n");
    served_await_metric(&served, "logitd_http_requests_in_flight", 2);
    double began = clock_seconds();
    served_stop(&served, 0.3);
    ck_assert_double_ge(clock_seconds() - began, 0.3);
    ck_assert_double_lt(clock_seconds() - began, AT_MOST);
    ck_assert(peer_is_ended(&slow, AT_MOST));
    ck_assert(peer_is_ended(&peer, AT_MOST));
    peer_close(&slow);
}
END_TEST

START_TEST(transport_stop_may_be_left_out)
{
    expect_answer(peer_ask(&peer, GET("/livez")), 200, "live");
    transport_free(served.transport);
    served.transport = NULL;
    ck_assert(peer_is_ended(&peer, AT_MOST));
    ck_assert(service_stop(served.loopback.service, AT_MOST));
}
END_TEST

/* ---- under load ---- */

static atomic_bool load_ends;
static atomic_int n_answered;

/* Asks on one connection after the other until the daemon takes none any more. */
static void *load_main(void *argument)
{
    const char *const requests[] = {
        GET("/livez"), GET("/v1/jobs"),
        "POST /v1/datasets HTTP/1.1\r\n" HOST
        "Content-Type: text/csv\r\nContent-Length: 8\r\n\r\na,b\n1,2\n",
        "POST /v1/models/x/predict HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}"};
    struct peer load;
    size_t turn = (size_t)argument;
    while (!atomic_load(&load_ends) && peer_try(&load, served.port)) {
        for (int i = 0; i < 5; i++) {
            struct peer_answer answer = {0};
            const char *request = requests[turn++ % 4];
            if (!peer_send_bytes(&load, request, strlen(request)))
                break;
            answer = peer_receive(&load, true);
            atomic_fetch_add(&n_answered, answer.status != 0);
            bool is_last =
                answer.status == 0 || peer_answer_has(&answer, "Connection: close");
            peer_answer_free(&answer);
            if (is_last)
                break;
        }
        if (turn % 3)
            peer_close(&load);
        else
            peer_reset(&load);
    }
    return NULL;
}

START_TEST(transport_stop_holds_under_load)
{
    enum { N = 6 };
    pthread_t threads[N];
    const struct timespec moment = {.tv_nsec = 300 * 1000 * 1000};
    for (size_t i = 0; i < N; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, load_main, (void *)i), 0);
    nanosleep(&moment, NULL);
    served_stop(&served, 1);
    atomic_store(&load_ends, true);
    for (size_t i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_gt(n_answered, 10);
}
END_TEST

/* With 128 events at once the threads of libmicrohttpd would stand still. */
START_TEST(transport_answers_any_number_of_requests_at_once)
{
    enum { N = 520 };
    static struct peer peers[N];
    served.options.n_threads = 1;
    peer_close(&peer);
    transport_free(served.transport);
    served_start(&served);
    peer_open(&peer, served.port);
    for (int i = 0; i < N; i++)
        peer_open(&peers[i], served.port);
    served_await_metric(&served, "logitd_http_connections", N + 1);
    for (int n = 126; n <= N; n += n % 128 == 2 ? 124 : 1) {
        /* While the thread is busy with a big request the others gather. */
        send_waiting_job(&peer);
        for (int i = 0; i < n; i++)
            peer_send(&peers[i], GET("/livez"));
        for (int i = 0; i < n; i++)
            expect_answer(peer_receive(&peers[i], true), 200, "live");
        peer_reset(&peer);
        peer_open(&peer, served.port);
    }
    for (int i = 0; i < N; i++)
        peer_close(&peers[i]);
}
END_TEST

TCase *transport_stop_test(void)
{
    TCase *cases = tcase_create("transport_stop");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, transport_stop_answers_those_who_wait_for_jobs);
    tcase_add_test(cases, transport_stop_survives_waiters_that_went);
    tcase_add_test(cases, transport_answers_waiters_when_their_job_ends);
    tcase_add_test(cases, transport_drain_refuses_new_peers);
    tcase_add_test(cases, transport_drain_closes_connections_after_their_next_answer);
    tcase_add_test(cases, transport_stop_ends_what_takes_too_long);
    tcase_add_test(cases, transport_stop_may_be_left_out);
    tcase_add_test(cases, transport_stop_holds_under_load);
    tcase_add_test(cases, transport_answers_any_number_of_requests_at_once);
    return cases;
}
