#include "core/text/json_escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/text/utf8.h"
#include "tests/support/suite.h"

static void must_have_bytes(const char *text, size_t expected)
{
    size_t n = strlen(text);
    ck_assert_msg(json_escape_bytes(text, n) == expected, "%s", text);
    for (size_t cut = 0; cut < expected; cut++)
        ck_assert_msg(json_escape_bytes(text, cut) == 0, "%zu of %s", cut, text);
}

START_TEST(escapes_are_as_long_as_the_grammar_has_them)
{
    static const char letters[] = "\"\\/bfnrt";
    for (int c = 1; c < 256; c++) {
        char text[] = {'\\', (char)c, 'x', '\0'};
        if (c != 'u')
            must_have_bytes(text, strchr(letters, (char)c) ? 2 : 0);
    }
    must_have_bytes("\\u00e4x", 6);
    must_have_bytes("\\uABCDEF", 6);
    must_have_bytes("\\ud7ff", 6);
    must_have_bytes("\\ue000", 6);
    must_have_bytes("\\ud83d\\ude00x", 12);
    must_have_bytes("\\uDBFF\\uDFFF", 12);
}
END_TEST

START_TEST(what_is_no_escape_has_no_bytes)
{
    static const char *const texts[] = {"\\u",
                                        "\\u12",
                                        "\\u12g4",
                                        "\\u 123",
                                        "\\U0041",
                                        "\\ud83d",
                                        "\\ud83dx",
                                        "\\ud83d\\n",
                                        "\\ud83d\\u0041",
                                        "\\ud83d\\ud83d",
                                        "\\ud83d\\ude0x",
                                        "\\ude00",
                                        "\\ude00\\ud83d",
                                        "\\ud83d\\\\de00"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        must_have_bytes(texts[i], 0);
}
END_TEST

/* The code point of one valid character of UTF-8. */
static uint32_t code_of(const char *text, size_t n)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)text[0] & masks[n];
    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3f);
    return code;
}

START_TEST(every_code_point_is_read)
{
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char escape[16], out[4];
        size_t n_read;
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        if (code < 0x10000)
            snprintf(escape, sizeof(escape), "\\u%04x", code);
        else
            snprintf(escape, sizeof(escape), "\\u%04X\\u%04x",
                     0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
        size_t n = json_escape_read(escape, out, &n_read);
        if (n_read != strlen(escape) || json_escape_bytes(escape, n_read) != n_read ||
            utf8_valid_prefix(out, n) != n || code_of(out, n) != code)
            ck_abort_msg("%x", code);
    }
}
END_TEST

START_TEST(letters_and_plain_bytes_are_read)
{
    static const char written[] = "bfnrt\"\\/", plain[] = "\b\f\n\r\t\"\\/";
    char out[4];
    size_t n_read;
    for (size_t i = 0; i + 1 < sizeof(written); i++) {
        char escape[] = {'\\', written[i], '\0'};
        ck_assert_uint_eq(json_escape_read(escape, out, &n_read), 1);
        ck_assert_uint_eq(n_read, 2);
        ck_assert_int_eq(out[0], plain[i]);
    }
    ck_assert_uint_eq(json_escape_read("u0041", out, &n_read), 1);
    ck_assert_uint_eq(n_read, 1);
    ck_assert_int_eq(out[0], 'u');
}
END_TEST

TCase *json_escape_test(void)
{
    TCase *tests = tcase_create("json_escape");
    tcase_add_test(tests, escapes_are_as_long_as_the_grammar_has_them);
    tcase_add_test(tests, what_is_no_escape_has_no_bytes);
    tcase_add_test(tests, every_code_point_is_read);
    tcase_add_test(tests, letters_and_plain_bytes_are_read);
    return tests;
}
