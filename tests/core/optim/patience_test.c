#include "core/optim/patience.h"

#include <check.h>
#include <math.h>

START_TEST(it_is_over_once_nothing_was_lower_for_so_long)
{
    static const double losses[] = {3, 2, 2.5, 2, 1, 1.5, 1.5, 1};
    static const bool improves[] = {true, true, false, false, true, false, false, false};
    struct patience patience = patience_start(3);
    for (size_t i = 0; i < 8; i++) {
        ck_assert(!patience_is_over(&patience));
        ck_assert(patience_improves(&patience, losses[i]) == improves[i]);
    }
    ck_assert(patience_is_over(&patience));
    ck_assert_double_eq(patience.least, 1);
    ck_assert_uint_eq(patience.n_seen, 8);
}
END_TEST

START_TEST(what_is_not_finite_never_improves)
{
    struct patience patience = patience_start(2);
    ck_assert(!patience_improves(&patience, NAN));
    ck_assert(patience_improves(&patience, 7));
    ck_assert(!patience_improves(&patience, -INFINITY));
    ck_assert(!patience_improves(&patience, NAN));
    ck_assert(patience_is_over(&patience));
    ck_assert_double_eq(patience.least, 7);
}
END_TEST

START_TEST(patience_of_none_never_ends)
{
    struct patience patience = patience_start(0);
    for (int i = 0; i < 100; i++)
        patience_improves(&patience, i);
    ck_assert(!patience_is_over(&patience));
    ck_assert_double_eq(patience.least, 0);
}
END_TEST

TCase *patience_test(void)
{
    TCase *tests = tcase_create("patience");
    tcase_add_test(tests, it_is_over_once_nothing_was_lower_for_so_long);
    tcase_add_test(tests, what_is_not_finite_never_improves);
    tcase_add_test(tests, patience_of_none_never_ends);
    return tests;
}
