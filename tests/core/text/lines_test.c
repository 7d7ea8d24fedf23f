#include "core/text/lines.h"

#include <check.h>
#include <string.h>

static int note(void *context, uint64_t line, const char *text, size_t n,
                struct error *err)
{
    struct buffer *lines = context;
    if (n == 4 && memcmp(text, "stop", 4) == 0)
        return error_set(err, ERROR_INVALID, "stop");
    buffer_printf(lines, "%llu[%.*s]", (unsigned long long)line, (int)n, text);
    return 0;
}

static int cut(const char *text, size_t piece, struct buffer *out, struct error *err)
{
    struct lines lines = {.on_line = note, .context = out};
    size_t n = strlen(text);
    int result = 0;
    for (size_t at = 0; result == 0 && at < n; at += piece)
        result = lines_push(&lines, text + at, n - at < piece ? n - at : piece, err);
    if (result == 0)
        result = lines_finish(&lines, err);
    lines_free(&lines);
    return result;
}

static const struct {
    const char *text, *lines;
} cases[] = {
    {"", ""},
    {"a", "1[a]"},
    {"a\n", "1[a]"},
    {"a\nbc\r\n\n d\re \r\n", "1[a]2[bc]3[]4[ d\re ]"},
    {"\n\r\nx\r", "1[]2[]3[x]"},
};

START_TEST(text_is_cut_at_its_line_ends_whatever_the_pieces)
{
    for (size_t piece = 1; piece < 20; piece++) {
        struct buffer out = BUFFER_EMPTY;
        struct error err = {0};
        ck_assert_int_eq(cut(cases[_i].text, piece, &out, &err), 0);
        ck_assert_str_eq(out.bytes ? out.bytes : "", cases[_i].lines);
        buffer_free(&out);
    }
}
END_TEST

START_TEST(whoever_gets_the_lines_may_stop)
{
    for (size_t piece = 1; piece < 12; piece++) {
        struct buffer out = BUFFER_EMPTY;
        struct error err = {0};
        ck_assert_int_eq(cut("a\nstop\nb\n", piece, &out, &err), -1);
        ck_assert_int_eq(err.code, ERROR_INVALID);
        ck_assert_str_eq(out.bytes, "1[a]");
        buffer_free(&out);
    }
}
END_TEST

TCase *lines_test(void)
{
    TCase *tests = tcase_create("lines");
    tcase_add_loop_test(tests, text_is_cut_at_its_line_ends_whatever_the_pieces, 0,
                        sizeof(cases) / sizeof(*cases));
    tcase_add_test(tests, whoever_gets_the_lines_may_stop);
    return tests;
}
