#include "core/optim/vectors.h"

#include <check.h>
#include <math.h>

#define N 27

START_TEST(what_is_not_finite_is_found_wherever_it_is)
{
    static const double infinite[] = {NAN, INFINITY, -INFINITY};
    double v[N];
    for (size_t i = 0; i < N; i++)
        v[i] = i % 2 ? -1e308 : 1e308;
    ck_assert(vectors_all_finite(v, N));
    ck_assert(vectors_all_finite(v, 0));
    for (size_t i = 0; i < N; i++) {
        double kept = v[i];
        v[i] = infinite[i % 3];
        ck_assert(!vectors_all_finite(v, N));
        ck_assert(vectors_all_finite(v, i));
        v[i] = kept;
    }
}
END_TEST

START_TEST(the_next_that_is_not_zero_is_found_from_everywhere)
{
    double v[N] = {0};
    ck_assert_uint_eq(vectors_next_nonzero(v, 0, N), N);
    v[3] = -0.0;
    for (size_t i = 0; i < N; i++) {
        v[i] = i % 2 ? 5e-324 : NAN;
        for (size_t first = 0; first <= N; first++)
            ck_assert_uint_eq(vectors_next_nonzero(v, first, N), first <= i ? i : N);
        ck_assert_uint_eq(vectors_next_nonzero(v, 0, i), i);
        v[i] = 0;
    }
}
END_TEST

TCase *vectors_test(void)
{
    TCase *tests = tcase_create("vectors");
    tcase_add_test(tests, what_is_not_finite_is_found_wherever_it_is);
    tcase_add_test(tests, the_next_that_is_not_zero_is_found_from_everywhere);
    return tests;
}
