#include "core/text/libsvm_fields.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/random.h"

/* Enough that all before it may be read together. */
static const char tail[] =
    "                                                                                "
    "                                                                                ";

static struct libsvm_entry entries[LIBSVM_FIELDS_MOST];
static size_t end;

/* In a block of its own, so that a sanitizer sees a read before or behind it. */
static size_t read_text(const char *text, size_t at)
{
    size_t n_text = strlen(text), n = n_text + sizeof(tail) - 1;
    char *copy = malloc(n);
    memcpy(copy, text, n_text);
    memcpy(copy + n_text, tail, sizeof(tail) - 1);
    end = SIZE_MAX;
    size_t n_read = libsvm_fields_read(copy, at, n, entries, &end);
    free(copy);
    return n_read;
}

START_TEST(entries_end_where_the_row_does)
{
    ck_assert_uint_eq(read_text("1234567 1:2 00000017:-0.25 99999999:1e-5\n1 2:3 ", 8),
                      3);
    ck_assert_uint_eq(end, 40);
    ck_assert(entries[0].index == 1 && entries[0].value == 2);
    ck_assert(entries[1].index == 17 && entries[1].value == -0.25);
    ck_assert(entries[2].index == 99999999 && entries[2].value == 1e-5);
}
END_TEST

static const struct {
    const char *text; /* behind an entry */
    size_t n_more;
} others[] = {
    {"2:3", 1},
    {"2:3\t4:5\r6:7", 2},
    {" 2:3", 0},
    {"2:3  4:5", 1},
    {"123456789:3", 0},
    {"2:12345678901234567890123", 1},
    {"2:1e999", 0},
    {"2:nan", 0},
    {"2:1x", 0},
    {"2:", 0},
    {":3", 0},
    {"2:3:4", 0},
    {"2.5:3", 0},
    {"-2:3", 0},
    {"+2:3", 0},
    {"a:3", 0},
    {"qid:3", 0},
    {"2:3#no", 0},
    {"# 2:3", 0},
    {"2 :3", 0},
    {"2:+3", 1},
    {"2:3\v4:5", 0},
    {"2:00000000000000000000000000000000000000000000000000000000000000000000001", 0},
};

START_TEST(what_is_uncommon_is_left_to_others)
{
    char text[256];
    snprintf(text, sizeof(text), "12345678 1:1 %s", others[_i].text);
    size_t n = read_text(text, 9);
    ck_assert_msg(n == 1 + others[_i].n_more, "%s: %zu", others[_i].text, n);
    ck_assert_int_eq((int)strspn(text + end, " \t\r") > 0 || text[end] == '\0', 1);
}
END_TEST

START_TEST(near_the_ends_of_the_text_none_are_read)
{
    struct libsvm_entry none[LIBSVM_FIELDS_MOST];
    ck_assert_uint_eq(read_text("1 2:3 4:5 ", 2), 0);
    size_t at_end = SIZE_MAX;
    ck_assert_uint_eq(libsvm_fields_read("12345678 2:3 4:5 ", 9, 17, none, &at_end), 0);
    ck_assert_uint_eq(at_end, SIZE_MAX);
}
END_TEST

START_TEST(any_number_of_entries_is_read)
{
    struct random random = random_start(1, 0);
    for (size_t n = 1; n < 200; n++) {
        struct buffer text = BUFFER_EMPTY;
        double values[200];
        buffer_append_string(&text, "12345678 ");
        for (size_t i = 0; i < n; i++) {
            values[i] = random_below(&random, 2) ? (double)random_below(&random, 100)
                                                 : random_normal(&random);
            buffer_printf(&text, "%zu:%.17g ", i * 1001 * i, values[i]);
        }
        buffer_append_byte(&text, '\0');
        size_t n_read = read_text(text.bytes, 9);
        if (n_read != (n < LIBSVM_FIELDS_MOST ? n : LIBSVM_FIELDS_MOST))
            ck_abort_msg("%zu of %zu", n_read, n);
        for (size_t i = 0; i < n_read; i++)
            if (entries[i].index != i * 1001 * i || entries[i].value != values[i])
                ck_abort_msg("entry %zu of %zu", i, n);
        buffer_free(&text);
    }
}
END_TEST

TCase *libsvm_fields_test(void)
{
    TCase *tests = tcase_create("libsvm_fields");
    tcase_add_test(tests, entries_end_where_the_row_does);
    tcase_add_loop_test(tests, what_is_uncommon_is_left_to_others, 0,
                        sizeof(others) / sizeof(*others));
    tcase_add_test(tests, near_the_ends_of_the_text_none_are_read);
    tcase_add_test(tests, any_number_of_entries_is_read);
    return tests;
}
