#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checksum.h"
#include "tests/support/served.h"
#include "tests/support/suite.h"
#include "tests/support/tree.h"

#define HOST "Host: a\r\n"

static struct served served;
static struct peer peer;

static void expect_answer(struct peer_answer answer, int status, const char *text)
{
    ck_assert_msg(answer.status == status, "%d instead of %d: %s%s", answer.status,
                  status, answer.head, answer.body ? answer.body : "");
    ck_assert_msg(!text || strstr(answer.body, text), "no %s in %s", text, answer.body);
    peer_answer_free(&answer);
}

static const char *const scopes[] = {"predict", "train", "admin"};

/* A key of each scope, named as it is, and "rare", which may come once a second. */
static void write_keys(struct tree *tree)
{
    char hash[CHECKSUM_HEX_BYTES];
    struct buffer file = BUFFER_EMPTY;
    for (int i = 0; i < 3; i++)
        buffer_printf(&file, "%s{\"name\":\"%s\",\"sha256\":\"%s\",\"scopes\":[\"%s\"]}",
                      i ? "," : "{\"keys\":[", scopes[i],
                      checksum_sha256_hex(scopes[i], strlen(scopes[i]), hash), scopes[i]);
    buffer_printf(&file,
                  ",{\"name\":\"rare\",\"sha256\":\"%s\",\"scopes\":[\"train\"],"
                  "\"requests_per_second\":1}]}",
                  checksum_sha256_hex("rare", 4, hash));
    tree_write(tree, "keys", file.bytes);
    buffer_free(&file);
}

static struct tree tree;

static void setup(void)
{
    char path[TREE_PATH_BYTES];
    struct error err = {0};
    tree_open(&tree);
    write_keys(&tree);
    served_open(&served);
    served.options.keys = keys_open(tree_path(&tree, "keys", path), &err);
    ck_assert_msg(served.options.keys != NULL, "%s", err.message);
    served_start(&served);
    peer_open(&peer, served.port);
}

static void teardown(void)
{
    peer_close(&peer);
    served_stop(&served, 0);
    keys_close(served.options.keys);
    served_close(&served);
    tree_close(&tree);
}

static struct peer_answer ask_with_key(const char *request_line,
                                       const char *authorization)
{
    char request[512];
    snprintf(request, sizeof(request), "%s HTTP/1.1\r\n" HOST "%s%s\r\n\r\n",
             request_line, authorization[0] ? "Authorization: " : "X: ", authorization);
    return peer_ask(&peer, request);
}

START_TEST(transport_admit_asks_for_keys)
{
    static const char *const bad[] = {
        "", "Bearer", "Bearer wrong", "Basic dHJhaW4=", "Bearer train train", "train"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct peer_answer answer = ask_with_key("GET /v1/datasets", bad[i]);
        ck_assert_ptr_nonnull(strstr(answer.head, "\r\nWWW-Authenticate: Bearer"));
        expect_answer(answer, 401, "_key");
    }
    expect_answer(ask_with_key("GET /v1/datasets", "Bearer train"), 200, "data");
    expect_answer(ask_with_key("GET /v1/datasets", "bearer train"), 200, "data");
    expect_answer(ask_with_key("GET /v1/datasets", "Bearer train \t "), 200, "data");
    expect_answer(ask_with_key("GET /livez", ""), 200, "live");
    expect_answer(ask_with_key("GET /livez", "Bearer wrong"), 200, "live");
    expect_answer(ask_with_key("GET /nothing", ""), 404, NULL);
}
END_TEST

START_TEST(transport_admit_asks_for_scopes)
{
    static const struct {
        const char *request_line, *key;
        int status;
    } cases[] = {{"GET /metrics", "predict", 403},   {"GET /metrics", "train", 403},
                 {"GET /metrics", "admin", 200},     {"GET /v1/jobs", "predict", 403},
                 {"GET /v1/jobs", "train", 200},     {"GET /v1/jobs", "admin", 200},
                 {"GET /v1/models", "predict", 200}, {"GET /v1/models", "admin", 200}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char authorization[32];
        snprintf(authorization, sizeof(authorization), "Bearer %s", cases[i].key);
        expect_answer(ask_with_key(cases[i].request_line, authorization), cases[i].status,
                      cases[i].status == 403 ? "missing_scope" : NULL);
    }
}
END_TEST

START_TEST(transport_admit_holds_the_rate_of_a_key)
{
    expect_answer(ask_with_key("GET /v1/jobs", "Bearer rare"), 200, NULL);
    struct peer_answer answer = ask_with_key("GET /v1/jobs", "Bearer rare");
    ck_assert(peer_answer_has(&answer, "Retry-After: 1"));
    expect_answer(answer, 429, "too_many_requests");
    expect_answer(ask_with_key("GET /v1/jobs", "Bearer train"), 200, NULL);
}
END_TEST

START_TEST(transport_admit_checks_the_key_before_the_body)
{
    expect_answer(
        ask_with_key("POST /v1/jobs HTTP/1.1\r\nContent-Length: 99999999\r\nX: y",
                     "Bearer wrong"),
        401, NULL);
}
END_TEST

START_TEST(transport_admit_logs_the_name_of_a_key)
{
    expect_answer(ask_with_key("GET /v1/jobs", "Bearer train"), 200, NULL);
    char *log = served_log(&served, "\"principal\":\"train\"");
    ck_assert_ptr_null(strstr(log, "Bearer"));
    free(log);
}
END_TEST

TCase *transport_admit_test(void)
{
    TCase *cases = tcase_create("transport_admit");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, transport_admit_asks_for_keys);
    tcase_add_test(cases, transport_admit_asks_for_scopes);
    tcase_add_test(cases, transport_admit_holds_the_rate_of_a_key);
    tcase_add_test(cases, transport_admit_checks_the_key_before_the_body);
    tcase_add_test(cases, transport_admit_logs_the_name_of_a_key);
    return cases;
}
