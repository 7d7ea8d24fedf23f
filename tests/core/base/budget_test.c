#include "core/base/budget.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/suite.h"

START_TEST(budget_gives_up_to_its_limit_and_takes_back)
{
    struct budget budget;
    struct error err = {0};
    budget_start(&budget, 100);
    ck_assert_int_eq(budget_reserve(&budget, 60, &err), 0);
    ck_assert_int_eq(budget_reserve(&budget, 40, &err), 0);
    ck_assert_int_eq(budget_reserve(&budget, 0, &err), 0);
    ck_assert_uint_eq(budget_used(&budget), 100);
    budget_release(&budget, 60);
    ck_assert_uint_eq(budget_used(&budget), 40);
    ck_assert_int_eq(budget_reserve(&budget, 60, &err), 0);
    ck_assert(!error_is_set(&err));
}
END_TEST

START_TEST(budget_says_later_when_it_does_not_fit_now)
{
    struct budget budget;
    struct error err = {0};
    budget_start(&budget, 100);
    ck_assert_int_eq(budget_reserve(&budget, 60, &err), 0);
    ck_assert_int_eq(budget_reserve(&budget, 41, &err), -1);
    ck_assert_int_eq(err.code, ERROR_MEMORY_BUDGET);
    ck_assert_int_eq(error_kind(err.code), ERROR_KIND_BUSY);
    ck_assert_ptr_nonnull(strstr(err.message, "41"));
    ck_assert_ptr_nonnull(strstr(err.message, "100"));
    ck_assert_ptr_nonnull(strstr(err.message, "--memory"));
    ck_assert_uint_eq(budget_used(&budget), 60);
}
END_TEST

START_TEST(budget_says_never_when_it_can_not_fit)
{
    static const size_t sizes[] = {101, SIZE_MAX};
    for (size_t i = 0; i < 2; i++) {
        struct budget budget;
        struct error err = {0};
        budget_start(&budget, 100);
        ck_assert_int_eq(budget_reserve(&budget, sizes[i], &err), -1);
        ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
        ck_assert_ptr_nonnull(strstr(err.message, "--memory"));
        ck_assert_uint_eq(budget_used(&budget), 0);
    }
}
END_TEST

static void *reserve_and_release(void *argument)
{
    struct budget *budget = argument;
    for (int i = 0; i < 20000; i++)
        if (budget_reserve(budget, 3, NULL) == 0)
            budget_release(budget, 3);
    return NULL;
}

START_TEST(budget_adds_up_under_threads)
{
    struct budget budget;
    pthread_t threads[4];
    budget_start(&budget, 10);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, reserve_and_release, &budget),
                         0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

TCase *budget_test(void)
{
    TCase *tcase = tcase_create("budget");
    tcase_add_test(tcase, budget_gives_up_to_its_limit_and_takes_back);
    tcase_add_test(tcase, budget_says_later_when_it_does_not_fit_now);
    tcase_add_test(tcase, budget_says_never_when_it_can_not_fit);
    tcase_add_test(tcase, budget_adds_up_under_threads);
    return tcase;
}
