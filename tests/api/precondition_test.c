#include "api/precondition.h"

#include <check.h>

static const struct {
    const char *name, *value;
    uint64_t revision; /* 0: no record */
    bool holds;
} cases[] = {
    {"If-Match", "\"7\"", 7, true},
    {"if-match", "\"7\"", 7, true},
    {"If-Match", "\"7\"", 8, false},
    {"If-Match", "\"7\"", 77, false},
    {"If-Match", "\"7\"", 0, false},
    {"If-Match", "*", 7, true},
    {"If-Match", " * ", 7, true},
    {"If-Match", "*", 0, false},
    {"If-Match", "\"1\", \"7\"", 7, true},
    {"If-Match", "\"1\",\"7\" ,", 7, true},
    {"If-Match", "\"1\", \"2\"", 7, false},
    {"If-Match", "W/\"7\"", 7, false},
    {"If-Match", "W/\"7\", \"7\"", 7, true},
    {"If-Match", "7", 7, false},
    {"If-Match", "\"7", 7, false},
    {"If-Match", "", 7, false},
    {"If-Match", "W/", 7, false},
    {"If-None-Match", "*", 0, true},
    {"If-None-Match", "*", 7, false},
    {"If-None-Match", "\"7\"", 7, false},
    {"If-None-Match", "\"6\"", 7, true},
    {"Accept", "*", 0, true},
};

START_TEST(precondition_is_judged)
{
    const struct request_pair headers[] = {{cases[_i].name, cases[_i].value}};
    const struct request request = {.headers = headers, .n_headers = 1};
    ck_assert(precondition_holds(&request, cases[_i].revision) == cases[_i].holds);
}
END_TEST

START_TEST(precondition_tag_is_the_revision_in_quotes)
{
    struct response response = {0};
    precondition_tag(&response, UINT64_MAX);
    ck_assert_str_eq(response.headers[0].name, "ETag");
    ck_assert_str_eq(response.headers[0].value, "\"18446744073709551615\"");
    response_free(&response);
}
END_TEST

TCase *precondition_test(void)
{
    TCase *tcase = tcase_create("precondition");
    tcase_add_loop_test(tcase, precondition_is_judged, 0, sizeof(cases) / sizeof(*cases));
    tcase_add_test(tcase, precondition_tag_is_the_revision_in_quotes);
    return tcase;
}
