#include "core/data/array_file.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

#define N 100000U /* numbers of an array */

static struct array_file *file;

static void setup(void)
{
    file = array_file_new(csv_table_scratch(), 4 * N * sizeof(double), 0, NULL);
    ck_assert_ptr_nonnull(file);
}

static void teardown(void)
{
    array_file_free(file);
}

static double *take(void)
{
    double *array = array_file_take(file, N, sizeof(double), NULL);
    ck_assert_ptr_nonnull(array);
    for (size_t i = 0; i < N; i++) {
        array_file_touch(file, &array[i], sizeof(double));
        ck_assert_double_eq(array[i], 0);
    }
    return array;
}

static void fill(double *array, double with)
{
    for (size_t i = 0; i < N; i++) {
        array_file_touch(file, &array[i], sizeof(double));
        array[i] = with + (double)i;
    }
}

static void check(const double *array, double with)
{
    for (size_t i = 0; i < N; i++) {
        array_file_touch(file, &array[i], sizeof(double));
        ck_assert_double_eq(array[i], with + (double)i);
    }
}

START_TEST(arrays_are_zeroed_and_apart)
{
    double *a = take(), *b = take(), *c = take();
    fill(a, 1);
    fill(b, 2);
    fill(c, 3);
    check(a, 1);
    check(b, 2);
    check(c, 3);
    ck_assert_uint_eq((uintptr_t)b % 64, 0);
}
END_TEST

START_TEST(what_is_given_back_is_taken_again_and_zero)
{
    double *a = take(), *b = take();
    fill(a, 1);
    fill(b, 2);
    array_file_give_back(file, a);
    ck_assert_ptr_eq(take(), a);
    check(b, 2);
    array_file_give_back(file, NULL);
    for (int i = 0; i < 1000; i++) {
        double *again = array_file_take(file, 3, sizeof(double), NULL);
        ck_assert_ptr_nonnull(again);
        array_file_give_back(file, again);
    }
}
END_TEST

START_TEST(empty_arrays_are_apart_too)
{
    double *a = array_file_take(file, 0, sizeof(double), NULL);
    double *b = array_file_take(file, 0, sizeof(double), NULL);
    ck_assert(a && b && a != b);
}
END_TEST

START_TEST(more_than_was_counted_is_refused)
{
    struct error err = {0};
    ck_assert_ptr_null(array_file_take(file, 100 * N, sizeof(double), &err));
    ck_assert_int_eq(err.code, ERROR_INTERNAL);
    error_clear(&err);
    ck_assert_ptr_null(array_file_take(file, SIZE_MAX, sizeof(double), &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    error_clear(&err);
    for (size_t i = 0; i < ARRAY_FILE_MOST; i++)
        ck_assert_ptr_nonnull(array_file_take(file, 0, 1, NULL));
    ck_assert_ptr_null(array_file_take(file, 0, 1, &err));
    ck_assert_int_eq(err.code, ERROR_INTERNAL);
}
END_TEST

/* Of a descriptor that the test keeps, too. */
static int open_shared(struct array_file **shared)
{
    int fd = csv_table_scratch();
    *shared = array_file_new(dup(fd), 4 * N * sizeof(double), 0, NULL);
    ck_assert_ptr_nonnull(*shared);
    return fd;
}

START_TEST(a_file_that_cannot_be_read_is_told)
{
    struct array_file *cut;
    struct error err = {0};
    int fd = open_shared(&cut);
    volatile double *array = array_file_take(cut, N, sizeof(double), NULL);
    ck_assert_ptr_nonnull((const void *)array);
    array[N - 1] = 1;
    ck_assert_int_eq(array_file_check(cut, &err), 0);
    ck_assert_int_eq(array_file_check(NULL, &err), 0);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_double_eq(array[N - 1], 0);
    ck_assert_int_eq(array_file_check(cut, &err), -1);
    ck_assert_int_eq(err.code, ERROR_UNREADABLE);
    array_file_expose(cut, (const void *)array);
    ck_assert_int_eq(array_file_check(cut, NULL), -1);
    array_file_free(cut);
    close(fd);
}
END_TEST

/* Zeros in it would lead astray. */
START_TEST(an_array_of_places_that_cannot_be_read_ends_the_process)
{
    struct array_file *cut;
    signal(SIGBUS, SIG_DFL); /* a sanitizer ends it in its own way */
    int fd = open_shared(&cut);
    volatile double *array = array_file_take(cut, N, sizeof(double), NULL);
    array_file_expose(cut, (const void *)array);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_double_eq(array[N - 1], 0);
}
END_TEST

START_TEST(a_disk_without_room_is_told)
{
    const struct rlimit little = {.rlim_cur = 1U << 20, .rlim_max = RLIM_INFINITY};
    struct error err = {0};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
    ck_assert_ptr_nonnull(array_file_take(file, N, sizeof(double), NULL));
    ck_assert_ptr_null(array_file_take(file, N, sizeof(double), &err));
    ck_assert_int_eq(err.code, ERROR_NO_SPACE);
}
END_TEST

START_TEST(a_file_that_cannot_be_mapped_is_told)
{
    struct error err = {0};
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_ptr_null(array_file_new(ends[0], N, 0, &err));
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1); /* taken all the same */
    close(ends[1]);
    error_clear(&err);
    ck_assert_ptr_null(array_file_new(csv_table_scratch(), SIZE_MAX, 0, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    array_file_free(NULL);
    array_file_touch(NULL, &err, 1);
}
END_TEST

START_TEST(each_failed_allocation_of_a_file_is_told)
{
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct array_file *made = array_file_new(csv_table_scratch(), N, 0, &err);
        memory_fail_after(-1);
        array_file_free(made);
        if (made)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *array_file_test(void)
{
    TCase *tests = tcase_create("array_file");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, arrays_are_zeroed_and_apart);
    tcase_add_test(tests, what_is_given_back_is_taken_again_and_zero);
    tcase_add_test(tests, empty_arrays_are_apart_too);
    tcase_add_test(tests, more_than_was_counted_is_refused);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_told);
    tcase_add_test_raise_signal(
        tests, an_array_of_places_that_cannot_be_read_ends_the_process, SIGBUS);
    tcase_add_test(tests, a_disk_without_room_is_told);
    tcase_add_test(tests, a_file_that_cannot_be_mapped_is_told);
    tcase_add_test(tests, each_failed_allocation_of_a_file_is_told);
    return tests;
}
