/* A disk that is full: writes are refused, deletes go on, and then there is room again.
 */
#include "core/store/store.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/core/store/system_calls.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

enum { N_BLOB = 100000, MOST = 1000 };

static struct store_fixture fixture;

static void setup(void)
{
    store_fixture_start(&fixture);
    store_fixture_open(&fixture);
}

static void teardown(void)
{
    system_calls_stop();
    store_fixture_end(&fixture);
}

static const char *key_of(int i)
{
    static char key[32];
    snprintf(key, sizeof(key), "d%d", i);
    return key;
}

/* Until the disk is full. Returns how many were put. */
static int put_datasets(void)
{
    struct error err = {0};
    int n = 0;
    while (n < MOST && store_fixture_put_blob(fixture.store, STORE_DATASET, key_of(n),
                                              "m", N_BLOB, (unsigned)n, &err) == 0)
        n++;
    ck_assert_msg(err.code == ERROR_NO_SPACE, "%s: %s", error_word(err.code),
                  err.message);
    return n;
}

/* Records until not even one of them fits. */
static int put_jobs(void)
{
    static char meta[3000];
    struct error err = {0};
    int n = 0;
    memset(meta, 'x', sizeof(meta) - 1);
    while (n < MOST &&
           store_fixture_put(fixture.store, STORE_JOB, key_of(n), meta, &err) == 0)
        n++;
    ck_assert_msg(err.code == ERROR_NO_SPACE, "%s: %s", error_word(err.code),
                  err.message);
    return n;
}

static void expect_datasets(int from, int n)
{
    for (int i = from; i < n; i++) {
        struct error err = {0};
        ck_assert_msg(store_fixture_compare(fixture.store, STORE_DATASET, key_of(i), "m",
                                            N_BLOB, (unsigned)i, &err) == 0,
                      "%s", err.message);
    }
}

static void delete_datasets(int from, int n)
{
    for (int i = from; i < n; i++) {
        struct error err = {0};
        ck_assert_msg(
            store_fixture_delete(fixture.store, STORE_DATASET, key_of(i), &err) == 0,
            "%d: %s", i, err.message);
    }
}

static const int errno_numbers[] = {ENOSPC, EDQUOT};

START_TEST(a_full_disk_refuses_writes_and_takes_deletes)
{
    system_calls_start(SYSTEM_CALLS_SMALL_DISK, 2000000, errno_numbers[_i]);
    int n = put_datasets();
    ck_assert_int_gt(n, 5);
    ck_assert_int_gt(put_jobs(), 1);
    ck_assert(store_is_healthy(fixture.store));
    expect_datasets(0, n);
    delete_datasets(0, 3);
    ck_assert_int_eq(store_fixture_put_blob(fixture.store, STORE_DATASET, "again", "m",
                                            N_BLOB, 7, NULL),
                     0);
    delete_datasets(3, n);
    ck_assert_int_eq(fixture.n_failures, 0);
    store_fixture_reopen(&fixture);
    ck_assert_int_eq(store_fixture_compare(fixture.store, STORE_DATASET, "again", "m",
                                           N_BLOB, 7, NULL),
                     0);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 1);
}
END_TEST

/* Every amount of room left by a page or so: the log, the database and the reserve all
 * get their turn to be what does not fit. */
START_TEST(deletes_work_however_full_the_disk_is)
{
    for (long room = 0; room < 60000; room += 1700) {
        store_fixture_end(&fixture);
        store_fixture_start(&fixture);
        store_fixture_open(&fixture);
        for (int i = 0; i < 4; i++)
            ck_assert_int_eq(store_fixture_put_blob(fixture.store, STORE_DATASET,
                                                    key_of(i), "m", N_BLOB, (unsigned)i,
                                                    NULL),
                             0);
        system_calls_start(SYSTEM_CALLS_SMALL_DISK, room, errno_numbers[_i]);
        put_jobs();
        delete_datasets(0, 2);
        expect_datasets(2, 4);
        store_fixture_reopen(&fixture);
        expect_datasets(2, 4);
        system_calls_stop();
    }
}
END_TEST

START_TEST(a_store_on_a_full_disk_opens_and_takes_deletes)
{
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(store_fixture_put_blob(fixture.store, STORE_DATASET, key_of(i),
                                                "m", N_BLOB, (unsigned)i, NULL),
                         0);
    store_fixture_close(&fixture);
    system_calls_start(SYSTEM_CALLS_SMALL_DISK, 0, ENOSPC);
    store_fixture_open(&fixture);
    expect_datasets(0, 4);
    ck_assert_int_eq(put_jobs(), 0);
    delete_datasets(0, 2);
    expect_datasets(2, 4);
    store_fixture_reopen(&fixture);
    expect_datasets(2, 4);
}
END_TEST

START_TEST(a_first_start_without_room_is_refused_and_leaves_nothing_in_the_way)
{
    struct error err = {0};
    store_fixture_end(&fixture);
    store_fixture_start(&fixture);
    system_calls_start(SYSTEM_CALLS_SMALL_DISK, 5000, ENOSPC);
    ck_assert_int_eq(store_fixture_try_open(&fixture, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NO_SPACE);
    system_calls_stop();
    store_fixture_open(&fixture);
}
END_TEST

/* Only one of those that share a transaction is too large: the others go through. */
START_TEST(one_that_does_not_fit_keeps_no_other_from_it)
{
    static char meta[400000];
    memset(meta, 'x', sizeof(meta) - 1);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "a", "1", NULL), 0);
    system_calls_start(SYSTEM_CALLS_SMALL_DISK, 100000, ENOSPC);
    struct error err = {0};
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "large", meta, &err),
                     -1);
    ck_assert_int_eq(err.code, ERROR_NO_SPACE);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "b", "1", NULL), 0);
    ck_assert_ptr_null(store_find(fixture.store, STORE_JOB, "large"));
}
END_TEST

/* The system's own limit on the length of a file is told as lack of space, too. */
START_TEST(a_limit_on_file_sizes_is_lack_of_space)
{
    const struct rlimit limit = {.rlim_cur = 50000, .rlim_max = RLIM_INFINITY};
    struct rlimit before;
    struct error err = {0};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int result =
        store_fixture_put_blob(fixture.store, STORE_DATASET, "d", "m", N_BLOB, 1, &err);
    int n_jobs = put_jobs();
    setrlimit(RLIMIT_FSIZE, &before);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_NO_SPACE);
    ck_assert_int_gt(n_jobs, 0);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_JOB, "j", "1", NULL), 0);
    ck_assert_uint_eq(store_fixture_n_files(&fixture, "blobs"), 0);
}
END_TEST

TCase *store_space_test(void)
{
    TCase *tcase = tcase_create("store_space");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_full_disk_refuses_writes_and_takes_deletes, 0, 2);
    tcase_add_loop_test(tcase, deletes_work_however_full_the_disk_is, 0, 2);
    tcase_add_test(tcase, a_store_on_a_full_disk_opens_and_takes_deletes);
    tcase_add_test(tcase,
                   a_first_start_without_room_is_refused_and_leaves_nothing_in_the_way);
    tcase_add_test(tcase, one_that_does_not_fit_keeps_no_other_from_it);
    tcase_add_test(tcase, a_limit_on_file_sizes_is_lack_of_space);
    return tcase;
}
