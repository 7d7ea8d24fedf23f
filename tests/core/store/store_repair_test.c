/* Check and rebuild, on a directory that no daemon holds. */
#include "core/store/store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/store/blob_format.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

enum { N = 20 };

static struct store_fixture fixture;
static struct buffer report;

static void add_line(void *context, const char *line)
{
    (void)context;
    buffer_printf(&report, "%s\n", line);
}

static void put_blob(const char *key, const char *meta, size_t n, unsigned seed)
{
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, key, meta, n, seed, NULL),
        0);
}

static const char *key_of(unsigned i)
{
    static char key[32];
    snprintf(key, sizeof(key), "d%u", i);
    return key;
}

/* Datasets, a version, a job; one dataset replaced, one deleted; and closed. */
static void setup(void)
{
    store_fixture_start(&fixture);
    store_fixture_open(&fixture);
    for (unsigned i = 0; i < N; i++)
        put_blob(key_of(i), "m", 1000 * i, i);
    put_blob(key_of(3), "other", 70000, 77);
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_DATASET, "d4", NULL), 0);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_VERSION, "model/1", "", 500, 9, NULL),
        0);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "j", "1", NULL), 0);
    store_fixture_close(&fixture);
    report = BUFFER_EMPTY;
}

static void teardown(void)
{
    buffer_free(&report);
    store_fixture_end(&fixture);
}

static long check(struct error *err)
{
    buffer_clear(&report);
    return store_check(fixture.directory, add_line, NULL, err);
}

static void expect_check(long n_damaged, const char *line)
{
    struct error err = {0};
    long found = check(&err);
    ck_assert_msg(found == n_damaged, "%ld: %s: %s", found, err.message, report.bytes);
    ck_assert_msg(strstr(report.bytes, line), "%s", report.bytes);
}

static void rebuild(void)
{
    struct error err = {0};
    buffer_clear(&report);
    ck_assert_msg(store_rebuild(fixture.directory, add_line, NULL, &err) == 0, "%s",
                  err.message);
}

static void expect_datasets(void)
{
    for (unsigned i = 0; i < N; i++) {
        struct error err = {0};
        int result = i == 3 ? store_fixture_compare(fixture.store, STORE_DATASET,
                                                    key_of(i), "other", 70000, 77, &err)
                            : store_fixture_compare(fixture.store, STORE_DATASET,
                                                    key_of(i), "m", 1000 * i, i, &err);
        if (i == 4)
            ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
        else
            ck_assert_msg(result == 0, "%s", err.message);
    }
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_VERSION, "model/1", "", 500, 9, NULL),
        0);
}

static void flip_byte(const char *name, long at)
{
    FILE *file = fopen(store_fixture_path(&fixture, name), "r+b");
    ck_assert(file && fseek(file, at, SEEK_SET) == 0);
    int byte = fgetc(file);
    ck_assert(fseek(file, at, SEEK_SET) == 0 && fputc(byte ^ 1, file) != EOF);
    ck_assert_int_eq(fclose(file), 0);
}

/* ---- check ---- */

START_TEST(check_finds_nothing_where_nothing_is_wrong)
{
    expect_check(0, "21 records and 20 files were read: 0 damaged");
}
END_TEST

/* As after a death: with a log that is not in the database yet. */
START_TEST(check_changes_nothing)
{
    static const char *const names[] = {"logitd.db", "logitd.db-wal"};
    unsigned char *before[2];
    size_t n_before[2], n_after;
    store_fixture_open(&fixture);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "k", "1", NULL), 0);
    for (size_t i = 0; i < 2; i++)
        before[i] =
            store_fixture_read(store_fixture_path(&fixture, names[i]), &n_before[i]);
    store_fixture_close(&fixture);
    for (size_t i = 0; i < 2; i++)
        store_fixture_write(store_fixture_path(&fixture, names[i]), before[i],
                            n_before[i]);
    size_t n_files = store_fixture_n_files(&fixture, ".");
    expect_check(0, "22 records and 20 files were read: 0 damaged");
    for (size_t i = 0; i < 2; i++) {
        unsigned char *after =
            store_fixture_read(store_fixture_path(&fixture, names[i]), &n_after);
        ck_assert_uint_eq(n_after, n_before[i]);
        ck_assert_mem_eq(after, before[i], n_after);
        memory_free(after);
        memory_free(before[i]);
    }
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "."), n_files);
    store_fixture_open(&fixture);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_JOB, "k", "1", SIZE_MAX, 0, NULL), 0);
}
END_TEST

START_TEST(check_names_the_record_of_a_damaged_blob)
{
    char path[512];
    store_fixture_open(&fixture);
    for (unsigned i = 0; i < N; i++)
        if (i != 7)
            ck_assert_int_eq(
                store_fixture_delete(fixture.store, STORE_DATASET, key_of(i), NULL), 0);
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_VERSION, "model/1", NULL),
                     0);
    store_fixture_close(&fixture);
    flip_byte("blobs/*.blob", BLOB_FORMAT_HEADER_BYTES + 3000);
    expect_check(1, "d7 (");
    ck_assert_ptr_nonnull(strstr(report.bytes, "its content is damaged"));
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "blobs/*.blob"));
    ck_assert_int_eq(unlink(path), 0);
    expect_check(1, "the file is missing");
}
END_TEST

START_TEST(check_counts_files_without_a_record)
{
    store_fixture_write(
        store_fixture_path(&fixture, "blobs/00112233445566778899aabbccddeeff.blob"), "x",
        1);
    expect_check(0, "1 files without a record");
}
END_TEST

START_TEST(check_reads_the_blobs_of_a_database_that_cannot_be_read)
{
    ck_assert_int_eq(unlink(store_fixture_path(&fixture, "logitd.db")), 0);
    expect_check(1, "there is no database");
    ck_assert_ptr_nonnull(strstr(report.bytes, "20 files"));
    store_fixture_write(store_fixture_path(&fixture, "logitd.db"), "nonsense", 8);
    expect_check(1, "database: ");
    flip_byte("blobs/*.blob", 9);
    expect_check(2, "an object (");
}
END_TEST

START_TEST(check_wants_a_data_directory)
{
    struct error err = {0};
    buffer_clear(&report);
    ck_assert_int_eq(store_check("/nowhere/at/all", add_line, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
    error_clear(&err);
    ck_assert_int_eq(
        store_check(store_fixture_path(&fixture, "blobs"), add_line, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 20);
}
END_TEST

/* ---- rebuild ---- */

START_TEST(rebuild_makes_the_records_again)
{
    const struct store_record *records[N + 1];
    struct store_record before[N + 1];
    bool has_more;
    const struct store_query query = {.kind = STORE_DATASET};
    store_fixture_open(&fixture);
    size_t n = store_list(fixture.store, &query, N, records, &has_more);
    for (size_t i = 0; i < n; i++) {
        before[i] = *records[i];
        store_release(records[i]);
    }
    store_fixture_close(&fixture);
    ck_assert_int_eq(unlink(store_fixture_path(&fixture, "logitd.db")), 0);
    rebuild();
    ck_assert_ptr_nonnull(strstr(report.bytes, "20 records were made again"));
    store_fixture_open(&fixture);
    ck_assert_uint_eq(fixture.n_notices, 0);
    expect_datasets();
    ck_assert_ptr_null(store_find(fixture.store, STORE_JOB, "j"));
    ck_assert_uint_eq(store_list(fixture.store, &query, N, records, &has_more), n);
    /* In the order in which their blobs were made: the replaced one comes last. */
    for (size_t i = 0; i < n; i++) {
        if (i < 3)
            ck_assert_int_eq(records[i]->created_at, before[i].created_at);
        if (i > 0)
            ck_assert_int_ge(records[i]->created_at, records[i - 1]->created_at);
        store_release(records[i]);
    }
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_DATASET, "d1", "x", NULL), 0);
    store_fixture_reopen(&fixture);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_DATASET, "d1", "x", 1000, 1, NULL), 0);
}
END_TEST

START_TEST(rebuild_keeps_the_old_database)
{
    store_fixture_write(store_fixture_path(&fixture, "logitd.db"), "nonsense", 8);
    store_fixture_write(store_fixture_path(&fixture, "logitd.db-wal"), "its log", 7);
    rebuild();
    size_t n;
    unsigned char *kept =
        store_fixture_read(store_fixture_path(&fixture, "logitd.db.old-1"), &n);
    ck_assert(n == 8 && memcmp(kept, "nonsense", 8) == 0);
    memory_free(kept);
    kept = store_fixture_read(store_fixture_path(&fixture, "logitd.db.old-1-wal"), &n);
    ck_assert_uint_eq(n, 7);
    memory_free(kept);
    store_fixture_open(&fixture);
    expect_datasets();
    store_fixture_close(&fixture);
    rebuild();
    ck_assert_int_eq(access(store_fixture_path(&fixture, "logitd.db.old-2"), F_OK), 0);
    store_fixture_open(&fixture);
    expect_datasets();
}
END_TEST

START_TEST(rebuild_takes_the_newer_of_two_blobs)
{
    size_t n;
    char path[512];
    store_fixture_open(&fixture);
    put_blob("twice", "old", 100, 1);
    /* The old blob comes back, as if its removal had not reached the disk. */
    for (unsigned i = 0; i < N; i++)
        ck_assert_int_eq(
            store_fixture_delete(fixture.store, STORE_DATASET, key_of(i), NULL), 0);
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_VERSION, "model/1", NULL),
                     0);
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "blobs/*.blob"));
    unsigned char *old = store_fixture_read(path, &n);
    put_blob("twice", "new", 200, 2);
    store_fixture_close(&fixture);
    store_fixture_write(path, old, n);
    memory_free(old);
    rebuild();
    store_fixture_open(&fixture);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_DATASET, "twice", "new", 200, 2, NULL),
        0);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
}
END_TEST

START_TEST(rebuild_sets_damaged_blobs_aside)
{
    flip_byte("blobs/*.blob", 9);
    rebuild();
    ck_assert_ptr_nonnull(strstr(report.bytes, "goes to quarantine"));
    ck_assert_ptr_nonnull(strstr(report.bytes, "19 records were made again, 1 damaged"));
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "quarantine"), 1);
    store_fixture_open(&fixture);
    ck_assert_uint_eq(fixture.n_notices, 0);
}
END_TEST

START_TEST(rebuild_of_no_blobs_makes_an_empty_database)
{
    struct error err = {0};
    store_fixture_end(&fixture);
    store_fixture_start(&fixture);
    ck_assert_int_eq(store_rebuild(fixture.directory, add_line, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "."), 0);
    store_fixture_open(&fixture);
    store_fixture_close(&fixture);
    rebuild();
    ck_assert_ptr_nonnull(strstr(report.bytes, "0 records"));
    store_fixture_open(&fixture);
}
END_TEST

/* ---- lack of memory ---- */

static void ignore_line(void *context, const char *line)
{
    (void)context;
    (void)line;
}

START_TEST(repair_without_memory_fails_and_changes_nothing)
{
    static const char *const names[] = {"check", "rebuild"};
    for (size_t i = 0; i < 2; i++)
        for (long n = 0;; n++) {
            struct error err = {0};
            memory_fail_after(n);
            long result = i == 0
                              ? store_check(fixture.directory, ignore_line, NULL, &err)
                              : store_rebuild(fixture.directory, ignore_line, NULL, &err);
            bool is_over = memory_fail_after(-1) <= n;
            ck_assert_msg(is_over ? result == 0 : result < 0, "%s, allocation %ld: %ld",
                          names[i], n, result);
            if (is_over)
                break;
            ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
            ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 20);
            ck_assert_int_eq(access(store_fixture_path(&fixture, "logitd.db"), F_OK), 0);
        }
    store_fixture_open(&fixture);
    expect_datasets();
}
END_TEST

TCase *store_repair_test(void)
{
    TCase *tcase = tcase_create("store_repair");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, check_finds_nothing_where_nothing_is_wrong);
    tcase_add_test(tcase, check_changes_nothing);
    tcase_add_test(tcase, check_names_the_record_of_a_damaged_blob);
    tcase_add_test(tcase, check_counts_files_without_a_record);
    tcase_add_test(tcase, check_reads_the_blobs_of_a_database_that_cannot_be_read);
    tcase_add_test(tcase, check_wants_a_data_directory);
    tcase_add_test(tcase, rebuild_makes_the_records_again);
    tcase_add_test(tcase, rebuild_keeps_the_old_database);
    tcase_add_test(tcase, rebuild_takes_the_newer_of_two_blobs);
    tcase_add_test(tcase, rebuild_sets_damaged_blobs_aside);
    tcase_add_test(tcase, rebuild_of_no_blobs_makes_an_empty_database);
    tcase_add_test(tcase, repair_without_memory_fails_and_changes_nothing);
    return tcase;
}
