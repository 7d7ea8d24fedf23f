#include <check.h>
#include <string.h>

#include "api/json_fields.h"
#include "core/text/json_write.h"

static struct problem_list problems;
static json_t *tree;

static void setup(void)
{
    problems = (struct problem_list){0};
    tree = NULL;
}

static void teardown(void)
{
    problem_list_free(&problems);
    json_decref(tree);
}

static json_t *parse(const char *text)
{
    struct error err = {0};
    json_decref(tree);
    tree = json_fields_parse(text, strlen(text), &err);
    ck_assert_msg(tree != NULL, "%s: %s", text, err.message);
    return tree;
}

static const struct {
    const char *text;
    enum error_code code;
} bad[] = {
    {"{\"a\":1,\"a\":2}", ERROR_DUPLICATE_KEY},
    {"{\"a\":\"\\u0000\"}", ERROR_BAD_JSON},
    {"{\"\\u0000\":1}", ERROR_BAD_JSON},
    {"{\"a\":1e999}", ERROR_OUT_OF_RANGE},
    {"{\"a\":NaN}", ERROR_BAD_JSON},
    {"{\"a\":1}x", ERROR_BAD_JSON},
    {"{\"a\":", ERROR_BAD_JSON},
    {"", ERROR_BAD_JSON},
    {"\xef\xbb\xbf{}", ERROR_BAD_JSON},
    {"{\"a\":99999999999999999999}", ERROR_OUT_OF_RANGE},
};

START_TEST(malformed_text_is_refused_without_quoting_it)
{
    struct error err = {0};
    ck_assert_ptr_null(json_fields_parse(bad[_i].text, strlen(bad[_i].text), &err));
    ck_assert_msg(err.code == bad[_i].code, "%s: %s", bad[_i].text, error_word(err.code));
    ck_assert_msg(strncmp(err.place, "byte ", 5) == 0, "%s: %s", bad[_i].text, err.place);
}
END_TEST

START_TEST(a_deep_text_is_refused_before_it_becomes_a_tree)
{
    char text[101] = "";
    struct error err = {0};
    memset(text, '[', 50);
    memset(text + 50, ']', 50);
    ck_assert_ptr_null(json_fields_parse(text, 100, &err));
    ck_assert_int_eq(err.code, ERROR_TOO_DEEP);
}
END_TEST

START_TEST(a_tree_is_written_as_it_was)
{
    static const char text[] =
        "{\"b\":[1,0.1,1e+22,-0.0,true,false,null],\"a\":{\"x\":"
        "\"\\\"\xc3\xa4\"},\"c\":[],\"d\":{},\"n\":-9007199254740993}";
    struct buffer out = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&out);
    json_fields_write(parse(text), &json);
    ck_assert_str_eq(out.bytes, text);
    buffer_free(&out);
}
END_TEST

static int take_text(void *context, const json_t *value, const char *pointer,
                     struct problem_list *list, struct error *err)
{
    (void)err;
    json_fields_string(value, pointer, list, context);
    return 0;
}

static const char *read_object(const char *text, const char *pointer)
{
    static const struct json_field fields[] = {{"a", true, take_text},
                                               {"b", false, take_text}};
    const char *taken = NULL;
    struct error err = {0};
    ck_assert_int_eq(json_fields_read(parse(text), pointer, fields, 2, (void *)&taken,
                                      &problems, &err),
                     0);
    return taken;
}

START_TEST(members_are_read_by_name)
{
    ck_assert_str_eq(read_object("{\"a\":\"x\",\"b\":null}", ""), "x");
    ck_assert_uint_eq(problems.n, 0);
}
END_TEST

START_TEST(unknown_missing_and_wrong_members_are_all_told)
{
    read_object("{\"b\":1,\"c/d\":2}", "/p");
    ck_assert_uint_eq(problems.n, 3);
    ck_assert_str_eq(problems.errors[0].place, "/p/b");
    ck_assert_int_eq(problems.errors[0].code, ERROR_INVALID_TYPE);
    ck_assert_str_eq(problems.errors[1].place, "/p/c~1d");
    ck_assert_int_eq(problems.errors[1].code, ERROR_UNKNOWN_FIELD);
    ck_assert_str_eq(problems.errors[2].place, "/p/a");
    ck_assert_int_eq(problems.errors[2].code, ERROR_MISSING_FIELD);
}
END_TEST

START_TEST(a_required_member_may_not_be_null)
{
    read_object("{\"a\":null}", "");
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_MISSING_FIELD);
}
END_TEST

START_TEST(anything_but_an_object_is_told)
{
    read_object("[]", "/p");
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_INVALID_TYPE);
    ck_assert_str_eq(problems.errors[0].place, "/p");
}
END_TEST

START_TEST(numbers_have_a_least_value)
{
    double value = 7;
    ck_assert(json_fields_number(parse("0"), "/x", 0, false, &problems, &value));
    ck_assert(value == 0);
    ck_assert(json_fields_number(parse("1e-300"), "/x", 0, true, &problems, &value));
    ck_assert_uint_eq(problems.n, 0);
    ck_assert(!json_fields_number(parse("0"), "/x", 0, true, &problems, &value));
    ck_assert(!json_fields_number(parse("-1"), "/x", 0, false, &problems, &value));
    ck_assert(!json_fields_number(parse("\"1\""), "/x", 0, false, &problems, &value));
    ck_assert(value == 1e-300);
    ck_assert_uint_eq(problems.n, 3);
    ck_assert_str_eq(problems.errors[0].message, "must be above 0");
    ck_assert_str_eq(problems.errors[1].message, "must be at least 0");
    ck_assert_int_eq(problems.errors[2].code, ERROR_INVALID_TYPE);
}
END_TEST

START_TEST(integers_may_be_written_as_reals)
{
    int64_t value = 7;
    ck_assert(json_fields_integer(parse("1e3"), "/x", 1, 1000, &problems, &value));
    ck_assert_int_eq(value, 1000);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert(!json_fields_integer(parse("1.5"), "/x", 1, 1000, &problems, &value));
    ck_assert(!json_fields_integer(parse("1e300"), "/x", 1, 1000, &problems, &value));
    ck_assert(!json_fields_integer(parse("1001"), "/x", 1, 1000, &problems, &value));
    ck_assert(!json_fields_integer(parse("true"), "/x", 1, 1000, &problems, &value));
    ck_assert_int_eq(value, 1000);
    ck_assert_uint_eq(problems.n, 4);
}
END_TEST

START_TEST(booleans_are_no_numbers)
{
    bool value = false;
    ck_assert(json_fields_bool(parse("true"), "/x", &problems, &value));
    ck_assert(value);
    ck_assert(!json_fields_bool(parse("1"), "/x", &problems, &value));
    ck_assert_uint_eq(problems.n, 1);
}
END_TEST

TCase *json_fields_test(void)
{
    TCase *tcase = tcase_create("json_fields");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, malformed_text_is_refused_without_quoting_it, 0,
                        sizeof(bad) / sizeof(*bad));
    tcase_add_test(tcase, a_deep_text_is_refused_before_it_becomes_a_tree);
    tcase_add_test(tcase, a_tree_is_written_as_it_was);
    tcase_add_test(tcase, members_are_read_by_name);
    tcase_add_test(tcase, unknown_missing_and_wrong_members_are_all_told);
    tcase_add_test(tcase, a_required_member_may_not_be_null);
    tcase_add_test(tcase, anything_but_an_object_is_told);
    tcase_add_test(tcase, numbers_have_a_least_value);
    tcase_add_test(tcase, integers_may_be_written_as_reals);
    tcase_add_test(tcase, booleans_are_no_numbers);
    return tcase;
}
