#include <check.h>
#include <string.h>

#include "tests/support/loopback.h"

static struct loopback loopback;

static void setup(void)
{
    loopback_open_paused(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

START_TEST(the_description_is_served_as_yaml)
{
    struct answer answer = loopback_call(&loopback, "GET /openapi.yaml", NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer.content_type, "application/yaml");
    ck_assert_int_eq(strncmp(answer.body, "openapi: 3.1.0\n", 15), 0);
    answer_free(&answer);
}
END_TEST

START_TEST(the_description_is_served_as_json)
{
    struct answer answer = loopback_call(&loopback, "GET /openapi.json", NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer.content_type, "application/json");
    ck_assert_str_eq(answer_string(&answer, "openapi"), "3.1.0");
    ck_assert_str_eq(answer_string(&answer, "components/schemas/Name/type"), "string");
    ck_assert_double_eq(
        answer_number(&answer, "components/parameters/limit/schema/maximum"), 1000);
    answer_free(&answer);
}
END_TEST

TCase *handle_openapi_test(void)
{
    TCase *tcase = tcase_create("handle_openapi");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_description_is_served_as_yaml);
    tcase_add_test(tcase, the_description_is_served_as_json);
    return tcase;
}
