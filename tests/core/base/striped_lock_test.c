#include "core/base/striped_lock.h"

#include <stdatomic.h>

#include "tests/support/suite.h"

#define N_ROUNDS 2000

struct shared {
    struct striped_lock lock;
    long a, b; /* equal but while somebody writes */
};

static void *write_rounds(void *argument)
{
    struct shared *shared = argument;
    for (int i = 0; i < N_ROUNDS; i++) {
        striped_lock_write(&shared->lock);
        shared->a++;
        shared->b++;
        striped_lock_write_end(&shared->lock);
    }
    return NULL;
}

static void *read_rounds(void *argument)
{
    struct shared *shared = argument;
    for (int i = 0; i < N_ROUNDS; i++) {
        size_t stripe = striped_lock_read(&shared->lock);
        bool is_torn = shared->a != shared->b;
        striped_lock_read_end(&shared->lock, stripe);
        if (is_torn)
            return shared;
    }
    return NULL;
}

START_TEST(readers_see_all_of_a_change_or_nothing)
{
    struct shared shared = {0};
    struct error err = {0};
    pthread_t threads[4];
    ck_assert_int_eq(striped_lock_init(&shared.lock, &err), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL,
                                        i < 2 ? write_rounds : read_rounds, &shared),
                         0);
    for (int i = 0; i < 4; i++) {
        void *torn;
        pthread_join(threads[i], &torn);
        ck_assert_ptr_null(torn);
    }
    ck_assert_int_eq(shared.a, 2 * N_ROUNDS);
    striped_lock_destroy(&shared.lock);
}
END_TEST

struct storm {
    struct striped_lock lock;
    atomic_bool is_over;
};

static void *read_all_the_time(void *argument)
{
    struct storm *storm = argument;
    while (!atomic_load_explicit(&storm->is_over, memory_order_relaxed)) {
        size_t stripe = striped_lock_read(&storm->lock);
        for (volatile int i = 0; i < 20000; i++)
            ;
        striped_lock_read_end(&storm->lock, stripe);
    }
    return NULL;
}

/* Else the test runs out of its time. */
START_TEST(a_writer_comes_in_however_many_read)
{
    struct storm storm = {0};
    struct error err = {0};
    pthread_t readers[4];
    ck_assert_int_eq(striped_lock_init(&storm.lock, &err), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read_all_the_time, &storm), 0);
    for (int i = 0; i < 100; i++) {
        striped_lock_write(&storm.lock);
        striped_lock_write_end(&storm.lock);
    }
    atomic_store(&storm.is_over, true);
    for (int i = 0; i < 4; i++)
        pthread_join(readers[i], NULL);
    striped_lock_destroy(&storm.lock);
}
END_TEST

static void *read_once(void *argument)
{
    struct striped_lock *lock = argument;
    striped_lock_read_end(lock, striped_lock_read(lock));
    return NULL;
}

START_TEST(readers_do_not_wait_for_each_other)
{
    struct striped_lock lock;
    struct error err = {0};
    pthread_t thread;
    ck_assert_int_eq(striped_lock_init(&lock, &err), 0);
    size_t stripe = striped_lock_read(&lock);
    ck_assert_int_eq(pthread_create(&thread, NULL, read_once, &lock), 0);
    pthread_join(thread, NULL);
    striped_lock_read_end(&lock, stripe);
    striped_lock_destroy(&lock);
}
END_TEST

TCase *striped_lock_test(void)
{
    TCase *tcase = tcase_create("striped_lock");
    tcase_add_test(tcase, readers_see_all_of_a_change_or_nothing);
    tcase_add_test(tcase, a_writer_comes_in_however_many_read);
    tcase_add_test(tcase, readers_do_not_wait_for_each_other);
    return tcase;
}
