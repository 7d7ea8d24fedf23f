/* Blobs that were damaged on the disk, in every way and place. */
#include "core/store/store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/store/blob_format.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

#define META "some meta"

static struct store_fixture fixture;
static char path[512];       /* of the one blob */
static char quarantine[512]; /* where it would lie then */
static unsigned char *sound; /* its bytes */
static size_t n_sound;

static void setup(void)
{
    store_fixture_start(&fixture);
    store_fixture_open(&fixture);
}

static void teardown(void)
{
    memory_free(sound);
    sound = NULL;
    store_fixture_end(&fixture);
}

/* One dataset, one other record, and the store closed. */
static void prepare(size_t n)
{
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", META, n, 1, NULL), 0);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "j", META, NULL), 0);
    store_fixture_close(&fixture);
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "blobs/*.blob"));
    snprintf(quarantine, sizeof(quarantine), "%s",
             store_fixture_path(&fixture, "quarantine"));
    strncat(quarantine, strrchr(path, '/'), sizeof(quarantine) - strlen(quarantine) - 1);
    sound = store_fixture_read(path, &n_sound);
}

static void repair(void)
{
    store_fixture_close(&fixture);
    unlink(quarantine);
    store_fixture_write(path, sound, n_sound);
}

static void ignore(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static long n_damaged(void)
{
    struct error err = {0};
    long n = store_check(fixture.directory, ignore, NULL, &err);
    ck_assert_msg(n >= 0, "%s", err.message);
    return n;
}

/* The damage is found at the latest when the blob is opened; then the record says so, the
 * file is out of the way, and all else goes on. */
static void expect_damage(const char *what, size_t at)
{
    struct error err = {0};
    struct store_blob blob = {0};
    store_fixture_open(&fixture);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert_msg(record && store_blob_open(fixture.store, record, &blob, &err) < 0,
                  "%s at %zu was not found", what, at);
    ck_assert_msg(err.code == ERROR_CORRUPT, "%s at %zu: %s", what, at, err.message);
    store_release(record);
    record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert(record->damaged && record->has_blob);
    ck_assert_mem_eq(record->meta, META, strlen(META));
    store_release(record);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 0);
    ck_assert(store_fixture_was_told(&fixture, "d"));
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_JOB, "j", META, SIZE_MAX, 0, NULL), 0);
    ck_assert(store_is_healthy(fixture.store));
}

/* The same, and check had seen it; then all is put right again. */
static void expect_damage_everywhere(const char *what, size_t at)
{
    ck_assert_msg(n_damaged() == 1, "check does not see %s at %zu", what, at);
    expect_damage(what, at);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "quarantine"), 1);
    repair();
}

static void flip(size_t at, unsigned bit)
{
    unsigned char byte = (unsigned char)(sound[at] ^ 1U << bit);
    FILE *file = fopen(path, "r+b");
    ck_assert(fseek(file, (long)at, SEEK_SET) == 0 && fputc(byte, file) == byte);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_sound_blob_is_not_taken_for_damaged)
{
    prepare(100);
    ck_assert_int_eq(n_damaged(), 0);
    store_fixture_open(&fixture);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_DATASET, "d", META, 100, 1, NULL), 0);
}
END_TEST

START_TEST(a_bit_flipped_in_any_byte_is_found)
{
    prepare(100);
    for (size_t at = 0; at < n_sound; at++) {
        flip(at, (unsigned)(at % 8));
        expect_damage_everywhere("a flipped bit", at);
    }
}
END_TEST

START_TEST(bits_flipped_in_any_block_are_found)
{
    prepare(4 * BLOB_FORMAT_BLOCK_BYTES + 1000);
    for (size_t block = 0; block <= 4; block++) {
        size_t first = BLOB_FORMAT_HEADER_BYTES + block * BLOB_FORMAT_BLOCK_BYTES;
        size_t last = block < 4 ? first + BLOB_FORMAT_BLOCK_BYTES - 1 : first + 999;
        flip(first, 0);
        expect_damage_everywhere("a flipped bit", first);
        flip(last, 7);
        expect_damage_everywhere("a flipped bit", last);
    }
}
END_TEST

START_TEST(a_truncated_file_is_found)
{
    prepare(100);
    for (size_t n = 0; n < n_sound; n += n < 20 || n > n_sound - 20 ? 1 : 13) {
        store_fixture_write(path, sound, n);
        expect_damage_everywhere("an end", n);
    }
}
END_TEST

START_TEST(an_extended_file_is_found)
{
    prepare(100);
    unsigned char *longer = memory_new(n_sound + 5000, 1, NULL);
    memcpy(longer, sound, n_sound);
    store_fixture_write(path, longer, n_sound + 1);
    expect_damage_everywhere("an added byte", n_sound);
    store_fixture_write(path, longer, n_sound + 5000);
    expect_damage_everywhere("many added bytes", n_sound);
    memory_free(longer);
}
END_TEST

START_TEST(a_missing_file_is_found)
{
    prepare(100);
    unlink(path);
    ck_assert_int_eq(n_damaged(), 1);
    expect_damage("a missing file", 0);
}
END_TEST

START_TEST(a_link_or_a_folder_in_a_files_place_is_not_followed)
{
    prepare(100);
    char elsewhere[600];
    snprintf(elsewhere, sizeof(elsewhere), "%s.elsewhere", fixture.directory);
    ck_assert_int_eq(rename(path, elsewhere), 0);
    ck_assert_int_eq(symlink(elsewhere, path), 0);
    store_fixture_open(&fixture);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert(record->damaged);
    store_release(record);
    store_fixture_close(&fixture);
    unlink(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    store_fixture_open(&fixture);
    record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert(record->damaged);
    store_release(record);
    rmdir(path);
    unlink(elsewhere);
}
END_TEST

START_TEST(damage_outlasts_a_restart_and_can_be_deleted)
{
    prepare(100);
    flip(BLOB_FORMAT_HEADER_BYTES, 0);
    expect_damage("a flipped bit", BLOB_FORMAT_HEADER_BYTES);
    store_fixture_reopen(&fixture);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert(record->damaged);
    store_release(record);
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_DATASET, "d", NULL), 0);
    store_fixture_reopen(&fixture);
    ck_assert_ptr_null(store_find(fixture.store, STORE_DATASET, "d"));
    ck_assert_uint_eq(fixture.n_notices, 0);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "quarantine"), 1); /* for people */
}
END_TEST

START_TEST(a_damaged_record_gets_well_with_a_new_blob)
{
    prepare(100);
    flip(BLOB_FORMAT_HEADER_BYTES, 0);
    expect_damage("a flipped bit", BLOB_FORMAT_HEADER_BYTES);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_DATASET, "d", "2", NULL), 0);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert(record->damaged); /* a new meta does not heal it */
    store_release(record);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "3", 50, 4, NULL), 0);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_DATASET, "d", "3", 50, 4, NULL), 0);
    store_fixture_reopen(&fixture);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_DATASET, "d", "3", 50, 4, NULL), 0);
}
END_TEST

/* ---- files in each other's place ---- */

static void find_other(char *other, size_t n)
{
    unlink(path);
    snprintf(other, n, "%s", store_fixture_path(&fixture, "blobs/*.blob"));
    store_fixture_write(path, sound, n_sound);
}

START_TEST(swapped_files_are_found)
{
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", META, 100, 1, NULL), 0);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "e", META, 100, 2, NULL), 0);
    store_fixture_close(&fixture);
    char other[512];
    size_t n_other;
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "blobs/*.blob"));
    sound = store_fixture_read(path, &n_sound);
    find_other(other, sizeof(other));
    unsigned char *bytes = store_fixture_read(other, &n_other);
    store_fixture_write(path, bytes, n_other);
    store_fixture_write(other, sound, n_sound);
    memory_free(bytes);
    ck_assert_int_eq(n_damaged(), 2);
    store_fixture_open(&fixture);
    static const char *const keys[] = {"d", "e"};
    for (size_t i = 0; i < 2; i++) {
        const struct store_record *record =
            store_find(fixture.store, STORE_DATASET, keys[i]);
        ck_assert(record->damaged);
        store_release(record);
    }
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "quarantine"), 2);
}
END_TEST

/* As if from another data directory: sound, of the same id and length, but not the one
 * that the record speaks of. */
START_TEST(a_sound_file_with_other_content_is_found)
{
    prepare(100);
    unsigned char *forged = memory_copy(sound, n_sound, NULL);
    size_t tail = BLOB_FORMAT_HEADER_BYTES + 100;
    size_t digest = n_sound - 4 - 32;
    forged[digest] ^= 1;
    uint32_t crc = checksum_crc32c(0, forged + tail, n_sound - 4 - tail);
    for (size_t i = 0; i < 4; i++)
        forged[n_sound - 4 + i] = (unsigned char)(crc >> (8 * i));
    store_fixture_write(path, forged, n_sound);
    memory_free(forged);
    expect_damage_everywhere("another content", digest);
}
END_TEST

/* ---- other formats ---- */

static void write_version(uint32_t version)
{
    unsigned char *other = memory_copy(sound, n_sound, NULL);
    struct buffer number = BUFFER_EMPTY;
    pack_u32(&number, version);
    memcpy(other + 8, number.bytes, 4);
    buffer_clear(&number);
    pack_u32(&number, checksum_crc32c(0, other, BLOB_FORMAT_HEADER_BYTES - 4));
    memcpy(other + BLOB_FORMAT_HEADER_BYTES - 4, number.bytes, 4);
    buffer_free(&number);
    store_fixture_write(path, other, n_sound);
    memory_free(other);
}

START_TEST(a_blob_of_a_newer_program_is_left_alone)
{
    struct error err = {0};
    prepare(100);
    write_version(BLOB_FORMAT_VERSION + 1);
    ck_assert_int_eq(store_fixture_try_open(&fixture, &err), -1);
    ck_assert_int_eq(err.code, ERROR_FORMAT_VERSION);
    ck_assert_int_eq(access(path, F_OK), 0);
    error_clear(&err);
    ck_assert_int_eq(store_check(fixture.directory, ignore, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_FORMAT_VERSION);
    error_clear(&err);
    ck_assert_int_eq(store_rebuild(fixture.directory, ignore, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_FORMAT_VERSION);
    repair();
    store_fixture_open(&fixture);
    ck_assert_int_eq(
        store_fixture_compare(fixture.store, STORE_DATASET, "d", META, 100, 1, NULL), 0);
}
END_TEST

START_TEST(a_blob_of_a_format_that_never_was_is_damaged)
{
    prepare(100);
    write_version(0);
    expect_damage_everywhere("format 0", 8);
}
END_TEST

START_TEST(a_blob_that_is_cut_while_it_is_open_is_told)
{
    struct error err = {0};
    struct store_blob blob = {0};
    prepare(300000);
    store_fixture_open(&fixture);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert_int_eq(store_blob_open(fixture.store, record, &blob, NULL), 0);
    ck_assert_int_eq(store_blob_check(&blob, "it", NULL), 0);
    ck_assert_int_eq(truncate(path, 65536), 0);
    ck_assert_int_eq(((const volatile unsigned char *)blob.bytes)[200000], 0);
    ck_assert_int_eq(store_blob_check(&blob, "it", &err), -1);
    ck_assert_int_eq(err.code, ERROR_UNREADABLE);
    store_blob_close(&blob);
    store_release(record);
}
END_TEST

TCase *store_damage_test(void)
{
    TCase *tcase = tcase_create("store_damage");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_sound_blob_is_not_taken_for_damaged);
    tcase_add_test(tcase, a_bit_flipped_in_any_byte_is_found);
    tcase_add_test(tcase, bits_flipped_in_any_block_are_found);
    tcase_add_test(tcase, a_truncated_file_is_found);
    tcase_add_test(tcase, an_extended_file_is_found);
    tcase_add_test(tcase, a_missing_file_is_found);
    tcase_add_test(tcase, a_link_or_a_folder_in_a_files_place_is_not_followed);
    tcase_add_test(tcase, damage_outlasts_a_restart_and_can_be_deleted);
    tcase_add_test(tcase, a_damaged_record_gets_well_with_a_new_blob);
    tcase_add_test(tcase, swapped_files_are_found);
    tcase_add_test(tcase, a_sound_file_with_other_content_is_found);
    tcase_add_test(tcase, a_blob_of_a_newer_program_is_left_alone);
    tcase_add_test(tcase, a_blob_of_a_format_that_never_was_is_damaged);
    tcase_add_test(tcase, a_blob_that_is_cut_while_it_is_open_is_told);
    return tcase;
}
