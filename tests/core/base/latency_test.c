#include "core/base/latency.h"

#include <check.h>
#include <pthread.h>

static struct latency latency;

static void setup(void)
{
    latency = (struct latency){0};
}

START_TEST(a_bound_belongs_to_what_it_bounds)
{
    latency_count(&latency, 0.0001);
    latency_count(&latency, 0.000101);
    latency_count(&latency, 30);
    latency_count(&latency, 30.5);
    struct latency_counts counts = latency_read(&latency);
    ck_assert_uint_eq(counts.n[0], 1);
    ck_assert_uint_eq(counts.n[1], 1);
    ck_assert_uint_eq(counts.n[LATENCY_N_BOUNDS - 1], 1);
    ck_assert_uint_eq(counts.n[LATENCY_N_BOUNDS], 1);
    ck_assert_uint_eq(counts.n_all, 4);
    ck_assert_double_eq_tol(counts.seconds, 60.500201, 1e-8);
}
END_TEST

START_TEST(a_clock_that_went_back_counts_as_nothing)
{
    latency_count(&latency, -1);
    struct latency_counts counts = latency_read(&latency);
    ck_assert_uint_eq(counts.n[0], 1);
    ck_assert_double_eq(counts.seconds, 0);
}
END_TEST

static void *count_often(void *context)
{
    (void)context;
    for (int i = 0; i < 10000; i++)
        latency_count(&latency, 0.25);
    return NULL;
}

START_TEST(threads_lose_no_count)
{
    pthread_t other;
    ck_assert_int_eq(pthread_create(&other, NULL, count_often, NULL), 0);
    count_often(NULL);
    pthread_join(other, NULL);
    struct latency_counts counts = latency_read(&latency);
    ck_assert_uint_eq(counts.n_all, 20000);
    ck_assert_double_eq_tol(counts.seconds, 5000, 1e-6);
}
END_TEST

TCase *latency_test(void)
{
    TCase *tests = tcase_create("latency");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, a_bound_belongs_to_what_it_bounds);
    tcase_add_test(tests, a_clock_that_went_back_counts_as_nothing);
    tcase_add_test(tests, threads_lose_no_count);
    return tests;
}
