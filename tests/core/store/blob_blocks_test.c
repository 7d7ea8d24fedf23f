#include "core/store/blob_blocks.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/pack.h"

#define BLOCK ((size_t)BLOB_FORMAT_BLOCK_BYTES)

static char *payload;
static const size_t sizes[] = {
    0,          1,          BLOCK - 1,       BLOCK, BLOCK + 1, 16 * BLOCK, 16 * BLOCK + 1,
    17 * BLOCK, 33 * BLOCK, 200 * BLOCK + 77};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(*sizes)))
#define MOST_BYTES (200 * BLOCK + 77)

static void setup(void)
{
    payload = malloc(MOST_BYTES);
    for (size_t i = 0; i < MOST_BYTES; i++)
        payload[i] = (char)(i * i >> 7 ^ i);
}

static void teardown(void)
{
    free(payload);
}

/* In pieces; 0 if all of it was taken. */
static int write_payload(int fd, bool digests_blocks, size_t n, size_t piece,
                         struct buffer *tail, unsigned char digest[CHECKSUM_SHA256_BYTES],
                         struct error *err)
{
    struct blob_blocks *blocks = blob_blocks_new(fd, digests_blocks, err);
    int result = blocks ? 0 : -1;
    for (size_t at = 0; result == 0 && at < n; at += piece)
        result =
            blob_blocks_add(blocks, payload + at, n - at < piece ? n - at : piece, err);
    if (result == 0)
        result = blob_blocks_end(blocks, tail, digest, err);
    blob_blocks_free(blocks);
    return result;
}

static void expect_file(int fd, size_t n)
{
    char *read = malloc(n + 1);
    ck_assert_int_eq(pread(fd, read, n + 1, BLOB_FORMAT_HEADER_BYTES), (ssize_t)n);
    ck_assert(n == 0 || memcmp(read, payload, n) == 0);
    free(read);
}

START_TEST(all_bytes_are_written_and_summed)
{
    static const size_t pieces[] = {1000, 65536, 1000000, MOST_BYTES};
    size_t n = sizes[_i];
    for (size_t k = 0; k < 8; k++) {
        bool digests_blocks = k >= 4;
        int fd = memfd_create("blob", MFD_CLOEXEC);
        struct buffer tail = BUFFER_EMPTY, expected = BUFFER_EMPTY;
        unsigned char digest[CHECKSUM_SHA256_BYTES];
        char hex[CHECKSUM_HEX_BYTES], expected_hex[CHECKSUM_HEX_BYTES];
        ck_assert_int_eq(
            write_payload(fd, digests_blocks, n, pieces[k % 4], &tail, digest, NULL), 0);
        for (size_t at = 0; at < n; at += BLOCK)
            pack_u32(&expected,
                     checksum_crc32c(0, payload + at, n - at < BLOCK ? n - at : BLOCK));
        ck_assert_uint_eq(tail.n_bytes, expected.n_bytes);
        ck_assert(n == 0 || memcmp(tail.bytes, expected.bytes, tail.n_bytes) == 0);
        ck_assert_str_eq(
            checksum_hex(digest, hex),
            digests_blocks
                ? checksum_sha256_hex(expected.bytes, expected.n_bytes, expected_hex)
                : checksum_sha256_hex(payload, n, expected_hex));
        expect_file(fd, n);
        buffer_free(&tail);
        buffer_free(&expected);
        close(fd);
    }
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct error err = {0};
    struct buffer tail = BUFFER_EMPTY;
    unsigned char digest[CHECKSUM_SHA256_BYTES];
    ck_assert_int_eq(write_payload(fd, false, MOST_BYTES, BLOCK, &tail, digest, &err),
                     -1);
    ck_assert_int_eq(err.code, ERROR_NO_SPACE);
    buffer_free(&tail);
    close(fd);
}
END_TEST

/* The descriptor becomes one of a full disk while the thread writes. */
START_TEST(a_disk_that_becomes_full_is_told)
{
    int fd = memfd_create("blob", MFD_CLOEXEC),
        full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct error err = {0};
    struct buffer tail = BUFFER_EMPTY;
    unsigned char digest[CHECKSUM_SHA256_BYTES];
    struct blob_blocks *blocks = blob_blocks_new(fd, false, NULL);
    ck_assert_int_eq(blob_blocks_add(blocks, payload, 40 * BLOCK, NULL), 0);
    ck_assert_int_ge(dup3(full, fd, O_CLOEXEC), 0);
    int result = blob_blocks_add(blocks, payload, 160 * BLOCK, &err);
    if (result == 0)
        result = blob_blocks_end(blocks, &tail, digest, &err);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_NO_SPACE);
    blob_blocks_free(blocks);
    buffer_free(&tail);
    close(full);
    close(fd);
}
END_TEST

START_TEST(an_unfinished_payload_can_be_given_up)
{
    int fd = memfd_create("blob", MFD_CLOEXEC);
    for (int i = 0; i < N_SIZES; i++) {
        struct blob_blocks *blocks = blob_blocks_new(fd, false, NULL);
        ck_assert_int_eq(blob_blocks_add(blocks, payload, sizes[i], NULL), 0);
        blob_blocks_free(blocks);
    }
    close(fd);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    int fd = memfd_create("blob", MFD_CLOEXEC);
    for (long n = 0;; n++) {
        struct error err = {0};
        struct buffer tail = BUFFER_EMPTY;
        unsigned char digest[CHECKSUM_SHA256_BYTES];
        memory_fail_after(n);
        int result = write_payload(fd, false, 20 * BLOCK, BLOCK, &tail, digest, &err);
        memory_fail_after(-1);
        buffer_free(&tail);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    close(fd);
}
END_TEST

TCase *blob_blocks_test(void)
{
    TCase *tests = tcase_create("blob_blocks");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, all_bytes_are_written_and_summed, 0, N_SIZES);
    tcase_add_test(tests, a_full_disk_is_told);
    tcase_add_test(tests, a_disk_that_becomes_full_is_told);
    tcase_add_test(tests, an_unfinished_payload_can_be_given_up);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
