/*
 * A process that writes from several threads and says what was acknowledged, killed at
 * random moments. Nothing that it said may be lost.
 */
#include "core/store/store.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/random.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

enum { N_THREADS = 4, N_ROUNDS = 100, MOST_MICROSECONDS = 15000, N_SLOTS = 3 };

static struct store_fixture fixture;

static void setup(void)
{
    store_fixture_start(&fixture);
}

static void teardown(void)
{
    store_fixture_end(&fixture);
}

/*
 * Each thread writes slots of its own, again and again. Version v of a slot is a dataset
 * with a blob made of v (where 5 divides v, none), or a job and an alias that both say v.
 */
struct message {
    unsigned slot; /* over all threads */
    unsigned version;
};

static size_t blob_bytes(unsigned version)
{
    return 100 + version * 7919 % 90000;
}

static int write_slot(struct store *store, unsigned slot, unsigned version)
{
    char key[32], meta[32];
    snprintf(key, sizeof(key), "s%u", slot);
    snprintf(meta, sizeof(meta), "%u", version);
    if (slot % N_SLOTS == 0) {
        if (version % 5 == 0)
            return store_fixture_delete(store, STORE_DATASET, key, NULL);
        return store_fixture_put_blob(store, STORE_DATASET, key, meta,
                                      blob_bytes(version), version, NULL);
    }
    const struct store_change pair[] = {
        {.kind = STORE_JOB, .key = key, .meta = meta, .meta_bytes = strlen(meta)},
        {.kind = STORE_ALIAS, .key = key, .meta = meta, .meta_bytes = strlen(meta)}};
    return store_commit(store, pair, 2, NULL);
}

struct writing {
    pthread_t thread;
    unsigned number;
    unsigned first[N_SLOTS]; /* version to begin with */
    int acknowledgements;
};

static void *write_on(void *argument)
{
    struct writing *writing = argument;
    for (unsigned round = 0;; round++) {
        unsigned i = round % N_SLOTS;
        const struct message message = {writing->number * N_SLOTS + i,
                                        writing->first[i]++};
        if (write_slot(fixture.store, message.slot, message.version) < 0 ||
            write(writing->acknowledgements, &message, sizeof(message)) !=
                sizeof(message))
            _exit(2);
    }
    return NULL;
}

static void write_until_killed(const unsigned *versions, int acknowledgements)
{
    static struct writing writings[N_THREADS];
    store_fixture_open(&fixture);
    for (unsigned i = 0; i < N_THREADS; i++) {
        writings[i].number = i;
        writings[i].acknowledgements = acknowledgements;
        for (unsigned j = 0; j < N_SLOTS; j++)
            writings[i].first[j] = versions[i * N_SLOTS + j] + 1;
        if (pthread_create(&writings[i].thread, NULL, write_on, &writings[i]) != 0)
            _exit(2);
    }
    pause();
}

/* Raises versions[slot] to what was acknowledged. The end comes while it starts, or some
 * time after the first message. */
static void run_and_kill(unsigned *versions, bool while_starting, long microseconds)
{
    int ends[2], status;
    struct message message;
    struct timespec delay = {.tv_nsec = microseconds * 1000};
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        write_until_killed(versions, ends[1]);
    close(ends[1]);
    if (!while_starting && read(ends[0], &message, sizeof(message)) == sizeof(message))
        versions[message.slot] = message.version;
    nanosleep(&delay, NULL);
    kill(child, SIGKILL);
    while (read(ends[0], &message, sizeof(message)) == sizeof(message))
        versions[message.slot] = message.version;
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
}

static bool slot_is(unsigned slot, unsigned version)
{
    char key[32], meta[32];
    struct store *store = fixture.store;
    snprintf(key, sizeof(key), "s%u", slot);
    snprintf(meta, sizeof(meta), "%u", version);
    if (slot % N_SLOTS != 0)
        return version == 0 || (store_fixture_compare(store, STORE_JOB, key, meta,
                                                      SIZE_MAX, 0, NULL) == 0 &&
                                store_fixture_compare(store, STORE_ALIAS, key, meta,
                                                      SIZE_MAX, 0, NULL) == 0);
    if (version % 5 != 0)
        return store_fixture_compare(store, STORE_DATASET, key, meta, blob_bytes(version),
                                     version, NULL) == 0;
    const struct store_record *record = store_find(store, STORE_DATASET, key);
    store_release(record);
    return !record;
}

/* The acknowledged version, or the one that was under way. */
static void check_slots(unsigned *versions, int round)
{
    struct store_stats stats;
    store_fixture_open(&fixture);
    for (unsigned slot = 0; slot < N_THREADS * N_SLOTS; slot++) {
        if (!slot_is(slot, versions[slot]))
            versions[slot]++;
        ck_assert_msg(slot_is(slot, versions[slot]), "round %d: slot %u is not %u", round,
                      slot, versions[slot]);
    }
    store_stats(fixture.store, &stats);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"),
                      stats.n_records[STORE_DATASET]);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "quarantine"), 0);
    store_fixture_close(&fixture);
}

START_TEST(a_killed_process_loses_nothing_it_acknowledged)
{
    static unsigned versions[N_THREADS * N_SLOTS];
    struct random random = random_start(7, 0);
    unsigned n_written = 0;
    for (int round = 0; round < N_ROUNDS; round++) {
        run_and_kill(versions, round % 4 == 0,
                     (long)random_below(&random, MOST_MICROSECONDS));
        check_slots(versions, round);
    }
    for (unsigned slot = 0; slot < N_THREADS * N_SLOTS; slot++)
        n_written += versions[slot];
    ck_assert_uint_gt(n_written, N_ROUNDS); /* it did get to write */
}
END_TEST

TCase *store_kill_test(void)
{
    TCase *tcase = tcase_create("store_kill");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_killed_process_loses_nothing_it_acknowledged);
    return tcase;
}
