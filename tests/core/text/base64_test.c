#include "core/text/base64.h"

#include <check.h>
#include <string.h>

/* RFC 4648, section 10. */
static const struct {
    const char *bytes, *text;
} pairs[] = {{"", ""},
             {"f", "Zg=="},
             {"fo", "Zm8="},
             {"foo", "Zm9v"},
             {"foob", "Zm9vYg=="},
             {"fooba", "Zm9vYmE="},
             {"foobar", "Zm9vYmFy"}};

START_TEST(bytes_become_text_and_back)
{
    struct buffer text = BUFFER_EMPTY, bytes = BUFFER_EMPTY;
    base64_write(pairs[_i].bytes, strlen(pairs[_i].bytes), &text);
    ck_assert_str_eq(text.bytes ? text.bytes : "", pairs[_i].text);
    ck_assert(base64_read(pairs[_i].text, strlen(pairs[_i].text), &bytes));
    ck_assert_str_eq(bytes.bytes ? bytes.bytes : "", pairs[_i].bytes);
    buffer_free(&text);
    buffer_free(&bytes);
}
END_TEST

START_TEST(all_bytes_come_back)
{
    unsigned char all[256];
    struct buffer text = BUFFER_EMPTY, bytes = BUFFER_EMPTY;
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    base64_write(all, 256, &text);
    ck_assert(base64_read(text.bytes, text.n_bytes, &bytes));
    ck_assert_uint_eq(bytes.n_bytes, 256);
    ck_assert_mem_eq(bytes.bytes, all, 256);
    buffer_free(&text);
    buffer_free(&bytes);
}
END_TEST

static const char *const wrong[] = {"Z",     "Zg",     "Zg=",  "Zg==Zg==", "=",
                                    "====",  "Z===",   "Zh==", "Zm9=",     "Zm 9",
                                    "Zm9\n", "Zm-_Zm", "Zm9v="};

START_TEST(other_text_is_refused)
{
    struct buffer bytes = BUFFER_EMPTY;
    ck_assert(!base64_read(wrong[_i], strlen(wrong[_i]), &bytes));
    buffer_free(&bytes);
}
END_TEST

TCase *base64_test(void)
{
    TCase *tcase = tcase_create("base64");
    tcase_add_loop_test(tcase, bytes_become_text_and_back, 0,
                        sizeof(pairs) / sizeof(*pairs));
    tcase_add_test(tcase, all_bytes_come_back);
    tcase_add_loop_test(tcase, other_text_is_refused, 0, sizeof(wrong) / sizeof(*wrong));
    return tcase;
}
