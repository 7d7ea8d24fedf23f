#include "core/data/dictionary.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"

static uint32_t add(struct dictionary *dictionary, const char *text)
{
    uint32_t at = dictionary_add(dictionary, text, strlen(text), NULL);
    ck_assert_uint_ne(at, DICTIONARY_NONE);
    return at;
}

START_TEST(texts_are_numbered_as_they_come)
{
    struct dictionary dictionary = {0};
    size_t n;
    ck_assert_uint_eq(dictionary_find(&dictionary, "a", 1), DICTIONARY_NONE);
    ck_assert_uint_eq(add(&dictionary, "b"), 0);
    ck_assert_uint_eq(add(&dictionary, ""), 1);
    ck_assert_uint_eq(add(&dictionary, "a"), 2);
    ck_assert_uint_eq(add(&dictionary, "b"), 0);
    ck_assert_uint_eq(add(&dictionary, ""), 1);
    ck_assert_uint_eq(dictionary.n, 3);
    ck_assert_str_eq(dictionary_text(&dictionary, 2, &n), "a");
    ck_assert_uint_eq(n, 1);
    ck_assert_str_eq(dictionary_text(&dictionary, 1, &n), "");
    ck_assert_uint_eq(n, 0);
    ck_assert_uint_eq(dictionary_find(&dictionary, "ab", 2), DICTIONARY_NONE);
    dictionary_free(&dictionary);
    ck_assert_uint_eq(dictionary.n, 0);
}
END_TEST

START_TEST(bytes_of_any_kind_are_kept_apart)
{
    struct dictionary dictionary = {0};
    ck_assert_uint_eq(dictionary_add(&dictionary, "a\0b", 3, NULL), 0);
    ck_assert_uint_eq(dictionary_add(&dictionary, "a\0c", 3, NULL), 1);
    ck_assert_uint_eq(dictionary_add(&dictionary, "a", 1, NULL), 2);
    ck_assert_uint_eq(dictionary_add(&dictionary, "a\0", 2, NULL), 3);
    ck_assert_uint_eq(dictionary_find(&dictionary, "a\0c", 3), 1);
    dictionary_free(&dictionary);
}
END_TEST

START_TEST(a_hundred_thousand_texts_are_found_again)
{
    struct dictionary dictionary = {0};
    char text[32];
    for (uint32_t i = 0; i < 100000; i++) {
        snprintf(text, sizeof(text), "%ux%0*u", i, (int)(i % 17), 7U);
        ck_assert_uint_eq(add(&dictionary, text), i);
    }
    for (uint32_t i = 0; i < 100000; i++) {
        snprintf(text, sizeof(text), "%ux%0*u", i, (int)(i % 17), 7U);
        ck_assert_uint_eq(dictionary_find(&dictionary, text, strlen(text)), i);
    }
    dictionary_free(&dictionary);
}
END_TEST

static int fill(struct error *err)
{
    struct dictionary dictionary = {0};
    char text[32];
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < 200; i++) {
        snprintf(text, sizeof(text), "level %u", i);
        uint32_t at = dictionary_add(&dictionary, text, strlen(text), err);
        ck_assert(at == i || at == DICTIONARY_NONE);
        result = at == i ? 0 : -1;
    }
    dictionary_free(&dictionary);
    return result;
}

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = fill(&err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 3);
}
END_TEST

TCase *dictionary_test(void)
{
    TCase *tests = tcase_create("dictionary");
    tcase_add_test(tests, texts_are_numbered_as_they_come);
    tcase_add_test(tests, bytes_of_any_kind_are_kept_apart);
    tcase_add_test(tests, a_hundred_thousand_texts_are_found_again);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
