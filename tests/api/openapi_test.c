#include "api/openapi.h"

#include <check.h>
#include <string.h>

#include "api/openapi_text.h"
#include "core/base/memory.h"

static const struct {
    const char *yaml, *json;
} cases[] = {
    {"", "null"},
    {"a", "\"a\""},
    {"{a: , b: ~, c: null, d: Null, e: NULL, f: nUll}",
     "{\"a\":null,\"b\":null,\"c\":null,\"d\":null,\"e\":null,\"f\":\"nUll\"}"},
    {"[true, True, TRUE, tRue, false, False, FALSE, yes, no, on]",
     "[true,true,true,\"tRue\",false,false,false,\"yes\",\"no\",\"on\"]"},
    {"[0, -7, +7, 007, 9223372036854775807, -9223372036854775808]",
     "[0,-7,7,7,9223372036854775807,-9223372036854775808]"},
    {"[0.5, .5, 5., 1e3, -1.5E-3, 9223372036854775808, 1e400]",
     "[0.5,0.5,5,1000,-0.0015,9.223372036854776e+18,\"1e400\"]"},
    {"['1', \"true\", '', 1.2.3, 3.1.0, -, 1 2]",
     "[\"1\",\"true\",\"\",\"1.2.3\",\"3.1.0\",\"-\",\"1 2\"]"},
    {"'200': {x: 1}\n200: 2\n", "{\"200\":{\"x\":1},\"200\":2}"},
    {"a: |\n  one\n  \"two\"\nb: >\n  1\n",
     "{\"a\":\"one\\n\\\"two\\\"\\n\",\"b\":\"1\\n\"}"},
    {"- [a, {b: []}]\n- {}\n# end\n", "[[\"a\",{\"b\":[]}],{}]"},
    {"a: &x {y: 1}\nb: *x\n", "{\"a\":{\"y\":1},\"b\":{\"y\":1}}"},
};

START_TEST(openapi_writes_what_the_yaml_says)
{
    struct buffer json = BUFFER_EMPTY;
    const char *yaml = cases[_i].yaml;
    ck_assert_int_eq(openapi_write_json(yaml, strlen(yaml), &json, NULL), 0);
    ck_assert_str_eq(json.bytes, cases[_i].json);
    buffer_free(&json);
}
END_TEST

START_TEST(openapi_tells_where_the_text_is_no_yaml)
{
    static const char yaml[] = "a: 1\nb: [1\n}\n";
    struct buffer json = BUFFER_EMPTY;
    struct error err = {0};
    ck_assert_int_eq(openapi_write_json(yaml, sizeof(yaml) - 1, &json, &err), -1);
    ck_assert_int_eq(err.code, ERROR_INTERNAL);
    ck_assert_ptr_nonnull(strstr(err.message, "line 3"));
    buffer_free(&json);
}
END_TEST

START_TEST(openapi_tells_of_every_allocation_that_fails)
{
    int result = -1;
    long n = 0;
    for (; result < 0; n++) {
        struct buffer json = BUFFER_EMPTY;
        struct error err = {0};
        memory_fail_after(n);
        result = openapi_write_json(openapi_text, openapi_text_bytes, &json, &err);
        memory_fail_after(-1);
        ck_assert(result == 0 || err.code == ERROR_NO_MEMORY);
        buffer_free(&json);
    }
    ck_assert_int_gt(n, 1);
}
END_TEST

START_TEST(openapi_text_is_whole)
{
    ck_assert_uint_eq(strlen(openapi_text), openapi_text_bytes);
    ck_assert_int_eq(strncmp(openapi_text, "openapi: 3.1.0\n", 15), 0);
    ck_assert_int_eq(openapi_text[openapi_text_bytes - 1], '\n');
}
END_TEST

TCase *openapi_test(void)
{
    TCase *tcase = tcase_create("openapi");
    tcase_add_loop_test(tcase, openapi_writes_what_the_yaml_says, 0,
                        sizeof(cases) / sizeof(*cases));
    tcase_add_test(tcase, openapi_tells_where_the_text_is_no_yaml);
    tcase_add_test(tcase, openapi_tells_of_every_allocation_that_fails);
    tcase_add_test(tcase, openapi_text_is_whole);
    return tcase;
}
