#include "core/data/gzip.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

#define BYTES ((size_t)3 << 20)

static char *bytes;
static struct buffer packed, unpacked;
static struct error err;

static void setup(void)
{
    memory_fail_after(-1);
    bytes = memory_new(BYTES, 1, NULL);
    packed = unpacked = BUFFER_EMPTY;
}

static void teardown(void)
{
    memory_fail_after(-1);
    memory_free(bytes);
    buffer_free(&packed);
    buffer_free(&unpacked);
}

static void must_come_back(enum gunzip_format format, size_t n)
{
    buffer_clear(&packed);
    buffer_clear(&unpacked);
    buffer_append_string(&packed, "before");
    ck_assert_int_eq(gzip_pack(format, bytes, n, &packed, &err), 0);
    ck_assert_mem_eq(packed.bytes, "before", 6);
    ck_assert_uint_le(packed.n_bytes - 6, gzip_most_bytes(n));
    struct gunzip *gunzip = gunzip_new(format, buffer_sink(&unpacked), n, &err);
    ck_assert_int_eq(gunzip_push(gunzip, packed.bytes + 6, packed.n_bytes - 6, &err), 0);
    ck_assert_int_eq(gunzip_finish(gunzip, &err), 0);
    gunzip_free(gunzip);
    ck_assert_uint_eq(unpacked.n_bytes, n);
    ck_assert(n == 0 || memcmp(unpacked.bytes, bytes, n) == 0);
}

static const size_t sizes[] = {0, 1, 100, 65535, 1U << 20, BYTES};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

START_TEST(what_is_packed_comes_back)
{
    enum gunzip_format format = _i % 2 ? GUNZIP_DEFLATE : GUNZIP_GZIP;
    for (size_t i = 0; i < N_SIZES; i++)
        must_come_back(format, sizes[i]);
    ck_assert_uint_lt(packed.n_bytes, BYTES / 100); /* they are all zeros */
}
END_TEST

START_TEST(what_does_not_pack_fits_into_the_bound)
{
    srand(1);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)(rand() >> 7);
    for (size_t i = 0; i < N_SIZES; i++)
        must_come_back(GUNZIP_GZIP, sizes[i]);
}
END_TEST

START_TEST(want_of_memory_leaves_the_buffer_alone)
{
    memory_fail_after(0);
    ck_assert_int_eq(gzip_pack(GUNZIP_GZIP, bytes, 1000, &packed, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    ck_assert_uint_eq(packed.n_bytes, 0);
}
END_TEST

TCase *gzip_test(void)
{
    TCase *tests = tcase_create("gzip");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, what_is_packed_comes_back, 0, 2);
    tcase_add_test(tests, what_does_not_pack_fits_into_the_bound);
    tcase_add_test(tests, want_of_memory_leaves_the_buffer_alone);
    return tests;
}
