#include "core/model/usage.h"

#include <check.h>

#include "core/base/clock.h"

START_TEST(usage_adds_up_requests_with_their_rows_and_times)
{
    struct usage usage = {0};
    const struct usage_request first = {.5, .25, .125, 10}, second = {.5, 0, -1, 3};
    int64_t before = clock_wall_microseconds();
    usage_count_answered(&usage, &first);
    usage_count_answered(&usage, &second);
    usage_count_failed(&usage, 2);
    struct usage_counts counts = usage_read(&usage);
    ck_assert_uint_eq(counts.n_answered, 2);
    ck_assert_uint_eq(counts.n_rows, 13);
    ck_assert_uint_eq(counts.read_ns, 1000000000);
    ck_assert_uint_eq(counts.score_ns, 250000000);
    ck_assert_uint_eq(counts.write_ns, 125000000); /* a clock that went back counts 0 */
    ck_assert_uint_eq(counts.latency.n_all, 2);
    ck_assert_double_eq_tol(counts.latency.seconds, .875, 1e-9);
    ck_assert_uint_eq(counts.n_failed, 1);
    ck_assert_uint_eq(counts.failed_ns, 2000000000);
    ck_assert_int_ge(counts.last_microseconds, before);
}
END_TEST

START_TEST(usage_begins_with_nothing)
{
    struct usage usage = {0};
    struct usage_counts counts = usage_read(&usage);
    ck_assert_uint_eq(counts.n_answered + counts.n_failed + counts.n_rows, 0);
    ck_assert_int_eq(counts.last_microseconds, 0);
}
END_TEST

TCase *usage_test(void)
{
    TCase *tests = tcase_create("usage");
    tcase_add_test(tests, usage_adds_up_requests_with_their_rows_and_times);
    tcase_add_test(tests, usage_begins_with_nothing);
    return tests;
}
