/*
 * A script of changes, run once for every system call that it makes: that call fails, or
 * the process dies before it. Whatever happens: what was acknowledged is there, what was
 * refused is not, and what is in doubt is there as a whole or not at all.
 */
#include "core/store/store.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/core/store/system_calls.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

enum { N_STEPS = 6, N_FIRST = 150000, N_SECOND = 50000, N_OLD = 1000 };

static struct store_fixture fixture;

static void setup(void)
{
    store_fixture_start(&fixture);
}

static void teardown(void)
{
    system_calls_stop();
    store_fixture_end(&fixture);
}

/* What the script finds: some records, and what an earlier end may have left. */
static void prepare(void)
{
    static const char leftover[] = "blobs/00112233445566778899aabbccddeeff.tmp";
    store_fixture_open(&fixture);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "old", "o", N_OLD, 1, NULL),
        0);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "j", "1", NULL), 0);
    store_fixture_close(&fixture);
    store_fixture_write(store_fixture_path(&fixture, leftover), "x", 1);
}

/* ---- the script ---- */

static int step(int i, struct error *err)
{
    struct store *store = fixture.store;
    const struct store_change pair[] = {
        {.deletes = true, .kind = STORE_DATASET, .key = "old"},
        {.kind = STORE_ALIAS, .key = "a", .meta = "1", .meta_bytes = 1}};
    switch (i) {
    case 0:
        return store_fixture_put_blob(store, STORE_DATASET, "new", "1", N_FIRST, 5, err);
    case 1:
        return store_fixture_put(store, STORE_JOB, "j", "2", err);
    case 2:
        return store_commit(store, pair, 2, err);
    case 3:
        return store_fixture_delete(store, STORE_JOB, "j", err);
    case 4:
        return store_fixture_put_blob(store, STORE_DATASET, "new", "2", N_SECOND, 6, err);
    default:
        return store_fixture_put(store, STORE_JOB, "last", "1", err);
    }
}

/* The state as steps along three lines; each begins at 0. */
struct state {
    int dataset; /* none, first, second */
    int job;     /* "1", "2", none */
    int pair;    /* old and no alias; alias and no old */
    int last;
};

static struct state state_after(const bool *done)
{
    return (struct state){.dataset = done[4] ? 2 : done[0],
                          .job = done[3] ? 2 : done[1],
                          .pair = done[2],
                          .last = done[5]};
}

static bool has(enum store_kind kind, const char *key, const char *meta, size_t n,
                unsigned seed)
{
    return store_fixture_compare(fixture.store, kind, key, meta, n, seed, NULL) == 0;
}

static bool has_none(enum store_kind kind, const char *key)
{
    const struct store_record *record = store_find(fixture.store, kind, key);
    store_release(record);
    return record == NULL;
}

/* Which of the states a line is in; -1: in none that there may be. */
static int line_of(bool first, bool second, bool third)
{
    return first ? 0 : second ? 1 : third ? 2 : -1;
}

static struct state read_state(void)
{
    return (struct state){
        .dataset = line_of(has_none(STORE_DATASET, "new"),
                           has(STORE_DATASET, "new", "1", N_FIRST, 5),
                           has(STORE_DATASET, "new", "2", N_SECOND, 6)),
        .job = line_of(has(STORE_JOB, "j", "1", SIZE_MAX, 0),
                       has(STORE_JOB, "j", "2", SIZE_MAX, 0), has_none(STORE_JOB, "j")),
        .pair = line_of(
            has(STORE_DATASET, "old", "o", N_OLD, 1) && has_none(STORE_ALIAS, "a"),
            has_none(STORE_DATASET, "old") && has(STORE_ALIAS, "a", "1", SIZE_MAX, 0),
            false),
        .last = line_of(has_none(STORE_JOB, "last"),
                        has(STORE_JOB, "last", "1", SIZE_MAX, 0), false)};
}

static bool is_same(struct state a, struct state b)
{
    return a.dataset == b.dataset && a.job == b.job && a.pair == b.pair &&
           a.last == b.last;
}

/* Nothing is less than it was promised. */
static bool is_at_least(struct state a, struct state least)
{
    return a.dataset >= least.dataset && a.job >= least.job && a.pair >= least.pair &&
           a.last >= least.last;
}

#define ck_assert_state(condition, state, what, n)                                       \
    ck_assert_msg(condition, "%s, call %ld: %d %d %d %d", what, n, (state).dataset,      \
                  (state).job, (state).pair, (state).last)

/* The blobs on the disk are those of the records, and all else is tidy. */
static void expect_tidy(const char *what, long n)
{
    struct store_stats stats;
    store_stats(fixture.store, &stats);
    ck_assert_msg(store_fixture_n_files(&fixture, "blobs") ==
                          stats.n_records[STORE_DATASET] &&
                      store_fixture_n_files(&fixture, "quarantine") == 0,
                  "%s, call %ld leaves files", what, n);
}

/* ---- failing calls ---- */

struct outcome {
    bool opened;
    bool done[N_STEPS];
    bool is_healthy;
    bool made_all_calls; /* there were fewer than n */
};

static void check_refusal(const struct error *err, const char *what, long n)
{
    bool known = err->code == ERROR_IO || err->code == ERROR_NO_SPACE ||
                 err->code == ERROR_NO_MEMORY || err->code == ERROR_READ_ONLY;
    ck_assert_msg(known, "%s, call %ld: %s: %s", what, n, error_word(err->code),
                  err->message);
}

static void run_steps(struct outcome *outcome, const char *what, long n)
{
    for (int i = 0; i < N_STEPS; i++) {
        struct error err = {0};
        bool was_healthy = store_is_healthy(fixture.store);
        outcome->done[i] = step(i, &err) == 0;
        if (!outcome->done[i])
            check_refusal(&err, what, n);
        ck_assert_msg(was_healthy || err.code == ERROR_READ_ONLY,
                      "%s, call %ld: written after a failure", what, n);
    }
    outcome->is_healthy = store_is_healthy(fixture.store);
}

static struct outcome run_script(enum system_calls_mode mode, long n, int number,
                                 const char *what)
{
    struct outcome outcome = {0};
    struct error err = {0};
    fixture.n_failures = 0;
    system_calls_start(mode, n, number);
    outcome.opened = store_fixture_try_open(&fixture, &err) == 0;
    if (outcome.opened)
        run_steps(&outcome, what, n);
    else if (err.code != ERROR_CORRUPT) /* which a failed read may look like */
        check_refusal(&err, what, n);
    outcome.made_all_calls = system_calls_stop() <= n;
    return outcome;
}

/* What is visible is exactly what was acknowledged. */
static void check_now(const struct outcome *outcome, const char *what, long n)
{
    struct state promised = state_after(outcome->done), now = read_state();
    ck_assert_state(is_same(now, promised), now, what, n);
    if (outcome->is_healthy)
        ck_assert_msg(step(0, NULL) == 0, "%s, call %ld: later writes fail", what, n);
    store_fixture_close(&fixture);
    ck_assert_msg(fixture.n_failures == (outcome->is_healthy ? 0 : 1),
                  "%s, call %ld: told %d times", what, n, fixture.n_failures);
}

/* After a restart the same holds; only of a store that had failed more may be there. */
static void check_later(const struct outcome *outcome, const char *what, long n)
{
    struct outcome expected = *outcome;
    struct state promised = state_after(expected.done);
    if (outcome->opened && outcome->is_healthy)
        promised.dataset = 1; /* check_now wrote the first once more */
    store_fixture_open(&fixture);
    struct state later = read_state();
    ck_assert_state(outcome->is_healthy ? is_same(later, promised)
                                        : is_at_least(later, promised),
                    later, what, n);
    expect_tidy(what, n);
    ck_assert_msg(step(5, NULL) == 0, "%s, call %ld: the store does not recover", what,
                  n);
}

static bool try_call(enum system_calls_mode mode, long n, int number, const char *what)
{
    store_fixture_end(&fixture);
    store_fixture_start(&fixture);
    prepare();
    const struct outcome outcome = run_script(mode, n, number, what);
    if (outcome.opened) {
        ck_assert_msg(!system_calls_failed_sync() || number == ENOSPC ||
                          !outcome.is_healthy || outcome.made_all_calls,
                      "%s, call %ld: a failed fsync was taken for granted", what, n);
        check_now(&outcome, what, n);
    }
    check_later(&outcome, what, n);
    return !outcome.made_all_calls;
}

static void try_every_call(enum system_calls_mode mode, int number, const char *what)
{
    long n = 0;
    while (try_call(mode, n, number, what))
        n++;
    ck_assert_int_gt(n, 50); /* the script makes many */
}

START_TEST(any_call_may_fail_once_with_an_io_error)
{
    try_every_call(SYSTEM_CALLS_FAIL_ONE, EIO, "EIO once");
}
END_TEST

START_TEST(all_calls_may_fail_from_any_one_on)
{
    try_every_call(SYSTEM_CALLS_FAIL_ALL, EIO, "EIO from then on");
}
END_TEST

START_TEST(any_call_may_find_the_disk_full)
{
    try_every_call(SYSTEM_CALLS_FAIL_ONE, ENOSPC, "ENOSPC once");
    try_every_call(SYSTEM_CALLS_FAIL_ALL, ENOSPC, "ENOSPC from then on");
}
END_TEST

START_TEST(any_call_may_lack_memory_or_descriptors)
{
    try_every_call(SYSTEM_CALLS_FAIL_ONE, ENOMEM, "ENOMEM once");
    try_every_call(SYSTEM_CALLS_FAIL_ONE, EMFILE, "EMFILE once");
}
END_TEST

START_TEST(calls_may_be_interrupted_or_write_less)
{
    static const enum system_calls_mode modes[] = {SYSTEM_CALLS_INTERRUPT,
                                                   SYSTEM_CALLS_SHORT_WRITE};
    for (size_t i = 0; i < 2; i++) {
        store_fixture_end(&fixture);
        store_fixture_start(&fixture);
        prepare();
        const struct outcome outcome = run_script(modes[i], 0, 0, "disturbed");
        ck_assert(outcome.opened && outcome.is_healthy);
        for (int j = 0; j < N_STEPS; j++)
            ck_assert(outcome.done[j]);
        check_now(&outcome, "disturbed", 0);
        check_later(&outcome, "disturbed", 0);
    }
}
END_TEST

/* A change so large that the log is copied into the database afterwards; the syncs of
 * that, too, may fail. */
static bool try_long_log(long n, const char *large)
{
    store_fixture_end(&fixture);
    store_fixture_start(&fixture);
    prepare();
    store_fixture_open(&fixture);
    fixture.n_failures = 0;
    system_calls_start(SYSTEM_CALLS_FAIL_SYNC, n, EIO);
    bool large_done = store_fixture_put(fixture.store, STORE_JOB, "j", large, NULL) == 0;
    bool last_done = step(5, NULL) == 0;
    bool is_healthy = store_is_healthy(fixture.store);
    ck_assert_msg(is_healthy == !system_calls_failed_sync(),
                  "sync %ld: a failure was taken for granted", n);
    store_fixture_close(&fixture); /* which copies the log, too */
    bool has_failed = system_calls_stop() > n;
    ck_assert_int_eq(fixture.n_failures, is_healthy ? 0 : 1);
    store_fixture_open(&fixture);
    if (large_done)
        ck_assert(has(STORE_JOB, "j", large, SIZE_MAX, 0));
    else
        ck_assert(has(STORE_JOB, "j", large, SIZE_MAX, 0) ||
                  has(STORE_JOB, "j", "1", SIZE_MAX, 0));
    if (last_done)
        ck_assert(has(STORE_JOB, "last", "1", SIZE_MAX, 0));
    ck_assert(has(STORE_DATASET, "old", "o", N_OLD, 1));
    return has_failed;
}

START_TEST(the_copying_of_the_log_may_fail)
{
    enum { N_BYTES = 5000000 };
    static char large[N_BYTES + 1];
    long n = 0;
    memset(large, 'x', N_BYTES);
    while (try_long_log(n, large))
        n++;
    ck_assert_int_gt(n, 4); /* two commits, and copying at their and at the very end */
}
END_TEST

/* ---- a loss of power ---- */

/* It takes what was not synced: when a step is acknowledged there may be nothing such. */
START_TEST(what_is_acknowledged_is_synced)
{
    system_calls_watch();
    store_fixture_open(&fixture);
    ck_assert_uint_eq(system_calls_unsynced(), 0);
    for (int i = 0; i < N_STEPS; i++) {
        ck_assert_int_eq(step(i, NULL), 0);
        ck_assert_msg(system_calls_unsynced() == 0, "step %d leaves %zu unsynced", i,
                      system_calls_unsynced());
    }
    store_fixture_close(&fixture);
    ck_assert_uint_eq(system_calls_unsynced(), 0);
}
END_TEST

/* ---- deaths ---- */

/* In a process of its own; tells of each step that was acknowledged. */
static void die_in_script(long n, int acknowledgements)
{
    system_calls_start(SYSTEM_CALLS_KILL, n, 0);
    store_fixture_open(&fixture);
    for (int i = 0; i < N_STEPS; i++)
        if (step(i, NULL) < 0 || write(acknowledgements, "x", 1) != 1)
            _exit(2);
    store_close(fixture.store);
    _exit(0);
}

/* Returns how many steps were acknowledged; *died tells if call n was reached. */
static int run_and_die(long n, bool *died)
{
    int ends[2], status, n_acknowledged = 0;
    char byte;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        die_in_script(n, ends[1]);
    close(ends[1]);
    while (read(ends[0], &byte, 1) == 1)
        n_acknowledged++;
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    *died = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    ck_assert_msg(*died || (WIFEXITED(status) && WEXITSTATUS(status) == 0),
                  "call %ld: the script ended with %d", n, status);
    return n_acknowledged;
}

/* The step after the last acknowledged one is in doubt, all others are certain. */
static void check_after_death(int n_acknowledged, long n)
{
    bool done[N_STEPS] = {0}, in_doubt[N_STEPS] = {0};
    for (int i = 0; i < N_STEPS; i++) {
        done[i] = i < n_acknowledged;
        in_doubt[i] = i <= n_acknowledged;
    }
    store_fixture_open(&fixture);
    struct state now = read_state();
    ck_assert_state(is_same(now, state_after(done)) ||
                        is_same(now, state_after(in_doubt)),
                    now, "death", n);
    expect_tidy("death", n);
    ck_assert_msg(step(5, NULL) == 0, "death at call %ld: no later writes", n);
}

START_TEST(the_process_may_die_before_any_call)
{
    bool died = true;
    long n = 0;
    for (; died; n++) {
        store_fixture_end(&fixture);
        store_fixture_start(&fixture);
        prepare();
        check_after_death(run_and_die(n, &died), n);
    }
    ck_assert_int_gt(n, 50);
}
END_TEST

/* The very first start has nothing to stand on, and may end anywhere, too. */
START_TEST(the_first_start_may_die_or_fail_at_any_call)
{
    bool died = true;
    for (long n = 0; died; n++) {
        store_fixture_end(&fixture);
        store_fixture_start(&fixture);
        run_and_die(n, &died);
        store_fixture_open(&fixture);
        ck_assert_int_eq(step(5, NULL), 0);
    }
    bool has_failed = true;
    for (long n = 0; has_failed; n++) {
        struct error err = {0};
        store_fixture_end(&fixture);
        store_fixture_start(&fixture);
        system_calls_start(SYSTEM_CALLS_FAIL_ONE, n, EIO);
        if (store_fixture_try_open(&fixture, &err) < 0 && err.code != ERROR_CORRUPT)
            check_refusal(&err, "the first start", n);
        has_failed = system_calls_stop() > n;
        store_fixture_reopen(&fixture);
        ck_assert_int_eq(step(5, NULL), 0);
    }
}
END_TEST

TCase *store_faults_test(void)
{
    TCase *tcase = tcase_create("store_faults");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, any_call_may_fail_once_with_an_io_error);
    tcase_add_test(tcase, all_calls_may_fail_from_any_one_on);
    tcase_add_test(tcase, any_call_may_find_the_disk_full);
    tcase_add_test(tcase, any_call_may_lack_memory_or_descriptors);
    tcase_add_test(tcase, calls_may_be_interrupted_or_write_less);
    tcase_add_test(tcase, the_copying_of_the_log_may_fail);
    tcase_add_test(tcase, what_is_acknowledged_is_synced);
    tcase_add_test(tcase, the_process_may_die_before_any_call);
    tcase_add_test(tcase, the_first_start_may_die_or_fail_at_any_call);
    return tcase;
}
