#include "core/base/buffer.h"

#include <string.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

START_TEST(buffer_grows_and_ends_with_a_nul)
{
    struct buffer buffer = BUFFER_EMPTY;
    struct error err = {0};
    for (int i = 0; i < 1000; i++) {
        buffer_append_byte(&buffer, 'a');
        buffer_append(&buffer, "\0b", 2);
        buffer_append_string(&buffer, "cd");
        ck_assert_int_eq(buffer.bytes[buffer.n_bytes], '\0');
    }
    ck_assert_int_eq(buffer_check(&buffer, &err), 0);
    ck_assert_uint_eq(buffer.n_bytes, 5000);
    for (size_t i = 0; i < 5000; i += 5)
        ck_assert_mem_eq(buffer.bytes + i, "a\0bcd", 5);
    buffer_free(&buffer);
    ck_assert_ptr_null(buffer.bytes);
    ck_assert_uint_eq(buffer.capacity, 0);
}
END_TEST

START_TEST(buffer_printf_appends_text_of_any_length)
{
    struct buffer buffer = BUFFER_EMPTY;
    buffer_printf(&buffer, "%d-%s", 7, "x");
    buffer_printf(&buffer, "%0*d", 500, 1);
    ck_assert_uint_eq(buffer.n_bytes, 503);
    ck_assert_mem_eq(buffer.bytes, "7-x000", 6);
    ck_assert_str_eq(buffer.bytes + 501, "01");
    buffer_free(&buffer);
}
END_TEST

START_TEST(buffer_reserve_gives_room_and_advance_takes_what_was_written)
{
    struct buffer buffer = BUFFER_EMPTY;
    buffer_append_string(&buffer, "ab");
    char *end = buffer_reserve(&buffer, 1000);
    ck_assert_ptr_nonnull(end);
    memset(end, 'x', 1000);
    buffer_advance(&buffer, 3);
    ck_assert_str_eq(buffer.bytes, "abxxx");
    buffer_free(&buffer);
}
END_TEST

START_TEST(buffer_take_hands_the_bytes_over)
{
    struct buffer buffer = BUFFER_EMPTY;
    struct error err = {0};
    size_t n = 99;
    char *empty = buffer_take(&buffer, &n, &err);
    ck_assert_str_eq(empty, "");
    ck_assert_uint_eq(n, 0);
    buffer_append_string(&buffer, "text");
    char *text = buffer_take(&buffer, &n, &err);
    ck_assert_str_eq(text, "text");
    ck_assert_uint_eq(n, 4);
    ck_assert_ptr_null(buffer.bytes);
    ck_assert_uint_eq(buffer.n_bytes, 0);
    memory_free(empty);
    memory_free(text);
}
END_TEST

START_TEST(buffer_failure_sticks_until_it_is_cleared)
{
    struct buffer buffer = BUFFER_EMPTY;
    struct error err = {0};
    size_t n = 99;
    buffer_append_string(&buffer, "kept");
    memory_fail_after(0);
    ck_assert_ptr_null(buffer_reserve(&buffer, 1000));
    memory_fail_after(-1);
    buffer_append_byte(&buffer, 'x');
    buffer_printf(&buffer, "%d", 1);
    ck_assert_str_eq(buffer.bytes, "kept");
    ck_assert_int_eq(buffer_check(&buffer, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    ck_assert_ptr_null(buffer_take(&buffer, &n, NULL));
    ck_assert_uint_eq(n, 99);
    buffer_clear(&buffer);
    ck_assert_int_eq(buffer_check(&buffer, &err), 0);
    ck_assert_uint_eq(buffer.n_bytes, 0);
    ck_assert_str_eq(buffer.bytes, "");
    buffer_free(&buffer);
}
END_TEST

START_TEST(buffer_refuses_sizes_that_overflow)
{
    struct buffer buffer = BUFFER_EMPTY;
    buffer_append_byte(&buffer, 'x');
    ck_assert_ptr_null(buffer_reserve(&buffer, SIZE_MAX - 1));
    ck_assert_int_eq(buffer_check(&buffer, NULL), -1);
    buffer_clear(&buffer);
    ck_assert_ptr_null(buffer_reserve(&buffer, SIZE_MAX));
    buffer_free(&buffer);
}
END_TEST

START_TEST(buffer_sink_writes_and_reports_failure)
{
    struct buffer buffer = BUFFER_EMPTY;
    struct error err = {0};
    struct byte_sink sink = buffer_sink(&buffer);
    memory_fail_after(0);
    ck_assert_int_eq(sink.write(sink.context, "abc", 3, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    memory_fail_after(-1);
    buffer_clear(&buffer);
    ck_assert_int_eq(sink.write(sink.context, "abc", 3, &err), 0);
    ck_assert_int_eq(sink.write(sink.context, "", 0, &err), 0);
    ck_assert_str_eq(buffer.bytes, "abc");
    buffer_free(&buffer);
}
END_TEST

TCase *buffer_test(void)
{
    TCase *tcase = tcase_create("buffer");
    tcase_add_test(tcase, buffer_grows_and_ends_with_a_nul);
    tcase_add_test(tcase, buffer_printf_appends_text_of_any_length);
    tcase_add_test(tcase, buffer_reserve_gives_room_and_advance_takes_what_was_written);
    tcase_add_test(tcase, buffer_take_hands_the_bytes_over);
    tcase_add_test(tcase, buffer_failure_sticks_until_it_is_cleared);
    tcase_add_test(tcase, buffer_refuses_sizes_that_overflow);
    tcase_add_test(tcase, buffer_sink_writes_and_reports_failure);
    return tcase;
}
