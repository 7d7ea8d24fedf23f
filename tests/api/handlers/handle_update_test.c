#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/update_calls.h"
#include "tests/support/loopback_fixture.h"

/* ---- learning ---- */

/* At the model's optimum p is 1/4 where x is 0 and 3/4 where it is 1, but for g. */
START_TEST(rows_are_scored_by_the_version_and_then_learnt_from)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV,
                       UPDATE_CALLS_MODEL ",\"features\":[\"x\"]");
    struct answer answer =
        update_calls_post(&loopback, NULL, "{\"rows\":[[0],[1]],\"labels\":[0,\"0\"]}");
    update_calls_must_be(&answer, 200);
    update_calls_number_is(&answer, "call/loss", (-log(0.75) - log(0.25)) / 2);
    update_calls_number_is(&answer, "call/accuracy", 0.5);
    update_calls_number_is(&answer, "call/n_rows", 2);
    update_calls_number_is(&answer, "call/n_steps", 1);
    update_calls_number_is(&answer, "loss", (-log(0.75) - log(0.25)) / 2);
    update_calls_number_is(&answer, "revision", 1);
    update_calls_number_is(&answer, "from", 1);
    ck_assert_str_eq(answer_string(&answer, "algorithm"), "adagrad");
    update_calls_number_is(&answer, "learning_rate/initial", 0.1);
    ck_assert_str_eq(answer_header(&answer, "ETag"), "\"1\"");
    answer_free(&answer);
    answer = update_calls_post(
        &loopback, NULL,
        "{\"columns\":[\"y\",\"x\"],\"rows\":[[0,1],[0,1]],\"batch_size\":1}");
    update_calls_must_be(&answer, 200);
    ck_assert_double_lt(answer_number(&answer, "call/loss"), -log(0.25));
    update_calls_number_is(&answer, "n_rows", 4);
    update_calls_number_is(&answer, "n_steps", 3);
    update_calls_number_is(&answer, "revision", 2);
    answer_free(&answer);
}
END_TEST

START_TEST(what_is_served_stays_as_it_was)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    struct answer before =
        loopback_json(&loopback, "POST /v1/models/m/predict", "{\"rows\":[[0,\"a\"]]}");
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
    struct answer after =
        loopback_json(&loopback, "POST /v1/models/m/predict", "{\"rows\":[[0,\"a\"]]}");
    ck_assert_str_eq(after.body, before.body);
    answer_free(&before);
    answer_free(&after);
}
END_TEST

/* Counts learn as the rows that they count. */
START_TEST(weights_and_trials_count_rows)
{
    static const char *const same[] = {
        "{\"instances\":[{\"x\":1,\"y\":1},{\"x\":1,\"y\":1},{\"x\":1,\"y\":0}]}",
        ("{\"instances\":[{\"x\":1,\"y\":1,\"w\":2},{\"x\":1,\"y\":0,\"w\":1}],"
         "\"weights\":\"w\"}"),
        "{\"instances\":[{\"x\":1,\"y\":2,\"n\":3}],\"trials\":\"n\"}"};
    double losses[3];
    update_calls_train(&loopback, UPDATE_CALLS_CSV,
                       UPDATE_CALLS_MODEL ",\"features\":[\"x\"]");
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = update_calls_post(&loopback, NULL, same[i]);
        update_calls_must_be(&answer, 200);
        losses[i] = answer_number(&answer, "loss");
        update_calls_number_is(&answer, "call/accuracy", 2.0 / 3);
        answer_free(&answer);
        answer = update_calls_delete(&loopback, NULL);
        update_calls_must_be(&answer, 204);
        answer_free(&answer);
    }
    ck_assert_double_eq_tol(losses[1], losses[0], 1e-14);
    ck_assert_double_eq_tol(losses[2], losses[0], 1e-14);
}
END_TEST

START_TEST(numbers_are_learnt_from_with_their_offset)
{
    update_calls_train(&loopback, "y,x,o\n1,1,0\n3,2,1\n3,3,0\n5,4,1\n",
                       UPDATE_CALLS_MODEL
                       ",\"family\":\"gaussian\",\"features\":[\"x\"],\"offset\":\"o\"");
    struct answer answer =
        update_calls_post(&loopback, NULL, "{\"instances\":[{\"x\":2,\"o\":5,\"y\":9}]}");
    update_calls_must_be(&answer, 200);
    update_calls_number_is(&answer, "call/loss", 2); /* 2 + 5 is told, ½·2² lost */
    ck_assert(json_is_null(answer_at(&answer, "accuracy")));
    answer_free(&answer);
}
END_TEST

START_TEST(the_learning_rate_may_change_and_what_is_minimised_may_not)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    update_calls_learn(
        &loopback,
        "{\"rows\":[[0,\"a\"]],\"labels\":[0],\"algorithm\":\"sgd\",\"l2\":0.5}");
    struct answer answer = update_calls_post(
        &loopback, NULL,
        "{\"rows\":[[0,\"a\"]],\"labels\":[0],\"algorithm\":\"sgd\",\"l2\":0.5,"
        "\"from\":1,\"learning_rate\":{\"initial\":0.25}}");
    update_calls_must_be(&answer, 200);
    update_calls_number_is(&answer, "learning_rate/initial", 0.25);
    answer_free(&answer);
    answer = update_calls_post(
        &loopback, NULL,
        "{\"rows\":[[0,\"a\"]],\"labels\":[0],\"algorithm\":\"adagrad\","
        "\"l2\":0,\"l1\":1,\"from\":2}");
    update_calls_must_be(&answer, 422);
    ck_assert(answer_has_error(&answer, "/algorithm", "invalid"));
    ck_assert(answer_has_error(&answer, "/l2", "invalid"));
    ck_assert(answer_has_error(&answer, "/l1", "invalid"));
    ck_assert(answer_has_error(&answer, "/from", "invalid"));
    answer_free(&answer);
    answer = update_calls_post(
        &loopback, NULL, "{\"rows\":[[0,\"a\"]],\"labels\":[0],\"l1\":1,\"reset\":true}");
    update_calls_must_be(&answer, 200);
    ck_assert_str_eq(answer_string(&answer, "algorithm"), "adagrad");
    update_calls_number_is(&answer, "l1", 1);
    update_calls_number_is(&answer, "n_rows", 1);
    update_calls_number_is(&answer, "revision", 3);
    answer_free(&answer);
}
END_TEST

static const struct {
    const char *body, *pointer, *code;
    int status;
} refusals[] = {
    {"{\"rows\":[[0,\"a\"]],\"labels\":[2]}", "/labels/0", "unknown_level", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[null]}", "/labels/0", "missing_value", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0,1]}", "/labels", "wrong_width", 422},
    {"{\"rows\":[[0,\"a\"]]}", "/labels", "missing_field", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":0}", "/labels", "invalid_type", 422},
    {"{\"instances\":[{\"x\":0,\"g\":\"a\",\"y\":0},{\"x\":0,\"g\":\"a\"}]}",
     "/instances/1", "missing_value", 422},
    {"{\"rows\":[[null,\"a\"]],\"labels\":[0]}", "/rows/0/0", "missing_value", 422},
    {"{\"rows\":[[0,\"z\"]],\"labels\":[0]}", "/rows/0/1", "unknown_level", 422},
    {"{\"rows\":[[0]],\"labels\":[0]}", "/rows/0", "wrong_width", 422},
    {"{\"rows\":[],\"labels\":[]}", "/rows", "no_rows", 422},
    {"{\"labels\":[0]}", NULL, NULL, 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0],\"target\":\"x\"}", "/target", "invalid", 422},
    {"{\"columns\":[\"x\",\"g\",\"y\",\"w\"],\"rows\":[[0,\"a\",0,-1]],"
     "\"weights\":\"w\"}",
     "/rows/0/3", "bad_weight", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0],\"algorithm\":\"newton\"}", "/algorithm",
     "invalid", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0],\"l2\":-1}", "/l2", "out_of_range", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0],\"batch_size\":0}", "/batch_size",
     "out_of_range", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0],\"learning_rate\":{\"initial\":0}}",
     "/learning_rate/initial", "out_of_range", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0],\"learning_rate\":{\"schedule\":\"step\"}}",
     "/learning_rate/schedule", "invalid", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0],\"from\":9,\"reset\":true}", "/from",
     "not_found", 422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0],\"epochs\":9}", "/epochs", "unknown_field",
     422},
    {"{\"rows\":[[0,\"a\"]],\"labels\":[0]", NULL, NULL, 400},
    {"{\"rows\":[[1e400,\"a\"]],\"labels\":[0]}", NULL, NULL, 400},
    {"[]", NULL, NULL, 422},
    {"{\"rows\":[[1e308,\"a\"]],\"labels\":[0]}", NULL, NULL, 422},
};
#define N_REFUSALS (sizeof(refusals) / sizeof(*refusals))

/* One good row beside the bad one would not do: all or nothing. */
START_TEST(nothing_is_learnt_from_a_refused_call)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
    for (size_t i = 0; i < N_REFUSALS; i++) {
        struct answer answer = update_calls_post(&loopback, NULL, refusals[i].body);
        ck_assert_msg(answer.status == refusals[i].status, "%s: %d %s", refusals[i].body,
                      answer.status, answer.body);
        ck_assert_msg(
            !refusals[i].pointer ||
                answer_has_error(&answer, refusals[i].pointer, refusals[i].code),
            "%s: %s", refusals[i].body, answer.body);
        answer_free(&answer);
    }
    struct answer answer = update_calls_show(&loopback);
    update_calls_number_is(&answer, "revision", 1);
    update_calls_number_is(&answer, "n_rows", 2);
    answer_free(&answer);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    struct answer answer = update_calls_post(&loopback, NULL, UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 404);
    answer_free(&answer);
    answer = loopback_json(&loopback, "POST /v1/models/-/update", UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 404);
    answer_free(&answer);
    answer = update_calls_show(&loopback);
    update_calls_must_be(&answer, 404);
    answer_free(&answer);
    answer = update_calls_publish(&loopback, NULL);
    update_calls_must_be(&answer, 404);
    answer_free(&answer);
    answer = update_calls_delete(&loopback, NULL);
    update_calls_must_be(&answer, 404);
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/models/m/update",
                           "Content-Type: text/csv", "x\n");
    update_calls_must_be(&answer, 415);
    answer_free(&answer);
}
END_TEST

/* The same rows as text and as instances; a model of sparse inputs, and one of numbers.
 */
START_TEST(lines_of_libsvm_text_are_learnt_from)
{
    static const char text[] = "+1 1:1 3:2.5 99:7\n0 2:1\n1 1:0.5\n";
    static const char same[] =
        "{\"instances\":[{\"1\":1,\"3\":2.5},{\"2\":1},{\"1\":0.5}],"
        "\"labels\":[1,0,1]}";
    static const char dataset[] = "1 1:1 2:1\n0 2:1 3:1\n1 1:2\n0 3:1\n1 3:1\n0 1:1\n";
    double losses[2];
    struct answer answer = loopback_call(&loopback, "POST /v1/datasets",
                                         "Content-Type: text/x-libsvm", dataset);
    char body[256];
    snprintf(body, sizeof(body),
             "{\"model\":\"m\",\"target\":\"label\",\"penalty\":{\"l2\":0.1},"
             "\"dataset\":\"%s\"}",
             answer_string(&answer, "id"));
    answer_free(&answer);
    answer = loopback_call(&loopback, "POST /v1/jobs", UPDATE_CALLS_WAIT, body);
    ck_assert_str_eq(answer_string(&answer, "state"), "succeeded");
    answer_free(&answer);
    for (int i = 0; i < 2; i++) {
        answer = loopback_call(&loopback, "POST /v1/models/m/update",
                               i ? UPDATE_CALLS_JSON : "Content-Type: text/x-libsvm",
                               i ? same : text);
        update_calls_must_be(&answer, 200);
        update_calls_number_is(&answer, "call/n_rows", 3);
        losses[i] = answer_number(&answer, "loss");
        answer_free(&answer);
        answer = update_calls_delete(&loopback, NULL);
        answer_free(&answer);
    }
    ck_assert(losses[0] == losses[1]);
}
END_TEST

START_TEST(lines_that_cannot_be_used_are_told_by_their_number)
{
    static const struct {
        const char *text, *code;
    } bad[] = {{"1 x:1\n", "bad_libsvm"}, {"7 x:1\n", "unknown_level"}, {"", "no_rows"}};
    update_calls_train(&loopback, "y,1,2\n0,0,1\n1,0,0\n1,1,1\n0,1,0\n",
                       UPDATE_CALLS_MODEL);
    for (size_t i = 0; i < 3; i++) {
        char text[64];
        snprintf(text, sizeof(text), "1 1:1\n%s", i < 2 ? bad[i].text : "");
        if (i == 1)
            snprintf(text, sizeof(text), "1 1:1 2:0\n7 1:1 2:0\n");
        struct answer answer =
            loopback_call(&loopback, "POST /v1/models/m/update",
                          "Content-Type: text/x-libsvm", i == 2 ? "\n" : text);
        ck_assert_msg(answer.status == 422 || answer.status == 400, "%d %s",
                      answer.status, answer.body);
        ck_assert_msg(strstr(answer.body, bad[i].code), "%s", answer.body);
        answer_free(&answer);
    }
    struct answer answer = update_calls_show(&loopback);
    update_calls_must_be(&answer, 404);
    answer_free(&answer);
}
END_TEST

/* ---- who comes second ---- */

START_TEST(a_repeated_call_is_learnt_from_once)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    struct answer first =
        update_calls_post(&loopback, "Idempotency-Key: k", UPDATE_CALLS_TWO);
    struct answer again =
        update_calls_post(&loopback, "Idempotency-Key: k", UPDATE_CALLS_TWO);
    update_calls_must_be(&first, 200);
    update_calls_must_be(&again, 200);
    ck_assert_str_eq(again.body, first.body);
    ck_assert_str_eq(answer_header(&again, "ETag"), "\"1\"");
    answer_free(&first);
    answer_free(&again);
    first = update_calls_post(&loopback, "Idempotency-Key: k",
                              "{\"rows\":[[0,\"a\"]],\"labels\":[0]}");
    update_calls_must_be(&first, 422);
    answer_free(&first);
    loopback_restart(&loopback);
    again = update_calls_post(&loopback, "Idempotency-Key: k\nIf-Match: \"0\"",
                              UPDATE_CALLS_TWO);
    update_calls_must_be(&again, 200);
    answer_free(&again);
    again = update_calls_show(&loopback);
    update_calls_number_is(&again, "n_rows", 2);
    answer_free(&again);
}
END_TEST

START_TEST(a_refused_call_may_be_sent_again_with_its_key)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    struct answer answer =
        update_calls_post(&loopback, "Idempotency-Key: k", "{\"rows\":[]}");
    update_calls_must_be(&answer, 422);
    answer_free(&answer);
    answer = update_calls_post(&loopback, "Idempotency-Key: k", UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 200);
    answer_free(&answer);
}
END_TEST

START_TEST(writers_say_which_revision_they_mean)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    struct answer answer = update_calls_post(&loopback, "If-Match: *", UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 412);
    answer_free(&answer);
    answer = update_calls_post(&loopback, "If-None-Match: *", UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 200);
    answer_free(&answer);
    answer = update_calls_post(&loopback, "If-None-Match: *", UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 412);
    answer_free(&answer);
    answer = update_calls_post(&loopback, "If-Match: \"1\"", UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 200);
    answer_free(&answer);
    answer = update_calls_post(&loopback, "If-Match: \"1\"", UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 412);
    answer_free(&answer);
    answer = update_calls_publish(&loopback, "If-Match: \"1\"");
    update_calls_must_be(&answer, 412);
    answer_free(&answer);
    answer = update_calls_delete(&loopback, "If-Match: \"1\"");
    update_calls_must_be(&answer, 412);
    answer_free(&answer);
    answer = update_calls_show(&loopback);
    update_calls_number_is(&answer, "n_rows", 4);
    ck_assert_str_eq(answer_header(&answer, "ETag"), "\"2\"");
    answer_free(&answer);
    answer = update_calls_delete(&loopback, "If-Match: \"2\"");
    update_calls_must_be(&answer, 204);
    answer_free(&answer);
}
END_TEST

#define N_WRITERS 8
#define N_CALLS 12

static void *write_rows(void *context)
{
    const char *target = context;
    for (int i = 0; i < N_CALLS; i++) {
        struct answer answer = loopback_json(&loopback, target, UPDATE_CALLS_TWO);
        if (answer.status != 200)
            ck_abort_msg("%d %s", answer.status, answer.body);
        answer_free(&answer);
    }
    return NULL;
}

START_TEST(writers_at_once_are_all_heard)
{
    pthread_t threads[N_WRITERS];
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    update_calls_train(&loopback, UPDATE_CALLS_CSV,
                       "\"model\":\"other\",\"target\":\"y\"");
    for (size_t i = 0; i < N_WRITERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_rows,
                                        i % 2 ? "POST /v1/models/m/update"
                                              : "POST /v1/models/other/update"),
                         0);
    for (size_t i = 0; i < N_WRITERS; i++)
        pthread_join(threads[i], NULL);
    struct answer answer = update_calls_show(&loopback);
    update_calls_number_is(&answer, "revision", N_WRITERS / 2 * N_CALLS);
    update_calls_number_is(&answer, "n_rows", N_WRITERS * N_CALLS);
    answer_free(&answer);
}
END_TEST

TCase *handle_update_test(void)
{
    TCase *tcase = tcase_create("handle_update");
    tcase_add_checked_fixture(tcase, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tcase, rows_are_scored_by_the_version_and_then_learnt_from);
    tcase_add_test(tcase, what_is_served_stays_as_it_was);
    tcase_add_test(tcase, weights_and_trials_count_rows);
    tcase_add_test(tcase, numbers_are_learnt_from_with_their_offset);
    tcase_add_test(tcase, the_learning_rate_may_change_and_what_is_minimised_may_not);
    tcase_add_test(tcase, nothing_is_learnt_from_a_refused_call);
    tcase_add_test(tcase, what_is_not_there_is_not_found);
    tcase_add_test(tcase, lines_of_libsvm_text_are_learnt_from);
    tcase_add_test(tcase, lines_that_cannot_be_used_are_told_by_their_number);
    tcase_add_test(tcase, a_repeated_call_is_learnt_from_once);
    tcase_add_test(tcase, a_refused_call_may_be_sent_again_with_its_key);
    tcase_add_test(tcase, writers_say_which_revision_they_mean);
    tcase_add_test(tcase, writers_at_once_are_all_heard);
    return tcase;
}
