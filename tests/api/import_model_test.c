#include "api/import_model.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/predict.h"

static struct problem_list problems;
static struct error err;

static void setup(void)
{
    problems = (struct problem_list){0};
    err = (struct error){0};
}

static void teardown(void)
{
    memory_fail_after(-1);
    problem_list_free(&problems);
}

static struct model *read(const char *body)
{
    return import_model_read(body, strlen(body), &problems, &err);
}

/* What must be readable. */
static struct model *import(const char *body)
{
    struct model *model = read(body);
    ck_assert_msg(model != NULL, "%s %s: %s", err.message,
                  problems.n ? problems.errors[0].place : "",
                  problems.n ? problems.errors[0].message : "");
    return model;
}

/* Of the first score of a row of cells, levels by their number. */
static double score(const struct model *model, const double *cells)
{
    double scores[8];
    predict_scores(model, cells, 1, NULL, scores);
    return scores[0];
}

/* ---- the forms ---- */

/* R: coef(glm(admit ~ gre + gpa + rank, binomial)) of the UCLA admissions, and the
 * log-odds of gre 380, gpa 3.61, rank 3 (contract.md). */
#define ADMISSIONS                                                                       \
    "\"(Intercept)\":[-3.989979],\"gre\":[0.002264],\"gpa\":0.804038,\"rank2\":-"        \
    "0.675443,\"rank3\":-1.340204,\"rank4\":-1.551464"
static const char *const of_r[] = {
    "{\"classes\":[0,1],\"levels\":{\"rank\":[1,2,3,4]},\"coefficients\":{" ADMISSIONS
    "}}",
    "{\"classes\":[\"0\",\"1\"],\"features\":[\"gre\",\"gpa\",\"rank\"],"
    "\"levels\":{\"rank\":[\"1\",\"2\",\"3\",\"4\"]},\"coefficients\":{"
    "\"rank[T.4]\":-1.551464,\"rank[T.3]\":-1.340204,\"rank[T.2]\":-0.675443,"
    "\"Intercept\":-3.989979,\"gre\":0.002264,\"gpa\":0.804038}}",
    "{\"family\":\"binomial\",\"classes\":[0,1],\"formula\":\"admit ~ gre + gpa + "
    "C(rank)\",\"levels\":{\"rank\":[1,2,3,4]},\"coefficients\":{\"Intercept\":-3.989979,"
    "\"C(rank)[T.2]\":-0.675443,\"C(rank)[T.3]\":-1.340204,\"C(rank)[T.4]\":-1.551464,"
    "\"gre\":0.002264,\"gpa\":0.804038}}"};

START_TEST(named_terms_of_r_and_patsy_find_their_columns)
{
    const double cells[] = {380, 3.61, 2};
    struct model *model = import(of_r[_i]);
    ck_assert_uint_eq(model->encoding->n_inputs, 3);
    ck_assert_str_eq(model->classes[model->positive], "1");
    ck_assert(fabs(score(model, cells) - -1.56728582) < 1e-12);
    model_release(model);
}
END_TEST

START_TEST(a_formula_may_be_an_intercept_alone)
{
    struct model *model = import("{\"classes\":[0,1],\"formula\":\"y ~ 1\",\"schema\":{"
                                 "\"inputs\":[],\"n_inputs\":0},\"coefficients\":{"
                                 "\"Intercept\":-1.5}}");
    ck_assert_uint_eq(model->encoding->n_inputs, 0);
    ck_assert(score(model, NULL) == -1.5);
    model_release(model);
}
END_TEST

START_TEST(without_inputs_only_a_formula_may_be)
{
    ck_assert_ptr_null(
        read("{\"classes\":[0,1],\"schema\":{\"inputs\":[],\"n_inputs\":0},"
             "\"coefficients\":{\"Intercept\":-1.5}}"));
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_NO_FEATURES);
}
END_TEST

/* By hand: 0.25 + 0.5·(3-1)/2 - 1·(6-2)/4. */
START_TEST(a_scaler_before_the_coefficients_is_kept_and_folded)
{
    const double cells[] = {3, 6};
    struct model *model = import("{\"classes\":[0,1],\"features\":[\"a\",\"b\"],\"coef\":"
                                 "[[0.5,-1]],\"intercept\":[0.25],\"mean\":[1,2],"
                                 "\"scale\":[2,4]}");
    ck_assert(score(model, cells) == -0.25);
    ck_assert(model->means[1] == 2 && model->coefficients[2].estimate == -1);
    ck_assert(model->typical.spreads[1] == 4);
    model_release(model);
    model = import("{\"classes\":[0,1],\"features\":[\"a\",\"b\"],\"coef\":[0.5,-1],"
                   "\"intercept\":0.25,\"mean\":[1,2]}");
    ck_assert(score(model, cells) == 0.25 + 0.5 * 2 - 4);
    ck_assert_ptr_null(model->typical.means); /* how far columns spread is not known */
    model_release(model);
}
END_TEST

/* Rows of coef follow the classes as given; scores of classes differ as their rows do. */
START_TEST(a_row_for_each_class_becomes_differences_to_the_reference)
{
    const double cells[] = {2};
    double scores[3];
    struct model *model = import("{\"classes\":[\"c\",\"a\",\"b\"],\"features\":[\"x\"],"
                                 "\"coef\":[[1],[2],[5]],\"intercept\":[10,20,30]}");
    predict_scores(model, cells, 1, NULL, scores);
    ck_assert_str_eq(model->classes[0], "a");
    ck_assert_str_eq(model->classes[model->reference], "c");
    ck_assert(fabs(scores[0] - scores[2] - (24 - 12)) < 1e-12);
    ck_assert(fabs(scores[1] - scores[2] - (40 - 12)) < 1e-12);
    ck_assert(fabs(scores[0] + scores[1] + scores[2]) < 1e-12);
    model_release(model);
}
END_TEST

START_TEST(objects_by_class_say_which_one_is_the_reference)
{
    struct model *model = import(
        "{\"classes\":[\"a\",\"b\",\"c\"],\"coefficients\":{\"c\":{\"(Intercept)\":1,"
        "\"x\":2},\"a\":{\"(Intercept)\":3,\"x\":4}}}");
    ck_assert_str_eq(model->classes[model->reference], "b");
    ck_assert(model->coefficients[0].estimate == 3);
    ck_assert(model->coefficients[3].estimate == 2);
    model_release(model);
}
END_TEST

START_TEST(numbers_are_predicted_without_classes)
{
    const double cells[] = {3};
    struct model *model = import("{\"features\":[\"x\"],\"coef\":[2],\"target\":\"y\","
                                 "\"metadata\":{\"from\":[1,null]}}");
    ck_assert_int_eq(model->family, FAMILY_GAUSSIAN);
    ck_assert(score(model, cells) == 6 && !model->intercept);
    ck_assert_str_eq(model->roles.target, "y");
    ck_assert_str_eq(model->metadata, "{\"from\":[1,null]}");
    model_release(model);
}
END_TEST

START_TEST(a_covariance_is_read_in_the_order_of_the_coefficients_or_of_its_terms)
{
    struct model *model =
        import("{\"classes\":[0,1],\"coefficients\":{\"x\":1,\"(Intercept)\":2},"
               "\"covariance\":[[4,1],[1,9]]}");
    ck_assert(model->coefficients[0].std_error == 3);
    ck_assert(model->covariance[3] == 4 && model->covariance[1] == 1);
    model_release(model);
    model = import("{\"classes\":[0,1],\"coefficients\":{\"x\":1,\"(Intercept)\":2},"
                   "\"covariance\":{\"terms\":[\"const\",\"x\"],\"matrix\":[[4,1],[1,9]]}"
                   "}");
    ck_assert(model->coefficients[0].std_error == 2);
    model_release(model);
}
END_TEST

START_TEST(what_the_fit_could_not_tell_apart_is_aliased)
{
    struct model *model =
        import("{\"classes\":[0,1],\"coefficients\":{\"(Intercept)\":1,\"x\":null,"
               "\"y\":\"NA\"},\"covariance\":[[1,null,null],[null,null,null],"
               "[null,null,null]]}");
    ck_assert(model->coefficients[1].aliased && model->coefficients[2].aliased);
    ck_assert(model->coefficients[0].std_error == 1);
    ck_assert(isnan(model->coefficients[1].std_error));
    model_release(model);
}
END_TEST

/* ---- what is wrong ---- */

#define TWO "\"classes\":[0,1],"
#define XY TWO "\"features\":[\"x\",\"y\"],"
static const struct {
    const char *body, *pointer, *code;
} wrong[] = {
    {"[]", "", "invalid_type"},
    {"{}", "/schema", "missing_field"},
    {"{\"nonsense\":1}", "/nonsense", "unknown_field"},
    {"{\"family\":\"poisson\"}", "/family", "invalid"},
    {"{\"family\":\"binomial\",\"classes\":[1,2,3]}", "/classes", "invalid"},
    {"{\"family\":\"gaussian\",\"classes\":[1,2]}", "/classes", "invalid"},
    {"{\"classes\":{}}", "/classes", "invalid_type"},
    {"{\"classes\":[1,[]]}", "/classes/1", "invalid_type"},
    {"{\"classes\":[1,1.0]}", "/classes/1", "invalid"},
    {"{\"classes\":[0,1],\"positive\":2}", "/positive", "invalid"},
    {"{\"classes\":[0,1],\"reference\":1}", "/reference", "invalid"},
    {"{" XY "\"coef\":[[1,2]],\"coefficients\":{}}", "/coef", "invalid"},
    {"{" XY "\"coef\":[[1]]}", "/coef/0", "wrong_width"},
    {"{" XY "\"coef\":[[1,2],[3,4]]}", "/coef", "wrong_width"},
    {"{" XY "\"coef\":[1,\"2\"]}", "/coef/1", "not_a_number"},
    {"{" XY "\"coef\":[1,2],\"intercept\":[1,2]}", "/intercept", "wrong_width"},
    {"{" XY "\"coef\":[1,2],\"intercept\":1,\"scale\":[1,0]}", "/scale/1",
     "out_of_range"},
    {"{" XY "\"coef\":[1,2],\"mean\":[1,1]}", "/mean", "invalid"},
    {"{" XY "\"coefficients\":{\"x\":1,\"y\":1},\"intercept\":1}", "/intercept",
     "invalid"},
    {"{" XY "\"coefficients\":{\"x\":1,\"z\":1}}", "/coefficients/z", "unknown_column"},
    {"{" XY "\"coefficients\":{\"x\":1}}", "/coefficients", "missing_field"},
    {"{" XY "\"coefficients\":{\"x\":1,\"y\":true}}", "/coefficients/y", "not_a_number"},
    {"{" XY "\"coefficients\":[{\"term\":\"x\",\"estimate\":1},{\"term\":\"x\","
     "\"estimate\":1}]}",
     "/coefficients/1", "invalid"},
    {"{" XY "\"coefficients\":[{\"estimate\":1},{\"term\":\"y\",\"estimate\":1}]}",
     "/coefficients/0/term", "missing_field"},
    {"{" XY "\"coefficients\":[{\"term\":\"x\",\"estimate\":null,\"infinite\":\"+\"},"
     "{\"term\":\"y\",\"estimate\":1}]}",
     "/coefficients/0", "non_finite"},
    {"{" XY "\"coefficients\":[{\"term\":\"x\",\"estimate\":1,\"std_error\":-1},"
     "{\"term\":\"y\",\"estimate\":1}]}",
     "/coefficients/0", "out_of_range"},
    {"{" XY "\"coefficients\":[{\"term\":\"x\",\"estimate\":1,\"scale\":2},{\"term\":"
     "\"y\",\"estimate\":1}]}",
     "/coefficients", "missing_field"},
    {"{" TWO "\"features\":[\"x\",\"x\"],\"coef\":[1,2]}", "/features/1",
     "duplicate_column"},
    {"{" TWO "\"features\":[\"\"],\"coef\":[1]}", "/features/0", "bad_column_name"},
    {"{" TWO "\"features\":[1],\"coef\":[1]}", "/features/0", "invalid_type"},
    {"{" TWO "\"coefficients\":{\"a:b\":1}}", "/coefficients/a:b", "unknown_column"},
    {"{" XY "\"levels\":{\"q\":[1]},\"coef\":[1,2]}", "/levels/q", "unknown_column"},
    {"{" XY "\"levels\":{\"x\":[1,1]},\"coef\":[1,2]}", "/levels/x/1", "invalid"},
    {"{" XY "\"levels\":{\"x\":[]},\"coef\":[1,2]}", "/levels/x", "invalid"},
    {"{" XY "\"schema\":{\"inputs\":[]},\"coef\":[1,2]}", "/schema", "invalid"},
    {"{" TWO "\"schema\":{\"inputs\":[{\"name\":\"c\",\"type\":\"categorical\"}]},"
     "\"coef\":[]}",
     "/schema/inputs/0/levels", "missing_field"},
    {"{" TWO "\"schema\":{\"inputs\":[{\"name\":\"c\",\"type\":\"numeric\"}],"
     "\"n_inputs\":2},\"coef\":[1]}",
     "/schema/inputs", "invalid"},
    {"{" TWO "\"schema\":{\"inputs\":[{\"name\":\"c\",\"type\":\"categorical\","
     "\"levels\":[\"a\"],\"reference\":\"b\"}]},\"coef\":[1]}",
     "/schema", "unknown_level"},
    {"{" XY "\"formula\":\"a ~ x +\",\"coef\":[1,2]}", "/formula", "bad_formula"},
    {"{" XY "\"formula\":\"a ~ x + y\",\"coef\":[1,2]}", "/formula", "invalid"},
    {"{" TWO "\"formula\":\"a ~ C(x)\",\"coef\":[1]}", "/formula", "invalid"},
    {"{" XY "\"coef\":[1,2],\"covariance\":[[1]]}", "/covariance", "wrong_width"},
    {"{" XY "\"coef\":[1,2],\"covariance\":[[1,2],[3,4]]}", "/covariance", "invalid"},
    {"{" XY "\"coef\":[1,2],\"covariance\":[[1,0],[0,-4]]}", "/covariance",
     "out_of_range"},
    {"{" XY "\"coef\":[1,2],\"covariance\":[[1,0],[0,null]]}", "/covariance/1/1",
     "not_a_number"},
    {"{" XY "\"coef\":[1,2],\"covariance\":{\"terms\":[\"x\",\"x\"],\"matrix\":[[1,0],"
     "[0,1]]}}",
     "/covariance/terms/1", "invalid"},
    {"{\"classes\":[0,1,2],\"features\":[\"x\"],\"coefficients\":{\"0\":{\"x\":1}}}",
     "/coefficients", "invalid"},
    {"{\"classes\":[0,1,2],\"features\":[\"x\"],\"reference\":0,\"coefficients\":{\"0\":"
     "{\"x\":1},\"1\":{\"x\":1},\"2\":{\"x\":1}}}",
     "/coefficients/0/x", "invalid"},
    {"{" XY "\"coef\":[1,2],\"metadata\":[]}", "/metadata", "invalid_type"},
    {"{" XY "\"coefficients\":{},\"coefficients_omitted\":3}", "/coefficients_omitted",
     "invalid"},
    {"{\"state\":\"AAAA\"}", "/state", "invalid"},
    {"{\"state\":\"!\"}", "/state", "invalid"},
    {"{\"state\":1}", "/state", "invalid_type"},
};

START_TEST(what_is_wrong_is_told_with_its_pointer)
{
    bool is_told = false;
    ck_assert_ptr_null(read(wrong[_i].body));
    ck_assert_msg(!error_is_set(&err), "%s", err.message);
    for (size_t i = 0; i < problems.n; i++)
        is_told =
            is_told || (strcmp(problems.errors[i].place, wrong[_i].pointer) == 0 &&
                        strcmp(error_word(problems.errors[i].code), wrong[_i].code) == 0);
    ck_assert_msg(is_told, "%s: %s %s %s", wrong[_i].body,
                  problems.n ? problems.errors[0].place : "nothing",
                  problems.n ? error_word(problems.errors[0].code) : "",
                  problems.n ? problems.errors[0].message : "");
}
END_TEST

START_TEST(a_body_that_is_no_json_is_an_error)
{
    ck_assert_ptr_null(read("{\"coef\":"));
    ck_assert_int_eq(err.code, ERROR_BAD_JSON);
}
END_TEST

/* jansson's own allocations do not fail. */
START_TEST(every_allocation_may_fail)
{
    static const char *const bodies[] = {
        "{\"classes\":[0,1],\"formula\":\"admit ~ gre + C(rank)\",\"levels\":{\"rank\":"
        "[1,2]},\"coefficients\":{\"Intercept\":1,\"C(rank)[T.2]\":2,\"gre\":3},"
        "\"covariance\":{\"terms\":[\"const\",\"gre\",\"rank2\"],\"matrix\":[[1,0,0],"
        "[0,1,0],[0,0,1]]},\"metadata\":{\"a\":1}}",
        "{\"classes\":[0,1,2],\"features\":[\"x\"],\"coef\":[[1],[2],[3]],"
        "\"intercept\":[1,2,3],\"mean\":[0],\"scale\":[1]}"};
    for (size_t i = 0; i < 2; i++) {
        struct model *model = NULL;
        for (long n = 0; !model; n++) {
            err = (struct error){0};
            ck_assert_int_lt(n, 500);
            memory_fail_after(n);
            model = read(bodies[i]);
            memory_fail_after(-1);
            ck_assert(model || err.code == ERROR_NO_MEMORY);
        }
        model_release(model);
    }
}
END_TEST

TCase *import_model_test(void)
{
    TCase *tcase = tcase_create("import_model");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, named_terms_of_r_and_patsy_find_their_columns, 0,
                        sizeof(of_r) / sizeof(*of_r));
    tcase_add_test(tcase, a_formula_may_be_an_intercept_alone);
    tcase_add_test(tcase, without_inputs_only_a_formula_may_be);
    tcase_add_test(tcase, a_scaler_before_the_coefficients_is_kept_and_folded);
    tcase_add_test(tcase, a_row_for_each_class_becomes_differences_to_the_reference);
    tcase_add_test(tcase, objects_by_class_say_which_one_is_the_reference);
    tcase_add_test(tcase, numbers_are_predicted_without_classes);
    tcase_add_test(tcase,
                   a_covariance_is_read_in_the_order_of_the_coefficients_or_of_its_terms);
    tcase_add_test(tcase, what_the_fit_could_not_tell_apart_is_aliased);
    tcase_add_loop_test(tcase, what_is_wrong_is_told_with_its_pointer, 0,
                        sizeof(wrong) / sizeof(*wrong));
    tcase_add_test(tcase, a_body_that_is_no_json_is_an_error);
    tcase_add_test(tcase, every_allocation_may_fail);
    return tcase;
}
