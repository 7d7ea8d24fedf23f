#include "core/text/utf8.h"

#include <stdint.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

/* In a block of its own, so that a sanitizer sees a read behind it. */
static size_t valid_prefix(const char *text, size_t n)
{
    char *copy = memory_copy(text, n, NULL);
    size_t valid = utf8_valid_prefix(copy, n);
    memory_free(copy);
    return valid;
}

/* By the definition (RFC 3629, section 3), not by the code's table. */
static size_t encode(uint32_t point, char *text)
{
    if (point < 0x80) {
        text[0] = (char)point;
        return 1;
    }
    size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, point >>= 6)
        text[i] = (char)(0x80 | (point & 0x3f));
    text[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | point);
    return n;
}

START_TEST(utf8_accepts_every_code_point_but_surrogates)
{
    for (uint32_t point = 0; point < 0x120000; point++) {
        char text[4];
        size_t n = encode(point, text);
        bool is_valid = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
        if (utf8_valid_prefix(text, n) != (is_valid ? n : 0))
            ck_abort_msg("U+%04X", (unsigned)point);
    }
}
END_TEST

START_TEST(utf8_refuses_what_is_no_code_point)
{
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xc3(",
        "\xe2\x28\xa1",
        "\xe2\x82(",
        "\xf0\x90\x8d(",
        "\xc3\xc3\xa9",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(valid_prefix(bad[i], strlen(bad[i])) == 0, "case %zu", i);
}
END_TEST

START_TEST(utf8_ends_the_prefix_before_a_code_point_that_is_cut_off)
{
    static const char text[] = "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7.";
    static const size_t prefixes[] = {0, 1, 2,  3,  3,  5,  6,  6,
                                      6, 9, 10, 10, 10, 10, 14, 15};
    ck_assert_uint_eq(sizeof(text), sizeof(prefixes) / sizeof(prefixes[0]));
    for (size_t n = 0; n < sizeof(text); n++)
        ck_assert_uint_eq(valid_prefix(text, n), prefixes[n]);
}
END_TEST

START_TEST(utf8_finds_the_bad_byte_wherever_it_stands)
{
    char text[100];
    for (size_t at = 0; at < sizeof(text); at++) {
        memset(text, 'a', sizeof(text));
        ck_assert_uint_eq(valid_prefix(text, sizeof(text)), sizeof(text));
        text[at] = '\xff';
        ck_assert_uint_eq(valid_prefix(text, sizeof(text)), at);
    }
}
END_TEST

TCase *utf8_test(void)
{
    TCase *tcase = tcase_create("utf8");
    tcase_add_test(tcase, utf8_accepts_every_code_point_but_surrogates);
    tcase_add_test(tcase, utf8_refuses_what_is_no_code_point);
    tcase_add_test(tcase, utf8_ends_the_prefix_before_a_code_point_that_is_cut_off);
    tcase_add_test(tcase, utf8_finds_the_bad_byte_wherever_it_stands);
    return tcase;
}
