#include <check.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/update_calls.h"
#include "tests/support/loopback_fixture.h"

/* ---- keeping ---- */

static char *scores_after(int restarts)
{
    static const char *const bodies[] = {("{\"rows\":[[0,\"a\"],[1,\"b\"],[0.5,\"b\"]],"
                                          "\"labels\":[0,1,1],\"batch_size\":2}"),
                                         UPDATE_CALLS_TWO,
                                         "{\"rows\":[[1,\"a\"]],\"labels\":[0]}"};
    for (size_t i = 0; i < 3; i++) {
        update_calls_learn(&loopback, bodies[i]);
        if (restarts)
            loopback_restart(&loopback);
    }
    struct answer answer = update_calls_publish(&loopback, NULL);
    update_calls_must_be(&answer, 201);
    answer_free(&answer);
    answer = loopback_json(&loopback, "POST /v1/models/m/predict",
                           "{\"rows\":[[0.3,\"b\"]],\"output\":[\"linear_predictor\"]}");
    char *body = memory_copy_string(strstr(answer.body, "predictions"), NULL);
    answer_free(&answer);
    answer = update_calls_delete(&loopback, NULL);
    answer_free(&answer);
    answer = loopback_call(&loopback, "DELETE /v1/models/m/versions/2", NULL, NULL);
    answer_free(&answer);
    answer = loopback_call(&loopback, "DELETE /v1/models/m/versions/3", NULL, NULL);
    answer_free(&answer);
    return body;
}

START_TEST(the_same_calls_give_the_same_bits_also_after_restarts)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    char *once = scores_after(0), *again = scores_after(1);
    ck_assert_str_eq(again, once);
    memory_free(once);
    memory_free(again);
}
END_TEST

START_TEST(superseded_numbers_are_removed)
{
    struct store_stats stats;
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
    store_stats(loopback.service->store, &stats);
    uint64_t n_bytes = stats.blob_bytes[STORE_UPDATE];
    ck_assert_uint_gt(n_bytes, 0);
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
    store_stats(loopback.service->store, &stats);
    ck_assert_uint_eq(stats.blob_bytes[STORE_UPDATE], n_bytes);
    ck_assert_uint_eq(stats.n_records[STORE_UPDATE], 1);
}
END_TEST

/* ---- publishing ---- */

START_TEST(a_copy_becomes_the_next_version_and_learns_on)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
    struct answer answer = update_calls_publish(&loopback, "Idempotency-Key: p");
    update_calls_must_be(&answer, 201);
    update_calls_number_is(&answer, "version", 2);
    update_calls_number_is(&answer, "published", 2);
    update_calls_number_is(&answer, "revision", 2);
    ck_assert_str_eq(answer_header(&answer, "Location"), "/v1/models/m/versions/2");
    ck_assert_str_eq(answer_header(&answer, "ETag"), "\"2\"");
    answer_free(&answer);
    answer = update_calls_publish(&loopback, "Idempotency-Key: p");
    update_calls_must_be(&answer, 201);
    update_calls_number_is(&answer, "version", 2);
    ck_assert_str_eq(answer_header(&answer, "Location"), "/v1/models/m/versions/2");
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/models/m", NULL, NULL);
    update_calls_must_be(&answer, 200);
    update_calls_number_is(&answer, "version", 2);
    ck_assert_str_eq(answer_string(&answer, "fit/algorithm"), "adagrad");
    ck_assert_str_eq(answer_string(&answer, "fit/stop_reason"), "published");
    ck_assert_str_eq(answer_string(&answer, "fit/warm_start"), "m/1");
    ck_assert(json_is_false(answer_at(&answer, "fit/converged")));
    ck_assert(json_is_null(answer_at(&answer, "fit/epochs")));
    ck_assert(json_is_null(answer_at(&answer, "fit/log_likelihood")));
    ck_assert(json_is_null(answer_at(&answer, "coefficients/0/std_error")));
    update_calls_number_is(&answer, "fit/online/n_rows", 2);
    update_calls_number_is(&answer, "fit/online/n_steps", 1);
    update_calls_number_is(&answer, "fit/n_rows", 2);
    answer_free(&answer);
    answer = update_calls_post(&loopback, NULL, UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 200);
    update_calls_number_is(&answer, "n_rows", 4);
    update_calls_number_is(&answer, "from", 1);
    answer_free(&answer);
    answer = loopback_call(&loopback, "GET /v1/models/m/versions/1", NULL, NULL);
    ck_assert(json_is_null(answer_at(&answer, "fit/online")));
    answer_free(&answer);
}
END_TEST

START_TEST(the_version_that_a_copy_stands_on_stays)
{
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    update_calls_learn(&loopback, "{\"rows\":[[0,\"a\"]],\"labels\":[0],\"from\":1}");
    struct answer answer =
        loopback_call(&loopback, "DELETE /v1/models/m/versions/1", NULL, NULL);
    update_calls_must_be(&answer, 409);
    answer_free(&answer);
    answer = loopback_call(&loopback, "DELETE /v1/models/m/versions/2", NULL, NULL);
    update_calls_must_be(&answer, 204);
    answer_free(&answer);
    answer = update_calls_publish(&loopback, NULL);
    update_calls_must_be(&answer, 201);
    answer_free(&answer);
    answer = loopback_call(&loopback, "DELETE /v1/models/m/versions/1", NULL, NULL);
    update_calls_must_be(&answer, 204); /* it stands on version 3 now */
    answer_free(&answer);
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
}
END_TEST

START_TEST(a_copy_goes_with_its_model)
{
    struct store_stats stats;
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
    struct answer answer = loopback_call(&loopback, "DELETE /v1/models/m", NULL, NULL);
    update_calls_must_be(&answer, 204);
    answer_free(&answer);
    store_stats(loopback.service->store, &stats);
    ck_assert_uint_eq(stats.n_records[STORE_UPDATE], 0);
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    answer = update_calls_show(&loopback);
    update_calls_must_be(&answer, 404);
    answer_free(&answer);
}
END_TEST

/* ---- failures ---- */

START_TEST(memory_that_fails_is_told_and_nothing_is_learnt)
{
    int status = 0;
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    for (long n = 0; status != 200; n++) {
        memory_fail_after(n);
        struct answer answer = update_calls_post(&loopback, NULL, UPDATE_CALLS_TWO);
        memory_fail_after(-1);
        status = answer.status;
        answer_free(&answer);
        ck_assert(status == 200 || status == 503);
        ck_assert_int_lt((int)n, 2000);
        if (status != 200) {
            answer = update_calls_show(&loopback);
            update_calls_must_be(&answer, 404);
            answer_free(&answer);
        }
    }
    status = 0;
    for (long n = 0; status != 201; n++) {
        memory_fail_after(n);
        struct answer answer = update_calls_publish(&loopback, NULL);
        memory_fail_after(-1);
        status = answer.status;
        answer_free(&answer);
        ck_assert(status == 201 || status == 503);
        ck_assert_int_lt((int)n, 2000);
    }
    struct answer answer = update_calls_show(&loopback);
    update_calls_number_is(&answer, "published", 2);
    update_calls_number_is(&answer, "n_rows", 2);
    answer_free(&answer);
}
END_TEST

START_TEST(memory_that_fails_with_lines_is_told)
{
    int status = 0;
    update_calls_train(&loopback, "y,1,2\n0,0,1\n1,0,0\n1,1,1\n0,1,0\n",
                       UPDATE_CALLS_MODEL);
    for (long n = 0; status != 200; n++) {
        memory_fail_after(n);
        struct answer answer =
            loopback_call(&loopback, "POST /v1/models/m/update",
                          "Content-Type: text/x-libsvm", "1 1:1 2:0.5\n0 1:0 2:1\n");
        memory_fail_after(-1);
        status = answer.status;
        answer_free(&answer);
        ck_assert(status == 200 || status == 503);
        ck_assert_int_lt((int)n, 2000);
    }
    struct answer answer = update_calls_show(&loopback);
    update_calls_number_is(&answer, "n_rows", 2);
    answer_free(&answer);
}
END_TEST

START_TEST(a_budget_that_is_taken_refuses_for_now)
{
    struct budget *budget = &loopback.service->budget;
    update_calls_train(&loopback, UPDATE_CALLS_CSV, UPDATE_CALLS_MODEL);
    size_t n_bytes = budget->limit - budget_used(budget) - 4096;
    ck_assert_int_eq(budget_reserve(budget, n_bytes, NULL), 0);
    struct answer answer = update_calls_post(&loopback, NULL, UPDATE_CALLS_TWO);
    update_calls_must_be(&answer, 503);
    answer_free(&answer);
    budget_release(budget, n_bytes);
    update_calls_learn(&loopback, UPDATE_CALLS_TWO);
}
END_TEST

TCase *handle_update_publish_test(void)
{
    TCase *tcase = tcase_create("handle_update_publish");
    tcase_add_checked_fixture(tcase, loopback_fixture_setup, loopback_fixture_teardown);
    tcase_add_test(tcase, the_same_calls_give_the_same_bits_also_after_restarts);
    tcase_add_test(tcase, superseded_numbers_are_removed);
    tcase_add_test(tcase, a_copy_becomes_the_next_version_and_learns_on);
    tcase_add_test(tcase, the_version_that_a_copy_stands_on_stays);
    tcase_add_test(tcase, a_copy_goes_with_its_model);
    tcase_add_test(tcase, memory_that_fails_is_told_and_nothing_is_learnt);
    tcase_add_test(tcase, memory_that_fails_with_lines_is_told);
    tcase_add_test(tcase, a_budget_that_is_taken_refuses_for_now);
    return tcase;
}
