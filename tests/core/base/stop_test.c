#include "core/base/stop.h"

#include <check.h>
#include <stddef.h>

static bool says(void *context)
{
    return *(const bool *)context;
}

START_TEST(nobody_asks_for_a_stop_unless_somebody_can)
{
    const struct stop nobody = {0};
    ck_assert(!stop_is_asked(NULL));
    ck_assert(!stop_is_asked(&nobody));
    ck_assert_int_eq(stop_check(NULL, NULL), 0);
    ck_assert_int_eq(stop_check(&nobody, NULL), 0);
}
END_TEST

START_TEST(a_stop_that_is_asked_for_is_cancelled)
{
    bool is_asked = false;
    struct error err = {0};
    const struct stop stop = {says, &is_asked};
    ck_assert_int_eq(stop_check(&stop, &err), 0);
    is_asked = true;
    ck_assert(stop_is_asked(&stop));
    ck_assert_int_lt(stop_check(&stop, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
}
END_TEST

TCase *stop_test(void)
{
    TCase *tests = tcase_create("stop");
    tcase_add_test(tests, nobody_asks_for_a_stop_unless_somebody_can);
    tcase_add_test(tests, a_stop_that_is_asked_for_is_cancelled);
    return tests;
}
