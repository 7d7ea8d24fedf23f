/* What a start finds in the data directory, and what it makes of it. */
#include "core/store/store.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "tests/core/store/system_calls.h"
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

static void put_both(void)
{
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "m", 1000, 1, NULL), 0);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "j", "one", NULL), 0);
}

static void expect_both(void)
{
    struct error err = {0};
    ck_assert_msg(store_fixture_compare(fixture.store, STORE_DATASET, "d", "m", 1000, 1,
                                        &err) == 0 &&
                      store_fixture_compare(fixture.store, STORE_JOB, "j", "one",
                                            SIZE_MAX, 0, &err) == 0,
                  "%s", err.message);
}

static void expect_error(enum error_code code, const char *text)
{
    struct error err = {0};
    ck_assert_int_eq(store_fixture_try_open(&fixture, &err), -1);
    ck_assert_msg(err.code == code, "%s: %s", error_word(err.code), err.message);
    ck_assert_msg(strstr(err.message, text), "%s", err.message);
    ck_assert_ptr_null(strstr(err.message, fixture.directory));
}

static void write_text(const char *name, const char *text)
{
    store_fixture_write(store_fixture_path(&fixture, name), text, strlen(text));
}

static bool is_there(const char *name)
{
    return access(store_fixture_path(&fixture, name), F_OK) == 0;
}

/* ---- directories ---- */

START_TEST(a_directory_is_made_for_its_owner_alone)
{
    struct error err = {0};
    struct stat status;
    char path[128];
    snprintf(path, sizeof(path), "%s/below", fixture.directory);
    umask(0);
    struct store *store = store_open(path, NULL, &err);
    ck_assert_msg(store != NULL, "%s", err.message);
    store_close(store);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0700);
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_an_error)
{
    struct error err = {0};
    char path[128];
    snprintf(path, sizeof(path), "%s/a/b", fixture.directory);
    ck_assert_ptr_null(store_open(path, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, "make it first"));
    error_clear(&err);
    snprintf(path, sizeof(path), "%s/lock", fixture.directory);
    ck_assert_ptr_null(store_open(path, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, "choose another"));
}
END_TEST

START_TEST(links_in_the_place_of_parts_are_not_followed)
{
    store_fixture_close(&fixture);
    char elsewhere[128];
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", fixture.directory);
    ck_assert_int_eq(mkdir(elsewhere, 0700), 0);
    ck_assert_int_eq(rmdir(store_fixture_path(&fixture, "quarantine")), 0);
    ck_assert_int_eq(symlink(elsewhere, store_fixture_path(&fixture, "quarantine")), 0);
    expect_error(ERROR_IO, "data directory");
    ck_assert_int_eq(unlink(store_fixture_path(&fixture, "quarantine")), 0);
    ck_assert_int_eq(unlink(store_fixture_path(&fixture, "lock")), 0);
    ck_assert_int_eq(symlink(elsewhere, store_fixture_path(&fixture, "lock")), 0);
    expect_error(ERROR_IO, "lock");
}
END_TEST

START_TEST(a_link_to_the_directory_is_the_persons_choice)
{
    char link_path[128];
    snprintf(link_path, sizeof(link_path), "%s-link", fixture.directory);
    put_both();
    store_fixture_close(&fixture);
    ck_assert_int_eq(symlink(fixture.directory, link_path), 0);
    struct store *store = store_open(link_path, NULL, NULL);
    ck_assert_ptr_nonnull(store);
    store_close(store);
    unlink(link_path);
}
END_TEST

START_TEST(a_second_opener_is_refused)
{
    struct error err = {0};
    ck_assert_ptr_null(store_open(fixture.directory, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_LOCKED);
    error_clear(&err);
    ck_assert_int_eq(store_check(fixture.directory, NULL, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LOCKED);
    error_clear(&err);
    ck_assert_int_eq(store_rebuild(fixture.directory, NULL, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LOCKED);
    put_both();
    expect_both();
}
END_TEST

START_TEST(a_second_process_is_refused_until_the_first_is_dead)
{
    int ready[2];
    char byte;
    store_fixture_close(&fixture);
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        store_fixture_open(&fixture);
        put_both();
        (void)!write(ready[1], "x", 1);
        pause();
        _exit(0);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    expect_error(ERROR_LOCKED, "in use");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    store_fixture_open(&fixture);
    expect_both();
    close(ready[0]);
    close(ready[1]);
}
END_TEST

/* ---- left-overs ---- */

START_TEST(unfinished_files_are_removed)
{
    store_fixture_close(&fixture);
    write_text("blobs/00112233445566778899aabbccddeeff.tmp", "half a blo");
    write_text("new.db", "half a database");
    store_fixture_open(&fixture);
    ck_assert(!is_there("blobs/00112233445566778899aabbccddeeff.tmp"));
    ck_assert(store_fixture_was_told(&fixture, "1 unfinished"));
}
END_TEST

START_TEST(blobs_without_a_record_are_removed)
{
    struct store_blob_writer *blob =
        store_blob_begin(fixture.store, STORE_DATASET, STORE_DIGEST_PAYLOAD, NULL);
    ck_assert_int_eq(store_blob_seal(blob, "d", NULL, 0, NULL), 0);
    /* As after an end right here. */
    size_t n;
    char path[512];
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "blobs/*.blob"));
    unsigned char *bytes = store_fixture_read(path, &n);
    store_blob_abandon(blob);
    put_both();
    store_fixture_close(&fixture);
    store_fixture_write(path, bytes, n);
    memory_free(bytes);
    store_fixture_open(&fixture);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert(store_fixture_was_told(&fixture, "1 files without a record"));
    expect_both();
}
END_TEST

START_TEST(files_of_others_are_left_alone)
{
    static const char *const names[] = {"blobs/README",
                                        "blobs/00112233445566778899aabbccddeeff",
                                        "blobs/00112233445566778899AABBCCDDEEFF.blob",
                                        "blobs/00112233445566778899aabbccddeeff.blob.bak",
                                        "blobs/short.blob",
                                        "notes.txt"};
    store_fixture_close(&fixture);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        write_text(names[i], "mine");
    store_fixture_open(&fixture);
    ck_assert_uint_eq(fixture.n_notices, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        ck_assert_msg(is_there(names[i]), "%s", names[i]);
}
END_TEST

/* Whichever read of the start fails: it is refused as a whole, or goes on without proof
 * of that one blob. */
START_TEST(a_blob_that_cannot_be_read_at_the_start_is_not_given_up)
{
    size_t n_told = 0;
    bool has_failed = true;
    put_both();
    store_fixture_close(&fixture);
    for (long n = 0; has_failed; n++) {
        system_calls_start(SYSTEM_CALLS_FAIL_ONE, n, EIO);
        int result = store_fixture_try_open(&fixture, NULL);
        has_failed = system_calls_stop() > n;
        if (result == 0) {
            n_told += store_fixture_was_told(&fixture, "d cannot be read") ? 1 : 0;
            expect_both();
        }
        store_fixture_close(&fixture);
    }
    ck_assert_uint_gt(n_told, 0);
}
END_TEST

/* ---- the database ---- */

START_TEST(a_missing_database_beside_blobs_is_not_made_anew)
{
    put_both();
    store_fixture_close(&fixture);
    unlink(store_fixture_path(&fixture, "logitd.db"));
    expect_error(ERROR_CORRUPT, "logitd rebuild");
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
    write_text("logitd.db", "");
    expect_error(ERROR_CORRUPT, "logitd rebuild");
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
}
END_TEST

START_TEST(a_missing_database_beside_its_log_is_not_made_anew)
{
    store_fixture_close(&fixture);
    unlink(store_fixture_path(&fixture, "logitd.db"));
    write_text("logitd.db-wal", "what was not yet in the database");
    expect_error(ERROR_CORRUPT, "logitd rebuild");
}
END_TEST

START_TEST(an_empty_directory_with_an_empty_database_starts_anew)
{
    store_fixture_close(&fixture);
    write_text("logitd.db", "");
    store_fixture_open(&fixture);
    put_both();
    store_fixture_reopen(&fixture);
    expect_both();
}
END_TEST

START_TEST(text_in_the_databases_place_is_corrupt)
{
    put_both();
    store_fixture_close(&fixture);
    write_text("logitd.db", "this is not a database, however long one looks at it; not "
                            "even when it has more than a hundred bytes");
    expect_error(ERROR_CORRUPT, "logitd check");
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
}
END_TEST

/* Every byte of every page that the database uses: what opens must be whole. */
START_TEST(a_database_with_flipped_bits_is_found_or_unharmed)
{
    size_t n, n_found = 0, n_tried = 0;
    char path[512];
    put_both();
    store_fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "logitd.db"));
    unsigned char *sound = store_fixture_read(path, &n);
    size_t n_blob;
    char blob_path[512];
    snprintf(blob_path, sizeof(blob_path), "%s",
             store_fixture_path(&fixture, "blobs/*.blob"));
    unsigned char *blob = store_fixture_read(blob_path, &n_blob);
    for (size_t at = 0; at < n; at += sound[at] ? 1 : 97) {
        struct error err = {0};
        sound[at] ^= 4;
        store_fixture_write(path, sound, n);
        sound[at] ^= 4;
        n_tried++;
        if (store_fixture_try_open(&fixture, &err) == 0) {
            expect_both();
        } else {
            n_found++;
            ck_assert_msg(err.code == ERROR_CORRUPT || err.code == ERROR_FORMAT_VERSION,
                          "byte %zu: %s", at, err.message);
        }
        store_fixture_close(&fixture);
        unlink(store_fixture_path(&fixture, "logitd.db-wal"));
        store_fixture_write(blob_path, blob, n_blob);
    }
    ck_assert_uint_gt(n_found, n_tried / 3);
    memory_free(sound);
    memory_free(blob);
}
END_TEST

START_TEST(a_truncated_database_is_found)
{
    size_t n;
    put_both();
    store_fixture_close(&fixture);
    unsigned char *sound =
        store_fixture_read(store_fixture_path(&fixture, "logitd.db"), &n);
    for (size_t kept = 1; kept < n; kept += kept < 10 ? 1 : 500) {
        store_fixture_write(store_fixture_path(&fixture, "logitd.db"), sound, kept);
        expect_error(ERROR_CORRUPT, "logitd");
    }
    memory_free(sound);
}
END_TEST

START_TEST(a_database_of_a_newer_program_is_left_alone)
{
    size_t n, n_after;
    char path[512];
    put_both();
    store_fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "logitd.db"));
    unsigned char *bytes = store_fixture_read(path, &n);
    bytes[63] = 2; /* user_version, by SQLite's file format 1.3.16 */
    store_fixture_write(path, bytes, n);
    expect_error(ERROR_FORMAT_VERSION, "newer program");
    unsigned char *after = store_fixture_read(path, &n_after);
    ck_assert(n_after == n && memcmp(bytes, after, n) == 0);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
    bytes[63] = 0;
    store_fixture_write(path, bytes, n);
    expect_error(ERROR_CORRUPT, "logitd"); /* there never was a format 0 */
    memory_free(bytes);
    memory_free(after);
}
END_TEST

START_TEST(another_programs_database_is_left_alone)
{
    size_t n;
    char path[512];
    put_both();
    store_fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "logitd.db"));
    unsigned char *bytes = store_fixture_read(path, &n);
    bytes[68] ^= 1; /* application_id */
    store_fixture_write(path, bytes, n);
    expect_error(ERROR_CORRUPT, "logitd");
    memory_free(bytes);
}
END_TEST

/* ---- speed ---- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MOST_START_SECONDS 10
#else
#define MOST_START_SECONDS 1
#endif

START_TEST(ten_thousand_models_start_within_a_second)
{
    enum { N = 10000, CHUNK = 100 };
    static char keys[CHUNK][32];
    static unsigned char model[2000];
    struct store_change changes[CHUNK];
    for (int i = 0; i < N; i += CHUNK) {
        for (int j = 0; j < CHUNK; j++) {
            snprintf(keys[j], sizeof(keys[j]), "model-%d/1", i + j);
            struct store_blob_writer *blob = store_blob_begin(
                fixture.store, STORE_VERSION, STORE_DIGEST_PAYLOAD, NULL);
            ck_assert_int_eq(store_blob_write(blob, model, sizeof(model), NULL), 0);
            ck_assert_int_eq(store_blob_seal(blob, keys[j], NULL, 0, NULL), 0);
            changes[j] = (struct store_change){
                .kind = STORE_VERSION, .key = keys[j], .blob = blob};
        }
        ck_assert_int_eq(store_commit(fixture.store, changes, CHUNK, NULL), 0);
    }
    store_fixture_close(&fixture);
    double start = clock_seconds();
    store_fixture_open(&fixture);
    ck_assert_double_lt(clock_seconds() - start, MOST_START_SECONDS);
    ck_assert_uint_eq(fixture.n_notices, 0);
}
END_TEST

TCase *store_recover_test(void)
{
    TCase *tcase = tcase_create("store_recover");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_directory_is_made_for_its_owner_alone);
    tcase_add_test(tcase, a_directory_that_cannot_be_made_is_an_error);
    tcase_add_test(tcase, links_in_the_place_of_parts_are_not_followed);
    tcase_add_test(tcase, a_link_to_the_directory_is_the_persons_choice);
    tcase_add_test(tcase, a_second_opener_is_refused);
    tcase_add_test(tcase, a_second_process_is_refused_until_the_first_is_dead);
    tcase_add_test(tcase, unfinished_files_are_removed);
    tcase_add_test(tcase, blobs_without_a_record_are_removed);
    tcase_add_test(tcase, files_of_others_are_left_alone);
    tcase_add_test(tcase, a_blob_that_cannot_be_read_at_the_start_is_not_given_up);
    tcase_add_test(tcase, a_missing_database_beside_blobs_is_not_made_anew);
    tcase_add_test(tcase, a_missing_database_beside_its_log_is_not_made_anew);
    tcase_add_test(tcase, an_empty_directory_with_an_empty_database_starts_anew);
    tcase_add_test(tcase, text_in_the_databases_place_is_corrupt);
    tcase_add_test(tcase, a_database_with_flipped_bits_is_found_or_unharmed);
    tcase_add_test(tcase, a_truncated_database_is_found);
    tcase_add_test(tcase, a_database_of_a_newer_program_is_left_alone);
    tcase_add_test(tcase, another_programs_database_is_left_alone);
    tcase_add_test(tcase, ten_thousand_models_start_within_a_second);
    return tcase;
}
