#include <check.h>
#include <string.h>

#include "api/metrics.h"
#include "core/base/memory.h"

static struct metrics *metrics;
static struct buffer text;

static void setup(void)
{
    metrics = metrics_new(NULL);
    ck_assert_ptr_nonnull(metrics);
    text = BUFFER_EMPTY;
}

static void teardown(void)
{
    metrics_free(metrics);
    buffer_free(&text);
}

static const struct route *find_route(const char *path)
{
    struct router_match match;
    ck_assert_int_eq(router_match(METHOD_GET, path, &match), ROUTER_FOUND);
    return match.route;
}

static void has_line(const char *line)
{
    const char *at = strstr(text.bytes, line);
    ck_assert_msg(at != NULL && at[strlen(line)] == '\n', "no line %s in\n%s", line,
                  text.bytes);
}

START_TEST(requests_are_counted_by_route_and_class)
{
    const struct route *route = find_route("/livez");
    metrics_observe(metrics, route, 200, 0.0002);
    metrics_observe(metrics, route, 204, 0.0002);
    metrics_observe(metrics, route, 422, 2);
    metrics_observe(metrics, NULL, 404, 1000);
    metrics_write(metrics, &text);
    has_line("logitd_http_requests_total{route=\"livez\",status=\"2xx\"} 2");
    has_line("logitd_http_requests_total{route=\"livez\",status=\"4xx\"} 1");
    has_line("logitd_http_requests_total{route=\"none\",status=\"4xx\"} 1");
}
END_TEST

START_TEST(histogram_buckets_are_cumulative)
{
    const struct route *route = find_route("/livez");
    metrics_observe(metrics, route, 200, 0.0002);
    metrics_observe(metrics, route, 200, 0.001); /* a bound belongs to its bucket */
    metrics_observe(metrics, route, 200, 99);
    metrics_write(metrics, &text);
    has_line(
        "logitd_http_request_duration_seconds_bucket{route=\"livez\",le=\"0.0001\"} 0");
    has_line(
        "logitd_http_request_duration_seconds_bucket{route=\"livez\",le=\"0.00025\"} 1");
    has_line(
        "logitd_http_request_duration_seconds_bucket{route=\"livez\",le=\"0.001\"} 2");
    has_line("logitd_http_request_duration_seconds_bucket{route=\"livez\",le=\"30\"} 2");
    has_line(
        "logitd_http_request_duration_seconds_bucket{route=\"livez\",le=\"+Inf\"} 3");
    has_line("logitd_http_request_duration_seconds_count{route=\"livez\"} 3");
    ck_assert_ptr_nonnull(strstr(text.bytes, "_sum{route=\"livez\"} 99.0012"));
}
END_TEST

START_TEST(routes_that_nobody_asked_are_left_out)
{
    metrics_write(metrics, &text);
    ck_assert_ptr_null(strchr(text.bytes, '{'));
    has_line("# TYPE logitd_http_requests_total counter");
    has_line("# TYPE logitd_http_request_duration_seconds histogram");
}
END_TEST

START_TEST(a_family_has_help_type_and_samples)
{
    metrics_write_one(&text, "logitd_x", "gauge", "What x is.", 1.5);
    metrics_write_sample(&text, "logitd_y", "kind", "a", 2);
    ck_assert_str_eq(text.bytes, "# HELP logitd_x What x is.\n# TYPE logitd_x gauge\n"
                                 "logitd_x 1.5\nlogitd_y{kind=\"a\"} 2\n");
}
END_TEST

START_TEST(metrics_need_memory)
{
    for (long n = 0; n < 2; n++) {
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_ptr_null(metrics_new(&err));
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    memory_fail_after(-1);
    metrics_free(NULL);
}
END_TEST

TCase *metrics_test(void)
{
    TCase *tcase = tcase_create("metrics");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, requests_are_counted_by_route_and_class);
    tcase_add_test(tcase, histogram_buckets_are_cumulative);
    tcase_add_test(tcase, routes_that_nobody_asked_are_left_out);
    tcase_add_test(tcase, a_family_has_help_type_and_samples);
    tcase_add_test(tcase, metrics_need_memory);
    return tcase;
}
