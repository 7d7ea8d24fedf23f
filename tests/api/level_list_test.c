#include "api/level_list.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"

static struct problem_list problems;
static struct level_list list;
static json_t *tree;

static void teardown(void)
{
    level_list_free(&list);
    problem_list_free(&problems);
    json_decref(tree);
    tree = NULL;
}

static int read_list(const char *text, struct error *err)
{
    tree = json_fields_parse(text, strlen(text), NULL);
    ck_assert_ptr_nonnull(tree);
    return level_list_read(&list, json_object_get(tree, "level"), "/level", &problems,
                           err);
}

START_TEST(one_level_is_a_list_of_one)
{
    ck_assert_int_eq(read_list("{\"level\":\"test\"}", NULL), 0);
    ck_assert_uint_eq(list.n, 1);
    ck_assert_str_eq(list.texts[0], "test");
}
END_TEST

START_TEST(numbers_are_as_data_write_them)
{
    static const char *const expected[] = {"1", "2", "0.5", "-3", "1e+300", "1"};
    ck_assert_int_eq(read_list("{\"level\":[1,2.0,0.50,-3,1e300,\"1\"]}", NULL), 0);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert_uint_eq(list.n, 6);
    for (size_t i = 0; i < list.n; i++)
        ck_assert_str_eq(list.texts[i], expected[i]);
}
END_TEST

static const struct {
    const char *text, *pointer;
    enum error_code code;
} wrong[] = {
    {"{\"level\":true}", "/level", ERROR_INVALID_TYPE},
    {"{\"level\":{}}", "/level", ERROR_INVALID_TYPE},
    {"{\"level\":[\"a\",null]}", "/level/1", ERROR_INVALID_TYPE},
    {"{\"level\":[[\"a\"]]}", "/level/0", ERROR_INVALID_TYPE},
    {"{\"level\":[]}", "/level", ERROR_OUT_OF_RANGE},
};
enum { N_WRONG = sizeof(wrong) / sizeof(*wrong) };

START_TEST(what_is_no_level_is_told)
{
    ck_assert_int_eq(read_list(wrong[_i].text, NULL), 0);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_str_eq(problems.errors[0].place, wrong[_i].pointer);
    ck_assert_int_eq(problems.errors[0].code, wrong[_i].code);
}
END_TEST

START_TEST(more_than_there_may_be_are_told)
{
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "{\"level\":[0");
    for (unsigned i = 1; i <= LEVEL_LIST_MOST; i++)
        buffer_printf(&text, ",%u", i);
    buffer_append_string(&text, "]}");
    buffer_append_byte(&text, '\0');
    ck_assert_int_eq(read_list(text.bytes, NULL), 0);
    buffer_free(&text);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_OUT_OF_RANGE);
    ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(without_memory_that_is_said)
{
    for (long n = 0; n < 2; n++) {
        struct error err = {0};
        json_decref(tree);
        tree = json_fields_parse("{\"level\":1}", 11, NULL);
        memory_fail_after(n);
        int status = level_list_read(&list, json_object_get(tree, "level"), "/level",
                                     &problems, &err);
        memory_fail_after(-1);
        ck_assert_int_eq(status, -1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(list.texts);
    }
}
END_TEST

TCase *level_list_test(void)
{
    TCase *tests = tcase_create("level_list");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, one_level_is_a_list_of_one);
    tcase_add_test(tests, numbers_are_as_data_write_them);
    tcase_add_loop_test(tests, what_is_no_level_is_told, 0, N_WRONG);
    tcase_add_test(tests, more_than_there_may_be_are_told);
    tcase_add_test(tests, without_memory_that_is_said);
    return tests;
}
