#include "core/base/clock.h"

#include "tests/support/suite.h"

START_TEST(clock_text_is_rfc_3339_in_utc)
{
    char text[CLOCK_TEXT_BYTES];
    /* date -u -d @1795507929 +%FT%TZ */
    ck_assert_str_eq(clock_text(1795507929123456, text), "2026-11-24T08:12:09.123456Z");
    ck_assert_str_eq(clock_text(0, text), "1970-01-01T00:00:00.000000Z");
    ck_assert_str_eq(clock_text(951782400000001, text), "2000-02-29T00:00:00.000001Z");
}
END_TEST

START_TEST(clock_text_counts_back_before_1970)
{
    char text[CLOCK_TEXT_BYTES];
    ck_assert_str_eq(clock_text(-1, text), "1969-12-31T23:59:59.999999Z");
    ck_assert_str_eq(clock_text(-1000000, text), "1969-12-31T23:59:59.000000Z");
}
END_TEST

START_TEST(clock_never_runs_back)
{
    double seconds = clock_seconds();
    int64_t wall = clock_wall_microseconds();
    for (int i = 0; i < 10000; i++) {
        double next_seconds = clock_seconds();
        int64_t next_wall = clock_wall_microseconds();
        ck_assert(next_seconds >= seconds && next_wall >= wall);
        seconds = next_seconds;
        wall = next_wall;
    }
}
END_TEST

START_TEST(clock_wall_counts_microseconds_of_this_century)
{
    ck_assert_int_gt(clock_wall_microseconds(), INT64_C(1700000000000000));
    ck_assert_int_lt(clock_wall_microseconds(), INT64_C(4102444800000000));
}
END_TEST

TCase *clock_test(void)
{
    TCase *tcase = tcase_create("clock");
    tcase_add_test(tcase, clock_text_is_rfc_3339_in_utc);
    tcase_add_test(tcase, clock_text_counts_back_before_1970);
    tcase_add_test(tcase, clock_never_runs_back);
    tcase_add_test(tcase, clock_wall_counts_microseconds_of_this_century);
    return tcase;
}
