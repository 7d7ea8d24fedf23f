#include <check.h>

#include "api/prefer.h"

static const struct {
    const char *value;
    unsigned seconds;
} cases[] = {
    {"wait=10", 10},       {"respond-async, wait=5", 5},
    {"wait=5; x=1", 5},    {"Wait=7,return=minimal", 7},
    {"wait=\"3\"", 3},     {"wait=0", 0},
    {"wait=100000", 600},  {"wait=-1", 0},
    {"wait=1.5", 0},       {"wait=", 0},
    {"wait", 0},           {"nowait=4", 0},
    {"a;wait=4", 0},       {"", 0},
    {"wait=x, wait=2", 2},
};

START_TEST(wait_is_found_among_preferences)
{
    const struct request_pair header = {"prefer", cases[_i].value};
    const struct request request = {.headers = &header, .n_headers = 1};
    ck_assert_uint_eq(prefer_wait_seconds(&request), cases[_i].seconds);
}
END_TEST

START_TEST(wait_is_found_in_a_second_header)
{
    const struct request_pair headers[] = {{"Prefer", "return=minimal"},
                                           {"Prefer", "wait=2"}};
    const struct request request = {.headers = headers, .n_headers = 2};
    ck_assert_uint_eq(prefer_wait_seconds(&request), 2);
}
END_TEST

TCase *prefer_test(void)
{
    TCase *tcase = tcase_create("prefer");
    tcase_add_loop_test(tcase, wait_is_found_among_preferences, 0,
                        sizeof(cases) / sizeof(*cases));
    tcase_add_test(tcase, wait_is_found_in_a_second_header);
    return tcase;
}
