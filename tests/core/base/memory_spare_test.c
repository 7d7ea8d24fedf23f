#include "core/base/memory_spare.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

#define MIB ((size_t)1 << 20)

static void setup(void)
{
    memory_spare_begin();
}

static void teardown(void)
{
    memory_spare_end();
}

static char *take(size_t n_bytes)
{
    char *block = memory_take_aligned(n_bytes, 1, NULL);
    ck_assert_ptr_nonnull(block);
    return block;
}

START_TEST(what_is_freed_comes_again)
{
    char *block = take(MIB);
    memset(block, 7, MIB);
    memory_free(block);
    ck_assert_uint_ge(memory_spare_bytes(), MIB);
    char *again = memory_new_aligned(MIB - 5, 1, NULL);
    ck_assert_ptr_eq(again, block);
    ck_assert_uint_eq(memory_spare_bytes(), 0);
    for (size_t i = 0; i < MIB - 5; i++)
        if (again[i] != 0)
            ck_abort_msg("byte %zu is not 0", i);
    memory_free(again);
}
END_TEST

START_TEST(the_smallest_that_is_not_much_too_large_is_taken)
{
    char *wide = take(MIB + MIB / 5), *narrow = take(MIB + MIB / 10);
    memory_free(wide);
    memory_free(narrow);
    char *block = take(MIB);
    ck_assert_ptr_eq(block, narrow);
    char *other = take(MIB / 2);
    ck_assert_ptr_ne(other, wide);
    memory_free(block);
    memory_free(other);
}
END_TEST

START_TEST(large_arrays_lie_on_huge_pages_as_ever)
{
    char *blocks[8];
    for (size_t i = 0; i < 8; i++) {
        blocks[i] = memory_new(8 * MIB, 1, NULL); /* on no such boundary */
        ck_assert_ptr_nonnull(blocks[i]);
    }
    for (size_t i = 0; i < 8; i++) {
        memory_free(blocks[i]);
        char *block = take(8 * MIB);
        ck_assert_uint_eq((uintptr_t)block % (2 * MIB), 0);
        memory_free(block);
    }
}
END_TEST

START_TEST(small_and_very_large_ones_are_not_kept)
{
    memory_free(take(1000));
    memory_free(take(MEMORY_SPARE_MOST_BYTES));
    memory_free(NULL);
    ck_assert_uint_eq(memory_spare_bytes(), 0);
}
END_TEST

START_TEST(of_too_much_the_oldest_go)
{
    enum { N = 100 };
    char *blocks[N];
    for (size_t i = 0; i < N; i++)
        blocks[i] = take(MIB);
    for (size_t i = 0; i < N; i++) {
        memory_free(blocks[i]);
        ck_assert_uint_le(memory_spare_bytes(), MEMORY_SPARE_MOST_BYTES);
    }
    ck_assert_uint_gt(memory_spare_bytes(), MEMORY_SPARE_MOST_BYTES / 2);
    char *last = take(MIB);
    bool is_there = false;
    for (size_t i = N - 32; i < N; i++)
        is_there |= last == blocks[i];
    ck_assert(is_there);
    memory_free(last);
}
END_TEST

START_TEST(what_is_kept_can_be_given_back)
{
    memory_free(take(MIB));
    memory_spare_give_back();
    ck_assert_uint_eq(memory_spare_bytes(), 0);
    memory_free(take(MIB));
    ck_assert_uint_gt(memory_spare_bytes(), 0);
    memory_spare_end();
    ck_assert_uint_eq(memory_spare_bytes(), 0);
    memory_free(take(MIB));
    ck_assert_uint_eq(memory_spare_bytes(), 0);
}
END_TEST

static void *free_in_a_thread(void *block)
{
    memory_free(block);
    ck_assert_uint_eq(memory_spare_bytes(), 0);
    return NULL;
}

START_TEST(other_threads_keep_nothing)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, free_in_a_thread, take(MIB)), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(memory_spare_bytes(), 0);
}
END_TEST

START_TEST(allocations_fail_on_demand_all_the_same)
{
    memory_free(take(MIB));
    memory_fail_after(0);
    ck_assert_ptr_null(memory_take_aligned(MIB, 1, NULL));
    memory_fail_after(-1);
    ck_assert_uint_gt(memory_spare_bytes(), 0);
}
END_TEST

TCase *memory_spare_test(void)
{
    TCase *tests = tcase_create("memory_spare");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_freed_comes_again);
    tcase_add_test(tests, the_smallest_that_is_not_much_too_large_is_taken);
    tcase_add_test(tests, large_arrays_lie_on_huge_pages_as_ever);
    tcase_add_test(tests, small_and_very_large_ones_are_not_kept);
    tcase_add_test(tests, of_too_much_the_oldest_go);
    tcase_add_test(tests, what_is_kept_can_be_given_back);
    tcase_add_test(tests, other_threads_keep_nothing);
    tcase_add_test(tests, allocations_fail_on_demand_all_the_same);
    return tests;
}
