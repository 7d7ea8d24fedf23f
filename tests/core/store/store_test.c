#include "core/store/store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void expect(enum store_kind kind, const char *key, const char *meta, size_t n,
                   unsigned seed)
{
    struct error err = {0};
    ck_assert_msg(store_fixture_compare(fixture.store, kind, key, meta, n, seed, &err) ==
                      0,
                  "%s: %s", key, err.message);
}

START_TEST(a_put_record_is_found)
{
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "a", "one", NULL), 0);
    const struct store_record *record = store_find(fixture.store, STORE_JOB, "a");
    ck_assert_ptr_nonnull(record);
    ck_assert_int_eq(record->kind, STORE_JOB);
    ck_assert_str_eq(record->key, "a");
    ck_assert_uint_eq(record->meta_bytes, 3);
    ck_assert_mem_eq(record->meta, "one", 3);
    ck_assert_int_gt(record->created_at, 0);
    ck_assert(!record->has_blob && !record->damaged);
    store_release(record);
    ck_assert_ptr_null(store_find(fixture.store, STORE_MODEL, "a"));
    ck_assert_ptr_null(store_find(fixture.store, STORE_JOB, "b"));
    store_release(NULL);
}
END_TEST

START_TEST(records_survive_a_restart)
{
    struct store_stats before, after;
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "a", "one", NULL), 0);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "b", "", NULL), 0);
    ck_assert_int_eq(store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "meta",
                                            300000, 7, NULL),
                     0);
    const struct store_record *old = store_find(fixture.store, STORE_DATASET, "d");
    struct store_record kept = *old;
    store_stats(fixture.store, &before);
    store_release(old);
    store_fixture_reopen(&fixture);
    const struct store_record *now = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert_uint_eq(now->sequence, kept.sequence);
    ck_assert_uint_eq(now->revision, kept.revision);
    ck_assert_int_eq(now->created_at, kept.created_at);
    ck_assert_mem_eq(now->blob_sha256, kept.blob_sha256, 32);
    store_release(now);
    store_stats(fixture.store, &after);
    ck_assert_mem_eq(after.n_records, before.n_records, sizeof(after.n_records));
    ck_assert_mem_eq(after.blob_bytes, before.blob_bytes, sizeof(after.blob_bytes));
    expect(STORE_JOB, "a", "one", SIZE_MAX, 0);
    expect(STORE_JOB, "b", "", SIZE_MAX, 0);
    expect(STORE_DATASET, "d", "meta", 300000, 7);
    ck_assert_uint_eq(fixture.n_notices, 0);
}
END_TEST

START_TEST(a_record_put_again_keeps_its_place_and_its_blob)
{
    const struct store_record *before, *after;
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_MODEL, "m", "one", 1000, 1, NULL), 0);
    before = store_find(fixture.store, STORE_MODEL, "m");
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_MODEL, "m", "two", NULL), 0);
    after = store_find(fixture.store, STORE_MODEL, "m");
    ck_assert_uint_eq(after->sequence, before->sequence);
    ck_assert_int_eq(after->created_at, before->created_at);
    ck_assert_uint_gt(after->revision, before->revision);
    ck_assert_mem_eq(before->meta, "one", 3); /* for whoever still holds it */
    store_release(before);
    store_release(after);
    expect(STORE_MODEL, "m", "two", 1000, 1);
    store_fixture_reopen(&fixture);
    expect(STORE_MODEL, "m", "two", 1000, 1);
}
END_TEST

START_TEST(revisions_never_come_back)
{
    uint64_t highest = 0;
    for (int round = 0; round < 5; round++) {
        ck_assert_int_eq(store_fixture_put(fixture.store, STORE_ALIAS, "a", "", NULL), 0);
        const struct store_record *record = store_find(fixture.store, STORE_ALIAS, "a");
        ck_assert_uint_gt(record->revision, highest);
        ck_assert_uint_gt(record->sequence, highest);
        highest = record->revision;
        store_release(record);
        ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_ALIAS, "a", NULL), 0);
        store_fixture_reopen(&fixture);
    }
}
END_TEST

START_TEST(a_record_outlives_the_store_for_whoever_holds_it)
{
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "a", "one", NULL), 0);
    const struct store_record *record = store_find(fixture.store, STORE_JOB, "a");
    const struct store_record *again = store_retain(record);
    store_release(record);
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_JOB, "a", NULL), 0);
    ck_assert_ptr_null(store_find(fixture.store, STORE_JOB, "a"));
    store_fixture_close(&fixture);
    ck_assert_str_eq(again->key, "a");
    ck_assert_mem_eq(again->meta, "one", 3);
    store_release(again);
}
END_TEST

START_TEST(statistics_follow_the_records)
{
    struct store_stats stats;
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "", 1000, 1, NULL), 0);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "e", "", 500, 1, NULL), 0);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "", 100, 1, NULL), 0);
    store_stats(fixture.store, &stats);
    ck_assert_uint_eq(stats.n_records[STORE_DATASET], 2);
    ck_assert_uint_eq(stats.blob_bytes[STORE_DATASET], 600);
    ck_assert_uint_eq(stats.n_commits, 3);
    ck_assert_uint_eq(stats.n_changes, 3);
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_DATASET, "d", NULL), 0);
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_DATASET, "none", NULL), 0);
    store_stats(fixture.store, &stats);
    ck_assert_uint_eq(stats.n_records[STORE_DATASET], 1);
    ck_assert_uint_eq(stats.n_records[STORE_JOB], 0);
    ck_assert_uint_eq(stats.blob_bytes[STORE_DATASET], 500);
    ck_assert(store_is_healthy(fixture.store));
}
END_TEST

START_TEST(a_scratch_file_has_no_name_and_can_be_used)
{
    char text[4] = "";
    int fd = store_scratch_file(fixture.store, NULL);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 0), 3);
    ck_assert_int_eq(pread(fd, text, 3, 0), 3);
    ck_assert_str_eq(text, "abc");
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 0);
    close(fd);
}
END_TEST

static void expect_mode(const char *name, mode_t mode)
{
    struct stat status;
    ck_assert_msg(stat(store_fixture_path(&fixture, name), &status) == 0, "%s", name);
    ck_assert_msg((status.st_mode & 0777) == mode, "%s has mode %o", name,
                  status.st_mode);
}

START_TEST(files_are_for_their_owner_alone)
{
    umask(0);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "", 10, 1, NULL), 0);
    expect_mode("logitd.db", 0600);
    expect_mode("logitd.db-wal", 0600);
    expect_mode("lock", 0600);
    expect_mode("reserve", 0600);
    expect_mode("blobs", 0700);
    expect_mode("quarantine", 0700);
    expect_mode("blobs/*.blob", 0600);
}
END_TEST

START_TEST(names_on_disk_say_nothing_of_keys)
{
    ck_assert_int_eq(store_fixture_put_blob(fixture.store, STORE_DATASET,
                                            "../../etc/passwd", "", 10, 1, NULL),
                     0);
    const char *name = strrchr(store_fixture_path(&fixture, "blobs/*.blob"), '/') + 1;
    ck_assert_uint_eq(strspn(name, "0123456789abcdef"), 32);
    ck_assert_str_eq(name + 32, ".blob");
    store_fixture_reopen(&fixture);
    expect(STORE_DATASET, "../../etc/passwd", "", 10, 1);
}
END_TEST

TCase *store_test(void)
{
    TCase *tcase = tcase_create("store");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_put_record_is_found);
    tcase_add_test(tcase, records_survive_a_restart);
    tcase_add_test(tcase, a_record_put_again_keeps_its_place_and_its_blob);
    tcase_add_test(tcase, revisions_never_come_back);
    tcase_add_test(tcase, a_record_outlives_the_store_for_whoever_holds_it);
    tcase_add_test(tcase, statistics_follow_the_records);
    tcase_add_test(tcase, a_scratch_file_has_no_name_and_can_be_used);
    tcase_add_test(tcase, files_are_for_their_owner_alone);
    tcase_add_test(tcase, names_on_disk_say_nothing_of_keys);
    return tcase;
}
