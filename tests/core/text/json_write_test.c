#include "core/text/json_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/text/json_scan.h"
#include "tests/support/suite.h"

static struct buffer out;
static struct json_writer json;

static void setup(void)
{
    out = BUFFER_EMPTY;
    json = json_write_start(&out);
}

static void teardown(void)
{
    memory_fail_after(-1);
    buffer_free(&out);
}

static void must_be(const char *text)
{
    struct error err = {0};
    ck_assert_int_eq(buffer_check(&out, &err), 0);
    ck_assert_str_eq(out.bytes, text);
    ck_assert_int_eq(json_scan_check(out.bytes, out.n_bytes, &err), 0);
}

START_TEST(commas_stand_between_values_only)
{
    json_write_begin_object(&json);
    json_write_key(&json, "a");
    json_write_begin_array(&json);
    json_write_begin_array(&json);
    json_write_end_array(&json);
    json_write_begin_object(&json);
    json_write_end_object(&json);
    json_write_integer(&json, 1);
    json_write_number(&json, 0.5);
    json_write_string(&json, "x");
    json_write_bool(&json, true);
    json_write_bool(&json, false);
    json_write_null(&json);
    json_write_raw(&json, "[7]", 3);
    json_write_end_array(&json);
    json_write_key(&json, "b");
    json_write_begin_object(&json);
    json_write_member_null(&json, "c");
    json_write_member_null(&json, "d");
    json_write_end_object(&json);
    json_write_member_bool(&json, "e", true);
    json_write_end_object(&json);
    must_be("{\"a\":[[],{},1,0.5,\"x\",true,false,null,[7]],"
            "\"b\":{\"c\":null,\"d\":null},\"e\":true}");
}
END_TEST

START_TEST(members_have_a_key_and_a_value)
{
    static const double numbers[] = {1, -0.0, NAN, 0.1};
    json_write_begin_object(&json);
    json_write_member_number(&json, "n", 1e300);
    json_write_member_integer(&json, "i", INT64_MIN);
    json_write_member_bool(&json, "b", false);
    json_write_member_string(&json, "s", "t");
    json_write_member_string(&json, "z", NULL);
    json_write_member_numbers(&json, "v", numbers, 4);
    json_write_member_numbers(&json, "w", numbers, 0);
    json_write_end_object(&json);
    must_be("{\"n\":1e+300,\"i\":-9223372036854775808,\"b\":false,\"s\":\"t\",\"z\":null,"
            "\"v\":[1,-0.0,null,0.1],\"w\":[]}");
}
END_TEST

START_TEST(a_number_that_is_not_finite_is_null)
{
    json_write_begin_array(&json);
    json_write_number(&json, NAN);
    json_write_number(&json, INFINITY);
    json_write_number(&json, -INFINITY);
    json_write_end_array(&json);
    must_be("[null,null,null]");
}
END_TEST

START_TEST(doubles_read_back_bit_for_bit)
{
    static const double numbers[] = {
        0.1,    1.0 / 3,           5e-324, 1.7976931348623157e308, 0x1p-30,
        123456, 9007199254740993.0};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        buffer_clear(&out);
        json = json_write_start(&out);
        json_write_number(&json, numbers[i]);
        ck_assert(strtod(out.bytes, NULL) == numbers[i]);
    }
}
END_TEST

START_TEST(strings_and_keys_are_escaped)
{
    json_write_begin_object(&json);
    json_write_member_string(&json, "a\"b\\", "\b\f\n\r\t\x01\x1f\x7f/\"\\");
    json_write_member_string(&json, "\xc3\xa4", "\xf0\x9f\x98\x80");
    json_write_end_object(&json);
    must_be("{\"a\\\"b\\\\\":\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/\\\"\\\\\","
            "\"\xc3\xa4\":\"\xf0\x9f\x98\x80\"}");
}
END_TEST

START_TEST(a_text_may_hold_nul_and_be_empty)
{
    json_write_begin_array(&json);
    json_write_text(&json, "a\0b", 3);
    json_write_text(&json, "", 0);
    json_write_end_array(&json);
    must_be("[\"a\\u0000b\",\"\"]");
}
END_TEST

/* The scanner undoes what the writer did. */
/* Of each length, one of them at each place. */
START_TEST(what_must_be_escaped_is_found_wherever_it_stands)
{
    static const char *const escaped[] = {"\\\"", "\\\\", "\\u001f", "\xc3\xa9", " "};
    static const char *const plain[] = {"\"", "\\", "\x1f", "\xc3\xa9", " "};
    for (size_t n = 0; n < 40; n++)
        for (size_t at = 0; at <= n; at++) {
            char text[128], expected[128];
            size_t which = (n + at) % 5;
            snprintf(text, sizeof(text), "%.*s%s%.*s", (int)at,
                     "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", plain[which],
                     (int)(n - at), "~}|{zyxwvutsrqponmlkjihgfedcba9876543210ZY");
            snprintf(expected, sizeof(expected), "\"%.*s%s%.*s\"", (int)at,
                     "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", escaped[which],
                     (int)(n - at), "~}|{zyxwvutsrqponmlkjihgfedcba9876543210ZY");
            buffer_clear(&out);
            json = json_write_start(&out);
            json_write_string(&json, text);
            if (!out.bytes || strcmp(out.bytes, expected) != 0)
                ck_abort_msg("%s", text);
        }
}
END_TEST

START_TEST(every_ascii_character_comes_back)
{
    char text[128], read[128];
    struct json_text found;
    struct error err = {0};
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)i;
    json_write_text(&json, text, sizeof(text));
    struct json_scan scan = json_scan_start(out.bytes, out.n_bytes);
    ck_assert_int_eq(json_scan_string(&scan, &found, &err), 0);
    ck_assert(found.has_escapes);
    char *plain = memory_new(found.n_bytes, 1, NULL);
    ck_assert_uint_eq(json_scan_unescape(&found, plain), sizeof(text));
    memcpy(read, plain, sizeof(read));
    memory_free(plain);
    ck_assert_mem_eq(read, text, sizeof(text));
}
END_TEST

static void write_much(void)
{
    json = json_write_start(&out);
    json_write_begin_array(&json);
    for (int i = 0; i < 40; i++) {
        json_write_number(&json, i + 0.5);
        json_write_string(&json, "a \"quoted\" text");
        json_write_begin_object(&json);
        json_write_member_integer(&json, "key", i);
        json_write_end_object(&json);
    }
    json_write_end_array(&json);
}

START_TEST(a_failed_allocation_sticks_to_the_buffer)
{
    memory_fail_after(-1);
    write_much();
    ck_assert_int_eq(buffer_check(&out, NULL), 0);
    long n_allocations = memory_fail_after(-1);
    ck_assert_int_gt(n_allocations, 2);
    for (long i = 0; i < n_allocations; i++) {
        struct error err = {0};
        buffer_free(&out);
        memory_fail_after(i);
        write_much();
        ck_assert_int_eq(buffer_check(&out, &err), -1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *json_write_test(void)
{
    TCase *tests = tcase_create("json_write");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, commas_stand_between_values_only);
    tcase_add_test(tests, members_have_a_key_and_a_value);
    tcase_add_test(tests, a_number_that_is_not_finite_is_null);
    tcase_add_test(tests, doubles_read_back_bit_for_bit);
    tcase_add_test(tests, strings_and_keys_are_escaped);
    tcase_add_test(tests, a_text_may_hold_nul_and_be_empty);
    tcase_add_test(tests, what_must_be_escaped_is_found_wherever_it_stands);
    tcase_add_test(tests, every_ascii_character_comes_back);
    tcase_add_test(tests, a_failed_allocation_sticks_to_the_buffer);
    return tests;
}
