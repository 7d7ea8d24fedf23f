#include "core/base/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/suite.h"

START_TEST(memory_new_is_zeroed_and_aligned_where_asked)
{
    for (size_t n = 1; n < 200; n += 7) {
        double *numbers = memory_new_aligned(n, sizeof(*numbers), NULL);
        unsigned char *bytes = memory_new(n, 1, NULL);
        ck_assert_ptr_nonnull(numbers);
        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_eq((uintptr_t)numbers % 64, 0);
        size_t padded = (n + 7) / 8 * 8;
        for (size_t i = 0; i < padded; i++)
            ck_assert(numbers[i] == 0);
        for (size_t i = 0; i < n; i++)
            ck_assert_uint_eq(bytes[i], 0);
        memory_free(numbers);
        memory_free(bytes);
    }
}
END_TEST

START_TEST(large_arrays_are_zeroed_and_lie_on_huge_pages)
{
    size_t n = ((size_t)8 << 20) / sizeof(double) + 3;
    for (int i = 0; i < 2; i++) { /* what was freed may come again */
        double *numbers = memory_new_aligned(n, sizeof(*numbers), NULL);
        ck_assert_ptr_nonnull(numbers);
        ck_assert_uint_eq((uintptr_t)numbers % ((size_t)2 << 20), 0);
        for (size_t k = 0; k < n + 5; k++) /* padded to 64 bytes */
            if (numbers[k] != 0)
                ck_abort_msg("number %zu is not 0", k);
        memset(numbers, 7, n * sizeof(*numbers));
        memory_free(numbers);
    }
}
END_TEST

START_TEST(memory_to_be_filled_is_aligned_alike)
{
    static const size_t sizes[] = {1, 100, (size_t)9 << 20};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        char *bytes = memory_take_aligned(sizes[i], 1, NULL);
        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_eq((uintptr_t)bytes % (i == 2 ? (size_t)2 << 20 : 64), 0);
        memset(bytes, 1, (sizes[i] + 63) / 64 * 64); /* padded */
        memory_free(bytes);
    }
}
END_TEST

START_TEST(memory_of_no_elements_may_be_freed)
{
    void *blocks[] = {memory_new(0, 8, NULL), memory_new_aligned(0, 8, NULL),
                      memory_take_aligned(0, 8, NULL), memory_resize(NULL, 0, 8, NULL),
                      memory_copy("", 0, NULL)};
    for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
        ck_assert_ptr_nonnull(blocks[i]);
        memory_free(blocks[i]);
    }
    memory_free(NULL);
}
END_TEST

START_TEST(memory_refuses_sizes_that_overflow)
{
    static const size_t sizes[][2] = {
        {SIZE_MAX, 2}, {SIZE_MAX / 8 + 2, 8}, {SIZE_MAX, 1}, {SIZE_MAX / 2 + 1, 1}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct error errors[3] = {{0}};
        ck_assert_ptr_null(memory_new(sizes[i][0], sizes[i][1], &errors[0]));
        ck_assert_ptr_null(memory_new_aligned(sizes[i][0], sizes[i][1], &errors[1]));
        ck_assert_ptr_null(memory_resize(NULL, sizes[i][0], sizes[i][1], &errors[2]));
        for (size_t e = 0; e < 3; e++)
            ck_assert_int_eq(errors[e].code, ERROR_NO_MEMORY);
    }
    struct error err = {0};
    ck_assert_ptr_null(memory_copy_text("x", SIZE_MAX, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

START_TEST(memory_resize_keeps_the_content_and_the_old_block_on_failure)
{
    char *block = memory_resize(NULL, 4, 1, NULL);
    memcpy(block, "abc", 4);
    char *grown = memory_resize(block, 10000, 1, NULL);
    ck_assert_str_eq(grown, "abc");
    memory_fail_after(0);
    ck_assert_ptr_null(memory_resize(grown, 20000, 1, NULL));
    memory_fail_after(-1);
    ck_assert_str_eq(grown, "abc");
    memory_free(grown);
}
END_TEST

START_TEST(memory_copies)
{
    char *string = memory_copy_string("whole", NULL);
    char *text = memory_copy_text("whole", 3, NULL);
    char *bytes = memory_copy("a\0b", 3, NULL);
    ck_assert_str_eq(string, "whole");
    ck_assert_str_eq(text, "who");
    ck_assert_mem_eq(bytes, "a\0b", 3);
    memory_free(string);
    memory_free(text);
    memory_free(bytes);
}
END_TEST

START_TEST(memory_products_and_sums_are_checked)
{
    size_t value = 7;
    ck_assert(memory_product(SIZE_MAX / 2, 2, &value));
    ck_assert_uint_eq(value, SIZE_MAX - 1);
    ck_assert(memory_sum(SIZE_MAX - 1, 1, &value));
    ck_assert_uint_eq(value, SIZE_MAX);
    value = 7;
    ck_assert(!memory_product(SIZE_MAX / 2 + 1, 2, &value));
    ck_assert(!memory_sum(SIZE_MAX, 1, &value));
    ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(memory_fails_the_one_allocation_it_is_told_to)
{
    struct error err = {0};
    memory_fail_after(2);
    for (int i = 0; i < 5; i++) {
        void *block = i % 2    ? memory_new(1, 1, &err)
                      : i == 2 ? memory_take_aligned(1, 1, &err)
                               : memory_new_aligned(1, 1, &err);
        ck_assert_int_eq(block == NULL, i == 2);
        memory_free(block);
    }
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    ck_assert_int_eq(memory_fail_after(-1), 5);
    ck_assert_int_eq(memory_fail_after(-1), 0);
}
END_TEST

static void *give_back_together(void *barrier)
{
    pthread_barrier_wait(barrier);
    memory_give_back();
    return NULL;
}

START_TEST(memory_is_given_back_by_several_threads_at_once)
{
    enum { N = 8 };
    pthread_t threads[N];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, N);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, give_back_together, &barrier),
                         0);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&barrier);
}
END_TEST

TCase *memory_test(void)
{
    TCase *tcase = tcase_create("memory");
    tcase_add_test(tcase, memory_new_is_zeroed_and_aligned_where_asked);
    tcase_add_test(tcase, large_arrays_are_zeroed_and_lie_on_huge_pages);
    tcase_add_test(tcase, memory_to_be_filled_is_aligned_alike);
    tcase_add_test(tcase, memory_of_no_elements_may_be_freed);
    tcase_add_test(tcase, memory_refuses_sizes_that_overflow);
    tcase_add_test(tcase, memory_resize_keeps_the_content_and_the_old_block_on_failure);
    tcase_add_test(tcase, memory_copies);
    tcase_add_test(tcase, memory_products_and_sums_are_checked);
    tcase_add_test(tcase, memory_fails_the_one_allocation_it_is_told_to);
    tcase_add_loop_test(tcase, memory_is_given_back_by_several_threads_at_once, 0, 50);
    return tcase;
}
