/*
 * Versions are published, aliases moved and versions deleted, one after the other and as
 * fast as may be, while every core predicts: each answer must be one version's, to the
 * bit. Version v has log-odds v at x = 0 and 3v at x = 1, so an answer that mixes two, or
 * names another, shows.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/import_model.h"
#include "api/model_publish.h"
#include "api/service_internal.h"
#include "core/model/predict.h"
#include "tests/support/loopback.h"
#include "tests/support/suite.h"

#define N_READERS 3
#define SWAPS_A_ROUND 10000 /* in memory; LOGITD_STORM_ROUNDS=10 for 100 000 */
#define STORED_SWAPS 300    /* with the store, a commit each, and a version every third */
#define KEPT 3              /* versions at a time */

static struct loopback loopback;
static atomic_bool is_over;
static atomic_ulong n_answers;

static void setup(void)
{
    loopback_open(&loopback);
    atomic_store(&is_over, false);
    atomic_store(&n_answers, 0);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

static struct registry *registry(void)
{
    return loopback.service->registry;
}

static struct model *make_model(uint64_t version)
{
    char body[256];
    struct problem_list problems = {0};
    snprintf(
        body, sizeof(body),
        "{\"classes\":[0,1],\"features\":[\"x\"],\"coef\":[%llu],\"intercept\":%llu}",
        2 * (unsigned long long)version, (unsigned long long)version);
    struct model *model = import_model_read(body, strlen(body), &problems, NULL);
    ck_assert_ptr_nonnull(model);
    return model;
}

/* ---- who predicts ---- */

static void *read_registry(void *argument)
{
    static const double cells[] = {0, 1};
    (void)argument;
    while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
        struct registry_found found;
        struct registry_shadow shadow = {0};
        double scores[2];
        if (registry_choose(registry(), "m", "prod", NULL, &found, &shadow, NULL) < 0)
            ck_abort_msg("nothing answers");
        predict_scores(found.model, cells, 2, NULL, scores);
        if (scores[0] != (double)found.version || scores[1] != 3 * (double)found.version)
            ck_abort_msg("version %llu scores %g and %g",
                         (unsigned long long)found.version, scores[0], scores[1]);
        registry_shadow_release(&shadow);
        model_release(found.model);
        atomic_fetch_add_explicit(&n_answers, 1, memory_order_relaxed);
    }
    return NULL;
}

/* Of the whole request: what answers, and its rows as text. */
static void *read_service(void *argument)
{
    (void)argument;
    while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
        struct answer answer =
            loopback_json(&loopback, "POST /v1/models/m/aliases/prod/predict",
                          "{\"rows\":[[0],[1]],\"output\":[\"log_odds\"]}");
        if (answer.status != 200)
            ck_abort_msg("%d %s", answer.status, answer.body);
        double version = answer_number(&answer, "version");
        if (answer_number(&answer, "predictions/0/log_odds") != version ||
            answer_number(&answer, "predictions/1/log_odds") != 3 * version)
            ck_abort_msg("%s", answer.body);
        answer_free(&answer);
        atomic_fetch_add_explicit(&n_answers, 1, memory_order_relaxed);
    }
    return NULL;
}

static void start(pthread_t *readers, void *(*read)(void *))
{
    for (int i = 0; i < N_READERS; i++)
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read, NULL), 0);
}

static void stop(const pthread_t *readers)
{
    while (atomic_load(&n_answers) == 0)
        ;
    atomic_store(&is_over, true);
    for (int i = 0; i < N_READERS; i++)
        pthread_join(readers[i], NULL);
}

/* ---- who publishes ---- */

static void publish(uint64_t version)
{
    struct model *model = make_model(version);
    ck_assert_int_eq(registry_reserve(registry(), "m", NULL), 0);
    registry_publish(registry(), "m", version, model);
    model_release(model);
}

/* To the version, or split with the one before it, which is the shadow otherwise. */
static void move_alias(uint64_t version)
{
    struct alias_target target = alias_target_of_version(version);
    struct alias_tally *tally = alias_tally_new(NULL);
    if (version % 2 == 0 && version > 1) {
        target = (struct alias_target){0};
        alias_target_add(&target, version, 0.5);
        alias_target_add(&target, version - 1, 0.5);
    } else if (version > 1) {
        target.shadow = version - 1;
    }
    if (registry_reserve(registry(), "m", NULL) < 0)
        ck_abort_msg("no memory");
    registry_set_alias(registry(), "m", "prod", &target, tally);
}

START_TEST(no_answer_is_mixed_while_versions_are_swapped)
{
    pthread_t readers[N_READERS];
    (void)_i; /* each round is like the others */
    publish(1);
    move_alias(1);
    start(readers, read_registry);
    for (uint64_t version = 2; version <= SWAPS_A_ROUND; version++) {
        publish(version);
        move_alias(version);
        if (version > KEPT)
            registry_withdraw(registry(), "m", version - KEPT);
    }
    stop(readers);
}
END_TEST

static void store(uint64_t expected)
{
    struct model *model = make_model(expected);
    uint64_t version = 0;
    ck_assert_int_eq(
        model_publish(loopback.service, "m", model, NULL, NULL, &version, NULL), 0);
    ck_assert_uint_eq(version, expected);
    model_release(model);
}

static void call(const char *target, const char *body, int status)
{
    struct answer answer = body ? loopback_json(&loopback, target, body)
                                : loopback_call(&loopback, target, NULL, NULL);
    if (answer.status != status)
        ck_abort_msg("%s: %d %s", target, answer.status, answer.body);
    answer_free(&answer);
}

START_TEST(no_request_fails_or_mixes_while_the_store_is_changed)
{
    pthread_t readers[N_READERS];
    uint64_t newest = 1;
    char text[128];
    store(1);
    call("PUT /v1/models/m/aliases/prod", "{\"version\":1}", 201);
    start(readers, read_service);
    for (unsigned i = 0; i < STORED_SWAPS; i++) {
        if (i % 3 == 0)
            store(++newest);
        if (i % 2)
            snprintf(text, sizeof(text), "{\"version\":%u,\"shadow\":%u}",
                     (unsigned)newest, (unsigned)newest - 1);
        else
            snprintf(text, sizeof(text), "{\"split\":{\"%u\":0.5,\"%u\":0.5}}",
                     (unsigned)newest, (unsigned)newest - 1);
        call("PUT /v1/models/m/aliases/prod", text, 200);
        snprintf(text, sizeof(text), "DELETE /v1/models/m/versions/%u",
                 (unsigned)newest - 2);
        if (i % 3 == 0 && newest > 2)
            call(text, NULL, 204);
    }
    stop(readers);
}
END_TEST

TCase *swap_storm_test(void)
{
    const char *rounds = getenv("LOGITD_STORM_ROUNDS");
    TCase *tcase = tcase_create("swap_storm");
    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_rounds(tcase, no_answer_is_mixed_while_versions_are_swapped, 0,
                     rounds ? atoi(rounds) : 1);
    tcase_add_test(tcase, no_request_fails_or_mixes_while_the_store_is_changed);
    return tcase;
}
