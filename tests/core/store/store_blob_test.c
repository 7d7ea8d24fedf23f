#include "core/store/store.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "core/base/checksum.h"
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

static void expect(const char *key, const char *meta, size_t n, unsigned seed)
{
    struct error err = {0};
    ck_assert_msg(store_fixture_compare(fixture.store, STORE_DATASET, key, meta, n, seed,
                                        &err) == 0,
                  "%s: %s", key, err.message);
}

START_TEST(blobs_of_all_sizes_come_back)
{
    static const size_t sizes[] = {0, 1, 7, 65535, 65536, 65537, 131072, 131073, 1000000};
    enum { N = sizeof(sizes) / sizeof(*sizes) };
    char key[32];
    for (size_t i = 0; i < N; i++) {
        snprintf(key, sizeof(key), "d%zu", sizes[i]);
        ck_assert_int_eq(store_fixture_put_blob(fixture.store, STORE_DATASET, key, key,
                                                sizes[i], (unsigned)i, NULL),
                         0);
        expect(key, key, sizes[i], (unsigned)i);
    }
    store_fixture_reopen(&fixture);
    for (size_t i = 0; i < N; i++) {
        snprintf(key, sizeof(key), "d%zu", sizes[i]);
        expect(key, key, sizes[i], (unsigned)i);
        expect(key, key, sizes[i], (unsigned)i); /* now known to be sound */
    }
}
END_TEST

START_TEST(the_digest_is_the_payloads)
{
    unsigned char digest[32];
    char hex[CHECKSUM_HEX_BYTES], expected[CHECKSUM_HEX_BYTES];
    struct store_blob_writer *blob =
        store_blob_begin(fixture.store, STORE_DATASET, STORE_DIGEST_PAYLOAD, NULL);
    const struct byte_sink sink = store_blob_sink(blob);
    ck_assert_int_eq(sink.write(sink.context, "ab", 2, NULL), 0);
    ck_assert_int_eq(store_blob_write(blob, "", 0, NULL), 0);
    ck_assert_int_eq(store_blob_write(blob, "c", 1, NULL), 0);
    ck_assert_uint_eq(store_blob_n_bytes(blob), 3);
    ck_assert_int_eq(store_blob_seal(blob, "d", NULL, 0, NULL), 0);
    store_blob_sha256(blob, digest);
    /* FIPS 180-4's first example. */
    checksum_hex(digest, hex);
    ck_assert_str_eq(hex,
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const struct store_change change = {.kind = STORE_DATASET, .key = "d", .blob = blob};
    ck_assert_int_eq(store_commit(fixture.store, &change, 1, NULL), 0);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    checksum_hex(record->blob_sha256, expected);
    ck_assert_str_eq(hex, expected);
    ck_assert_uint_eq(record->blob_bytes, 3);
    store_release(record);
}
END_TEST

START_TEST(a_digest_may_be_of_the_blocks)
{
    char hex[CHECKSUM_HEX_BYTES], expected[CHECKSUM_HEX_BYTES];
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "", 3, 1, NULL), 0);
    unsigned char payload[3], sum[4];
    for (size_t i = 0; i < 3; i++)
        payload[i] = store_fixture_byte(i, 1);
    uint32_t crc = checksum_crc32c(0, payload, 3);
    for (size_t i = 0; i < 4; i++)
        sum[i] = (unsigned char)(crc >> 8 * i);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert_str_eq(checksum_hex(record->blob_sha256, hex),
                     checksum_sha256_hex(sum, sizeof(sum), expected));
    store_release(record);
}
END_TEST

START_TEST(an_abandoned_blob_leaves_nothing)
{
    struct store_blob_writer *open =
        store_blob_begin(fixture.store, STORE_DATASET, STORE_DIGEST_PAYLOAD, NULL);
    struct store_blob_writer *sealed =
        store_blob_begin(fixture.store, STORE_DATASET, STORE_DIGEST_PAYLOAD, NULL);
    ck_assert_int_eq(store_blob_write(open, "abc", 3, NULL), 0);
    ck_assert_int_eq(store_blob_seal(sealed, "d", "meta", 4, NULL), 0);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 2);
    store_blob_abandon(open);
    store_blob_abandon(sealed);
    store_blob_abandon(NULL);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 0);
}
END_TEST

START_TEST(a_blob_whose_commit_was_refused_is_still_the_callers)
{
    struct store_blob_writer *blob =
        store_blob_begin(fixture.store, STORE_DATASET, STORE_DIGEST_PAYLOAD, NULL);
    struct store_change change = {
        .kind = STORE_DATASET, .key = "d", .blob = blob, .condition = STORE_IF_PRESENT};
    ck_assert_int_eq(store_blob_seal(blob, "d", NULL, 0, NULL), 0);
    ck_assert_int_eq(store_commit(fixture.store, &change, 1, NULL), -1);
    change.condition = STORE_IF_ABSENT;
    ck_assert_int_eq(store_commit(fixture.store, &change, 1, NULL), 0);
    expect("d", "", 0, 0);
}
END_TEST

START_TEST(a_new_blob_takes_the_place_of_the_old_one)
{
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "1", 1000, 1, NULL), 0);
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "2", 2000, 2, NULL), 0);
    expect("d", "2", 2000, 2);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
    store_fixture_reopen(&fixture);
    expect("d", "2", 2000, 2);
}
END_TEST

START_TEST(a_mapped_blob_outlives_its_record)
{
    struct store_blob blob = {0}, late = {0};
    struct error err = {0};
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "", 200000, 1, NULL),
        0);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    ck_assert_int_eq(store_blob_open(fixture.store, record, &blob, NULL), 0);
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_DATASET, "d", NULL), 0);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 0);
    ck_assert_int_eq(store_blob_open(fixture.store, record, &late, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
    ck_assert_ptr_null(late.bytes);
    store_release(record);
    store_fixture_close(&fixture);
    for (size_t i = 0; i < blob.n_bytes; i++)
        ck_assert_uint_eq(((const unsigned char *)blob.bytes)[i],
                          store_fixture_byte(i, 1));
    store_blob_close(&blob);
    ck_assert_ptr_null(blob.bytes);
    store_blob_close(&blob);
}
END_TEST

START_TEST(a_record_without_a_blob_has_none_to_open)
{
    struct store_blob blob = {0};
    struct error err = {0};
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "j", "", NULL), 0);
    const struct store_record *record = store_find(fixture.store, STORE_JOB, "j");
    ck_assert_int_eq(store_blob_open(fixture.store, record, &blob, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
    store_release(record);
}
END_TEST

/* Lets call n of the first opening fail. False: it made no more than n. */
static bool fail_opening(long n, int number)
{
    struct store_blob blob = {0};
    struct error err = {0};
    store_fixture_reopen(&fixture);
    const struct store_record *record = store_find(fixture.store, STORE_DATASET, "d");
    system_calls_start(SYSTEM_CALLS_FAIL_ONE, n, number);
    int result = store_blob_open(fixture.store, record, &blob, &err);
    bool has_failed = system_calls_stop() > n;
    ck_assert_int_eq(result, has_failed ? -1 : 0);
    if (has_failed)
        ck_assert_msg(err.code == ERROR_IO || err.code == ERROR_NO_MEMORY, "call %ld: %s",
                      n, err.message);
    store_blob_close(&blob);
    store_release(record);
    return has_failed;
}

/* Calls that fail say nothing of the blob: it is neither damaged nor in quarantine. */
START_TEST(a_blob_that_cannot_be_read_now_can_be_read_later)
{
    static const int numbers[] = {EIO, EMFILE, ENOMEM};
    ck_assert_int_eq(
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "m", 200000, 1, NULL),
        0);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        long n = 0;
        for (; fail_opening(n, numbers[i]); n++)
            expect("d", "m", 200000, 1);
        ck_assert_int_gt(n, 5);
    }
}
END_TEST

/* ---- many threads ---- */

enum { N_THREADS = 8, N_ROUNDS = 15 };

static void *client_main(void *argument)
{
    unsigned number = *(unsigned *)argument;
    for (unsigned round = 0; round < N_ROUNDS; round++) {
        char key[32];
        size_t n = 1000 + 9000 * number + round;
        snprintf(key, sizeof(key), "d%u", number);
        if (store_fixture_put_blob(fixture.store, STORE_DATASET, key, key, n, round,
                                   NULL) < 0 ||
            store_fixture_compare(fixture.store, STORE_DATASET, key, key, n, round,
                                  NULL) < 0)
            return "a blob was lost";
        if (round % 5 == 4 &&
            store_fixture_delete(fixture.store, STORE_DATASET, key, NULL) < 0)
            return "a delete failed";
    }
    return NULL;
}

START_TEST(blobs_of_many_threads_stay_apart)
{
    pthread_t threads[N_THREADS];
    unsigned numbers[N_THREADS];
    for (unsigned i = 0; i < N_THREADS; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, client_main, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < N_THREADS; i++) {
        void *problem;
        pthread_join(threads[i], &problem);
        ck_assert_msg(!problem, "%s", (const char *)problem);
    }
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 0);
}
END_TEST

TCase *store_blob_test(void)
{
    TCase *tcase = tcase_create("store_blob");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, blobs_of_all_sizes_come_back);
    tcase_add_test(tcase, the_digest_is_the_payloads);
    tcase_add_test(tcase, a_digest_may_be_of_the_blocks);
    tcase_add_test(tcase, an_abandoned_blob_leaves_nothing);
    tcase_add_test(tcase, a_blob_whose_commit_was_refused_is_still_the_callers);
    tcase_add_test(tcase, a_new_blob_takes_the_place_of_the_old_one);
    tcase_add_test(tcase, a_mapped_blob_outlives_its_record);
    tcase_add_test(tcase, a_record_without_a_blob_has_none_to_open);
    tcase_add_test(tcase, a_blob_that_cannot_be_read_now_can_be_read_later);
    tcase_add_test(tcase, blobs_of_many_threads_stay_apart);
    return tcase;
}
