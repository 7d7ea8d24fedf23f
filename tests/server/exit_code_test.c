#include "server/exit_code.h"

#include "tests/support/suite.h"

START_TEST(exit_code_tells_what_can_be_put_right_from_what_cannot)
{
    static const enum error_code settings[] = {
        ERROR_INVALID, ERROR_LOCKED,    ERROR_CORRUPT,  ERROR_FORMAT_VERSION,
        ERROR_IO,      ERROR_NOT_FOUND, ERROR_NO_SPACE, ERROR_UNSUPPORTED};
    static const enum error_code bugs[] = {ERROR_INTERNAL, ERROR_NO_MEMORY};
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
        struct error err = {.code = settings[i]};
        ck_assert_int_eq(exit_code_of_start(&err), 78);
    }
    for (size_t i = 0; i < sizeof(bugs) / sizeof(*bugs); i++) {
        struct error err = {.code = bugs[i]};
        ck_assert_int_eq(exit_code_of_start(&err), 70);
    }
}
END_TEST

TCase *exit_code_test(void)
{
    TCase *tcase = tcase_create("exit_code");
    tcase_add_test(tcase, exit_code_tells_what_can_be_put_right_from_what_cannot);
    return tcase;
}
