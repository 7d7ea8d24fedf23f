#include "core/store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

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

static struct store_change put(const char *key, const char *meta,
                               enum store_condition condition)
{
    return (struct store_change){.kind = STORE_ALIAS,
                                 .key = key,
                                 .meta = meta,
                                 .meta_bytes = strlen(meta),
                                 .condition = condition};
}

static struct store_change deletion(const char *key, enum store_condition condition)
{
    return (struct store_change){
        .deletes = true, .kind = STORE_ALIAS, .key = key, .condition = condition};
}

static enum error_code commit(const struct store_change *changes, size_t n)
{
    struct error err = {0};
    int result = store_commit(fixture.store, changes, n, &err);
    ck_assert_int_eq(result, err.code == ERROR_NONE ? 0 : -1);
    return err.code;
}

static enum error_code commit_one(struct store_change change)
{
    return commit(&change, 1);
}

/* NULL: there is none. */
static void expect(const char *key, const char *meta)
{
    struct error err = {0};
    int result = store_fixture_compare(fixture.store, STORE_ALIAS, key, meta ? meta : "",
                                       SIZE_MAX, 0, &err);
    if (meta)
        ck_assert_msg(result == 0, "%s", err.message);
    else
        ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
}

static uint64_t revision_of(const char *key)
{
    const struct store_record *record = store_find(fixture.store, STORE_ALIAS, key);
    uint64_t revision = record->revision;
    store_release(record);
    return revision;
}

START_TEST(conditions_on_absence_and_presence_are_kept)
{
    ck_assert_int_eq(commit_one(put("a", "1", STORE_IF_PRESENT)), ERROR_NOT_FOUND);
    ck_assert_int_eq(commit_one(deletion("a", STORE_IF_PRESENT)), ERROR_NOT_FOUND);
    ck_assert_int_eq(commit_one(put("a", "1", STORE_IF_ABSENT)), ERROR_NONE);
    ck_assert_int_eq(commit_one(put("a", "2", STORE_IF_ABSENT)), ERROR_CONFLICT);
    expect("a", "1");
    ck_assert_int_eq(commit_one(put("a", "2", STORE_IF_PRESENT)), ERROR_NONE);
    expect("a", "2");
    ck_assert_int_eq(commit_one(deletion("a", STORE_IF_PRESENT)), ERROR_NONE);
    expect("a", NULL);
    ck_assert_int_eq(commit_one(deletion("a", STORE_ALWAYS)), ERROR_NONE);
}
END_TEST

START_TEST(a_revision_must_be_the_one_that_is_there)
{
    struct store_change change = put("a", "2", STORE_IF_REVISION);
    change.revision = 1;
    ck_assert_int_eq(commit_one(change), ERROR_CONFLICT); /* nothing there */
    ck_assert_int_eq(commit_one(put("a", "1", STORE_ALWAYS)), ERROR_NONE);
    change.revision = revision_of("a");
    ck_assert_int_eq(commit_one(change), ERROR_NONE);
    ck_assert_int_eq(commit_one(change), ERROR_CONFLICT); /* it is another one now */
    expect("a", "2");
    struct store_change gone = deletion("a", STORE_IF_REVISION);
    gone.revision = change.revision;
    ck_assert_int_eq(commit_one(gone), ERROR_CONFLICT);
    gone.revision = revision_of("a");
    ck_assert_int_eq(commit_one(gone), ERROR_NONE);
    expect("a", NULL);
}
END_TEST

START_TEST(all_changes_are_made_or_none)
{
    const struct store_change changes[] = {put("a", "1", STORE_ALWAYS),
                                           deletion("b", STORE_ALWAYS),
                                           put("c", "1", STORE_IF_PRESENT)};
    ck_assert_int_eq(commit_one(put("b", "0", STORE_ALWAYS)), ERROR_NONE);
    ck_assert_int_eq(commit(changes, 3), ERROR_NOT_FOUND);
    expect("a", NULL);
    expect("b", "0");
    store_fixture_reopen(&fixture);
    expect("a", NULL);
    expect("b", "0");
    ck_assert_int_eq(commit(changes, 2), ERROR_NONE);
    expect("a", "1");
    expect("b", NULL);
}
END_TEST

START_TEST(a_condition_sees_the_changes_before_it)
{
    const struct store_change twice[] = {put("a", "1", STORE_IF_ABSENT),
                                         put("a", "2", STORE_IF_ABSENT)};
    const struct store_change chain[] = {
        put("a", "1", STORE_IF_ABSENT), put("a", "2", STORE_IF_PRESENT),
        deletion("a", STORE_IF_PRESENT), put("a", "3", STORE_IF_ABSENT)};
    ck_assert_int_eq(commit(twice, 2), ERROR_CONFLICT);
    expect("a", NULL);
    ck_assert_int_eq(commit(chain, 4), ERROR_NONE);
    expect("a", "3");
    store_fixture_reopen(&fixture);
    expect("a", "3");
    ck_assert_int_eq(commit(NULL, 0), ERROR_NONE);
}
END_TEST

START_TEST(what_is_put_and_deleted_at_once_leaves_nothing)
{
    struct store_blob_writer *blob =
        store_blob_begin(fixture.store, STORE_ALIAS, STORE_DIGEST_PAYLOAD, NULL);
    ck_assert_int_eq(store_blob_write(blob, "abc", 3, NULL), 0);
    ck_assert_int_eq(store_blob_seal(blob, "a", NULL, 0, NULL), 0);
    struct store_change changes[] = {put("a", "1", STORE_ALWAYS),
                                     deletion("a", STORE_ALWAYS)};
    changes[0].blob = blob;
    ck_assert_int_eq(commit(changes, 2), ERROR_NONE);
    expect("a", NULL);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 0);
}
END_TEST

START_TEST(records_that_are_too_large_are_refused)
{
    static char key[5000];
    memset(key, 'k', sizeof(key) - 1);
    ck_assert_int_eq(commit_one(put(key, "", STORE_ALWAYS)), ERROR_TOO_LARGE);
    struct store_change change = put("a", "", STORE_ALWAYS);
    change.meta = key;
    change.meta_bytes = (size_t)1 << 40; /* never read */
    ck_assert_int_eq(commit_one(change), ERROR_TOO_LARGE);
    expect("a", NULL);
}
END_TEST

START_TEST(a_large_meta_comes_back)
{
    enum { N_BYTES = 5000000 };
    static char meta[N_BYTES + 1];
    for (size_t i = 0; i < N_BYTES; i++)
        meta[i] = (char)('a' + i % 26);
    ck_assert_int_eq(commit_one(put("a", meta, STORE_ALWAYS)), ERROR_NONE);
    store_fixture_reopen(&fixture);
    expect("a", meta);
}
END_TEST

/* ---- many threads ---- */

enum { N_THREADS = 16, N_ROUNDS = 60 };

struct client {
    int number;
    atomic_int *n_won;
};

/* Each puts keys of its own, and all of them race for one key a round. */
static void *client_main(void *argument)
{
    struct client *client = argument;
    for (int round = 0; round < N_ROUNDS; round++) {
        char own[32], shared[32];
        struct error err = {0};
        snprintf(own, sizeof(own), "own-%d-%d", client->number, round);
        snprintf(shared, sizeof(shared), "shared-%d", round);
        if (store_fixture_put(fixture.store, STORE_ALIAS, own, own, &err) < 0 ||
            store_fixture_compare(fixture.store, STORE_ALIAS, own, own, SIZE_MAX, 0,
                                  &err) < 0)
            return "a put was lost";
        const struct store_change change = put(shared, own, STORE_IF_ABSENT);
        if (store_commit(fixture.store, &change, 1, &err) == 0)
            atomic_fetch_add(&client->n_won[round], 1);
        else if (err.code != ERROR_CONFLICT)
            return "a race ended in an error";
    }
    return NULL;
}

START_TEST(many_threads_share_transactions_and_one_of_them_wins)
{
    static atomic_int n_won[N_ROUNDS];
    struct client clients[N_THREADS];
    pthread_t threads[N_THREADS];
    struct store_stats stats;
    for (int i = 0; i < N_THREADS; i++) {
        clients[i] = (struct client){.number = i, .n_won = n_won};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, client_main, &clients[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        void *problem;
        pthread_join(threads[i], &problem);
        ck_assert_msg(!problem, "%s", (const char *)problem);
    }
    for (int i = 0; i < N_ROUNDS; i++)
        ck_assert_int_eq(n_won[i], 1);
    store_stats(fixture.store, &stats);
    ck_assert_uint_eq(stats.n_changes, N_THREADS * N_ROUNDS + N_ROUNDS);
    ck_assert_uint_lt(stats.n_commits, stats.n_changes / 2); /* they were grouped */
    store_fixture_reopen(&fixture);
    store_stats(fixture.store, &stats);
    ck_assert_uint_eq(stats.n_records[STORE_ALIAS], N_THREADS * N_ROUNDS + N_ROUNDS);
}
END_TEST

/* A counter in a record, each step on the condition of the revision that was read. */
static void *counter_main(void *argument)
{
    (void)argument;
    for (int done = 0; done < N_ROUNDS;) {
        const struct store_record *record = store_find(fixture.store, STORE_ALIAS, "n");
        int n;
        memcpy(&n, record->meta, sizeof(n));
        n++;
        const struct store_change change = {.kind = STORE_ALIAS,
                                            .key = "n",
                                            .meta = &n,
                                            .meta_bytes = sizeof(n),
                                            .condition = STORE_IF_REVISION,
                                            .revision = record->revision};
        done += store_commit(fixture.store, &change, 1, NULL) == 0;
        store_release(record);
    }
    return NULL;
}

START_TEST(conditional_puts_lose_no_update)
{
    enum { N_COUNTERS = 4 };
    pthread_t threads[N_COUNTERS];
    int n = 0;
    const struct store_change first = {
        .kind = STORE_ALIAS, .key = "n", .meta = &n, .meta_bytes = sizeof(n)};
    ck_assert_int_eq(store_commit(fixture.store, &first, 1, NULL), 0);
    for (int i = 0; i < N_COUNTERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, counter_main, NULL), 0);
    for (int i = 0; i < N_COUNTERS; i++)
        pthread_join(threads[i], NULL);
    const struct store_record *record = store_find(fixture.store, STORE_ALIAS, "n");
    memcpy(&n, record->meta, sizeof(n));
    store_release(record);
    ck_assert_int_eq(n, N_COUNTERS * N_ROUNDS);
}
END_TEST

/* Readers see both records of a transaction or neither, while they come and go. */
static atomic_bool is_over;

static void *pair_reader(void *argument)
{
    (void)argument;
    while (!atomic_load(&is_over)) {
        bool has_more;
        const struct store_record *records[2];
        const struct store_query query = {.kind = STORE_JOB};
        size_t n = store_list(fixture.store, &query, 2, records, &has_more);
        bool differ =
            n == 2 && memcmp(records[0]->meta, records[1]->meta, sizeof(int)) != 0;
        for (size_t i = 0; i < n; i++)
            store_release(records[i]);
        if (n == 1 || differ)
            return "half a transaction was seen";
    }
    return NULL;
}

START_TEST(a_transaction_becomes_visible_all_at_once)
{
    pthread_t reader;
    void *problem;
    ck_assert_int_eq(pthread_create(&reader, NULL, pair_reader, NULL), 0);
    for (int i = 0; i < 300; i++) {
        const struct store_change puts[] = {
            {.kind = STORE_JOB, .key = "x", .meta = &i, .meta_bytes = sizeof(i)},
            {.kind = STORE_JOB, .key = "y", .meta = &i, .meta_bytes = sizeof(i)}};
        const struct store_change deletes[] = {
            {.deletes = true, .kind = STORE_JOB, .key = "x"},
            {.deletes = true, .kind = STORE_JOB, .key = "y"}};
        ck_assert_int_eq(commit(puts, 2), ERROR_NONE);
        if (i % 3 == 0)
            ck_assert_int_eq(commit(deletes, 2), ERROR_NONE);
    }
    atomic_store(&is_over, true);
    pthread_join(reader, &problem);
    ck_assert_msg(!problem, "%s", (const char *)problem);
}
END_TEST

TCase *store_commit_test(void)
{
    TCase *tcase = tcase_create("store_commit");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, conditions_on_absence_and_presence_are_kept);
    tcase_add_test(tcase, a_revision_must_be_the_one_that_is_there);
    tcase_add_test(tcase, all_changes_are_made_or_none);
    tcase_add_test(tcase, a_condition_sees_the_changes_before_it);
    tcase_add_test(tcase, what_is_put_and_deleted_at_once_leaves_nothing);
    tcase_add_test(tcase, records_that_are_too_large_are_refused);
    tcase_add_test(tcase, a_large_meta_comes_back);
    tcase_add_test(tcase, many_threads_share_transactions_and_one_of_them_wins);
    tcase_add_test(tcase, conditional_puts_lose_no_update);
    tcase_add_test(tcase, a_transaction_becomes_visible_all_at_once);
    return tcase;
}
