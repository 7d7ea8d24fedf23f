#include "core/store/store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/checksum.h"
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

TCase *store_test(void)
{
    TCase *tcase = tcase_create("store");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_put_record_is_found);
    tcase_add_test(tcase, records_survive_a_restart);
    return tcase;
}
