#include "server/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/served.h"
#include "tests/support/suite.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define JOBS "POST /v1/jobs HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
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

/* With other options than setup() has taken. */
static void start_again(void)
{
    peer_close(&peer);
    transport_free(served.transport);
    served_start(&served);
    peer_open(&peer, served.port);
}

static void expect_answer(struct peer_answer answer, int status, const char *text)
{
    ck_assert_msg(answer.status == status, "%d instead of %d: %s%s", answer.status,
                  status, answer.head, answer.body ? answer.body : "");
    ck_assert_msg(!text || strstr(answer.body, text), "no %s in %s", text, answer.body);
    peer_answer_free(&answer);
}

static void expect(const char *request, int status, const char *text)
{
    expect_answer(peer_ask(&peer, request), status, text);
}

/* ---- connections ---- */

START_TEST(transport_answers_one_request_after_the_other)
{
    for (int i = 0; i < 10; i++)
        expect(GET("/livez"), 200, "{\"status\":\"live\"}");
    ck_assert_double_eq(served_metric(&served, "logitd_http_connections"), 1);
}
END_TEST

START_TEST(transport_answers_pipelined_requests_in_their_order)
{
    peer_send(&peer, GET("/livez") JOBS "Content-Length: 1\r\n\r\n{" GET("/v1/version")
                         GET("/nothing") GET("/readyz"));
    expect_answer(peer_receive(&peer, true), 200, "live");
    expect_answer(peer_receive(&peer, true), 400, "bad_json");
    expect_answer(peer_receive(&peer, true), 200, "version");
    expect_answer(peer_receive(&peer, true), 404, "no such path");
    expect_answer(peer_receive(&peer, true), 200, "ready");
}
END_TEST

START_TEST(transport_takes_requests_byte_by_byte)
{
    static const char request[] = JOBS "Content-Length: 3\r\n\r\n[1]";
    for (size_t i = 0; i < sizeof(request) - 1; i++)
        ck_assert(peer_send_bytes(&peer, request + i, 1));
    expect_answer(peer_receive(&peer, true), 422, "invalid_type");
    expect(GET("/livez"), 200, "live");
}
END_TEST

START_TEST(transport_closes_where_the_client_asks_for_it)
{
    expect("GET /livez HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 200, "live");
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(transport_closes_after_http_1_0)
{
    expect("GET /livez HTTP/1.0\r\n\r\n", 200, "live");
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(transport_answers_a_client_that_sends_no_more)
{
    peer_send(&peer, GET("/livez"));
    peer_half_close(&peer);
    expect_answer(peer_receive(&peer, true), 200, "live");
}
END_TEST

START_TEST(transport_serves_many_connections)
{
    enum { N = 300 };
    static struct peer peers[N];
    for (int i = 0; i < N; i++)
        peer_open(&peers[i], served.port);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < N; i++)
            peer_send(&peers[i], GET("/livez"));
        for (int i = 0; i < N; i++)
            expect_answer(peer_receive(&peers[i], true), 200, "live");
    }
    for (int i = 0; i < N; i++)
        peer_close(&peers[i]);
    served_await_metric(&served, "logitd_http_connections", 1);
}
END_TEST

START_TEST(transport_refuses_more_connections_than_it_serves)
{
    struct peer second, third;
    served.options.n_connections_most = 2;
    start_again();
    expect(GET("/livez"), 200, "live");
    peer_open(&second, served.port);
    expect_answer(peer_ask(&second, GET("/livez")), 200, "live");
    peer_open(&third, served.port);
    struct peer_answer answer = peer_ask(&third, GET("/livez"));
    ck_assert(peer_answer_has(&answer, "Connection: close"));
    ck_assert(peer_answer_has(&answer, "Retry-After: 1"));
    expect_answer(answer, 503, "too_many_connections");
    ck_assert(peer_is_ended(&third, AT_MOST));
    peer_close(&third);
    peer_close(&second);
    served_await_metric(&served, "logitd_http_connections", 1);
    peer_open(&second, served.port);
    expect_answer(peer_ask(&second, GET("/livez")), 200, "live");
    peer_close(&second);
}
END_TEST

/* ---- answers ---- */

START_TEST(transport_answers_head_like_get_without_the_body)
{
    struct peer_answer answer = peer_ask(&peer, "HEAD /livez HTTP/1.1\r\n" HOST "\r\n");
    ck_assert_int_eq(answer.status, 200);
    ck_assert(peer_answer_has(&answer, "Content-Length: 17"));
    ck_assert(peer_answer_has(&answer, "Content-Type: application/json"));
    ck_assert(strstr(answer.head, "\r\nDate: ") != NULL);
    peer_answer_free(&answer);
    expect(GET("/livez"), 200, "live"); /* no body was in between */
}
END_TEST

/* Is this id sent back, or is it replaced? */
static void expect_id(const char *sent, bool is_echoed)
{
    char request[512], line[256];
    snprintf(line, sizeof(line), "X-Request-Id: %s", sent);
    snprintf(request, sizeof(request), "GET /x HTTP/1.1\r\n" HOST "%s\r\n\r\n", line);
    struct peer_answer answer = peer_ask(&peer, request);
    ck_assert_int_eq(peer_answer_has(&answer, line), is_echoed);
    ck_assert(is_echoed || strstr(answer.head, "\r\nX-Request-Id: req_"));
    peer_answer_free(&answer);
}

START_TEST(transport_echoes_safe_request_ids_and_makes_others)
{
    char longest[130];
    memset(longest, 'a', sizeof(longest));
    longest[129] = '\0';
    expect_id(longest, false);
    longest[128] = '\0';
    expect_id(longest, true);
    expect_id("abc-1.2_3~:/+=@Z", true);
    expect_id("a b", false);
    expect_id("\"x\"", false);
    expect_id("", false);
}
END_TEST

START_TEST(transport_makes_a_new_id_for_each_request)
{
    char seen[100][64];
    for (int i = 0; i < 100; i++) {
        struct peer_answer answer = peer_ask(&peer, GET("/livez"));
        const char *at = strstr(answer.head, "X-Request-Id: ");
        ck_assert_int_eq(sscanf(at, "X-Request-Id: %63[^\r]", seen[i]), 1);
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(seen[i], seen[j]);
        peer_answer_free(&answer);
    }
}
END_TEST

START_TEST(transport_logs_requests)
{
    static const char request[] =
        "POST /v1/jobs?x=secret HTTP/1.1\r\n" HOST
        "X-Request-Id: the-id\r\nContent-Length: 6\r\n\r\nsecret";
    expect(request, 400, NULL);
    char *log = served_log(&served, "\"request_id\":\"the-id\"");
    ck_assert_ptr_nonnull(
        strstr(log, "\"method\":\"POST\",\"route\":\"job_create\",\"status\":400"));
    char bytes[64];
    snprintf(bytes, sizeof(bytes), "\"request_bytes\":%zu,", sizeof(request) - 1);
    ck_assert_msg(strstr(log, bytes) != NULL, "%s not in %s", bytes, log);
    ck_assert_ptr_null(strstr(log, "secret"));
    free(log);
}
END_TEST

/* ---- before the body ---- */

START_TEST(transport_tells_path_method_and_query_apart)
{
    expect(GET("/nothing"), 404, "no such path");
    expect(GET("/v1/%2e%2e/x"), 400, "bad_path");
    expect(GET("/v1/datasets/%zz"), 400, "bad_path");
    expect(GET("/v1/jobs?limit=%zz"), 400, "bad_query");
    expect(GET("/v1/jobs?limit=%00"), 400, "bad_query");
    expect(GET("/v1/jobs?limit=%ff"), 400, "bad_query");
    expect(GET("/v1/jobs?nonsense=1"), 400, "nonsense");
    expect(GET("/v1/jobs?limit=1&&"), 200, "data");
    expect(GET("/v1/jobs?l%69mit=%31"), 200, "data");
    expect(GET("/v1/jobs?state=a+b%2Bc"), 400, "state");
    struct peer_answer answer =
        peer_ask(&peer, "PUT /v1/jobs HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}");
    ck_assert(peer_answer_has(&answer, "Allow: POST, GET, HEAD"));
    expect_answer(answer, 405, "method_not_allowed");
    expect(GET("/livez"), 200, "live"); /* all on one connection */
}
END_TEST

START_TEST(transport_bounds_the_number_of_parameters)
{
    char request[2300] = "GET /v1/jobs?a";
    for (int i = 0; i < 1000; i++)
        strcat(request, "&a");
    strcat(request, " HTTP/1.1\r\n" HOST "\r\n");
    expect(request, 400, "bad_query");
    expect(GET("/livez"), 200, "live");
}
END_TEST

START_TEST(transport_refuses_bodies_where_none_is_taken)
{
    expect("POST /v1/jobs/x/cancel HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}", 400,
           "unexpected_body");
    expect("POST /v1/jobs/x/cancel HTTP/1.1\r\n" HOST "\r\n", 404, "no such job");
    expect("POST /v1/jobs/x/cancel HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 404,
           "no such job");
    expect("POST /v1/jobs HTTP/1.1\r\n" HOST "\r\n", 411, "length_required");
}
END_TEST

START_TEST(transport_refuses_at_the_gate_and_closes)
{
    struct peer_answer answer =
        peer_ask(&peer, "POST /v1/jobs HTTP/1.1\r\n" HOST
                        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" GET("/livez"));
    ck_assert(peer_answer_has(&answer, "Connection: close"));
    ck_assert(peer_answer_has(&answer, "Content-Type: application/problem+json"));
    expect_answer(answer, 400, "repeated_header");
    ck_assert(peer_is_ended(&peer, AT_MOST));
    ck_assert_double_eq(
        served_metric(&served, "logitd_http_refused_total{reason=\"repeated_header\"}"),
        1);
}
END_TEST

/* A head of n bytes in so many fields. */
static void expect_head(size_t n, int n_fields, int status)
{
    char request[20000] = GET("/livez");
    size_t at = strlen(request) - 2;
    for (int left = n_fields - 1; left > 0; left--) {
        size_t n_field = (n - at - 2) / (size_t)left;
        memset(request + at, 'a', n_field);
        request[at + 8] = ':';
        memcpy(request + at + n_field - 2, "\r\n", 2);
        at += n_field;
    }
    strcpy(request + at, "\r\n");
    expect(request, status, status == 200 ? "live" : NULL);
}

/* Of any shape: each has an answer, as the parser's memory is enough for both. */
START_TEST(transport_takes_heads_of_10_kib)
{
    for (int n_fields = 3; n_fields <= 64; n_fields++)
        expect_head(10240, n_fields, 200);
    expect_head(8192 + 26 + 4, 2, 200);
}
END_TEST

static const size_t too_large[] = {10241, 11000, 12000, 13000, 14000, 15000, 16000};

START_TEST(transport_refuses_larger_heads)
{
    expect_head(too_large[_i], 64, 431);
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

/* ---- bodies ---- */

START_TEST(transport_refuses_what_is_too_large_before_it_comes)
{
    served.options.max_body_bytes = 100000;
    start_again();
    expect(JOBS "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n", 413, "100000");
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(transport_refuses_what_is_too_large_while_it_comes)
{
    enum { N = 8 << 20 };
    char *body = calloc(1, N);
    char head[256];
    served.options.max_body_bytes = 100000;
    start_again();
    snprintf(head, sizeof(head), JOBS "Content-Length: %d\r\n\r\n", N);
    peer_send(&peer, head);
    ck_assert(peer_send_bytes(&peer, body, N)); /* all of it is taken */
    expect_answer(peer_receive(&peer, true), 413, "too_large");
    ck_assert(peer_is_ended(&peer, AT_MOST));
    free(body);
}
END_TEST

START_TEST(transport_keeps_the_connection_of_a_small_refused_body)
{
    expect("POST /nothing HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde", 404, NULL);
    expect(GET("/livez"), 200, "live");
}
END_TEST

START_TEST(transport_says_continue_when_the_body_may_come)
{
    peer_send(&peer, JOBS "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    struct peer_answer answer = peer_receive(&peer, false);
    ck_assert_int_eq(answer.status, 100);
    peer_answer_free(&answer);
    peer_send(&peer, "{}");
    expect_answer(peer_receive(&peer, true), 422, NULL);
    expect(GET("/livez"), 200, "live");
}
END_TEST

START_TEST(transport_refuses_before_it_says_continue)
{
    expect("POST /nothing HTTP/1.1\r\n" HOST
           "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n",
           404, NULL);
}
END_TEST

/* A job request of n bytes that ends with a surprise. */
static char *big_request(size_t n)
{
    static const char end[] = "\"surprise\":1}";
    char *request = malloc(n + 256);
    char *body = request + sprintf(request, JOBS "Content-Length: %zu\r\n\r\n", n);
    memset(body, ' ', n);
    body[0] = '{';
    memcpy(body + n + 1 - sizeof(end), end, sizeof(end));
    return request;
}

START_TEST(transport_collects_whole_bodies)
{
    static const size_t sizes[] = {100,     16384,         262144, 262145,
                                   1 << 20, (1 << 20) + 1, 4 << 20};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        char *request = big_request(sizes[i]);
        expect(request, 422, "/surprise");
        free(request);
    }
}
END_TEST

/* ---- starting ---- */

START_TEST(transport_start_says_what_is_wrong)
{
    struct transport_options options = served.options;
    struct error err = {0};
    options.host = "not a host";
    ck_assert_ptr_null(transport_start(&options, &err));
    ck_assert_int_eq(err.code, ERROR_INVALID);
    error_clear(&err);
    options.host = "127.0.0.1";
    options.port = served.port;
    ck_assert_ptr_null(transport_start(&options, &err));
    ck_assert_int_eq(err.code, ERROR_LOCKED);
    error_clear(&err);
    options.port = 0;
    options.tls_certificate = options.tls_key = "no PEM";
    ck_assert_ptr_null(transport_start(&options, &err));
    ck_assert_int_eq(err.code, ERROR_INVALID);
    error_clear(&err);
    ck_assert_int_eq(transport_set_certificate(served.transport, "a", "b", &err), -1);
    ck_assert_int_eq(err.code, ERROR_INVALID);
}
END_TEST

START_TEST(transport_start_fails_cleanly_without_memory)
{
    struct error err;
    struct transport *transport = NULL;
    for (long n = 0; !transport; n++) {
        error_clear(&err);
        memory_fail_after(n);
        transport = transport_start(&served.options, &err);
        ck_assert(transport || err.code == ERROR_NO_MEMORY);
        ck_assert_int_lt(n, 100);
    }
    memory_fail_after(-1);
    transport_free(transport);
    transport_free(NULL);
}
END_TEST

START_TEST(transport_listens_again_where_it_has_listened)
{
    expect(GET("/livez"), 200, "live");
    served.options.port = served.port;
    start_again();
    expect(GET("/livez"), 200, "live");
}
END_TEST

TCase *transport_test(void)
{
    TCase *cases = tcase_create("transport");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, transport_answers_one_request_after_the_other);
    tcase_add_test(cases, transport_answers_pipelined_requests_in_their_order);
    tcase_add_test(cases, transport_takes_requests_byte_by_byte);
    tcase_add_test(cases, transport_closes_where_the_client_asks_for_it);
    tcase_add_test(cases, transport_closes_after_http_1_0);
    tcase_add_test(cases, transport_answers_a_client_that_sends_no_more);
    tcase_add_test(cases, transport_serves_many_connections);
    tcase_add_test(cases, transport_refuses_more_connections_than_it_serves);
    tcase_add_test(cases, transport_answers_head_like_get_without_the_body);
    tcase_add_test(cases, transport_echoes_safe_request_ids_and_makes_others);
    tcase_add_test(cases, transport_makes_a_new_id_for_each_request);
    tcase_add_test(cases, transport_logs_requests);
    tcase_add_test(cases, transport_tells_path_method_and_query_apart);
    tcase_add_test(cases, transport_bounds_the_number_of_parameters);
    tcase_add_test(cases, transport_refuses_bodies_where_none_is_taken);
    tcase_add_test(cases, transport_refuses_at_the_gate_and_closes);
    tcase_add_test(cases, transport_takes_heads_of_10_kib);
    tcase_add_loop_test(cases, transport_refuses_larger_heads, 0,
                        (int)(sizeof(too_large) / sizeof(*too_large)));
    tcase_add_test(cases, transport_refuses_what_is_too_large_before_it_comes);
    tcase_add_test(cases, transport_refuses_what_is_too_large_while_it_comes);
    tcase_add_test(cases, transport_keeps_the_connection_of_a_small_refused_body);
    tcase_add_test(cases, transport_says_continue_when_the_body_may_come);
    tcase_add_test(cases, transport_refuses_before_it_says_continue);
    tcase_add_test(cases, transport_collects_whole_bodies);
    tcase_add_test(cases, transport_start_says_what_is_wrong);
    tcase_add_test(cases, transport_start_fails_cleanly_without_memory);
    tcase_add_test(cases, transport_listens_again_where_it_has_listened);
    return cases;
}
