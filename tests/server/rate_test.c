#include "server/rate.h"

#include "tests/support/suite.h"

START_TEST(rate_lets_a_second_worth_through_and_then_waits)
{
    unsigned retry = 0;
    struct rate rate = rate_start(5, 100);
    for (int i = 0; i < 5; i++)
        ck_assert(rate_take(&rate, 100, &retry));
    ck_assert(!rate_take(&rate, 100, &retry));
    ck_assert_uint_eq(retry, 1);
    ck_assert(!rate_take(&rate, 100.19, &retry));
    ck_assert(rate_take(&rate, 100.21, &retry));
    ck_assert(!rate_take(&rate, 100.21, &retry));
}
END_TEST

START_TEST(rate_does_not_save_up_more_than_a_second)
{
    unsigned retry;
    struct rate rate = rate_start(3, 0);
    for (int i = 0; i < 3; i++)
        ck_assert(rate_take(&rate, 1000, &retry));
    ck_assert(!rate_take(&rate, 1000, &retry));
}
END_TEST

START_TEST(rate_below_one_a_second_holds_one_request)
{
    unsigned retry = 0;
    struct rate rate = rate_start(0.1, 0);
    ck_assert(rate_take(&rate, 0, &retry));
    ck_assert(!rate_take(&rate, 0, &retry));
    ck_assert_uint_eq(retry, 10);
    ck_assert(!rate_take(&rate, 7.5, &retry));
    ck_assert_uint_eq(retry, 3);
    ck_assert(rate_take(&rate, 10.001, &retry));
}
END_TEST

START_TEST(rate_of_zero_is_no_limit)
{
    unsigned retry = 7;
    struct rate rate = rate_start(0, 0);
    for (int i = 0; i < 1000; i++)
        ck_assert(rate_take(&rate, 0, &retry));
    ck_assert_uint_eq(retry, 7);
}
END_TEST

START_TEST(rate_change_keeps_what_was_used_up)
{
    unsigned retry;
    struct rate rate = rate_start(2, 0);
    ck_assert(rate_take(&rate, 0, &retry));
    ck_assert(rate_take(&rate, 0, &retry));
    rate_change(&rate, 10, 0);
    ck_assert(!rate_take(&rate, 0, &retry));
    ck_assert(rate_take(&rate, 0.11, &retry));
    rate_change(&rate, 1, 100);
    ck_assert(rate_take(&rate, 100, &retry));
    ck_assert(!rate_take(&rate, 100, &retry));
}
END_TEST

START_TEST(rate_change_from_no_limit_starts_full)
{
    unsigned retry;
    struct rate rate = rate_start(0, 0);
    rate_change(&rate, 2, 50);
    ck_assert(rate_take(&rate, 50, &retry));
    ck_assert(rate_take(&rate, 50, &retry));
    ck_assert(!rate_take(&rate, 50, &retry));
    rate_change(&rate, 0, 50);
    ck_assert(rate_take(&rate, 50, &retry));
}
END_TEST

TCase *rate_test(void)
{
    TCase *tcase = tcase_create("rate");
    tcase_add_test(tcase, rate_lets_a_second_worth_through_and_then_waits);
    tcase_add_test(tcase, rate_does_not_save_up_more_than_a_second);
    tcase_add_test(tcase, rate_below_one_a_second_holds_one_request);
    tcase_add_test(tcase, rate_of_zero_is_no_limit);
    tcase_add_test(tcase, rate_change_keeps_what_was_used_up);
    tcase_add_test(tcase, rate_change_from_no_limit_starts_full);
    return tcase;
}
