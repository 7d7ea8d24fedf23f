#include "api/predict_options.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/small_model.h"

static const double zeros[8];
static struct model *binomial, *multinomial;
static struct problem_list problems;
static struct predict_members members;
static struct error err;

static void setup(void)
{
    memory_fail_after(-1);
    binomial = small_model_binomial(zeros);
    multinomial = small_model_multinomial(zeros);
    problems = (struct problem_list){0};
    members = (struct predict_members){0};
    err = (struct error){0};
}

static void teardown(void)
{
    memory_fail_after(-1);
    model_release(binomial);
    model_release(multinomial);
    problem_list_free(&problems);
}

static int find(const char *body)
{
    members = (struct predict_members){0};
    return predict_options_find(body, strlen(body), &members, &problems, &err);
}

static struct predict_options read_options(const struct model *model, const char *body)
{
    struct predict_options options = {0};
    ck_assert_int_eq(find(body), 0);
    ck_assert_msg(predict_options_read(model, &members, &options, &problems, &err) == 0,
                  "%s", err.message);
    return options;
}

static void must_tell(size_t i, const char *pointer, enum error_code code)
{
    ck_assert_uint_lt(i, problems.n);
    ck_assert_str_eq(problems.errors[i].place, pointer);
    ck_assert_msg(problems.errors[i].code == code, "%s: %s", pointer,
                  error_word(problems.errors[i].code));
}

/* ---- members ---- */

START_TEST(members_are_found_in_any_order)
{
    ck_assert_int_eq(find(" { \"threshold\" : 0.25 , \"rows\" : [ [ 1 ] ] , "
                          "\"output\":[\"label\"], \"\\u006cayout\":\"records\" } "),
                     0);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert(members.has[PREDICT_MEMBER_ROWS]);
    ck_assert(members.has[PREDICT_MEMBER_THRESHOLD]);
    ck_assert(members.has[PREDICT_MEMBER_OUTPUT]);
    ck_assert(members.has[PREDICT_MEMBER_LAYOUT]);
    ck_assert(!members.has[PREDICT_MEMBER_INSTANCES]);
    struct json_scan scan = members.at[PREDICT_MEMBER_THRESHOLD];
    double value;
    ck_assert_int_eq(json_scan_number(&scan, &value, &err), 0);
    ck_assert(value == 0.25);
    ck_assert_int_eq(json_scan_peek(&members.at[PREDICT_MEMBER_ROWS]), JSON_KIND_ARRAY);
}
END_TEST

START_TEST(unknown_members_are_told_by_their_pointers)
{
    ck_assert_int_eq(find("{\"rowz\":[],\"a/b~c\":{\"d\":1},\"\\u00e4\\n\":0}"), 0);
    ck_assert_uint_eq(problems.n, 3);
    must_tell(0, "/rowz", ERROR_UNKNOWN_FIELD);
    must_tell(1, "/a~1b~0c", ERROR_UNKNOWN_FIELD);
    must_tell(2, "/\xc3\xa4\n", ERROR_UNKNOWN_FIELD);
}
END_TEST

START_TEST(a_member_given_twice_is_malformed)
{
    ck_assert_int_eq(find("{\"rows\":[],\"row\\u0073\":[]}"), -1);
    ck_assert_int_eq(err.code, ERROR_DUPLICATE_KEY);
    ck_assert_str_eq(err.place, "byte 11");
}
END_TEST

static const struct {
    const char *body;
    enum error_code code;
} malformed[] = {
    {"", ERROR_BAD_JSON},
    {"{", ERROR_BAD_JSON},
    {"{\"rows\":[[1]}", ERROR_BAD_JSON},
    {"{\"rows\":[[1]]} x", ERROR_BAD_JSON},
    {"{\"rows\":[[1]],}", ERROR_BAD_JSON},
    {"{\"threshold\":.5}", ERROR_BAD_JSON},
    {"{\"output\":[NaN]}", ERROR_BAD_JSON},
    {"{\"x\":[01]}", ERROR_BAD_JSON},
    {"{\"on_error\":\"\xff\"}", ERROR_BAD_UTF8},
    {"[1,", ERROR_BAD_JSON},
};

START_TEST(malformed_text_is_refused_with_its_byte)
{
    ck_assert_int_eq(find(malformed[_i].body), -1);
    ck_assert_int_eq(err.code, malformed[_i].code);
    ck_assert_int_eq(strncmp(err.place, "byte ", 5), 0);
}
END_TEST

START_TEST(anything_but_an_object_is_told)
{
    static const char *const bodies[] = {"[]", "null", "\"rows\"", "1"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(find(bodies[i]), 0);
        ck_assert_uint_eq(problems.n, i + 1);
        must_tell(i, "", ERROR_INVALID_TYPE);
    }
}
END_TEST

/* ---- options ---- */

START_TEST(without_options_the_answer_has_labels_probabilities_and_scores)
{
    struct predict_options options = read_options(binomial, "{}");
    ck_assert_uint_eq(options.outputs,
                      PREDICT_LABEL | PREDICT_PROBABILITY | PREDICT_LOG_ODDS);
    ck_assert(options.threshold == 0.5);
    ck_assert(!options.columns_layout && !options.on_error_row);
    ck_assert_uint_eq(problems.n, 0);
}
END_TEST

START_TEST(options_are_read)
{
    struct predict_options options = read_options(
        binomial,
        "{\"output\":[\"linear_predictor\",\"label\",\"label\"],\"threshold\":1,"
        "\"layout\":\"columns\",\"on_error\":\"row\"}");
    ck_assert_uint_eq(options.outputs, PREDICT_LABEL | PREDICT_LINEAR_PREDICTOR);
    ck_assert(options.threshold == 1);
    ck_assert(options.columns_layout && options.on_error_row);
    options = read_options(binomial, "{\"output\":[\"log_odds\"],\"threshold\":0,"
                                     "\"layout\":\"records\",\"on_error\":\"fail\"}");
    ck_assert_uint_eq(options.outputs, PREDICT_LOG_ODDS);
    ck_assert(options.threshold == 0);
    ck_assert(!options.columns_layout && !options.on_error_row);
    ck_assert_uint_eq(problems.n, 0);
}
END_TEST

START_TEST(what_needs_more_than_scores_is_read)
{
    struct predict_options options = read_options(
        binomial, "{\"output\":[\"standard_error\",\"interval\",\"contributions\"],"
                  "\"top_k\":3,\"confidence\":0.5}");
    ck_assert_uint_eq(options.outputs, PREDICT_OF_CELLS | PREDICT_TOP_K);
    ck_assert_uint_eq(options.top_k, 3);
    ck_assert(options.confidence == .5);
    options = read_options(binomial, "{}");
    ck_assert(options.confidence == .95);
    ck_assert_uint_eq(problems.n, 0);
}
END_TEST

/* small_model_multinomial has no covariance. */
START_TEST(a_model_without_a_covariance_tells_no_errors)
{
    read_options(multinomial, "{\"output\":[\"label\",\"interval\",\"contributions\"]}");
    ck_assert_uint_eq(problems.n, 1);
    must_tell(0, "/output/1", ERROR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(problems.errors[0].message, "\"statistics\":true"));
}
END_TEST

START_TEST(a_multinomial_has_logits)
{
    struct predict_options options =
        read_options(multinomial, "{\"output\":[\"logits\"]}");
    ck_assert_uint_eq(options.outputs, PREDICT_LOGITS);
    read_options(multinomial,
                 "{\"output\":[\"log_odds\",\"logits\",\"linear_predictor\"],"
                 "\"threshold\":0.5}");
    ck_assert_uint_eq(problems.n, 3);
    must_tell(0, "/output/0", ERROR_UNSUPPORTED);
    must_tell(1, "/output/2", ERROR_UNSUPPORTED);
    must_tell(2, "/threshold", ERROR_INVALID);
}
END_TEST

static const struct {
    const char *body;
    const char *pointer;
    enum error_code code;
} refused[] = {
    {"{\"output\":\"label\"}", "/output", ERROR_INVALID_TYPE},
    {"{\"output\":null}", "/output", ERROR_INVALID_TYPE},
    {"{\"output\":[]}", "/output", ERROR_INVALID},
    {"{\"output\":[\"label\",\"logits\"]}", "/output/1", ERROR_UNSUPPORTED},
    {"{\"output\":[\"Label\"]}", "/output/0", ERROR_UNSUPPORTED},
    {"{\"output\":[1]}", "/output/0", ERROR_UNSUPPORTED},
    {"{\"output\":[[\"label\"]]}", "/output/0", ERROR_UNSUPPORTED},
    {"{\"output\":[\"contribution\"]}", "/output/0", ERROR_UNSUPPORTED},
    {"{\"threshold\":\"0.5\"}", "/threshold", ERROR_INVALID_TYPE},
    {"{\"threshold\":null}", "/threshold", ERROR_INVALID_TYPE},
    {"{\"threshold\":1.01}", "/threshold", ERROR_OUT_OF_RANGE},
    {"{\"threshold\":-1e-300}", "/threshold", ERROR_OUT_OF_RANGE},
    {"{\"layout\":\"column\"}", "/layout", ERROR_INVALID},
    {"{\"layout\":1}", "/layout", ERROR_INVALID},
    {"{\"on_error\":\"skip\"}", "/on_error", ERROR_INVALID},
    {"{\"on_error\":true}", "/on_error", ERROR_INVALID},
    {"{\"top_k\":0}", "/top_k", ERROR_OUT_OF_RANGE},
    {"{\"top_k\":1.5}", "/top_k", ERROR_OUT_OF_RANGE},
    {"{\"top_k\":1e300}", "/top_k", ERROR_OUT_OF_RANGE},
    {"{\"top_k\":\"3\"}", "/top_k", ERROR_INVALID_TYPE},
    {"{\"confidence\":0}", "/confidence", ERROR_OUT_OF_RANGE},
    {"{\"confidence\":1}", "/confidence", ERROR_OUT_OF_RANGE},
    {"{\"confidence\":95}", "/confidence", ERROR_OUT_OF_RANGE},
    {"{\"confidence\":[0.9]}", "/confidence", ERROR_INVALID_TYPE},
};

START_TEST(options_that_cannot_be_are_told)
{
    read_options(binomial, refused[_i].body);
    ck_assert_uint_eq(problems.n, 1);
    must_tell(0, refused[_i].pointer, refused[_i].code);
}
END_TEST

START_TEST(all_that_is_wrong_is_told_together)
{
    read_options(binomial, "{\"on_error\":\"x\",\"layout\":\"x\",\"threshold\":2,"
                           "\"output\":[\"x\",\"label\",\"y\"],\"z\":0}");
    ck_assert_uint_eq(problems.n, 6);
    must_tell(0, "/z", ERROR_UNKNOWN_FIELD);
    must_tell(1, "/output/0", ERROR_UNSUPPORTED);
    must_tell(2, "/output/2", ERROR_UNSUPPORTED);
    must_tell(3, "/threshold", ERROR_OUT_OF_RANGE);
    must_tell(4, "/layout", ERROR_INVALID);
    must_tell(5, "/on_error", ERROR_INVALID);
}
END_TEST

START_TEST(a_threshold_beyond_a_double_is_malformed)
{
    struct predict_options options = {0};
    ck_assert_int_eq(find("{\"threshold\":1e309}"), 0);
    ck_assert_int_eq(predict_options_read(binomial, &members, &options, &problems, &err),
                     -1);
    ck_assert_int_eq(err.code, ERROR_OUT_OF_RANGE);
    ck_assert_str_eq(err.place, "byte 13");
}
END_TEST

START_TEST(without_memory_for_a_name_there_is_an_error)
{
    memory_fail_after(0);
    ck_assert_int_eq(find("{\"x\":1}"), -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

#define N(array) (int)(sizeof(array) / sizeof(*(array)))

TCase *predict_options_test(void)
{
    TCase *tests = tcase_create("predict_options");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, members_are_found_in_any_order);
    tcase_add_test(tests, unknown_members_are_told_by_their_pointers);
    tcase_add_test(tests, a_member_given_twice_is_malformed);
    tcase_add_loop_test(tests, malformed_text_is_refused_with_its_byte, 0, N(malformed));
    tcase_add_test(tests, anything_but_an_object_is_told);
    tcase_add_test(tests, without_options_the_answer_has_labels_probabilities_and_scores);
    tcase_add_test(tests, options_are_read);
    tcase_add_test(tests, what_needs_more_than_scores_is_read);
    tcase_add_test(tests, a_model_without_a_covariance_tells_no_errors);
    tcase_add_test(tests, a_multinomial_has_logits);
    tcase_add_loop_test(tests, options_that_cannot_be_are_told, 0, N(refused));
    tcase_add_test(tests, all_that_is_wrong_is_told_together);
    tcase_add_test(tests, a_threshold_beyond_a_double_is_malformed);
    tcase_add_test(tests, without_memory_for_a_name_there_is_an_error);
    return tests;
}
