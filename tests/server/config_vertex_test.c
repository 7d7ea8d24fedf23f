#include "server/config_vertex.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"

static struct config config;
static struct error err;

static void setup(void)
{
    config = (struct config){.host = "127.0.0.1", .port = 8080};
    err = (struct error){0};
}

static void teardown(void)
{
    memory_fail_after(-1);
    config_free(&config);
}

static int read_variables(char *first, char *second, char *third)
{
    char *environment[] = {first, second, third, NULL};
    return config_vertex_read(environment, &config, &err);
}

START_TEST(config_vertex_takes_port_and_paths)
{
    ck_assert_int_eq(read_variables("AIP_HTTP_PORT=7080", "AIP_PREDICT_ROUTE=/a/b",
                                    "AIP_HEALTH_ROUTE=/c"),
                     0);
    ck_assert_str_eq(config.host, "0.0.0.0");
    ck_assert_uint_eq(config.port, 7080);
    ck_assert_str_eq(config.vertex_predict, "/a/b");
    ck_assert_str_eq(config.vertex_health, "/c");
}
END_TEST

START_TEST(config_vertex_leaves_alone_what_is_not_said)
{
    ck_assert_int_eq(read_variables("AIP_STORAGE_URI=gs://a/b",
                                    "AIP_HTTP_PORT=", "AIP_PREDICT_ROUTES=x"),
                     0);
    ck_assert_str_eq(config.host, "127.0.0.1");
    ck_assert_uint_eq(config.port, 8080);
    ck_assert_ptr_null(config.vertex_predict);
    ck_assert_ptr_null(config.vertex_health);
}
END_TEST

START_TEST(config_vertex_refuses_what_is_none)
{
    static char *const bad[][2] = {
        {"AIP_HTTP_PORT=http", "AIP_HTTP_PORT"},
        {"AIP_HTTP_PORT=0", "AIP_HTTP_PORT"},
        {"AIP_HTTP_PORT=65536", "AIP_HTTP_PORT"},
        {"AIP_PREDICT_ROUTE=a", "AIP_PREDICT_ROUTE"},
        {"AIP_HEALTH_ROUTE=/a?b", "AIP_HEALTH_ROUTE"},
        {"AIP_HEALTH_ROUTE=/a b", "AIP_HEALTH_ROUTE"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        err = (struct error){0};
        ck_assert_msg(read_variables("A=1", bad[i][0], "B=2") == -1, "%s", bad[i][0]);
        ck_assert_str_eq(err.place, bad[i][1]);
    }
}
END_TEST

START_TEST(config_vertex_survives_a_failing_allocation)
{
    memory_fail_after(0);
    ck_assert_int_eq(read_variables("AIP_HTTP_PORT=1", "AIP_HEALTH_ROUTE=/", "B=2"), -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

TCase *config_vertex_test(void)
{
    TCase *tests = tcase_create("config_vertex");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, config_vertex_takes_port_and_paths);
    tcase_add_test(tests, config_vertex_leaves_alone_what_is_not_said);
    tcase_add_test(tests, config_vertex_refuses_what_is_none);
    tcase_add_test(tests, config_vertex_survives_a_failing_allocation);
    return tests;
}
