/* Each allocation failing in turn: the call is refused as a whole, and works when it is
 * made again. */
#include "core/store/store.h"

#include <string.h>

#include <sqlite3.h>

#include "core/base/memory.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

static struct store_fixture fixture;

static void setup(void)
{
    store_fixture_start(&fixture);
    store_fixture_open(&fixture);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "m", 70000, 1, NULL),
        0);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "j", "1", NULL), 0);
}

static void teardown(void)
{
    memory_fail_after(-1);
    store_fixture_end(&fixture);
}

typedef int attempt_fn(struct error *err);

/* Lets each allocation of the attempt fail once, until it succeeds. */
static void fail_each(const char *what, attempt_fn *attempt, void (*check_undone)(void))
{
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = attempt(&err);
        if (memory_fail_after(-1) <= n) {
            ck_assert_msg(result == 0, "%s: %s", what, err.message);
            ck_assert_msg(n > 0, "%s allocates nothing", what);
            return;
        }
        ck_assert_msg(result < 0 && err.code == ERROR_NO_MEMORY,
                      "%s, allocation %ld: %d, %s", what, n, result, err.message);
        check_undone();
    }
}

static void expect_first_state(void)
{
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_DATASET, "d", "m", 70000, 1, NULL), 0);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_JOB, "j", "1", SIZE_MAX, 0, NULL), 0);
    ck_assert_ptr_null(store_find(fixture.store, STORE_ALIAS, "a"));
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
    ck_assert(store_is_healthy(fixture.store));
}

static int commit_several(struct error *err)
{
    const struct store_change changes[] = {
        {.kind = STORE_JOB, .key = "j", .meta = "2", .meta_bytes = 1},
        {.kind = STORE_ALIAS, .key = "a", .meta = "1", .meta_bytes = 1},
        {.deletes = true, .kind = STORE_DATASET, .key = "d"}};
    return store_commit(fixture.store, changes, 3, err);
}

START_TEST(a_commit_without_memory_changes_nothing)
{
    fail_each("a commit", commit_several, expect_first_state);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_ALIAS, "a", "1", SIZE_MAX, 0, NULL),
        0);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 0);
}
END_TEST

static int put_blob(struct error *err)
{
    return store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "2", 200000, 2, err);
}

START_TEST(a_blob_without_memory_leaves_nothing)
{
    fail_each("a blob", put_blob, expect_first_state);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_DATASET, "d", "2", 200000, 2, NULL),
        0);
}
END_TEST

static int open_again(struct error *err)
{
    return store_fixture_try_open(&fixture, err);
}

static void expect_closed(void)
{
    ck_assert_ptr_null(fixture.store);
}

START_TEST(a_start_without_memory_is_refused)
{
    store_fixture_close(&fixture);
    fail_each("a start", open_again, expect_closed);
    expect_first_state();
}
END_TEST

/* Record "d" is found damaged: to say so takes memory, too. */
static void damage(void)
{
    store_fixture_close(&fixture);
    FILE *file = fopen(store_fixture_path(&fixture, "blobs/*.blob"), "r+b");
    ck_assert(file && fseek(file, 1000, SEEK_SET) == 0 && fputc('x', file) == 'x');
    ck_assert_int_eq(fclose(file), 0);
    store_fixture_open(&fixture);
}

static int open_blob(struct error *err)
{
    struct store_blob blob = {0};
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    int result = store_blob_open(fixture.store, record, &blob, err);
    store_blob_close(&blob);
    store_release(record);
    return result;
}

static void expect_not_damaged_yet(void)
{
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert(!record->damaged);
    store_release(record);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
}

START_TEST(a_blob_is_opened_once_there_is_memory)
{
    store_fixture_reopen(&fixture);
    fail_each("an opening", open_blob, expect_not_damaged_yet);
}
END_TEST

static int find_damage(struct error *err)
{
    struct error why = {0};
    if (open_blob(&why) < 0 && why.code != ERROR_CORRUPT)
        return error_copy(err, &why);
    return 0;
}

START_TEST(damage_is_told_once_there_is_memory)
{
    damage();
    fail_each("finding damage", find_damage, expect_not_damaged_yet);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert(record->damaged);
    store_release(record);
}
END_TEST

/* SQLite has memory of its own. */
START_TEST(a_database_without_memory_refuses_and_goes_on)
{
    static char meta[600000];
    struct error err = {0};
    memset(meta, 'x', sizeof(meta) - 1);
    sqlite3_hard_heap_limit64(sqlite3_memory_used() + 200000);
    int result = store_fixture_put(fixture.store, STORE_JOB, "j", meta, &err);
    sqlite3_hard_heap_limit64(0);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    expect_first_state();
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "j", meta, &err), 0);
}
END_TEST

TCase *store_memory_test(void)
{
    TCase *tcase = tcase_create("store_memory");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_commit_without_memory_changes_nothing);
    tcase_add_test(tcase, a_blob_without_memory_leaves_nothing);
    tcase_add_test(tcase, a_start_without_memory_is_refused);
    tcase_add_test(tcase, a_blob_is_opened_once_there_is_memory);
    tcase_add_test(tcase, damage_is_told_once_there_is_memory);
    tcase_add_test(tcase, a_database_without_memory_refuses_and_goes_on);
    return tcase;
}
