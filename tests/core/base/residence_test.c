#include "core/base/residence.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

#define GRANULE RESIDENCE_GRANULE_BYTES
#define N_GRANULES 16U
#define N_BYTES (N_GRANULES * GRANULE)
#define STEP 4096U

static unsigned char *bytes;
static struct residence *residence;

static void setup(void)
{
    FILE *file = tmpfile();
    ck_assert_int_eq(ftruncate(fileno(file), N_BYTES), 0);
    bytes = mmap(NULL, N_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    ck_assert(bytes != MAP_FAILED);
    fclose(file);
    residence = residence_new(bytes, N_BYTES, 3 * GRANULE, NULL);
    ck_assert_ptr_nonnull(residence);
}

static void teardown(void)
{
    residence_free(residence);
    munmap(bytes, N_BYTES);
}

/* Of the mapping, in this process. */
static size_t resident_bytes(void)
{
    char line[256];
    size_t kib = 0;
    bool is_here = false;
    FILE *maps = fopen("/proc/self/smaps", "r");
    while (fgets(line, sizeof(line), maps)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            is_here = from <= (uintptr_t)bytes && (uintptr_t)bytes < to;
        else if (is_here && sscanf(line, "Rss: %zu kB", &kib) == 1)
            break;
    }
    fclose(maps);
    return kib * 1024;
}

static void write_at(size_t i)
{
    residence_touch(residence, bytes + i, STEP);
    memset(bytes + i, (int)(i / STEP % 251), STEP);
}

static void check_at(size_t i)
{
    residence_touch(residence, bytes + i, STEP);
    ck_assert_uint_eq(bytes[i], i / STEP % 251);
    ck_assert_uint_eq(bytes[i + STEP - 1], i / STEP % 251);
}

START_TEST(a_pass_holds_little_and_loses_nothing)
{
    size_t most = 0;
    for (size_t i = 0; i < N_BYTES; i += STEP) {
        write_at(i);
        if (i % (GRANULE / 4) == 0 && resident_bytes() > most)
            most = resident_bytes();
    }
    ck_assert_uint_gt(most, GRANULE);
    for (size_t i = 0; i < N_BYTES; i += STEP) {
        check_at(i);
        if (i % (GRANULE / 4) == 0 && resident_bytes() > most)
            most = resident_bytes();
    }
    ck_assert_uint_le(most, 4 * GRANULE);
}
END_TEST

START_TEST(what_is_touched_again_counts_once)
{
    for (size_t k = 0; k < 100; k++)
        for (size_t i = 0; i < 2 * GRANULE; i += STEP)
            write_at(i);
    ck_assert_uint_ge(resident_bytes(), 2 * GRANULE - GRANULE / 2);
}
END_TEST

START_TEST(rows_here_and_there_hold_little)
{
    for (size_t k = 0; k < 20000; k++) {
        write_at(k * 7919 % (N_BYTES / STEP) * STEP);
        if (k % 500 == 0)
            ck_assert_uint_le(resident_bytes(), 4 * GRANULE);
    }
}
END_TEST

static void *write_own_part(void *argument)
{
    size_t part = N_BYTES / 4, first = part * (size_t)(uintptr_t)argument;
    for (int k = 0; k < 3; k++)
        for (size_t i = first; i < first + part; i += STEP) {
            write_at(i);
            check_at(i);
        }
    return NULL;
}

START_TEST(threads_lose_nothing_either)
{
    pthread_t threads[4];
    for (uintptr_t t = 0; t < 4; t++)
        ck_assert_int_eq(pthread_create(&threads[t], NULL, write_own_part, (void *)t), 0);
    for (size_t t = 0; t < 4; t++)
        pthread_join(threads[t], NULL);
    for (size_t i = 0; i < N_BYTES; i += STEP)
        check_at(i);
    ck_assert_uint_le(resident_bytes(), 8 * GRANULE);
}
END_TEST

START_TEST(other_bytes_do_not_count)
{
    int other = 7;
    residence_touch(NULL, bytes, N_BYTES);
    for (int k = 0; k < 100; k++)
        residence_touch(residence, &other, sizeof(other));
    residence_touch(residence, NULL, 1);
    residence_touch(residence, bytes, 0);
    residence_touch(residence, bytes + N_BYTES - 1, 2 * N_BYTES); /* as far as it goes */
    ck_assert_int_eq(other, 7);
    residence_free(NULL);
}
END_TEST

START_TEST(each_failed_allocation_of_it_is_told)
{
    for (long n = 0; n < 2; n++) {
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_ptr_null(residence_new(bytes, N_BYTES, 0, &err));
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *residence_test(void)
{
    TCase *tests = tcase_create("residence");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_pass_holds_little_and_loses_nothing);
    tcase_add_test(tests, what_is_touched_again_counts_once);
    tcase_add_test(tests, rows_here_and_there_hold_little);
    tcase_add_test(tests, threads_lose_nothing_either);
    tcase_add_test(tests, other_bytes_do_not_count);
    tcase_add_test(tests, each_failed_allocation_of_it_is_told);
    return tests;
}
