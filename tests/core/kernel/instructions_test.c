#include "core/kernel/instructions.h"

#include <check.h>

/* Each test runs in a process of its own. */
START_TEST(a_limit_only_ever_lowers_what_the_machine_has)
{
    enum instructions best = instructions_best();
    for (int most = INSTRUCTIONS_PLAIN; most < INSTRUCTIONS_N; most++) {
        instructions_limit((enum instructions)most);
        ck_assert_int_eq(instructions_best(), most < (int)best ? most : (int)best);
    }
    ck_assert_int_eq(instructions_best(), best);
}
END_TEST

TCase *instructions_test(void)
{
    TCase *tests = tcase_create("instructions");
    tcase_add_test(tests, a_limit_only_ever_lowers_what_the_machine_has);
    return tests;
}
