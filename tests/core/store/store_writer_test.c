/* What many threads may expect of one writer that commits them together. */
#include <pthread.h>
#include <stdio.h>

#include "core/store/store.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

#define N_THREADS 8
#define N_ROUNDS 100

static struct store_fixture fixture;

static void setup(void)
{
    store_fixture_start(&fixture);
    store_fixture_open(&fixture);
}

static void teardown(void)
{
    store_fixture_end(&fixture);
}

struct contender {
    pthread_t thread;
    pthread_barrier_t *barrier;
    size_t n_won;
    size_t n_blind; /* lost against a record that could not be found */
};

static void contend(struct contender *contender, const char *key)
{
    const struct store_change change = {
        .kind = STORE_ALIAS, .key = key, .condition = STORE_IF_ABSENT};
    struct error err = {0};
    pthread_barrier_wait(contender->barrier);
    if (store_commit(fixture.store, &change, 1, &err) == 0) {
        contender->n_won++;
        return;
    }
    ck_assert_int_eq(err.code, ERROR_CONFLICT);
    const struct store_record *winner = store_find(fixture.store, STORE_ALIAS, key);
    contender->n_blind += winner == NULL;
    store_release(winner);
}

static void *contender_main(void *argument)
{
    for (int round = 0; round < N_ROUNDS; round++) {
        char key[32];
        snprintf(key, sizeof(key), "m@%d", round);
        contend(argument, key);
    }
    return NULL;
}

START_TEST(store_tells_of_a_conflict_only_with_what_can_be_read)
{
    struct contender contenders[N_THREADS] = {0};
    pthread_barrier_t barrier;
    size_t n_won = 0;
    pthread_barrier_init(&barrier, NULL, N_THREADS);
    for (int i = 0; i < N_THREADS; i++) {
        contenders[i].barrier = &barrier;
        pthread_create(&contenders[i].thread, NULL, contender_main, &contenders[i]);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(contenders[i].thread, NULL);
        n_won += contenders[i].n_won;
        ck_assert_uint_eq(contenders[i].n_blind, 0);
    }
    ck_assert_uint_eq(n_won, N_ROUNDS);
    pthread_barrier_destroy(&barrier);
}
END_TEST

TCase *store_writer_test(void)
{
    TCase *tcase = tcase_create("store_writer");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, store_tells_of_a_conflict_only_with_what_can_be_read);
    return tcase;
}
