#include "core/base/mapping.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096U
#define N_PAGES 64U
#define N_BYTES ((size_t)N_PAGES * PAGE)

struct mapped {
    FILE *file;
    unsigned char *bytes;
    struct mapping *guard;
};

/* A file of sevens. */
static struct mapped open_file(int protection)
{
    static unsigned char page[PAGE];
    struct mapped mapped = {.file = tmpfile()};
    memset(page, 7, sizeof(page));
    for (size_t i = 0; i < N_PAGES; i++)
        fwrite(page, 1, sizeof(page), mapped.file);
    fflush(mapped.file);
    mapped.bytes = mmap(NULL, N_BYTES, protection, MAP_SHARED, fileno(mapped.file), 0);
    ck_assert(mapped.bytes != MAP_FAILED);
    return mapped;
}

static struct mapped open_guarded(int protection)
{
    struct mapped mapped = open_file(protection);
    mapped.guard = mapping_guard(mapped.bytes, N_BYTES, protection, NULL);
    ck_assert_ptr_nonnull(mapped.guard);
    return mapped;
}

static void cut(const struct mapped *mapped, size_t n_pages)
{
    ck_assert_int_eq(ftruncate(fileno(mapped->file), (off_t)(n_pages * PAGE)), 0);
}

static void close_file(struct mapped *mapped)
{
    mapping_unguard(mapped->guard);
    munmap(mapped->bytes, N_BYTES);
    fclose(mapped->file);
}

static size_t sum(const struct mapped *mapped)
{
    const volatile unsigned char *bytes = mapped->bytes;
    size_t sum = 0;
    for (size_t i = 0; i < N_BYTES; i++)
        sum += bytes[i];
    return sum;
}

START_TEST(a_file_that_is_cut_reads_as_zeros_and_is_told)
{
    struct error err = {0};
    struct mapped mapped = open_guarded(PROT_READ), other = open_guarded(PROT_READ);
    ck_assert_uint_eq(sum(&mapped), 7 * N_BYTES);
    ck_assert_int_eq(mapping_check(mapped.guard, "the file", &err), 0);
    cut(&mapped, 10);
    ck_assert_uint_eq(sum(&mapped), 7 * (size_t)10 * PAGE);
    ck_assert(mapping_has_failed(mapped.guard));
    ck_assert_int_eq(mapping_check(mapped.guard, "the file", &err), -1);
    ck_assert_int_eq(err.code, ERROR_UNREADABLE);
    ck_assert_str_eq(err.message,
                     "the file cannot be read from the disk: input failed at byte 40960");
    ck_assert(!mapping_has_failed(other.guard));
    close_file(&mapped);
    close_file(&other);
}
END_TEST

START_TEST(what_is_written_to_a_cut_file_is_lost_and_told)
{
    struct mapped mapped = open_guarded(PROT_READ | PROT_WRITE);
    cut(&mapped, 1);
    mapped.bytes[3 * PAGE + 5] = 1;
    ck_assert_int_eq(mapped.bytes[3 * PAGE + 5], 1);
    ck_assert(mapping_has_failed(mapped.guard));
    close_file(&mapped);
}
END_TEST

START_TEST(nothing_is_no_failure)
{
    ck_assert(!mapping_has_failed(NULL));
    ck_assert_int_eq(mapping_check(NULL, "nothing", NULL), 0);
    mapping_unguard(NULL);
}
END_TEST

START_TEST(a_slot_that_is_taken_again_knows_of_no_failure)
{
    for (size_t i = 0; i < 3; i++) {
        struct mapped mapped = open_guarded(PROT_READ);
        ck_assert(!mapping_has_failed(mapped.guard));
        cut(&mapped, 0);
        ck_assert_uint_eq(sum(&mapped), 0);
        ck_assert(mapping_has_failed(mapped.guard));
        close_file(&mapped);
    }
}
END_TEST

START_TEST(there_are_so_many_at_most)
{
    static struct mapping *guards[MAPPING_MOST];
    static unsigned char page[PAGE];
    struct error err = {0};
    for (size_t i = 0; i < MAPPING_MOST; i++)
        ck_assert_ptr_nonnull(guards[i] = mapping_guard(page, PAGE, PROT_READ, NULL));
    ck_assert_ptr_null(mapping_guard(page, PAGE, PROT_READ, &err));
    ck_assert_int_eq(err.code, ERROR_BUSY);
    mapping_unguard(guards[7]);
    ck_assert_ptr_eq(mapping_guard(page, PAGE, PROT_READ, NULL), guards[7]);
    for (size_t i = 0; i < MAPPING_MOST; i++)
        mapping_unguard(guards[i]);
}
END_TEST

/* ---- many threads ---- */

#define N_ROUNDS 200

static void *read_cut_files(void *unused)
{
    (void)unused;
    for (int i = 0; i < N_ROUNDS; i++) {
        struct mapped mapped = open_guarded(PROT_READ), whole = open_guarded(PROT_READ);
        cut(&mapped, 60);
        if (sum(&mapped) != 7 * (size_t)60 * PAGE || !mapping_has_failed(mapped.guard))
            ck_abort_msg("a cut file was not told");
        if (sum(&whole) != 7 * N_BYTES || mapping_has_failed(whole.guard))
            ck_abort_msg("a whole file was told");
        close_file(&mapped);
        close_file(&whole);
    }
    return NULL;
}

START_TEST(each_thread_is_told_of_its_own)
{
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_cut_files, NULL), 0);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

/* ---- what is nobody's ---- */

/* In place of the sanitizers' own, which end in other ways. */
static void forget_handlers(void)
{
    signal(SIGBUS, SIG_DFL);
}

START_TEST(a_fault_elsewhere_ends_the_process_as_before)
{
    forget_handlers();
    struct mapped guarded = open_guarded(PROT_READ), mapped = open_file(PROT_READ);
    cut(&mapped, 0);
    ck_assert(guarded.guard != NULL);
    sum(&mapped);
}
END_TEST

START_TEST(a_signal_that_was_sent_ends_the_process_as_before)
{
    forget_handlers();
    struct mapped guarded = open_guarded(PROT_READ);
    ck_assert(guarded.guard != NULL);
    raise(SIGBUS);
    pause();
}
END_TEST

TCase *mapping_test(void)
{
    TCase *tcase = tcase_create("mapping");
    tcase_add_test(tcase, a_file_that_is_cut_reads_as_zeros_and_is_told);
    tcase_add_test(tcase, what_is_written_to_a_cut_file_is_lost_and_told);
    tcase_add_test(tcase, nothing_is_no_failure);
    tcase_add_test(tcase, a_slot_that_is_taken_again_knows_of_no_failure);
    tcase_add_test(tcase, there_are_so_many_at_most);
    tcase_add_test(tcase, each_thread_is_told_of_its_own);
    tcase_add_test_raise_signal(tcase, a_fault_elsewhere_ends_the_process_as_before,
                                SIGBUS);
    tcase_add_test_raise_signal(tcase, a_signal_that_was_sent_ends_the_process_as_before,
                                SIGBUS);
    return tcase;
}
