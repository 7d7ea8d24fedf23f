#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback_fixture.h"

#define JSON "Content-Type: application/json"
#define WAIT JSON "\nPrefer: wait=30"

/* ---- models: odds that can be counted ---- */

/* Of eight rows; the odds of y=1 are 1:3 where x is 0 and 3:1 where it is 1. */
#define ROWS "[[0,0],[0,0],[0,0],[1,0],[1,1],[1,1],[1,1],[0,1]]"
/* The same with the values of x the other way round. */
#define TURNED "[[0,1],[0,1],[0,1],[1,1],[1,0],[1,0],[1,0],[0,0]]"
/* The odds of "yes" are 1:3 where s is a, 1:1 where it is b. */
#define TEXTS                                                                            \
    "[[\"no\",\"a\"],[\"no\",\"a\"],[\"no\",\"a\"],[\"yes\",\"a\"],[\"yes\",\"b\"],"     \
    "[\"no\",\"b\"]]"

static void train(const char *model, const char *feature, const char *rows)
{
    char body[512];
    snprintf(body, sizeof(body),
             "{\"model\":\"%s\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"%s\"],"
             "\"rows\":%s}}",
             model, feature, rows);
    struct answer answer = loopback_call(&loopback, "POST /v1/jobs", WAIT, body);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    answer_free(&answer);
}

static void put_alias(const char *alias, unsigned version)
{
    char target[128], body[32];
    snprintf(target, sizeof(target), "PUT /v1/models/m/aliases/%s", alias);
    snprintf(body, sizeof(body), "{\"version\":%u}", version);
    struct answer answer = loopback_json(&loopback, target, body);
    ck_assert_msg(answer.status / 100 == 2, "%s", answer.body);
    answer_free(&answer);
}

/* ---- predictions ---- */

static struct answer predict(const char *path, const char *body)
{
    char target[256];
    snprintf(target, sizeof(target), "POST /v1/models/%s/predict", path);
    return loopback_json(&loopback, target, body);
}

static void near(const struct answer *answer, const char *path, double expected)
{
    double found = answer_number(answer, path);
    ck_assert_msg(fabs(found - expected) < 1e-9, "%s is %.17g, not %.17g", path, found,
                  expected);
}

/* Which version answers, and with the odds of that version. */
static void must_answer(const char *path, unsigned version, double log_odds)
{
    struct answer answer = predict(path, "{\"rows\":[[0]]}");
    ck_assert_msg(answer.status == 200, "%s: %d %s", path, answer.status, answer.body);
    ck_assert_str_eq(answer.content_type, "application/json");
    ck_assert_str_eq(answer_string(&answer, "model"), "m");
    ck_assert(answer_number(&answer, "version") == version);
    near(&answer, "predictions/0/log_odds", log_odds);
    answer_free(&answer);
}

static void must_refuse(const char *path, const char *body, int status, const char *code)
{
    struct answer answer = predict(path, body);
    ck_assert_msg(answer.status == status, "%s: %d %s", body, answer.status, answer.body);
    ck_assert_str_eq(answer.content_type, "application/problem+json");
    ck_assert_str_eq(answer_string(&answer, "code"), code);
    answer_free(&answer);
}

START_TEST(the_odds_of_the_data_are_predicted)
{
    train("m", "x", ROWS);
    struct answer answer = predict("m", "{\"rows\":[[0],[1],[0.5]]}");
    ck_assert_int_eq(answer.status, 200);
    near(&answer, "predictions/0/log_odds", -log(3));
    near(&answer, "predictions/0/probability/1", 0.25);
    near(&answer, "predictions/0/probability/0", 0.75);
    ck_assert_str_eq(answer_string(&answer, "predictions/0/label"), "0");
    near(&answer, "predictions/1/log_odds", log(3));
    near(&answer, "predictions/1/probability/1", 0.75);
    ck_assert_str_eq(answer_string(&answer, "predictions/1/label"), "1");
    near(&answer, "predictions/2/probability/1", 0.5);
    answer_free(&answer);
}
END_TEST

START_TEST(categories_are_predicted_from_every_form_of_a_row)
{
    static const char *const bodies[] = {
        "{\"rows\":[[\"a\"],[\"b\"]]}",
        "{\"columns\":[\"s\"],\"rows\":[[\"a\"],[\"\\u0062\"]]}",
        "{\"instances\":[{\"s\":\"a\"},{\"s\":\"b\"}]}"};
    train("m", "s", TEXTS);
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = predict("m", bodies[i]);
        ck_assert_msg(answer.status == 200, "%s: %s", bodies[i], answer.body);
        near(&answer, "predictions/0/probability/yes", 0.25);
        near(&answer, "predictions/1/probability/yes", 0.5);
        answer_free(&answer);
    }
}
END_TEST

START_TEST(the_newest_version_answers_for_a_model_or_the_default)
{
    train("m", "x", ROWS);
    must_answer("m", 1, -log(3));
    train("m", "x", TURNED);
    must_answer("m", 2, log(3));
    put_alias("default", 1);
    must_answer("m", 1, -log(3));
}
END_TEST

START_TEST(versions_and_aliases_answer_for_themselves)
{
    train("m", "x", ROWS);
    train("m", "x", TURNED);
    put_alias("old", 1);
    must_answer("m/versions/1", 1, -log(3));
    must_answer("m/versions/2", 2, log(3));
    must_answer("m/aliases/old", 1, -log(3));
    put_alias("old", 2);
    must_answer("m/aliases/old", 2, log(3));
}
END_TEST

START_TEST(a_restart_changes_no_bit_of_an_answer)
{
    static const char body[] = "{\"rows\":[[0.1],[-7.3],[1e10]]}";
    train("m", "x", ROWS);
    struct answer before = predict("m", body);
    loopback_restart(&loopback);
    struct answer after = predict("m", body);
    ck_assert_int_eq(before.status, 200);
    ck_assert_str_eq(before.body, after.body);
    answer_free(&before);
    answer_free(&after);
}
END_TEST

START_TEST(what_is_not_there_cannot_predict)
{
    must_refuse("m", "{\"rows\":[[0]]}", 404, "not_found");
    train("m", "x", ROWS);
    must_refuse("other", "{\"rows\":[[0]]}", 404, "not_found");
    must_refuse("m/versions/2", "{\"rows\":[[0]]}", 404, "not_found");
    must_refuse("m/versions/0", "{\"rows\":[[0]]}", 404, "not_found");
    must_refuse("m/versions/x", "{\"rows\":[[0]]}", 404, "not_found");
    must_refuse("m/aliases/none", "{\"rows\":[[0]]}", 404, "not_found");
}
END_TEST

/* ---- requests that are refused ---- */

START_TEST(a_body_of_another_type_is_refused)
{
    static const char *const headers[] = {NULL, "Content-Type: text/plain",
                                          "Content-Type: application/x-npy"};
    train("m", "x", ROWS);
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = loopback_call(&loopback, "POST /v1/models/m/predict",
                                             headers[i], "{\"rows\":[[0]]}");
        ck_assert_int_eq(answer.status, 415);
        answer_free(&answer);
    }
    struct answer answer = loopback_call(&loopback, "POST /v1/models/m/predict",
                                         "Content-Type: application/json; charset=utf-8",
                                         "{\"rows\":[[0]]}");
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/models/m/predict",
                           "Content-Type: application/json\nContent-Encoding: gzip",
                           "{\"rows\":[[0]]}");
    ck_assert_int_eq(answer.status, 415);
    ck_assert_str_eq(answer_string(&answer, "code"), "unsupported_content_encoding");
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/models/m/predict",
                           "Content-Type: application/json\nContent-Encoding: identity",
                           "{\"rows\":[[0]]}");
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
}
END_TEST

START_TEST(malformed_bodies_are_refused_at_their_byte)
{
    static const struct {
        const char *body;
        const char *code;
        double byte;
    } cases[] = {
        {"", "bad_json", 0},
        {"{\"rows\":[[0]]", "bad_json", 13},
        {"{\"rows\":[[1e309]]}", "out_of_range", 10},
        {"{\"rows\":[[0]],\"rows\":[[0]]}", "duplicate_key", 14},
        {"{\"rows\":[[\"\xff\"]]}", "bad_utf8", 11},
        {"\xef\xbb\xbf{\"rows\":[[0]]}", "bad_json", 0},
    };
    train("m", "x", ROWS);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct answer answer = predict("m", cases[i].body);
        ck_assert_msg(answer.status == 400, "%s: %s", cases[i].body, answer.body);
        ck_assert_str_eq(answer_string(&answer, "code"), cases[i].code);
        ck_assert(answer_number(&answer, "errors/0/byte") == cases[i].byte);
        answer_free(&answer);
    }
}
END_TEST

START_TEST(all_that_is_wrong_is_told_by_pointers)
{
    train("m", "x", ROWS);
    struct answer answer =
        predict("m", "{\"rows\":[[0],[\"0\"],[null],[0,1]],\"threshold\":2,\"x\":1}");
    ck_assert_int_eq(answer.status, 422);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "errors")), 5);
    ck_assert(answer_has_error(&answer, "/x", "unknown_field"));
    ck_assert(answer_has_error(&answer, "/threshold", "out_of_range"));
    ck_assert(answer_has_error(&answer, "/rows/1/0", "not_a_number"));
    ck_assert(answer_has_error(&answer, "/rows/2/0", "missing_value"));
    ck_assert(answer_has_error(&answer, "/rows/3", "wrong_width"));
    answer_free(&answer);
}
END_TEST

START_TEST(a_hundred_of_many_problems_are_listed)
{
    struct buffer body = BUFFER_EMPTY;
    train("m", "x", ROWS);
    buffer_append_string(&body, "{\"rows\":[[null]");
    for (int i = 1; i < 1000; i++)
        buffer_append_string(&body, ",[null]");
    buffer_append_string(&body, "]}");
    struct answer answer = predict("m", body.bytes);
    ck_assert_int_eq(answer.status, 422);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "errors")), 100);
    ck_assert(answer_has_error(&answer, "/rows/99/0", "missing_value"));
    ck_assert_ptr_nonnull(strstr(answer_string(&answer, "detail"), "999 more problems"));
    answer_free(&answer);
    buffer_free(&body);
}
END_TEST

START_TEST(a_bad_row_may_answer_in_its_place)
{
    train("m", "x", ROWS);
    struct answer answer =
        predict("m", "{\"rows\":[[0],[null],[1]],\"on_error\":\"row\"}");
    ck_assert_int_eq(answer.status, 200);
    near(&answer, "predictions/0/probability/1", 0.25);
    ck_assert_str_eq(answer_string(&answer, "predictions/1/error/code"), "missing_value");
    ck_assert_str_eq(answer_string(&answer, "predictions/1/error/column"), "x");
    near(&answer, "predictions/2/probability/1", 0.75);
    answer_free(&answer);
}
END_TEST

START_TEST(only_posting_predicts_and_queries_are_refused)
{
    train("m", "x", ROWS);
    struct answer answer =
        loopback_call(&loopback, "GET /v1/models/m/predict", NULL, NULL);
    ck_assert_int_eq(answer.status, 405);
    ck_assert_str_eq(answer_header(&answer, "Allow"), "POST");
    answer_free(&answer);
    answer =
        loopback_json(&loopback, "POST /v1/models/m/predict?rows=1", "{\"rows\":[[0]]}");
    ck_assert_int_eq(answer.status, 400);
    answer_free(&answer);
    answer = loopback_json(&loopback, "POST /v1/models/m/predict?threshold=0.3",
                           "{\"rows\":[[0]]}");
    ck_assert_int_eq(answer.status, 400);
    ck_assert_str_eq(answer_string(&answer, "errors/0/parameter"), "threshold");
    answer_free(&answer);
}
END_TEST

/* ---- memory ---- */

START_TEST(what_does_not_fit_into_the_budget_is_refused)
{
    struct budget *budget = &loopback.service->budget;
    size_t limit = budget->limit;
    train("m", "x", ROWS);
    budget->limit = 100;
    must_refuse("m", "{\"rows\":[[0],[1]]}", 413, "too_large");
    budget->limit = limit;
    ck_assert_int_eq(budget_reserve(budget, limit - 100, NULL), 0);
    struct answer answer = predict("m", "{\"rows\":[[0],[1]]}");
    ck_assert_int_eq(answer.status, 503);
    ck_assert_str_eq(answer_string(&answer, "code"), "memory_budget");
    ck_assert_ptr_nonnull(answer_header(&answer, "Retry-After"));
    answer_free(&answer);
    budget_release(budget, limit - 100);
    must_answer("m", 1, -log(3));
}
END_TEST

/* [[0],[1],[0],…] of so many rows, as a request; to be freed. */
static char *rows_of(size_t n)
{
    char *body = malloc(4 * n + 32), *at = body;
    ck_assert_ptr_nonnull(body);
    at += sprintf(at, "{\"rows\":[");
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%s[%zu]", i > 0 ? "," : "", i % 2);
    strcpy(at, "]}");
    return body;
}

/* Of the handler, but for the harness's own copy of the answer. */
static long count_allocations(size_t n_rows)
{
    char *body = rows_of(n_rows);
    memory_fail_after(-1);
    struct answer answer = predict("m", body);
    long n_allocations = memory_fail_after(-1);
    ck_assert_int_eq(answer.status, 200);
    answer_free(&answer);
    free(body);
    return n_allocations;
}

/* For one row: its cells and the answer; the model's first has the counts of its drift
 * made, too. More have scores. Cells and answer grow by doubling, the answer from 4 KiB
 * on. Nothing is allocated for a value, or a row. */
START_TEST(numbers_take_no_allocation_for_each)
{
    train("m", "x", ROWS);
    ck_assert_int_le(count_allocations(1), 3);
    ck_assert_int_le(count_allocations(1), 2);
    ck_assert_int_le(count_allocations(1000), 3 + 10 + 5);
    ck_assert_int_le(count_allocations(4000), 3 + 12 + 7);
}
END_TEST

/* A failed allocation is answered by a 503, or not needed; the next call is as ever. */
START_TEST(every_allocation_may_fail)
{
    static const char *const bodies[] = {
        "{\"rows\":[[0],[0],[0],[0],[0]]}",
        "{\"instances\":[{\"\\u0078\":1},{\"x\":1},{\"x\":1},{\"x\":1},{\"x\":1}]}",
        "{\"rows\":[[null]]}"};
    static const int statuses[] = {200, 200, 422};
    train("m", "x", ROWS);
    for (size_t b = 0; b < 3; b++) {
        memory_fail_after(-1);
        struct answer answer = predict("m", bodies[b]);
        long n_allocations = memory_fail_after(-1);
        ck_assert_int_eq(answer.status, statuses[b]);
        answer_free(&answer);
        ck_assert_int_ge(n_allocations, 3);
        int n_refused = 0;
        for (long i = 0; i < n_allocations; i++) {
            memory_fail_after(i);
            answer = predict("m", bodies[b]);
            memory_fail_after(-1);
            ck_assert_msg(answer.status == 503 || answer.status == statuses[b], "%d",
                          answer.status);
            n_refused += answer.status == 503;
            ck_assert_ptr_nonnull(answer.json);
            answer_free(&answer);
        }
        ck_assert_int_gt(n_refused, 2);
    }
}
END_TEST

/* ---- many at a time ---- */

#define N_THREADS 4
#define N_CALLS 100

static void *predict_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < N_CALLS; i++) {
        struct answer answer = predict("m", "{\"rows\":[[0]]}");
        ck_assert_int_eq(answer.status, 200);
        bool is_first = answer_number(&answer, "version") == 1;
        near(&answer, "predictions/0/log_odds", is_first ? -log(3) : log(3));
        answer_free(&answer);
    }
    return NULL;
}

START_TEST(each_answer_is_of_one_version_while_an_alias_moves)
{
    pthread_t threads[N_THREADS];
    train("m", "x", ROWS);
    train("m", "x", TURNED);
    for (int i = 0; i < N_THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, predict_often, NULL), 0);
    for (unsigned i = 0; i < 20; i++)
        put_alias("default", 1 + i % 2);
    for (int i = 0; i < N_THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

/* ---- sparse text ---- */

#define SPARSE "Content-Type: text/x-libsvm"

/* Of sparse columns 3 and 8; the odds of 1 are 1:3 where 3 is 0 and 3:1 where it is 1. */
static void train_sparse(void)
{
    char body[256];
    struct answer answer =
        loopback_call(&loopback, "POST /v1/datasets", SPARSE,
                      "0 8:1\n0 8:2\n0\n1\n1 3:1 8:1\n1 3:1 8:2\n1 3:1\n0 3:1\n");
    ck_assert_int_eq(answer.status, 201);
    snprintf(body, sizeof(body),
             "{\"model\":\"words\",\"dataset\":\"%s\",\"target\":\"label\","
             "\"features\":[\"3\"]}",
             answer_string(&answer, "id"));
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/jobs", WAIT, body);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    answer_free(&answer);
}

START_TEST(lines_of_sparse_text_are_scored_as_instances_are)
{
    const char *const target = "POST /v1/models/words/predict";
    train_sparse();
    struct answer lines =
        loopback_call(&loopback, target, SPARSE, "1 3:1 8:5\n? 77:1\n0 3:0.5\n");
    struct answer instances =
        loopback_json(&loopback, target, "{\"instances\":[{\"3\":1},{},{\"3\":0.5}]}");
    ck_assert_int_eq(lines.status, 200);
    ck_assert_str_eq(lines.body, instances.body);
    const json_t *first = json_array_get(answer_at(&lines, "predictions"), 0);
    ck_assert(fabs(json_number_value(json_object_get(first, "log_odds")) - log(3)) <
              1e-9);
    answer_free(&lines);
    answer_free(&instances);
}
END_TEST

START_TEST(malformed_sparse_lines_are_told_by_row_and_column)
{
    train_sparse();
    struct answer answer = loopback_call(&loopback, "POST /v1/models/words/predict",
                                         SPARSE, "1 3:1\n1 3:x\n");
    ck_assert_int_eq(answer.status, 422);
    const json_t *error = json_array_get(answer_at(&answer, "errors"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(error, "row")), 2);
    ck_assert_str_eq(json_string_value(json_object_get(error, "column")), "3");
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/models/words/predict",
                           SPARSE "; charset=latin1", "1 3:1\n");
    ck_assert_int_eq(answer.status, 415);
    answer_free(&answer);
}
END_TEST

/* ---- rows of text ---- */

#define CSV "Content-Type: text/csv"
#define LINES "Content-Type: application/x-ndjson"

/* The answers have the bits of those to a JSON body. */
static void must_be_as_json(const char *query, const char *type, const char *text,
                            const char *json)
{
    char target[128];
    snprintf(target, sizeof(target), "POST /v1/models/m/predict%s", query);
    struct answer found = loopback_call(&loopback, target, type, text);
    struct answer wanted = loopback_json(&loopback, "POST /v1/models/m/predict", json);
    ck_assert_msg(found.status == 200, "%s", found.body);
    ck_assert_str_eq(found.body, wanted.body);
    answer_free(&found);
    answer_free(&wanted);
}

START_TEST(every_body_of_text_is_answered_as_json_is)
{
    train("m", "x", ROWS);
    must_be_as_json("", CSV, "x\n0\n0.5\n", "{\"rows\":[[0],[0.5]]}");
    must_be_as_json("?output=label,contributions&threshold=0.2&layout=columns&top_k=1",
                    CSV, "x\n0\n",
                    "{\"rows\":[[0]],\"output\":[\"label\",\"contributions\"],"
                    "\"threshold\":0.2,\"layout\":\"columns\",\"top_k\":1}");
    must_be_as_json("?on_error=row&output=interval&confidence=0.5", LINES,
                    "[0]\n{\"x\":1}\n[null]\n",
                    "{\"rows\":[[0],[1],[null]],\"on_error\":\"row\","
                    "\"output\":[\"interval\"],\"confidence\":0.5}");
}
END_TEST

static void must_answer_text(const char *target, const char *headers, const char *body,
                             const char *type, const char *expected)
{
    struct answer answer = loopback_call(&loopback, target, headers, body);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_str_eq(answer.content_type, type);
    ck_assert_str_eq(answer.body, expected);
    ck_assert_str_eq(answer_header(&answer, "Model-Version"), "1");
    answer_free(&answer);
}

START_TEST(answers_are_rows_of_text_where_these_are_liked_better)
{
    const char *const target = "POST /v1/models/m/predict?output=label&on_error=row";
    train("m", "x", ROWS);
    must_answer_text(target, CSV "\nAccept: text/csv", "x\n1\nz\n0\n", "text/csv",
                     "label,error\n1,\n,not_a_number\n0,\n");
    must_answer_text(target,
                     LINES "\nAccept: application/x-ndjson, application/json;q=0.5",
                     "[1]\n{}\n", "application/x-ndjson",
                     "{\"label\":\"1\"}\n{\"error\":{\"code\":\"missing_value\","
                     "\"detail\":\"the value is "
                     "missing and the model does not know what to do without "
                     "it\",\"column\":\"x\"}}\n");
    must_answer_text("POST /v1/models/m/predict", JSON "\nAccept: text/csv",
                     "{\"rows\":[[7]],\"output\":[\"label\"]}", "text/csv", "label\n1\n");
    struct answer answer = loopback_call(&loopback, "POST /v1/models/m/predict",
                                         JSON "\nAccept: text/html", "{\"rows\":[[7]]}");
    ck_assert_str_eq(answer.content_type, "application/json");
    answer_free(&answer);
}
END_TEST

START_TEST(text_has_no_columns_layout)
{
    train("m", "x", ROWS);
    struct answer answer =
        loopback_call(&loopback, "POST /v1/models/m/predict?layout=columns",
                      CSV "\nAccept: text/csv", "x\n1\n");
    ck_assert_int_eq(answer.status, 400);
    ck_assert_str_eq(answer_string(&answer, "errors/0/parameter"), "layout");
    answer_free(&answer);
    answer =
        loopback_call(&loopback, "POST /v1/models/m/predict", JSON "\nAccept: text/csv",
                      "{\"rows\":[[1]],\"layout\":\"columns\"}");
    ck_assert_int_eq(answer.status, 422);
    ck_assert(answer_has_error(&answer, "/layout", "invalid"));
    answer_free(&answer);
}
END_TEST

TCase *handle_predict_test(void)
{
    TCase *tests = tcase_create("handle_predict");
    tcase_add_checked_fixture(tests, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tests, the_odds_of_the_data_are_predicted);
    tcase_add_test(tests, categories_are_predicted_from_every_form_of_a_row);
    tcase_add_test(tests, the_newest_version_answers_for_a_model_or_the_default);
    tcase_add_test(tests, versions_and_aliases_answer_for_themselves);
    tcase_add_test(tests, a_restart_changes_no_bit_of_an_answer);
    tcase_add_test(tests, what_is_not_there_cannot_predict);
    tcase_add_test(tests, a_body_of_another_type_is_refused);
    tcase_add_test(tests, malformed_bodies_are_refused_at_their_byte);
    tcase_add_test(tests, all_that_is_wrong_is_told_by_pointers);
    tcase_add_test(tests, a_hundred_of_many_problems_are_listed);
    tcase_add_test(tests, a_bad_row_may_answer_in_its_place);
    tcase_add_test(tests, only_posting_predicts_and_queries_are_refused);
    tcase_add_test(tests, what_does_not_fit_into_the_budget_is_refused);
    tcase_add_test(tests, numbers_take_no_allocation_for_each);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, each_answer_is_of_one_version_while_an_alias_moves);
    tcase_add_test(tests, lines_of_sparse_text_are_scored_as_instances_are);
    tcase_add_test(tests, malformed_sparse_lines_are_told_by_row_and_column);
    tcase_add_test(tests, every_body_of_text_is_answered_as_json_is);
    tcase_add_test(tests, answers_are_rows_of_text_where_these_are_liked_better);
    tcase_add_test(tests, text_has_no_columns_layout);
    return tests;
}
