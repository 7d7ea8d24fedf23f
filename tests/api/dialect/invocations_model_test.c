#include "api/dialect/invocations_model.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    enum model_path_by by;
    const char *name, *which;
} good[] = {
    {"m", MODEL_PATH_BY_MODEL, "m", ""},
    {"a.b-c_1", MODEL_PATH_BY_MODEL, "a.b-c_1", ""},
    {"m/3", MODEL_PATH_BY_VERSION, "m", "3"},
    {"m@stable", MODEL_PATH_BY_ALIAS, "m", "stable"},
    {"", MODEL_PATH_BY_MODEL, "", ""},
    {NULL, MODEL_PATH_BY_MODEL, "", ""},
};

START_TEST(a_model_a_version_and_an_alias_are_read)
{
    struct invocations_model model;
    struct error err = {0};
    ck_assert_int_eq(invocations_model_read(good[_i].text, &model, &err), 0);
    ck_assert_int_eq(model.by, good[_i].by);
    ck_assert_str_eq(model.name, good[_i].name);
    ck_assert_str_eq(model.which, good[_i].which);
}
END_TEST

static const char *const bad[] = {"a b", "/3",  "@a",    "m/",    "m/0", "m/03", "m/x",
                                  "m@",  "m@@", "m/3/4", "m@b/2", "-m",  "m/3@a"};

START_TEST(what_names_no_version_is_refused)
{
    struct invocations_model model = {.name = "kept"};
    struct error err = {0};
    ck_assert_msg(invocations_model_read(bad[_i], &model, &err) == -1, "%s", bad[_i]);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_str_eq(model.name, "kept");
}
END_TEST

START_TEST(a_name_of_any_length_is_looked_at)
{
    struct invocations_model model;
    char text[400];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(invocations_model_read(text, &model, NULL), -1);
    text[1] = '@';
    ck_assert_int_eq(invocations_model_read(text, &model, NULL), -1);
    text[130] = '\0';
    ck_assert_int_eq(invocations_model_read(text, &model, NULL), 0);
}
END_TEST

TCase *invocations_model_test(void)
{
    TCase *tests = tcase_create("invocations_model");
    tcase_add_loop_test(tests, a_model_a_version_and_an_alias_are_read, 0,
                        (int)(sizeof(good) / sizeof(*good)));
    tcase_add_loop_test(tests, what_names_no_version_is_refused, 0,
                        (int)(sizeof(bad) / sizeof(*bad)));
    tcase_add_test(tests, a_name_of_any_length_is_looked_at);
    return tests;
}
