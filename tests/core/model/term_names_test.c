#include "core/model/term_names.h"

#include <check.h>

#include "core/base/memory.h"

static const char *name(void *context, size_t column)
{
    const char *const *texts = context;
    return texts[column];
}

START_TEST(names_come_from_the_hooks)
{
    static const char *texts[] = {"age", "income"};
    const struct estimate_hooks hooks = {.name = name, .context = texts};
    struct term_names names;
    struct error err = {.code = ERROR_NON_FINITE};
    ck_assert_int_eq(term_names_new(&names, &hooks, 2, NULL), 0);
    term_names_add(&names, 1);
    term_names_add(&names, TERM_NAMES_INTERCEPT);
    ck_assert_uint_eq(names.n, 2);
    ck_assert_str_eq(names.names[0], "income");
    ck_assert_str_eq(names.names[1], "(intercept)");
    term_names_place(&hooks, 0, &err);
    ck_assert_str_eq(err.place, "column age");
    term_names_free(&names);
}
END_TEST

START_TEST(without_a_hook_columns_are_numbers)
{
    const struct estimate_hooks hooks = {0};
    struct term_names names;
    struct error err = {.code = ERROR_NON_FINITE};
    ck_assert_int_eq(term_names_new(&names, &hooks, 2, NULL), 0);
    term_names_add(&names, 0);
    term_names_add(&names, SIZE_MAX - 1);
    ck_assert_str_eq(names.names[0], "0");
    ck_assert_str_eq(names.names[1], "18446744073709551614");
    term_names_place(&hooks, 12, &err);
    ck_assert_str_eq(err.place, "column 12");
    term_names_free(&names);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    const struct estimate_hooks hooks = {0};
    for (long n = 0; n < 2; n++) {
        struct term_names names;
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_int_lt(term_names_new(&names, &hooks, 2, &err), 0);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *term_names_test(void)
{
    TCase *tests = tcase_create("term_names");
    tcase_add_test(tests, names_come_from_the_hooks);
    tcase_add_test(tests, without_a_hook_columns_are_numbers);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
