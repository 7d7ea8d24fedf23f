#include "core/data/spool_texts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

static struct buffer texts;

static void teardown(void)
{
    buffer_free(&texts);
}

/* What comes next is this text; returns where the one behind it is. */
static size_t expect(size_t at, uint32_t n_passed, const char *text, size_t n)
{
    struct spool_text found;
    char unpacked[SPOOL_TEXTS_MOST_DIGITS];
    size_t behind = spool_texts_take(texts.bytes, at, &found);
    ck_assert_uint_eq(found.n_passed, n_passed);
    ck_assert_uint_eq(found.n_bytes, n);
    if (found.is_packed)
        spool_texts_unpack(&found, unpacked);
    ck_assert_mem_eq(found.is_packed ? unpacked : found.bytes, text, n);
    return behind;
}

/* In a block of its own, so that a sanitizer sees a read too far. */
static void put_digits(uint32_t n_passed, const char *text)
{
    size_t n = strlen(text);
    char *copy = malloc(n + 15);
    memcpy(copy, text, n);
    memset(copy + n, 'x', 15);
    ck_assert_int_eq(spool_texts_put_digits(&texts, n_passed, copy, (uint32_t)n, NULL),
                     0);
    free(copy);
}

START_TEST(texts_of_any_length_come_back)
{
    static char text[70000];
    static const uint32_t sizes[] = {0, 1, 127, 128, 254, 255, 70000};
    enum { N = sizeof(sizes) / sizeof(*sizes) };
    size_t at = 0;
    memset(text, 'x', sizeof(text));
    for (uint32_t i = 0; i < N; i++)
        ck_assert_int_eq(spool_texts_put(&texts, sizes[N - 1 - i], text, sizes[i], NULL),
                         0);
    for (uint32_t i = 0; i < N; i++)
        at = expect(at, sizes[N - 1 - i], text, sizes[i]);
    ck_assert_uint_eq(at, texts.n_bytes);
}
END_TEST

START_TEST(numbers_take_half_as_much)
{
    static const char *const numbers[] = {"7",
                                          "-0.5",
                                          "00",
                                          "12.50",
                                          "-1234567.8901",
                                          "01234567",
                                          "-.5",
                                          "0.12345678901234567",
                                          "-123456789012345678.9",
                                          "123456789012345678901234"};
    enum { N = sizeof(numbers) / sizeof(*numbers) };
    size_t at = 0, n_bytes = 0;
    for (uint32_t i = 0; i < N; i++) {
        put_digits(i, numbers[i]);
        ck_assert_int_eq(spool_texts_put(&texts, 300, numbers[i], 1, NULL), 0);
    }
    for (uint32_t i = 0; i < N; i++) {
        at = expect(at, i, numbers[i], strlen(numbers[i]));
        at = expect(at, 300, numbers[i], 1);
        n_bytes += 2 + (strlen(numbers[i]) + 1) / 2 + 7;
    }
    ck_assert_uint_eq(at, texts.n_bytes);
    ck_assert_uint_eq(at, n_bytes);
}
END_TEST

START_TEST(want_of_memory_is_told)
{
    struct error err = {0};
    memory_fail_after(0);
    int text = spool_texts_put(&texts, 0, "abc", 3, &err);
    memory_fail_after(-1);
    ck_assert_int_eq(text, -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    buffer_free(&texts);
    memory_fail_after(0);
    int digits = spool_texts_put_digits(&texts, 0, "1234567890123456", 1, NULL);
    memory_fail_after(-1);
    ck_assert_int_eq(digits, -1);
}
END_TEST

TCase *spool_texts_test(void)
{
    TCase *tests = tcase_create("spool_texts");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, texts_of_any_length_come_back);
    tcase_add_test(tests, numbers_take_half_as_much);
    tcase_add_test(tests, want_of_memory_is_told);
    return tests;
}
