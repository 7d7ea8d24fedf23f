#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback_fixture.h"

#define JSON "Content-Type: application/json"
#define WAIT JSON "\nPrefer: wait=30"

/* ---- models: odds that can be counted ---- */

/* The odds of y=1 are 1:3 where x is 0 and 3:1 where it is 1. */
#define CSV                                                                              \
    "y,x,w,o\n0,0,1,0\n0,0,1,0\n0,0,1,0\n1,0,2,0\n1,1,1,0\n1,1,1,0\n1,1,1,0\n0,1,0,0\n"
#define MODEL "\"model\":\"m\",\"target\":\"y\",\"features\":[\"x\"]"

static char *train(const char *csv, const char *members)
{
    char body[512];
    char *dataset = loopback_upload(&loopback, csv);
    snprintf(body, sizeof(body), "{%s,\"dataset\":\"%s\"}", members, dataset);
    struct answer answer = loopback_call(&loopback, "POST /v1/jobs", WAIT, body);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    answer_free(&answer);
    return dataset;
}

static struct answer evaluate(const char *body)
{
    return loopback_json(&loopback, "POST /v1/models/m/evaluate", body);
}

static struct answer evaluate_dataset(const char *dataset, const char *more)
{
    char body[512];
    snprintf(body, sizeof(body), "{\"dataset\":\"%s\"%s}", dataset, more);
    return evaluate(body);
}

static void near(const struct answer *answer, const char *path, double expected)
{
    double found = answer_number(answer, path);
    ck_assert_msg(fabs(found - expected) < 1e-9, "%s is %.17g, not %.17g", path, found,
                  expected);
}

static void must_succeed(const struct answer *answer)
{
    ck_assert_msg(answer->status == 200, "%s", answer->body);
}

static void must_refuse(const char *body, int status, const char *pointer,
                        const char *code)
{
    struct answer answer = evaluate(body);
    ck_assert_msg(answer.status == status, "%s: %d %s", body, answer.status, answer.body);
    ck_assert_msg(!pointer || answer_has_error(&answer, pointer, code), "%s: %s", body,
                  answer.body);
    answer_free(&answer);
}

/* Of the eight rows. */
static void check_counted(const struct answer *answer)
{
    near(answer, "n_rows", 8);
    near(answer, "n_rows_skipped", 0);
    near(answer, "sum_weights", 8);
    near(answer, "threshold", 0.5);
    near(answer, "accuracy", 0.75);
    near(answer, "log_loss", -0.75 * log(0.75) - 0.25 * log(0.25));
    near(answer, "brier", 0.75 * 0.0625 + 0.25 * 0.5625);
    near(answer, "auc", (9 + 6 * 0.5) / 16); /* 9 pairs right, 6 of the same score */
    near(answer, "classes/1/precision", 0.75);
    near(answer, "confusion/matrix/0/0", 3);
    near(answer, "confusion/matrix/0/1", 1);
    ck_assert_str_eq(answer_string(answer, "confusion/labels/1"), "1");
    near(answer, "roc/n_points_exact", 3);
    near(answer, "roc/fpr/1", 0.25);
    near(answer, "roc/tpr/1", 0.75);
    near(answer, "roc/thresholds/1", 0.75);
    near(answer, "pr/precision/2", 0.5);
    near(answer, "pr/recall/2", 1);
    near(answer, "calibration/bins/2/count", 4);
    near(answer, "calibration/bins/2/observed", 0.25);
    near(answer, "calibration/bins/7/mean_predicted", 0.75);
    near(answer, "calibration/expected_error", 0);
    ck_assert_uint_eq(json_array_size(answer_at(answer, "thresholds")), 19);
    near(answer, "thresholds/9/threshold", 0.5);
    near(answer, "thresholds/9/tp", 3);
    ck_assert_uint_eq(json_array_size(answer_at(answer, "warnings")), 0);
}

START_TEST(a_dataset_is_judged_by_the_columns_of_the_fit)
{
    char *dataset = train(CSV, MODEL);
    static const char *const paths[] = {"m", "m/versions/1", "m/aliases/a"};
    struct answer answer =
        loopback_json(&loopback, "PUT /v1/models/m/aliases/a", "{\"version\":1}");
    answer_free(&answer);
    for (size_t i = 0; i < 3; i++) {
        char target[128], body[128];
        snprintf(target, sizeof(target), "POST /v1/models/%s/evaluate", paths[i]);
        snprintf(body, sizeof(body), "{\"dataset\":\"%s\"}", dataset);
        answer = loopback_json(&loopback, target, body);
        must_succeed(&answer);
        check_counted(&answer);
        ck_assert_str_eq(answer_string(&answer, "model"), "m");
        near(&answer, "version", 1);
        answer_free(&answer);
    }
    free(dataset);
}
END_TEST

/* The eight rows again, and others beside them. */
START_TEST(rows_of_a_dataset_are_chosen_by_a_level)
{
    static const char divided[] =
        "y,x,part\n0,0,1\n0,0,1\n0,9,2\n0,0,1\n1,0,1\n1,1,1\n1,1,1\n1,1,1\n0,1,1\n7,,3\n";
    char *fitted = train(CSV, MODEL);
    char *dataset = loopback_upload(&loopback, divided);
    static const struct {
        const char *more, *pointer, *code;
    } bad[] = {
        {",\"where\":{\"column\":\"zz\",\"level\":1}", "/where/column", "unknown_column"},
        {",\"where\":{\"column\":\"part\",\"level\":4}", "/where/level", "unknown_level"},
        {",\"where\":{\"column\":\"part\",\"level\":[1,\"x\"]}", "/where/level/1",
         "unknown_level"},
        {",\"where\":{\"column\":\"part\"}", "/where/level", "missing_field"},
        {",\"where\":{\"column\":\"part\",\"level\":1,\"train\":2}", "/where/train",
         "unknown_field"},
        {",\"where\":7", "/where", "invalid_type"},
    };
    struct answer answer =
        evaluate_dataset(dataset, ",\"where\":{\"column\":\"part\",\"level\":[1]}");
    must_succeed(&answer);
    check_counted(&answer);
    answer_free(&answer);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        answer = evaluate_dataset(dataset, bad[i].more);
        ck_assert_msg(answer.status == 422, "%s", answer.body);
        ck_assert_msg(answer_has_error(&answer, bad[i].pointer, bad[i].code), "%s",
                      answer.body);
        answer_free(&answer);
    }
    must_refuse(
        "{\"rows\":[[0]],\"labels\":[0],\"where\":{\"column\":\"x\",\"level\":0}}", 422,
        "/where", "invalid");
    free(fitted);
    free(dataset);
}
END_TEST

START_TEST(rows_may_bring_their_outcomes_in_every_form)
{
    static const char *const bodies[] = {
        "{\"rows\":[[0],[0],[0],[0],[1],[1],[1],[1]],\"labels\":[0,0,0,1,1,\"1\",1,0]}",
        "{\"labels\":[\"0\",0,0,1,1,1,1,0],\"columns\":[\"x\"],"
        "\"rows\":[[0],[0],[0],[0],[1],[1],[1],[1]]}",
        "{\"columns\":[\"y\",\"x\"],\"rows\":[[0,0],[\"0\",0],[0,0],[1,0],[1,1],[1,1],"
        "[1,1],[0,1]]}",
        "{\"columns\":[\"x\",\"y\"],\"rows\":[[0,0],[0,0],[0,0],[0,1],[1,1],[1,1],[1,1],"
        "[1,0]]}",
        "{\"instances\":[{\"x\":0,\"y\":0},{\"y\":0,\"x\":0},{\"x\":0,\"y\":\"0\"},"
        "{\"x\":0,\"y\":1},{\"x\":1,\"y\":1},{\"x\":1,\"y\":1},{\"x\":1,\"y\":1},"
        "{\"x\":1,\"y\":0}]}",
        "{\"instances\":[{\"x\":0,\"z\":0},{\"z\":0,\"x\":0},{\"x\":0,\"z\":0},"
        "{\"x\":0,\"z\":1},{\"x\":1,\"z\":1},{\"x\":1,\"z\":1},{\"x\":1,\"z\":1},"
        "{\"x\":1,\"z\":0}],\"target\":\"z\"}"};
    free(train(CSV, MODEL));
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        struct answer answer = evaluate(bodies[i]);
        must_succeed(&answer);
        check_counted(&answer);
        answer_free(&answer);
    }
}
END_TEST

START_TEST(weights_and_offsets_count_in_both_forms)
{
    char *dataset = train(CSV, MODEL ",\"offset\":\"o\"");
    struct answer answer = evaluate_dataset(dataset, ",\"weights\":\"w\"");
    must_succeed(&answer);
    near(&answer, "sum_weights", 8);
    near(&answer, "accuracy", 6.0 / 8);
    answer_free(&answer);
    answer = evaluate("{\"instances\":[{\"x\":0,\"y\":1,\"w\":3,\"o\":5},"
                      "{\"x\":1,\"y\":0,\"w\":1,\"o\":0}],\"weights\":\"w\"}");
    must_succeed(&answer);
    near(&answer, "sum_weights", 4);
    near(&answer, "log_loss", (3 * log1p(exp(log(3) - 5)) + log1p(exp(log(3)))) / 4);
    answer_free(&answer);
    answer = evaluate("{\"rows\":[[0]],\"labels\":[0],\"offset\":false}");
    must_succeed(&answer);
    near(&answer, "log_loss", -log(0.75));
    ck_assert(json_is_null(answer_at(&answer, "auc")));
    ck_assert(json_is_null(answer_at(&answer, "roc")));
    ck_assert_str_eq(answer_string(&answer, "warnings/0/code"), "single_class");
    answer_free(&answer);
    free(dataset);
}
END_TEST

START_TEST(counts_are_judged_by_the_trials_of_the_fit)
{
    char *dataset = train("s,n,x\n1,4,0\n3,4,1\n",
                          "\"model\":\"m\",\"target\":\"s\",\"trials\":\"n\"");
    struct answer answer = evaluate_dataset(dataset, "");
    must_succeed(&answer);
    near(&answer, "n_rows", 2);
    near(&answer, "sum_weights", 8);
    near(&answer, "accuracy", 0.75);
    near(&answer, "auc", (9 + 6 * 0.5) / 16);
    answer_free(&answer);
    answer = evaluate("{\"columns\":[\"n\",\"s\",\"x\"],\"rows\":[[4,1,0],[4,3,1]]}");
    must_succeed(&answer);
    near(&answer, "sum_weights", 8);
    near(&answer, "log_loss", -0.75 * log(0.75) - 0.25 * log(0.25));
    answer_free(&answer);
    must_refuse("{\"instances\":[{\"n\":4,\"s\":5,\"x\":0}]}", 422, "/instances/0",
                "bad_count");
    must_refuse("{\"instances\":[{\"n\":4,\"x\":0},{\"n\":4,\"s\":2,\"x\":0}]}", 422,
                "/instances/0", "missing_value");
    free(dataset);
}
END_TEST

static void refuse_curves(const char *curves, const char *pointer, const char *code)
{
    char body[400];
    snprintf(body, sizeof(body), "{\"rows\":[[1]],\"labels\":[\"1\"],\"curves\":%s}",
             curves);
    must_refuse(body, 422, pointer, code);
}

START_TEST(classes_have_curves_on_request)
{
    free(train("y,x\n7,1\n8,2\n9,3\n8,1\n7,2\n9,2\n", MODEL ",\"penalty\":{\"l2\":0.1}"));
    struct answer answer = evaluate(
        "{\"rows\":[[1],[2],[3]],\"labels\":[7,8,9],\"curves\":[\"9\",7],\"bins\":3}");
    must_succeed(&answer);
    near(&answer, "classes/2/auc", 1);
    near(&answer, "classes/2/roc/n_points_exact", 4);
    near(&answer, "classes/2/roc/tpr/1", 1);
    near(&answer, "classes/2/roc/fpr/1", 0);
    near(&answer, "classes/2/pr/recall/3", 1);
    near(&answer, "classes/2/pr/precision/3", 1 / 3.0);
    ck_assert_str_eq(answer_string(&answer, "classes/0/calibration/of"), "class");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "classes/0/calibration/bins")),
                      3);
    ck_assert_ptr_null(json_object_get(answer_at(&answer, "classes/1"), "roc"));
    answer_free(&answer);
    answer = evaluate("{\"rows\":[[1]],\"labels\":[7],\"curves\":true}");
    must_succeed(&answer);
    ck_assert(json_is_null(answer_at(&answer, "classes/0/roc"))); /* no other class */
    ck_assert(json_is_object(answer_at(&answer, "classes/0/pr")));
    ck_assert(json_is_null(answer_at(&answer, "classes/1/pr")));
    answer_free(&answer);
    refuse_curves("[\"7\",\"none\"]", "/curves/1", "unknown_level");
    refuse_curves("[\"7\",7]", "/curves/1", "invalid");
    refuse_curves("\"7\"", "/curves", "invalid_type");
    refuse_curves(
        "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
        "/curves", "out_of_range");
    free(train(CSV, MODEL));
    refuse_curves("true", "/curves", "invalid");
}
END_TEST

/* 51 classes, of which all are too many. */
START_TEST(curves_of_very_many_classes_are_refused)
{
    char csv[2000] = "y,x\n";
    for (int i = 0; i < 102; i++)
        snprintf(csv + strlen(csv), sizeof(csv) - strlen(csv), "%d,%d\n", i % 51, i % 7);
    free(train(csv, MODEL ",\"penalty\":{\"l2\":1},\"family\":\"multinomial\""));
    refuse_curves("true", "/curves", "out_of_range");
    struct answer answer =
        evaluate("{\"rows\":[[1]],\"labels\":[\"1\"],\"curves\":[50]}");
    must_succeed(&answer);
    answer_free(&answer);
}
END_TEST

START_TEST(classes_and_numbers_have_what_suits_them)
{
    free(train("y,x\na,1\nb,2\nc,3\nb,1\na,2\nc,2\n", MODEL ",\"penalty\":{\"l2\":0.1}"));
    struct answer answer =
        evaluate("{\"rows\":[[1],[3]],\"labels\":[\"a\",\"c\"],\"bins\":2}");
    must_succeed(&answer);
    ck_assert_str_eq(answer_string(&answer, "calibration/of"), "label");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "calibration/bins")), 2);
    ck_assert_ptr_null(json_object_get(answer.json, "roc"));
    ck_assert_ptr_null(json_object_get(answer.json, "threshold"));
    near(&answer, "auc", 1);
    near(&answer, "weighted/recall", 1);
    ck_assert(json_is_null(answer_at(&answer, "classes/1/auc")));
    answer_free(&answer);
    must_refuse("{\"rows\":[[1]],\"labels\":[\"a\"],\"threshold\":0.3}", 422,
                "/threshold", "invalid");
    must_refuse("{\"rows\":[[1]],\"labels\":[\"a\"],\"thresholds\":3}", 422,
                "/thresholds", "invalid");
    must_refuse("{\"rows\":[[1]],\"labels\":[\"a\"],\"trials\":\"n\"}", 422, "/trials",
                "invalid");
    free(train("y,x\n1,1\n2,2\n3.5,3\n", MODEL ",\"family\":\"gaussian\""));
    answer = evaluate("{\"rows\":[[1],[2],[3]],\"labels\":[1,2,3.5]}");
    must_succeed(&answer);
    near(&answer, "mse", 1 / 72.0); /* residuals 1/12, -1/6, 1/12 */
    near(&answer, "mae", (1 / 12.0 + 1 / 6.0 + 1 / 12.0) / 3);
    ck_assert_ptr_null(json_object_get(answer.json, "accuracy"));
    answer_free(&answer);
    answer = evaluate("{\"rows\":[[1],[2]],\"labels\":[4,4]}");
    ck_assert(json_is_null(answer_at(&answer, "r2")));
    ck_assert_str_eq(answer_string(&answer, "warnings/0/code"), "constant_target");
    answer_free(&answer);
    must_refuse("{\"rows\":[[1]],\"labels\":[\"a\"]}", 422, "/labels/0", "not_a_number");
}
END_TEST

/* ---- what cannot be judged ---- */

START_TEST(what_is_wrong_with_a_body_is_told_at_its_place)
{
    free(train(CSV, MODEL));
    must_refuse("{\"rows\":[[0],[1]],\"labels\":[0]}", 422, "/labels", "wrong_width");
    must_refuse("{\"rows\":[[0],[1]],\"labels\":[0,1,1]}", 422, "/labels", "wrong_width");
    must_refuse("{\"rows\":[[0],[1]],\"labels\":[2,null]}", 422, "/labels/0",
                "unknown_level");
    must_refuse("{\"rows\":[[0],[1]],\"labels\":[2,null]}", 422, "/labels/1",
                "missing_value");
    must_refuse("{\"rows\":[[0],[1]],\"labels\":[true,1]}", 422, "/labels/0",
                "invalid_type");
    must_refuse("{\"rows\":[[0]],\"labels\":1}", 422, "/labels", "invalid_type");
    must_refuse("{\"rows\":[[0]]}", 422, "/labels", "missing_field");
    must_refuse("{\"columns\":[\"x\",\"y\"],\"rows\":[[0,1]],\"labels\":[1]}", 422,
                "/labels", "invalid");
    must_refuse("{\"columns\":[\"y\",\"x\",\"y\"],\"rows\":[[0,1,0]]}", 422, "/columns/2",
                "duplicate_column");
    must_refuse("{\"columns\":[\"y\",\"x\"],\"rows\":[[0]]}", 422, "/rows/0",
                "wrong_width");
    must_refuse("{\"columns\":[\"y\",\"x\"],\"rows\":[[0,null]]}", 422, "/rows/0/1",
                "missing_value");
    must_refuse("{\"columns\":[\"y\",\"x\"],\"rows\":[[9,0]]}", 422, "/rows/0/0",
                "unknown_level");
    must_refuse("{\"instances\":[{\"x\":1,\"q\":2,\"y\":1}]}", 422, "/instances/0/q",
                "unknown_column");
    must_refuse("{\"instances\":[{\"x\":1,\"y\":1},{\"x\":1}]}", 422, "/instances/1",
                "missing_value");
    must_refuse("{\"instances\":[{\"x\":1,\"y\":1,\"w\":-1}],\"weights\":\"w\"}", 422,
                "/instances/0/w", "bad_weight");
    must_refuse("{\"instances\":[{\"x\":1,\"y\":1,\"w\":0}],\"weights\":\"w\"}", 422,
                NULL, NULL);
    must_refuse("{\"rows\":[],\"labels\":[]}", 422, "/rows", "no_rows");
    must_refuse("{}", 422, NULL, NULL);
    must_refuse("[]", 422, NULL, NULL);
    must_refuse("{\"dataset\":\"ds_1\",\"rows\":[[0]]}", 422, "/dataset", "invalid");
    must_refuse("{\"dataset\":\"ds_1\",\"labels\":[0]}", 422, "/labels", "invalid");
    must_refuse("{\"dataset\":\"ds_1\"}", 422, "/dataset", "not_found");
    must_refuse("{\"dataset\":3}", 422, "/dataset", "invalid_type");
    must_refuse("{\"rows\":[[0]],\"labels\":[0],\"surely\":1}", 422, "/surely",
                "unknown_field");
    must_refuse("{\"rows\":[[0]],\"labels\":[0],\"thresholds\":[0.5,1.5]}", 422,
                "/thresholds/1", "out_of_range");
    must_refuse("{\"rows\":[[0]],\"labels\":[0],\"thresholds\":1001}", 422, "/thresholds",
                "out_of_range");
    must_refuse("{\"rows\":[[0]],\"labels\":[0],\"bins\":0}", 422, "/bins",
                "out_of_range");
    must_refuse("{\"rows\":[[0]],\"labels\":[0],\"threshold\":2}", 422, "/threshold",
                "out_of_range");
    must_refuse("{\"rows\":[[0]],\"labels\":[0],\"on_error\":\"no\"}", 422, "/on_error",
                "invalid");
    must_refuse("{\"rows\":[[0]],\"rows\":[[0]]}", 400, NULL, NULL);
    must_refuse("{\"rows\":[[0]],\"labels\":[0]", 400, NULL, NULL);
    must_refuse("{\"rows\":[[0]],\"labels\":[1e400]}", 400, NULL, NULL);
}
END_TEST

START_TEST(a_dataset_names_row_and_column)
{
    free(train(CSV, MODEL));
    char *bad = loopback_upload(&loopback, "y,x\n1,0\n,1\n7,0\n1,\n0,1\n");
    struct answer answer = evaluate_dataset(bad, "");
    ck_assert_int_eq(answer.status, 422);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "errors")), 3);
    near(&answer, "errors/0/row", 4);
    ck_assert_str_eq(answer_string(&answer, "errors/0/column"), "x");
    ck_assert_str_eq(answer_string(&answer, "errors/0/code"), "missing_value");
    near(&answer, "errors/2/row", 3);
    ck_assert_str_eq(answer_string(&answer, "errors/2/code"), "unknown_level");
    answer_free(&answer);
    answer = evaluate_dataset(bad, ",\"on_error\":\"row\"");
    must_succeed(&answer);
    near(&answer, "n_rows", 5);
    near(&answer, "n_rows_skipped", 3);
    near(&answer, "skipped_cells/missing_value", 2);
    near(&answer, "skipped_cells/unknown_level", 1);
    near(&answer, "sum_weights", 2);
    answer_free(&answer);
    free(bad);
    char *other = loopback_upload(&loopback, "a,b\n1,0\n");
    answer = evaluate_dataset(other, ",\"weights\":\"none\"");
    ck_assert_int_eq(answer.status, 422);
    ck_assert(answer_has_error(&answer, "/dataset", "unknown_column"));
    ck_assert(answer_has_error(&answer, "/target", "unknown_column"));
    ck_assert(answer_has_error(&answer, "/weights", "unknown_column"));
    answer_free(&answer);
    free(other);
    char *text = loopback_upload(&loopback, "y,x\n1,a\n0,b\n");
    answer = evaluate_dataset(text, "");
    ck_assert_int_eq(answer.status, 422);
    ck_assert(answer_has_error(&answer, "/dataset", "invalid_type"));
    answer_free(&answer);
    free(text);
}
END_TEST

START_TEST(rows_that_the_fit_dropped_are_left_out)
{
    char *dataset =
        train(CSV "1,,1,0\n", MODEL ",\"columns\":{\"x\":{\"missing\":\"drop\"}}");
    struct answer answer = evaluate_dataset(dataset, "");
    must_succeed(&answer);
    near(&answer, "n_rows", 9);
    near(&answer, "n_rows_skipped", 1);
    near(&answer, "accuracy", 0.75);
    answer_free(&answer);
    free(dataset);
}
END_TEST

START_TEST(bad_rows_of_a_body_are_left_out_on_request)
{
    free(train(CSV, MODEL));
    struct answer answer =
        evaluate("{\"rows\":[[0],[null],[1],[1]],\"labels\":[0,0,7,1],\"on_error\":"
                 "\"row\"}");
    must_succeed(&answer);
    near(&answer, "n_rows", 4);
    near(&answer, "n_rows_skipped", 2);
    near(&answer, "skipped_cells/missing_value", 1);
    near(&answer, "skipped_cells/unknown_level", 1);
    near(&answer, "accuracy", 1);
    answer_free(&answer);
    answer = evaluate("{\"rows\":[[null]],\"labels\":[0],\"on_error\":\"row\"}");
    ck_assert_int_eq(answer.status, 422);
    ck_assert_str_eq(answer_string(&answer, "code"), "no_rows");
    answer_free(&answer);
}
END_TEST

START_TEST(a_dataset_needs_the_scope_of_those_who_train)
{
    char *dataset = train(CSV, MODEL);
    loopback.principal.scopes = SCOPE_PREDICT;
    struct answer answer = evaluate_dataset(dataset, "");
    ck_assert_int_eq(answer.status, 403);
    answer_free(&answer);
    answer = evaluate("{\"rows\":[[0]],\"labels\":[0]}");
    must_succeed(&answer);
    answer_free(&answer);
    free(dataset);
}
END_TEST

/* Is y or w more than it mostly is: the same odds. */
#define FORMULA "\"model\":\"m\",\"formula\":\"y + w > 1 ~ x + offset(2*o)\""

START_TEST(what_a_formula_predicts_is_worked_out)
{
    char *dataset = train(CSV, FORMULA);
    struct answer answer = evaluate_dataset(dataset, "");
    must_succeed(&answer);
    near(&answer, "accuracy", 6.0 / 8);
    near(&answer, "log_loss", -(6 * log(0.75) + 2 * log(0.25)) / 8);
    answer_free(&answer);
    free(dataset);
    dataset = loopback_upload(&loopback, "x,y,o\n0,0,1\n1,1,0\n");
    answer = evaluate_dataset(dataset, "");
    ck_assert(answer_has_error(&answer, "/dataset", "unknown_column"));
    answer_free(&answer);
    answer = evaluate_dataset(dataset, ",\"target\":\"y\",\"offset\":\"o\"");
    must_succeed(&answer);
    answer_free(&answer);
    free(dataset);
}
END_TEST

START_TEST(every_allocation_of_a_formula_may_fail)
{
    char *dataset = train(CSV, FORMULA);
    for (long n = 0, status = 0; status != 200; n++) {
        memory_fail_after(n);
        struct answer answer = evaluate_dataset(dataset, "");
        memory_fail_after(-1);
        status = answer.status;
        ck_assert_msg(status == 200 || status == 503, "%ld: %s", n, answer.body);
        answer_free(&answer);
        ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
    }
    free(dataset);
}
END_TEST

/* A short one still ends in a drain's time, a long one must not hold it. */
START_TEST(a_drain_stops_judging_when_its_time_is_over)
{
    char *dataset = train(CSV, MODEL);
    service_drain(loopback.service);
    struct answer answer = evaluate_dataset(dataset, "");
    must_succeed(&answer);
    answer_free(&answer);
    atomic_store(&loopback.service->work_ends_at, 0);
    answer = evaluate_dataset(dataset, "");
    ck_assert_msg(answer.status == 503, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "code"), "busy");
    ck_assert_ptr_nonnull(answer_header(&answer, "Retry-After"));
    answer_free(&answer);
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
    free(dataset);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    char *dataset = train(CSV, MODEL);
    char bodies[2][256];
    snprintf(bodies[0], sizeof(bodies[0]), "{\"dataset\":\"%s\"}", dataset);
    snprintf(bodies[1], sizeof(bodies[1]),
             "{\"instances\":[{\"x\":0,\"y\":0},{\"x\":1,\"y\":\"\\u0031\"}]}");
    for (size_t i = 0; i < 2; i++)
        for (long n = 0, status = 0; status != 200; n++) {
            memory_fail_after(n);
            struct answer answer = evaluate(bodies[i]);
            memory_fail_after(-1);
            status = answer.status;
            ck_assert_msg(status == 200 || status == 503, "%ld: %s", n, answer.body);
            answer_free(&answer);
            ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
        }
    free(dataset);
}
END_TEST

TCase *handle_evaluate_test(void)
{
    TCase *tests = tcase_create("handle_evaluate");
    tcase_add_checked_fixture(tests, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tests, a_dataset_is_judged_by_the_columns_of_the_fit);
    tcase_add_test(tests, rows_of_a_dataset_are_chosen_by_a_level);
    tcase_add_test(tests, rows_may_bring_their_outcomes_in_every_form);
    tcase_add_test(tests, weights_and_offsets_count_in_both_forms);
    tcase_add_test(tests, counts_are_judged_by_the_trials_of_the_fit);
    tcase_add_test(tests, classes_have_curves_on_request);
    tcase_add_test(tests, curves_of_very_many_classes_are_refused);
    tcase_add_test(tests, classes_and_numbers_have_what_suits_them);
    tcase_add_test(tests, what_is_wrong_with_a_body_is_told_at_its_place);
    tcase_add_test(tests, a_dataset_names_row_and_column);
    tcase_add_test(tests, rows_that_the_fit_dropped_are_left_out);
    tcase_add_test(tests, bad_rows_of_a_body_are_left_out_on_request);
    tcase_add_test(tests, a_dataset_needs_the_scope_of_those_who_train);
    tcase_add_test(tests, what_a_formula_predicts_is_worked_out);
    tcase_add_test(tests, every_allocation_of_a_formula_may_fail);
    tcase_add_test(tests, a_drain_stops_judging_when_its_time_is_over);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
