#include "core/text/json_cut.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

/* A value, and what follows it. */
static const struct {
    const char *value, *rest;
} cases[] = {
    {"7", ","},
    {"-1.5e3", "]"},
    {"true", " "},
    {"null", "\n"},
    {"\"\"", ""},
    {"\"a\\\"b]\\\\\"", "\""},
    {"[]", "]"},
    {"{}", "{}"},
    {"[1,\"]\",[2,{\"a\":\"}\\\"\"}]]", ",[3]"},
    {"{\"a\":[[[]]],\"b\":\"a text that is longer than eight bytes\"}", " }"},
};

START_TEST(a_value_ends_where_it_ends_whatever_the_pieces)
{
    char text[128];
    size_t n_value = strlen(cases[_i].value);
    snprintf(text, sizeof(text), "%s%s", cases[_i].value, cases[_i].rest);
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        struct json_cut cut = {0};
        for (int round = 0; round < 2; round++) { /* a cut is used again */
            struct json_cut_value value;
            struct error err = {0};
            size_t at = 0, n_used;
            int result = 0;
            while (result == 0 && at < strlen(text)) {
                size_t n = strlen(text) - at;
                result = json_cut_push(&cut, text + at, n < piece ? n : piece, &n_used,
                                       &value, &err);
                at += n_used;
            }
            ck_assert_int_eq(result, 1);
            ck_assert_uint_eq(at, n_value);
            ck_assert_uint_eq(value.n_bytes, n_value);
            ck_assert_int_eq(memcmp(value.text, text, n_value), 0);
        }
        json_cut_free(&cut);
    }
}
END_TEST

START_TEST(a_value_without_end_is_refused)
{
    static char piece[1 << 16];
    struct json_cut cut = {0};
    struct json_cut_value value;
    struct error err = {0};
    size_t n_used;
    int result;
    memset(piece, '[', sizeof(piece));
    do
        result = json_cut_push(&cut, piece, sizeof(piece), &n_used, &value, &err);
    while (result == 0);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_uint_le(cut.carry.n_bytes, JSON_CUT_MAX_BYTES);
    json_cut_free(&cut);
}
END_TEST

TCase *json_cut_test(void)
{
    TCase *tests = tcase_create("json_cut");
    tcase_add_loop_test(tests, a_value_ends_where_it_ends_whatever_the_pieces, 0,
                        sizeof(cases) / sizeof(*cases));
    tcase_add_test(tests, a_value_without_end_is_refused);
    return tests;
}
