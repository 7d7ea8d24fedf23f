#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/checksum.h"
#include "core/base/clock.h"
#include "tests/support/served.h"
#include "tests/support/suite.h"

#define HOST "Host: a\r\n"
#define UPLOAD "POST /v1/datasets HTTP/1.1\r\n" HOST "Content-Type: text/csv\r\n"
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

/* ---- CSV text of a given size ---- */

struct csv {
    char *text;
    size_t n_bytes;
    char sha256[CHECKSUM_HEX_BYTES];
};

static struct csv csv_of(size_t n_bytes)
{
    static const char line[] = "12,345\n67,890\n";
    struct csv csv = {.text = malloc(n_bytes + 1), .n_bytes = n_bytes};
    for (size_t i = 0; i < n_bytes; i++)
        csv.text[i] = line[i % (sizeof(line) - 1)];
    memcpy(csv.text, "a,bbbb\n", 7);
    memset(csv.text + n_bytes - n_bytes % 7, '\n', n_bytes % 7);
    checksum_sha256_hex(csv.text, n_bytes, csv.sha256);
    return csv;
}

static void send_head(size_t n_bytes)
{
    char head[256];
    snprintf(head, sizeof(head), UPLOAD "Content-Length: %zu\r\n\r\n", n_bytes);
    peer_send(&peer, head);
}

static size_t n_datasets(void)
{
    struct answer answer =
        loopback_call(&served.loopback, "GET /v1/datasets", NULL, NULL);
    size_t n = json_array_size(answer_at(&answer, "data"));
    answer_free(&answer);
    return n;
}

/* ---- whole uploads ---- */

static const size_t sizes[] = {14, 1000, 262144, 262145, 524288, 3 << 20};

START_TEST(transport_upload_streams_all_bytes)
{
    struct csv csv = csv_of(sizes[_i]);
    send_head(csv.n_bytes);
    ck_assert(peer_send_bytes(&peer, csv.text, csv.n_bytes));
    expect_answer(peer_receive(&peer, true), 201, csv.sha256);
    expect_answer(peer_ask(&peer, GET("/livez")), 200, "live"); /* it was kept */
    free(csv.text);
}
END_TEST

START_TEST(transport_upload_takes_pieces_of_any_size)
{
    struct csv csv = csv_of(5000);
    send_head(csv.n_bytes);
    for (size_t at = 0, n = 1; at < csv.n_bytes; at += n, n = n * 2 % 251) {
        n = n < csv.n_bytes - at ? n : csv.n_bytes - at;
        ck_assert(peer_send_bytes(&peer, csv.text + at, n));
    }
    expect_answer(peer_receive(&peer, true), 201, csv.sha256);
    free(csv.text);
}
END_TEST

START_TEST(transport_upload_answers_an_empty_body)
{
    send_head(0);
    expect_answer(peer_receive(&peer, true), 422, "no_rows");
    expect_answer(peer_ask(&peer, GET("/livez")), 200, "live");
}
END_TEST

/* ---- refusals ---- */

START_TEST(transport_upload_is_refused_before_the_body_comes)
{
    expect_answer(peer_ask(&peer, "POST /v1/datasets HTTP/1.1\r\n" HOST
                                  "Content-Type: image/png\r\nContent-Length: 9999\r\n"
                                  "Expect: 100-continue\r\n\r\n"),
                  415, "unsupported_media_type");
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(transport_upload_says_continue)
{
    peer_send(&peer, UPLOAD "Content-Length: 8\r\nExpect: 100-continue\r\n\r\n");
    expect_answer(peer_receive(&peer, false), 100, NULL);
    peer_send(&peer, "a,b\n1,2\n");
    expect_answer(peer_receive(&peer, true), 201, "\"n_rows\":1");
}
END_TEST

START_TEST(transport_upload_keeps_the_connection_of_a_small_refused_one)
{
    expect_answer(peer_ask(&peer,
                           "POST /v1/datasets HTTP/1.1\r\n" HOST
                           "Content-Type: image/png\r\nContent-Length: 4\r\n\r\nabcd"),
                  415, NULL);
    expect_answer(peer_ask(&peer, GET("/livez")), 200, "live");
}
END_TEST

START_TEST(transport_upload_answers_a_bad_row_when_all_is_there)
{
    struct csv csv = csv_of(3 << 20);
    memcpy(csv.text + 14, "1,2,3,4", 7);
    send_head(csv.n_bytes);
    ck_assert(peer_send_bytes(&peer, csv.text, csv.n_bytes));
    expect_answer(peer_receive(&peer, true), 422, "ragged_row");
    expect_answer(peer_ask(&peer, GET("/livez")), 200, "live");
    ck_assert_uint_eq(n_datasets(), 0);
    free(csv.text);
}
END_TEST

START_TEST(transport_upload_holds_its_limit)
{
    served.options.max_upload_bytes = 10;
    peer_close(&peer);
    transport_free(served.transport);
    served_start(&served);
    peer_open(&peer, served.port);
    send_head(11);
    peer_send(&peer, "a,b\n1,2\n3,4");
    expect_answer(peer_receive(&peer, true), 413, "10 bytes");
}
END_TEST

/* ---- peers that go ---- */

START_TEST(transport_upload_leaves_nothing_of_a_peer_that_went)
{
    struct csv csv = csv_of(2 << 20);
    for (int i = 0; i < 20; i++) {
        size_t n = csv.n_bytes / 20 * (size_t)i;
        send_head(csv.n_bytes);
        ck_assert(peer_send_bytes(&peer, csv.text, n));
        if (i % 2)
            peer_reset(&peer);
        else
            peer_close(&peer);
        peer_open(&peer, served.port);
    }
    expect_answer(peer_ask(&peer, GET("/livez")), 200, "live");
    served_await_metric(&served, "logitd_http_requests_in_flight", 0);
    ck_assert_uint_eq(n_datasets(), 0);
    char *log = served_log(&served, "\"status\":499");
    free(log);
    free(csv.text);
}
END_TEST

START_TEST(transport_upload_survives_a_half_closed_peer)
{
    send_head(100);
    peer_send(&peer, "a,b\n1,2\n");
    peer_half_close(&peer);
    ck_assert(peer_is_ended(&peer, AT_MOST));
    served_await_metric(&served, "logitd_http_requests_in_flight", 0);
}
END_TEST

START_TEST(transport_upload_serves_many_at_once)
{
    enum { N = 40 };
    static struct peer peers[N];
    struct csv csv = csv_of(300000);
    char head[256];
    snprintf(head, sizeof(head), UPLOAD "Content-Length: %zu\r\n\r\n", csv.n_bytes);
    for (int i = 0; i < N; i++) {
        peer_open(&peers[i], served.port);
        peer_send(&peers[i], head);
    }
    for (size_t at = 0; at < csv.n_bytes; at += 30000)
        for (int i = 0; i < N; i++)
            ck_assert(peer_send_bytes(&peers[i], csv.text + at, 30000));
    for (int i = 0; i < N; i++) {
        expect_answer(peer_receive(&peers[i], true), 201, csv.sha256);
        peer_close(&peers[i]);
    }
    free(csv.text);
}
END_TEST

/* ---- the end of the transport ---- */

static void send_begun_uploads(struct peer *peers, int n, const struct csv *csv)
{
    char head[256];
    snprintf(head, sizeof(head), UPLOAD "Content-Length: %zu\r\n\r\n", csv->n_bytes);
    for (int i = 0; i < n; i++) {
        peer_open(&peers[i], served.port);
        peer_send(&peers[i], head);
        ck_assert(peer_send_bytes(&peers[i], csv->text, csv->n_bytes / (size_t)(i + 2)));
    }
}

START_TEST(transport_upload_is_abandoned_at_the_end)
{
    enum { N = 10 };
    struct peer peers[N];
    struct csv csv = csv_of(1 << 20);
    send_begun_uploads(peers, N, &csv);
    double began = clock_seconds();
    served_stop(&served, 0.1);
    ck_assert_double_lt(clock_seconds() - began, AT_MOST);
    for (int i = 0; i < N; i++) {
        ck_assert(peer_is_ended(&peers[i], AT_MOST));
        peer_close(&peers[i]);
    }
    free(csv.text);
}
END_TEST

START_TEST(transport_upload_under_way_is_finished_by_a_drain)
{
    struct csv csv = csv_of(1000);
    send_head(csv.n_bytes);
    ck_assert(peer_send_bytes(&peer, csv.text, 500));
    served_await_metric(&served, "logitd_http_requests_in_flight", 1);
    transport_drain(served.transport);
    ck_assert(peer_send_bytes(&peer, csv.text + 500, 500));
    struct peer_answer answer = peer_receive(&peer, true);
    ck_assert(peer_answer_has(&answer, "Connection: close"));
    expect_answer(answer, 201, csv.sha256);
    ck_assert(peer_is_ended(&peer, AT_MOST));
    free(csv.text);
}
END_TEST

TCase *transport_upload_test(void)
{
    TCase *cases = tcase_create("transport_upload");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, transport_upload_streams_all_bytes, 0,
                        (int)(sizeof(sizes) / sizeof(*sizes)));
    tcase_add_test(cases, transport_upload_takes_pieces_of_any_size);
    tcase_add_test(cases, transport_upload_answers_an_empty_body);
    tcase_add_test(cases, transport_upload_is_refused_before_the_body_comes);
    tcase_add_test(cases, transport_upload_says_continue);
    tcase_add_test(cases, transport_upload_keeps_the_connection_of_a_small_refused_one);
    tcase_add_test(cases, transport_upload_answers_a_bad_row_when_all_is_there);
    tcase_add_test(cases, transport_upload_holds_its_limit);
    tcase_add_test(cases, transport_upload_leaves_nothing_of_a_peer_that_went);
    tcase_add_test(cases, transport_upload_survives_a_half_closed_peer);
    tcase_add_test(cases, transport_upload_serves_many_at_once);
    tcase_add_test(cases, transport_upload_is_abandoned_at_the_end);
    tcase_add_test(cases, transport_upload_under_way_is_finished_by_a_drain);
    return cases;
}
