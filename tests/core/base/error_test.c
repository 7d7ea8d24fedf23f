#include "core/base/error.h"

#include <errno.h>
#include <string.h>

#include "tests/support/suite.h"

START_TEST(error_set_fills_everything_and_returns_minus_one)
{
    struct error err = {0};
    ck_assert(!error_is_set(&err));
    int line = __LINE__ + 1;
    ck_assert_int_eq(error_set(&err, ERROR_NO_ROWS, "%d rows", 0), -1);
    ck_assert(error_is_set(&err));
    ck_assert_int_eq(err.code, ERROR_NO_ROWS);
    ck_assert_str_eq(err.message, "0 rows");
    ck_assert_str_eq(err.file, __FILE__);
    ck_assert_int_eq(err.line, line);
    ck_assert_str_eq(err.place, "");
}
END_TEST

START_TEST(error_the_first_wins)
{
    struct error err = {0}, other = {0};
    error_set(&err, ERROR_IO, "first");
    error_place(&err, "/rows/%d", 1);
    error_set(&err, ERROR_BUSY, "second");
    error_place(&err, "/rows/%d", 2);
    error_set(&other, ERROR_LOCKED, "third");
    ck_assert_int_eq(error_copy(&err, &other), -1);
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_str_eq(err.message, "first");
    ck_assert_str_eq(err.place, "/rows/1");
}
END_TEST

START_TEST(error_may_be_null)
{
    struct error from = {0};
    ck_assert_int_eq(error_set(NULL, ERROR_IO, "lost"), -1);
    ck_assert_int_eq(error_copy(NULL, &from), -1);
    ck_assert_int_eq(error_no_memory(NULL, 8), -1);
    ck_assert_int_eq(error_errno(NULL, EIO, "write"), -1);
    error_place(NULL, "nowhere");
    error_clear(NULL);
    ck_assert(!error_is_set(NULL));
}
END_TEST

START_TEST(error_place_waits_for_an_error)
{
    struct error err = {0};
    error_place(&err, "row 3");
    ck_assert_str_eq(err.place, "");
    error_set(&err, ERROR_INVALID, "odd");
    error_place(&err, "row 3");
    ck_assert_str_eq(err.place, "row 3");
}
END_TEST

START_TEST(error_clear_and_copy)
{
    struct error err = {0}, copy = {0};
    error_set(&err, ERROR_INVALID, "odd");
    error_copy(&copy, &err);
    error_clear(&err);
    ck_assert(!error_is_set(&err));
    ck_assert_str_eq(err.message, "");
    ck_assert_int_eq(copy.code, ERROR_INVALID);
    ck_assert_str_eq(copy.message, "odd");
}
END_TEST

START_TEST(error_cuts_a_long_message_between_characters)
{
    struct error err = {0};
    char text[400];
    /* One byte, then two-byte characters: the 255 bytes that fit end within one. */
    text[0] = 'x';
    for (size_t i = 1; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    text[sizeof(text) - 1] = '\0';
    text[1] = 'y';
    text[2] = 'z';
    error_set(&err, ERROR_INVALID, "%s", text + 1);
    size_t n = strlen(err.message);
    ck_assert_uint_ge(n, sizeof(err.message) - 4);
    ck_assert_uint_lt(n, sizeof(err.message));
    ck_assert_uint_eq((n - 2) % 2, 0);
}
END_TEST

START_TEST(error_words_are_unique_and_find_their_codes)
{
    for (int code = 0; code < ERROR_N_CODES; code++) {
        const char *word = error_word((enum error_code)code);
        ck_assert_uint_gt(strlen(word), 0);
        ck_assert_uint_eq(strspn(word, "abcdefghijklmnopqrstuvwxyz_0123456789"),
                          strlen(word));
        ck_assert_int_eq(error_code_of_word(word), code);
        ck_assert_uint_gt(strlen(error_title((enum error_code)code)), 0);
    }
    ck_assert_int_eq(error_code_of_word("no such word"), ERROR_INTERNAL);
}
END_TEST

START_TEST(error_kinds_come_from_the_table)
{
    ck_assert_int_eq(error_kind(ERROR_NONE), ERROR_KIND_NONE);
    ck_assert_int_eq(error_kind(ERROR_BAD_JSON), ERROR_KIND_SYNTAX);
    ck_assert_int_eq(error_kind(ERROR_NO_SPACE), ERROR_KIND_NO_SPACE);
    ck_assert_int_eq(error_kind(ERROR_INTERNAL), ERROR_KIND_FAULT);
}
END_TEST

START_TEST(error_of_errno)
{
    static const struct {
        int number;
        enum error_code code;
    } rows[] = {{ENOSPC, ERROR_NO_SPACE}, {EDQUOT, ERROR_NO_SPACE},
                {EFBIG, ERROR_NO_SPACE},  {ENOMEM, ERROR_NO_MEMORY},
                {EIO, ERROR_IO},          {EACCES, ERROR_IO}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct error err = {0};
        ck_assert_int_eq(error_errno(&err, rows[i].number, "write blob"), -1);
        ck_assert_int_eq(err.code, rows[i].code);
        ck_assert_ptr_nonnull(strstr(err.message, "write blob"));
        ck_assert_ptr_null(strstr(err.message, strerror(rows[i].number)));
    }
}
END_TEST

TCase *error_test(void)
{
    TCase *tcase = tcase_create("error");
    tcase_add_test(tcase, error_set_fills_everything_and_returns_minus_one);
    tcase_add_test(tcase, error_the_first_wins);
    tcase_add_test(tcase, error_may_be_null);
    tcase_add_test(tcase, error_place_waits_for_an_error);
    tcase_add_test(tcase, error_clear_and_copy);
    tcase_add_test(tcase, error_cuts_a_long_message_between_characters);
    tcase_add_test(tcase, error_words_are_unique_and_find_their_codes);
    tcase_add_test(tcase, error_kinds_come_from_the_table);
    tcase_add_test(tcase, error_of_errno);
    return tcase;
}
