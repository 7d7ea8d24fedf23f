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

/* date -u -d TEXT +%s */
START_TEST(clock_parse_reads_rfc_3339)
{
    static const struct {
        const char *text;
        int64_t when;
    } cases[] = {{"2026-11-24T08:12:09.123456Z", 1795507929123456},
                 {"2026-11-24T08:12:09Z", 1795507929000000},
                 {"2026-11-24t08:12:09z", 1795507929000000},
                 {"2026-11-24 09:12:09+01:00", 1795507929000000},
                 {"2026-11-24T00:42:09.5-07:30", 1795507929500000},
                 {"2026-11-24T08:12:09.1234567899Z", 1795507929123456},
                 {"1970-01-01T00:00:00Z", 0},
                 {"2000-02-29T00:00:00Z", 951782400000000},
                 {"2100-03-01T00:00:00Z", 4107542400000000},
                 {"9999-12-31T23:59:59Z", 253402300799000000}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t when = -1;
        ck_assert_msg(clock_parse(cases[i].text, &when), "%s", cases[i].text);
        ck_assert_int_eq(when, cases[i].when);
    }
}
END_TEST

START_TEST(clock_parse_refuses_what_is_no_time)
{
    static const char *const cases[] = {
        "",
        "2026",
        "2026-11-24",
        "2026-11-24T08:12:09",
        "2026-11-24T08:12Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T08:60:00Z",
        "2026-11-24T08:12:61Z",
        "2026-11-24T08:12:09.Z",
        "2026-11-24T08:12:09Zx",
        "2026-11-24T08:12:09+1:00",
        "2026-11-24T08:12:09+24:00",
        "2026-11-24T08:12:09 01:00",
        "1969-12-31T23:59:59Z",
        "-026-11-24T08:12:09Z",
        "1795507929",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t when = 7;
        ck_assert_msg(!clock_parse(cases[i], &when), "%s", cases[i]);
        ck_assert_int_eq(when, 7);
    }
}
END_TEST

START_TEST(clock_parse_reads_what_clock_text_writes)
{
    for (int64_t day = 0; day < 60000; day += 13) {
        char text[CLOCK_TEXT_BYTES];
        int64_t when = day * 86400 * 1000000 + 12345678901, read;
        if (!clock_parse(clock_text(when, text), &read) || read != when)
            ck_abort_msg("%s", text);
    }
}
END_TEST

TCase *clock_test(void)
{
    TCase *tcase = tcase_create("clock");
    tcase_add_test(tcase, clock_text_is_rfc_3339_in_utc);
    tcase_add_test(tcase, clock_text_counts_back_before_1970);
    tcase_add_test(tcase, clock_parse_reads_rfc_3339);
    tcase_add_test(tcase, clock_parse_refuses_what_is_no_time);
    tcase_add_test(tcase, clock_parse_reads_what_clock_text_writes);
    tcase_add_test(tcase, clock_never_runs_back);
    tcase_add_test(tcase, clock_wall_counts_microseconds_of_this_century);
    return tcase;
}
