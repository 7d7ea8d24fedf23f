#include "core/optim/working_set.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

enum { MOST = 4000 };

static struct working_set set;
static double beta[MOST], gradient[MOST], l1[MOST];
static struct objective objective;
static struct objective_point point = {.beta = beta, .gradient = gradient};

static void start(size_t n)
{
    memset(&set, 0, sizeof(set));
    memset(beta, 0, sizeof(beta));
    objective = (struct objective){.n = n, .l1 = l1};
    for (size_t i = 0; i < n; i++) {
        l1[i] = 1;
        gradient[i] = 0.5;
    }
    ck_assert_int_eq(working_set_new(&set, &objective, NULL), 0);
}

static void choose(void)
{
    working_set_choose(&set, &objective, &point);
    for (size_t i = 1; i < set.n; i++)
        ck_assert_uint_lt(set.coordinates[i - 1], set.coordinates[i]);
}

static bool has(size_t coordinate)
{
    for (size_t i = 0; i < set.n; i++)
        if (set.coordinates[i] == coordinate)
            return true;
    return false;
}

START_TEST(what_moves_is_in_the_set_and_nothing_else)
{
    start(10);
    beta[2] = -1;
    l1[5] = 0;
    gradient[7] = -1.25;
    gradient[8] = 1;
    l1[9] = INFINITY;
    gradient[9] = 1e300;
    choose();
    ck_assert_uint_eq(set.n, 3);
    ck_assert(has(2) && has(5) && has(7));
    ck_assert_double_eq(set.left_out, 0);
    working_set_free(&set);
}
END_TEST

START_TEST(of_many_new_ones_those_that_exceed_most_come_first)
{
    start(1000);
    for (size_t i = 0; i < 1000; i++)
        gradient[i] = i % 2 ? 2 + (double)i : -2 - (double)i;
    choose();
    ck_assert_uint_eq(set.n, 64);
    ck_assert_uint_eq(set.coordinates[0], 936);
    ck_assert_double_gt(set.left_out, 936);
    for (size_t i = 0; i < 100; i++)
        beta[i] = 1;
    choose();
    ck_assert_uint_eq(set.n, 200);
    ck_assert(has(0) && has(99) && !has(100) && !has(899) && has(900));
    working_set_free(&set);
}
END_TEST

static int descending(const void *a, const void *b)
{
    double one = fabs(*(const double *)a), other = fabs(*(const double *)b);
    return (one < other) - (one > other);
}

/* In whatever order they come: ascending, descending, to and fro, drawn, all alike. */
START_TEST(those_that_exceed_most_are_chosen_of_any_order)
{
    static double sorted[MOST];
    start(MOST);
    for (size_t i = 0; i < MOST; i++) {
        double place[] = {(double)i, (double)(MOST - i), fabs(2.0 * (double)i - MOST),
                          (double)(i * 7919 % MOST), 0};
        sorted[i] = gradient[i] = 2 + place[_i];
    }
    qsort(sorted, MOST, sizeof(double), descending);
    choose();
    ck_assert_uint_eq(set.n, 64);
    for (size_t i = 0; i < set.n; i++)
        if (gradient[set.coordinates[i]] < sorted[63] ||
            (_i == 4 && set.coordinates[i] != i))
            ck_abort_msg("%zu is not one of the first", set.coordinates[i]);
    working_set_free(&set);
}
END_TEST

START_TEST(those_that_are_near_come_behind_all_others)
{
    start(200);
    set.reach = 0.9;
    for (size_t i = 0; i < 200; i++)
        gradient[i] = i < 30 ? -2 : i < 100 ? 0.91 + 1e-4 * (double)i : 0.9;
    l1[199] = INFINITY;
    choose();
    ck_assert_uint_eq(set.n, 64);
    ck_assert(has(0) && has(29) && !has(30) && has(99) && !has(100));
    ck_assert_double_eq(set.left_out, 0);
    working_set_free(&set);
}
END_TEST

START_TEST(of_very_many_that_are_not_0_some_must_wait)
{
    start(MOST);
    l1[17] = 0;
    gradient[17] = 0;
    for (size_t i = 0; i < MOST; i++) {
        beta[i] = 1;
        gradient[i] = i == 17 ? 0 : i < 1500 ? -1 : 1 + (double)i;
    }
    choose();
    ck_assert_uint_eq(set.n, WORKING_SET_MOST);
    ck_assert(has(17) && has(MOST - 1) && !has(0) && !has(1600));
    ck_assert_double_gt(set.left_out, 1500);
    working_set_free(&set);
}
END_TEST

START_TEST(without_weights_everything_moves)
{
    start(20);
    objective.l1 = NULL;
    choose();
    ck_assert_uint_eq(set.n, 20);
    working_set_free(&set);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    objective = (struct objective){.n = 5};
    for (long n = 0; n < 2; n++) {
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_int_lt(working_set_new(&set, &objective, &err), 0);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *working_set_test(void)
{
    TCase *tests = tcase_create("working_set");
    tcase_add_test(tests, what_moves_is_in_the_set_and_nothing_else);
    tcase_add_test(tests, of_many_new_ones_those_that_exceed_most_come_first);
    tcase_add_loop_test(tests, those_that_exceed_most_are_chosen_of_any_order, 0, 5);
    tcase_add_test(tests, those_that_are_near_come_behind_all_others);
    tcase_add_test(tests, of_very_many_that_are_not_0_some_must_wait);
    tcase_add_test(tests, without_weights_everything_moves);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
