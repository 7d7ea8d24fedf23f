#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"

#define WAIT "Content-Type: application/json\nPrefer: wait=30"

static struct loopback loopback;

static void setup(void)
{
    loopback_open(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

static struct answer call(const char *method, const char *rest)
{
    char target[512];
    snprintf(target, sizeof(target), "%s /v1/models%s", method, rest);
    return loopback_call(&loopback, target, NULL, NULL);
}

static void expect_status(const char *method, const char *rest, int status)
{
    struct answer answer = call(method, rest);
    ck_assert_msg(answer.status == status, "%s %s: %d %s", method, rest, answer.status,
                  answer.body);
    answer_free(&answer);
}

/* Trains the next version of a model on s (a, b, c) and x; `more` are members of the job.
 */
static void train_more(const char *model, unsigned version, const char *more)
{
    char body[1024];
    snprintf(body, sizeof(body),
             "{\"model\":\"%s\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"x\","
             "\"s\"],\"rows\":[[0,0,\"a\"],[0,1,\"b\"],[0,2,\"c\"],[1,0,\"b\"],[1,1,"
             "\"c\"],[1,2,\"a\"],[1,3,\"b\"],[0,3,\"a\"],[1,1,\"a\"],[0,2,\"b\"]]}%s}",
             model, more);
    struct answer answer = loopback_call(&loopback, "POST /v1/jobs", WAIT, body);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    ck_assert(answer_number(&answer, "version") == version);
    answer_free(&answer);
}

static void train(const char *model, unsigned version)
{
    train_more(model, version, "");
}

static void put_alias(const char *path, unsigned version)
{
    char target[256], body[64];
    snprintf(target, sizeof(target), "PUT /v1/models%s", path);
    snprintf(body, sizeof(body), "{\"version\":%u}", version);
    struct answer answer = loopback_json(&loopback, target, body);
    ck_assert_msg(answer.status == 200 || answer.status == 201, "%s", answer.body);
    answer_free(&answer);
}

/* ---- showing ---- */

/* Every member that the contract names, by its type. */
static const struct {
    const char *path;
    json_type type;
} version_members[] = {
    {"model", JSON_STRING},
    {"version", JSON_INTEGER},
    {"created_at", JSON_STRING},
    {"family", JSON_STRING},
    {"classes/0", JSON_STRING},
    {"positive", JSON_STRING},
    {"coefficients/0/term", JSON_STRING},
    {"coefficients/0/estimate", JSON_REAL},
    {"coefficients/0/std_error", JSON_REAL},
    {"coefficients/0/z", JSON_REAL},
    {"coefficients/0/p_value", JSON_REAL},
    {"coefficients/0/ci_low", JSON_REAL},
    {"coefficients/0/ci_high", JSON_REAL},
    {"coefficients/0/odds_ratio", JSON_REAL},
    {"schema/inputs/0/name", JSON_STRING},
    {"schema/inputs/0/type", JSON_STRING},
    {"schema/inputs/1/levels/2", JSON_STRING},
    {"schema/inputs/1/reference", JSON_STRING},
    {"fit/algorithm", JSON_STRING},
    {"fit/chosen_because", JSON_STRING},
    {"fit/converged", JSON_TRUE},
    {"fit/stop_reason", JSON_STRING},
    {"fit/iterations", JSON_INTEGER},
    {"fit/epochs", JSON_NULL},
    {"fit/objective", JSON_REAL},
    {"fit/log_likelihood", JSON_REAL},
    {"fit/null_log_likelihood", JSON_REAL},
    {"fit/deviance", JSON_REAL},
    {"fit/null_deviance", JSON_REAL},
    {"fit/aic", JSON_REAL},
    {"fit/bic", JSON_REAL},
    {"fit/pseudo_r2/mcfadden", JSON_REAL},
    {"fit/pseudo_r2/cox_snell", JSON_REAL},
    {"fit/pseudo_r2/nagelkerke", JSON_REAL},
    {"fit/lr_test/statistic", JSON_REAL},
    {"fit/lr_test/df", JSON_INTEGER},
    {"fit/lr_test/p_value", JSON_REAL},
    {"fit/n_rows", JSON_INTEGER},
    {"fit/n_rows_dropped", JSON_INTEGER},
    {"fit/design/storage", JSON_STRING},
    {"fit/design/bytes", JSON_INTEGER},
    {"fit/design/on_disk", JSON_FALSE},
    {"fit/sum_weights", JSON_INTEGER},
    {"fit/n_coefficients", JSON_INTEGER},
    {"fit/df_residual", JSON_INTEGER},
    {"fit/certificate/gradient_norm", JSON_REAL},
    {"fit/certificate/newton_decrement", JSON_REAL},
    {"fit/certificate/kkt_residual", JSON_REAL},
    {"fit/certificate/duality_gap", JSON_REAL},
    {"fit/curvature/min_eigenvalue", JSON_REAL},
    {"fit/curvature/convexity", JSON_STRING},
    {"fit/curvature/max_eigenvalue", JSON_REAL},
    {"fit/curvature/condition", JSON_REAL},
    {"fit/seconds/total", JSON_REAL},
    {"fit/seconds/read", JSON_REAL},
    {"fit/seconds/solve", JSON_REAL},
    {"fit/threads", JSON_INTEGER},
    {"fit/seed", JSON_INTEGER},
    {"fit/trace/0/iteration", JSON_INTEGER},
    {"fit/trace/0/objective", JSON_REAL},
    {"fit/trace/0/gradient_norm", JSON_REAL},
    {"fit/trace/0/step", JSON_REAL},
    {"fit/trace/0/seconds", JSON_REAL},
    {"fit/learning_rate_search", JSON_ARRAY},
    {"fit/warnings", JSON_ARRAY},
    {"aliases", JSON_ARRAY},
    {"dataset", JSON_NULL},
    {"dataset_sha256", JSON_NULL},
    {"sha256", JSON_STRING},
    {"metadata/ticket", JSON_STRING},
};

/* A number may be whole by chance or not known; it is never a text. */
static bool is_like(const json_t *value, json_type type)
{
    if (type == JSON_REAL || type == JSON_INTEGER)
        return json_is_number(value) || (type == JSON_REAL && json_is_null(value));
    return json_typeof(value) == type;
}

START_TEST(a_version_has_all_members_of_the_contract)
{
    train_more("m", 1, ",\"metadata\":{\"ticket\":\"42\"}");
    struct answer answer = call("GET", "/m/versions/1");
    ck_assert_int_eq(answer.status, 200);
    for (size_t i = 0; i < sizeof(version_members) / sizeof(*version_members); i++)
        ck_assert_msg(
            is_like(answer_at(&answer, version_members[i].path), version_members[i].type),
            "%s in %s", version_members[i].path, answer.body);
    ck_assert_ptr_null(json_object_get(answer.json, "covariance"));
    ck_assert_ptr_null(json_object_get(answer.json, "softmax"));
    ck_assert_str_eq(answer_string(&answer, "coefficients/0/term"), "(intercept)");
    ck_assert_str_eq(answer_string(&answer, "coefficients/2/term"), "s[b]");
    ck_assert_uint_eq(strlen(answer_string(&answer, "sha256")), 64);
    answer_free(&answer);
}
END_TEST

START_TEST(a_model_shows_its_newest_version_or_its_default)
{
    train("m", 1);
    train("m", 2);
    struct answer answer = call("GET", "/m");
    ck_assert(answer_number(&answer, "version") == 2);
    answer_free(&answer);
    put_alias("/m/aliases/default", 1);
    answer = call("GET", "/m");
    ck_assert(answer_number(&answer, "version") == 1);
    ck_assert_str_eq(answer_string(&answer, "aliases/0"), "default");
    answer_free(&answer);
    answer = call("GET", "/m/versions/2");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "aliases")), 0);
    answer_free(&answer);
}
END_TEST

START_TEST(the_covariance_is_shown_on_request)
{
    train("m", 1);
    struct answer answer = call("GET", "/m?include=covariance");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "covariance/terms")), 4);
    ck_assert_str_eq(answer_string(&answer, "covariance/terms/3"), "s[c]");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "covariance/matrix")), 4);
    for (int i = 0; i < 4; i++) {
        char variance[64], error[64];
        snprintf(variance, sizeof(variance), "covariance/matrix/%d/%d", i, i);
        snprintf(error, sizeof(error), "coefficients/%d/std_error", i);
        double found = sqrt(answer_number(&answer, variance));
        ck_assert(fabs(found - answer_number(&answer, error)) < 1e-12 * found);
    }
    answer_free(&answer);
    answer = call("GET", "/m/versions/1?include=covariance");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "covariance/matrix/0")), 4);
    answer_free(&answer);
    expect_status("GET", "/m?include=everything", 400);
    expect_status("GET", "/m?include=covariance,", 400);
    expect_status("GET", "/m?include=coefficients,inputs,covariance", 200);
    expect_status("GET", "/m/versions/1?include=", 400);
    expect_status("GET", "/m?with=covariance", 400);
}
END_TEST

START_TEST(a_version_is_bit_for_bit_the_same_after_a_restart)
{
    train("m", 1);
    put_alias("/m/aliases/prod", 1);
    struct answer before = call("GET", "/m/versions/1?include=covariance");
    loopback_restart(&loopback);
    struct answer after = call("GET", "/m/versions/1?include=covariance");
    ck_assert_str_eq(before.body, after.body);
    answer_free(&before);
    answer_free(&after);
}
END_TEST

static const char *const missing[] = {
    "/m",
    "/x",
    "/x/versions",
    "/x/versions/1",
    "/m/versions/2",
    "/m/versions/0",
    "/m/versions/01",
    "/m/versions/1x",
    "/m/versions/-1",
    "/m/versions/99999999999999999999",
    "/m%2F1",
    "/m%2F1/versions",
    "/.m",
};

START_TEST(what_is_not_there_is_404)
{
    if (_i > 0)
        train("m", 1);
    expect_status("GET", missing[_i], 404);
    if (!strstr(missing[_i], "/versions") || strstr(missing[_i], "/versions/"))
        expect_status("DELETE", missing[_i], 404);
    expect_status("GET", "/m", _i > 0 ? 200 : 404);
}
END_TEST

/* ---- lists ---- */

START_TEST(models_are_listed_in_pages)
{
    train("one", 1);
    train("two", 1);
    train("one", 2);
    train("three", 1);
    put_alias("/one/aliases/prod", 1);
    struct answer answer = call("GET", "?limit=2");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 2);
    ck_assert(json_is_true(answer_at(&answer, "has_more")));
    ck_assert_str_eq(answer_string(&answer, "data/0/model"), "one");
    ck_assert(answer_number(&answer, "data/0/latest_version") == 2);
    ck_assert(answer_number(&answer, "data/0/n_versions") == 2);
    ck_assert(answer_number(&answer, "data/0/aliases/prod") == 1);
    ck_assert_uint_eq(strlen(answer_string(&answer, "data/0/created_at")), 27);
    ck_assert_str_eq(answer_string(&answer, "data/1/model"), "two");
    ck_assert_uint_eq(json_object_size(answer_at(&answer, "data/1/aliases")), 0);
    answer_free(&answer);
    answer = call("GET", "?after=two");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 1);
    ck_assert_str_eq(answer_string(&answer, "data/0/model"), "three");
    ck_assert(json_is_false(answer_at(&answer, "has_more")));
    answer_free(&answer);
    expect_status("GET", "?limit=0", 400);
    expect_status("GET", "?after=four", 400);
    expect_status("GET", "?after=", 400);
}
END_TEST

START_TEST(no_models_are_an_empty_list)
{
    struct answer answer = call("GET", "");
    ck_assert_str_eq(answer.body, "{\"data\":[],\"has_more\":false,\"models\":[]}");
    answer_free(&answer);
}
END_TEST

START_TEST(versions_are_listed_in_pages)
{
    for (unsigned version = 1; version <= 3; version++)
        train("m", version);
    train("m2", 1);
    put_alias("/m/aliases/prod", 2);
    struct answer answer = call("GET", "/m/versions?limit=2");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 2);
    ck_assert(json_is_true(answer_at(&answer, "has_more")));
    ck_assert_str_eq(answer_string(&answer, "data/0/model"), "m");
    ck_assert(answer_number(&answer, "data/0/version") == 1);
    ck_assert_uint_eq(strlen(answer_string(&answer, "data/0/sha256")), 64);
    ck_assert_uint_eq(strlen(answer_string(&answer, "data/0/created_at")), 27);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data/0/aliases")), 0);
    ck_assert_str_eq(answer_string(&answer, "data/1/aliases/0"), "prod");
    answer_free(&answer);
    answer = call("GET", "/m/versions?after=2");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 1);
    ck_assert(answer_number(&answer, "data/0/version") == 3);
    ck_assert(json_is_false(answer_at(&answer, "has_more")));
    answer_free(&answer);
    expect_status("GET", "/m/versions?after=4", 400);
}
END_TEST

/* ---- deleting ---- */

START_TEST(a_deleted_version_is_gone_and_its_number_not_given_again)
{
    train("m", 1);
    train("m", 2);
    expect_status("DELETE", "/m/versions/2", 204);
    expect_status("GET", "/m/versions/2", 404);
    expect_status("DELETE", "/m/versions/2", 404);
    expect_status("GET", "/m/versions/1", 200);
    loopback_restart(&loopback);
    expect_status("GET", "/m/versions/2", 404);
    train("m", 3);
}
END_TEST

START_TEST(a_deleted_model_is_gone_and_its_numbers_not_given_again)
{
    train("m", 1);
    train("m", 2);
    train("m2", 1);
    expect_status("DELETE", "/m", 204);
    expect_status("GET", "/m", 404);
    expect_status("GET", "/m/versions", 404);
    expect_status("GET", "/m/versions/1", 404);
    expect_status("DELETE", "/m", 404);
    struct answer answer = call("GET", "");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 1);
    ck_assert_str_eq(answer_string(&answer, "data/0/model"), "m2");
    answer_free(&answer);
    loopback_restart(&loopback);
    expect_status("GET", "/m", 404);
    train("m", 3);
    answer = call("GET", "/m/versions");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 1);
    answer_free(&answer);
}
END_TEST

START_TEST(a_model_whose_versions_were_all_deleted_is_gone)
{
    train("m", 1);
    expect_status("DELETE", "/m/versions/1", 204);
    expect_status("GET", "/m", 404);
    expect_status("GET", "/m/versions", 404);
    expect_status("DELETE", "/m", 404);
    struct answer answer = call("GET", "");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "data")), 0);
    answer_free(&answer);
    train("m", 2);
    expect_status("GET", "/m/versions/2", 200);
}
END_TEST

START_TEST(what_an_alias_names_is_not_deleted)
{
    train("m", 1);
    train("m", 2);
    put_alias("/m/aliases/prod", 1);
    struct answer answer = call("DELETE", "/m/versions/1");
    ck_assert_int_eq(answer.status, 409);
    ck_assert_str_eq(answer_string(&answer, "code"), "conflict");
    ck_assert_ptr_nonnull(strstr(answer_string(&answer, "detail"), "prod"));
    answer_free(&answer);
    expect_status("DELETE", "/m", 409);
    expect_status("DELETE", "/m/versions/2", 204);
    expect_status("DELETE", "/m/aliases/prod", 204);
    expect_status("DELETE", "/m", 204);
}
END_TEST

START_TEST(a_job_keeps_its_version_number_when_that_is_deleted)
{
    train("m", 1);
    expect_status("DELETE", "/m/versions/1", 204);
    struct answer answer = loopback_call(&loopback, "GET /v1/jobs", NULL, NULL);
    ck_assert(answer_number(&answer, "data/0/version") == 1);
    ck_assert(json_is_null(answer_at(&answer, "data/0/fit")));
    answer_free(&answer);
}
END_TEST

START_TEST(deleting_a_model_survives_every_failed_allocation)
{
    int status = 503;
    train("m", 1);
    train("m", 2);
    for (long n = 0; status != 204; n++) {
        ck_assert_int_lt(n, 200);
        memory_fail_after(n);
        struct answer answer = call("DELETE", "/m");
        memory_fail_after(-1);
        status = answer.status;
        ck_assert_msg(status == 204 || status == 503, "%d %s", status, answer.body);
        answer_free(&answer);
        if (status == 503)
            expect_status("GET", "/m/versions/1", 200);
    }
    expect_status("GET", "/m/versions/1", 404);
}
END_TEST

START_TEST(showing_survives_every_failed_allocation)
{
    static const char *const paths[] = {"", "/m", "/m/versions",
                                        "/m/versions/1?include=covariance"};
    train("m", 1);
    put_alias("/m/aliases/prod", 1);
    for (size_t i = 0; i < 4; i++) {
        int status = 503;
        struct answer whole = call("GET", paths[i]);
        for (long n = 0; status != 200; n++) {
            ck_assert_int_lt(n, 500);
            memory_fail_after(n);
            struct answer answer = call("GET", paths[i]);
            memory_fail_after(-1);
            status = answer.status;
            ck_assert_msg(status == 200 || status == 503, "%d %s", status, answer.body);
            if (status == 200)
                ck_assert_str_eq(answer.body, whole.body);
            answer_free(&answer);
        }
        answer_free(&whole);
    }
}
END_TEST

TCase *handle_models_test(void)
{
    TCase *tcase = tcase_create("handle_models");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_version_has_all_members_of_the_contract);
    tcase_add_test(tcase, a_model_shows_its_newest_version_or_its_default);
    tcase_add_test(tcase, the_covariance_is_shown_on_request);
    tcase_add_test(tcase, a_version_is_bit_for_bit_the_same_after_a_restart);
    tcase_add_loop_test(tcase, what_is_not_there_is_404, 0,
                        sizeof(missing) / sizeof(*missing));
    tcase_add_test(tcase, models_are_listed_in_pages);
    tcase_add_test(tcase, no_models_are_an_empty_list);
    tcase_add_test(tcase, versions_are_listed_in_pages);
    tcase_add_test(tcase, a_deleted_version_is_gone_and_its_number_not_given_again);
    tcase_add_test(tcase, a_deleted_model_is_gone_and_its_numbers_not_given_again);
    tcase_add_test(tcase, a_model_whose_versions_were_all_deleted_is_gone);
    tcase_add_test(tcase, what_an_alias_names_is_not_deleted);
    tcase_add_test(tcase, a_job_keeps_its_version_number_when_that_is_deleted);
    tcase_add_test(tcase, deleting_a_model_survives_every_failed_allocation);
    tcase_add_test(tcase, showing_survives_every_failed_allocation);
    return tcase;
}
