#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api/router.h"
#include "tests/support/loopback.h"

static struct loopback loopback;

static void setup(void)
{
    loopback_open(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

START_TEST(a_started_service_is_alive_and_ready)
{
    struct answer live = loopback_call(&loopback, "GET /livez", NULL, NULL);
    struct answer ready = loopback_call(&loopback, "GET /readyz", NULL, NULL);
    ck_assert_int_eq(live.status, 200);
    ck_assert_str_eq(answer_string(&live, "status"), "live");
    ck_assert_int_eq(ready.status, 200);
    ck_assert_str_eq(answer_string(&ready, "status"), "ready");
    answer_free(&live);
    answer_free(&ready);
}
END_TEST

START_TEST(a_draining_service_is_alive_but_not_ready)
{
    service_drain(loopback.service);
    struct answer live = loopback_call(&loopback, "GET /livez", NULL, NULL);
    struct answer ready = loopback_call(&loopback, "GET /readyz", NULL, NULL);
    ck_assert_int_eq(live.status, 200);
    ck_assert_int_eq(ready.status, 503);
    ck_assert_str_eq(answer_string(&ready, "code"), "not_ready");
    ck_assert_ptr_nonnull(answer_header(&ready, "Retry-After"));
    answer_free(&live);
    answer_free(&ready);
}
END_TEST

START_TEST(the_version_is_told)
{
    struct answer answer = loopback_call(&loopback, "GET /v1/version", NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer_string(&answer, "name"), "logitd");
    ck_assert_str_eq(answer_string(&answer, "version"), LOGITD_VERSION);
    answer_free(&answer);
}
END_TEST

static void write_more(void *context, struct buffer *out)
{
    (void)context;
    buffer_append_string(out, "logitd_more 1\n");
}

START_TEST(metrics_tell_of_every_room)
{
    static const char *const lines[] = {"\nlogitd_ready 1\n",
                                        "\nlogitd_jobs{state=\"queued\"} 0\n",
                                        "\nlogitd_store_records{kind=\"dataset\"} 0\n",
                                        "\nlogitd_store_healthy 1\n",
                                        "\nlogitd_model_versions 0\n",
                                        "\nlogitd_memory_budget_bytes 1073741824\n",
                                        "\nlogitd_memory_reserved_bytes 1000\n",
                                        "{route=\"livez\",status=\"2xx\"} 1\n"};
    struct router_match match;
    ck_assert_int_eq(router_match(METHOD_GET, "/livez", &match), ROUTER_FOUND);
    service_observe(loopback.service, match.route, 200, 0.001);
    ck_assert(service_admit(loopback.service, 1000));
    struct answer answer = loopback_call(&loopback, "GET /metrics", NULL, NULL);
    service_release(loopback.service, 1000);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        ck_assert_msg(strstr(answer.body, lines[i]) != NULL, "no %s in %s", lines[i],
                      answer.body);
    answer_free(&answer);
}
END_TEST

/* Every sample belongs to a family that was declared once, before it. */
START_TEST(metrics_declare_each_family_once)
{
    char declared[64][96], name[96];
    size_t n = 0;
    service_observe(loopback.service, NULL, 404, 0.001);
    struct answer answer = loopback_call(&loopback, "GET /metrics", NULL, NULL);
    for (char *rest, *line = strtok_r(answer.body, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "# TYPE ", 7) == 0) {
            sscanf(line + 7, "%95s", name);
            for (size_t i = 0; i < n; i++)
                ck_assert_str_ne(declared[i], name);
            ck_assert_uint_lt(n, 64);
            strcpy(declared[n++], name);
        } else if (line[0] != '#') {
            ck_assert_uint_gt(n, 0);
            ck_assert_msg(strncmp(line, declared[n - 1], strlen(declared[n - 1])) == 0,
                          "%s", line);
        }
    }
    ck_assert_uint_gt(n, 10);
    answer_free(&answer);
}
END_TEST

START_TEST(the_transport_adds_its_own_metrics)
{
    loopback.options.write_metrics = write_more;
    loopback_restart(&loopback);
    struct answer answer = loopback_call(&loopback, "GET /metrics", NULL, NULL);
    ck_assert_ptr_nonnull(strstr(answer.body, "\nlogitd_more 1\n"));
    answer_free(&answer);
}
END_TEST

START_TEST(a_body_beyond_the_budget_is_not_admitted)
{
    ck_assert(!service_admit(loopback.service, (1U << 30) + 1));
    ck_assert(service_admit(loopback.service, 1U << 30));
    ck_assert(!service_admit(loopback.service, 1));
    service_release(loopback.service, 1U << 30);
}
END_TEST

START_TEST(query_parameters_are_refused_where_none_are_taken)
{
    struct answer answer = loopback_call(&loopback, "GET /v1/version?a=1&b", NULL, NULL);
    ck_assert_int_eq(answer.status, 400);
    ck_assert_str_eq(answer_string(&answer, "code"), "unknown_field");
    ck_assert_str_eq(answer_string(&answer, "errors/1/parameter"), "b");
    ck_assert_str_eq(answer_string(&answer, "request_id"), "req_test");
    answer_free(&answer);
}
END_TEST

TCase *handle_meta_test(void)
{
    TCase *tcase = tcase_create("handle_meta");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_started_service_is_alive_and_ready);
    tcase_add_test(tcase, a_draining_service_is_alive_but_not_ready);
    tcase_add_test(tcase, the_version_is_told);
    tcase_add_test(tcase, metrics_tell_of_every_room);
    tcase_add_test(tcase, metrics_declare_each_family_once);
    tcase_add_test(tcase, the_transport_adds_its_own_metrics);
    tcase_add_test(tcase, a_body_beyond_the_budget_is_not_admitted);
    tcase_add_test(tcase, query_parameters_are_refused_where_none_are_taken);
    return tcase;
}
