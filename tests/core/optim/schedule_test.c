#include "core/optim/schedule.h"

#include <check.h>
#include <math.h>

static const struct {
    const char *word;
    uint64_t t;
    double rate; /* of 0.8, of 40 iterations, by hand */
} rates[] = {
    {"constant", 1, 0.8},
    {"constant", 40, 0.8},
    {"inverse_time", 1, 0.8},
    {"inverse_time", 4, 0.2},
    {"inverse_sqrt", 1, 0.8},
    {"inverse_sqrt", 16, 0.2},
    {"step", 1, 0.8},
    {"step", 10, 0.8},
    {"step", 11, 0.4},
    {"step", 31, 0.1},
    {"cosine", 1, 0.8},
    {"cosine", 21, 0.4},
    {"line_search", 1, 0.8},
    {"line_search", 40, 0.8},
    {"cosine", 11, 0.6828427124746190097603}, /* 0.4 (1 + √½) */
    {"cosine", 40, 0.0012330665067488},       /* 0.8 sin²(π/80) */
};

START_TEST(rates_follow_the_formulas)
{
    enum schedule schedule;
    ck_assert(schedule_find(rates[_i].word, &schedule));
    ck_assert_double_eq_tol(schedule_rate(schedule, 0.8, rates[_i].t, 40, 0),
                            rates[_i].rate, 1e-15);
}
END_TEST

START_TEST(a_rate_never_falls_to_nothing)
{
    for (int kind = SCHEDULE_CONSTANT; kind <= SCHEDULE_LINE_SEARCH; kind++)
        for (uint64_t t = 1; t <= 100; t++)
            ck_assert_double_gt(schedule_rate((enum schedule)kind, 1, t, 100, 7), 0);
}
END_TEST

/* Loshchilov and Hutter, "SGDR", equation 5, with η_min = 0 and T_i = T/R. */
START_TEST(each_period_goes_down_half_a_cosine)
{
    static const double four[] = {1, 0.8535533905932737622, 0.5, 0.1464466094067262378};
    for (uint64_t t = 1; t <= 12; t++)
        ck_assert_double_eq_tol(schedule_rate(SCHEDULE_COSINE, 1, t, 12, 3),
                                four[(t - 1) % 4], 1e-15);
    for (uint64_t t = 1; t <= 12; t++) {
        ck_assert_double_eq(schedule_rate(SCHEDULE_COSINE, 1, t, 12, 12), 1);
        ck_assert_double_eq(schedule_rate(SCHEDULE_COSINE, 1, t, 12, 1),
                            schedule_rate(SCHEDULE_COSINE, 1, t, 12, 0));
    }
    /* 2½ iterations: the second one begins in the midst of one */
    ck_assert_double_eq_tol(schedule_rate(SCHEDULE_COSINE, 1, 4, 5, 2),
                            0.9045084971874737, 1e-15); /* (1 + cos 36°)/2 */
    ck_assert_double_eq(schedule_rate(SCHEDULE_COSINE, 1, 500000001, 1000000000, 2), 1);
}
END_TEST

START_TEST(unknown_words_are_no_schedules)
{
    enum schedule schedule = SCHEDULE_STEP;
    ck_assert(!schedule_find("Constant", &schedule));
    ck_assert(!schedule_find("", &schedule));
    ck_assert_int_eq(schedule, SCHEDULE_STEP);
}
END_TEST

TCase *schedule_test(void)
{
    TCase *tests = tcase_create("schedule");
    tcase_add_loop_test(tests, rates_follow_the_formulas, 0,
                        (int)(sizeof(rates) / sizeof(*rates)));
    tcase_add_test(tests, a_rate_never_falls_to_nothing);
    tcase_add_test(tests, each_period_goes_down_half_a_cosine);
    tcase_add_test(tests, unknown_words_are_no_schedules);
    return tests;
}
