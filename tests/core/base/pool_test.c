#include "core/base/pool.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/suite.h"

#define MOST_BLOCKS 1100
#define MOST_THREADS 64
#define N_SUMS 3

static const size_t thread_counts[] = {1, 2, 3, 4, 7, 16, 64};
#define N_THREAD_COUNTS (sizeof(thread_counts) / sizeof(*thread_counts))

/* ---- running ---- */

struct visits {
    size_t n_threads;
    atomic_int of_block[MOST_BLOCKS];
    atomic_int inside[MOST_THREADS];
    atomic_bool broken;
};

static void visit(void *context, size_t block, size_t worker)
{
    struct visits *visits = context;
    if (worker >= visits->n_threads || atomic_fetch_add(&visits->inside[worker], 1) != 0)
        atomic_store(&visits->broken, true);
    atomic_fetch_add(&visits->of_block[block], 1);
    atomic_fetch_sub(&visits->inside[worker], 1);
}

START_TEST(pool_runs_every_block_once_and_a_worker_one_at_a_time)
{
    struct visits *visits = memory_new(1, sizeof(*visits), NULL);
    for (size_t t = 0; t < N_THREAD_COUNTS; t++) {
        struct pool *pool = pool_new(thread_counts[t], 0, NULL);
        visits->n_threads = thread_counts[t];
        ck_assert_uint_eq(pool_n_threads(pool), thread_counts[t]);
        for (size_t n = 0; n < MOST_BLOCKS; n = n * 2 + 1) {
            pool_run(pool, n, visit, visits);
            for (size_t i = 0; i < MOST_BLOCKS; i++)
                ck_assert_int_eq(atomic_exchange(&visits->of_block[i], 0), i < n);
        }
        ck_assert(!visits->broken);
        pool_free(pool);
    }
    memory_free(visits);
}
END_TEST

static void note_thread(void *context, size_t block, size_t worker)
{
    pthread_t *threads = context;
    (void)worker;
    threads[block] = pthread_self();
}

START_TEST(pool_of_one_works_on_the_callers_thread)
{
    pthread_t threads[4];
    struct pool *pool = pool_new(1, 0, NULL);
    pool_run(pool, 4, note_thread, threads);
    for (int i = 0; i < 4; i++)
        ck_assert(pthread_equal(threads[i], pthread_self()));
    pool_free(pool);
}
END_TEST

/* Waits until two workers are inside, and so shows that they are two. */
static void meet(void *context, size_t block, size_t worker)
{
    pthread_barrier_t *barrier = context;
    (void)block, (void)worker;
    pthread_barrier_wait(barrier);
}

START_TEST(pool_of_two_works_on_two_blocks_at_once)
{
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    struct pool *pool = pool_new(2, 0, NULL);
    pool_run(pool, 10, meet, &barrier);
    pool_free(pool);
    pthread_barrier_destroy(&barrier);
}
END_TEST

struct niceness {
    pthread_barrier_t barrier;
    int of_worker[2];
};

static void note_niceness(void *context, size_t block, size_t worker)
{
    struct niceness *niceness = context;
    (void)block;
    pthread_barrier_wait(&niceness->barrier);
    niceness->of_worker[worker] = getpriority(PRIO_PROCESS, (id_t)gettid());
}

START_TEST(pool_threads_yield_as_they_are_told)
{
    struct niceness niceness;
    int own = getpriority(PRIO_PROCESS, 0);
    pthread_barrier_init(&niceness.barrier, NULL, 2);
    struct pool *pool = pool_new(2, 19, NULL);
    pool_run(pool, 2, note_niceness, &niceness);
    ck_assert_int_eq(niceness.of_worker[0], 19);
    ck_assert_int_eq(niceness.of_worker[1], own);
    pool_free(pool);
    pthread_barrier_destroy(&niceness.barrier);
}
END_TEST

/* ---- sums ---- */

/* Numbers of very different sizes, so that every other order of adding shows in the bits.
 */
static double contribution(size_t block, size_t i)
{
    struct random random = random_start(9, i);
    random_jump(&random, 2 * block);
    double number = random_uniform(&random) - 0.5;
    return number * (double)(UINT64_C(1) << random_below(&random, 60));
}

static void contribute(void *context, size_t block, size_t worker, double *sums)
{
    const size_t *n_sums = context;
    (void)worker;
    for (size_t i = 0; i < *n_sums; i++)
        sums[i] += contribution(block, i);
}

/* The tree as pool.h draws it: ((b0+b1)+(b2+b3))+…, cut off behind the last block. */
static double tree_sum(size_t first, size_t width, size_t n_blocks, size_t i)
{
    if (width == 1)
        return contribution(first, i);
    double left = tree_sum(first, width / 2, n_blocks, i);
    if (first + width / 2 >= n_blocks)
        return left;
    return left + tree_sum(first + width / 2, width / 2, n_blocks, i);
}

static void expected_sums(size_t n_blocks, size_t n_sums, double *sums)
{
    size_t width = 1;
    while (width < n_blocks)
        width *= 2;
    for (size_t i = 0; i < n_sums; i++)
        sums[i] = tree_sum(0, width, n_blocks, i);
}

static void check_sums(struct pool *pool, size_t n_blocks, size_t n_sums)
{
    double sums[N_SUMS], expected[N_SUMS];
    expected_sums(n_blocks, n_sums, expected);
    memset(sums, 0xff, sizeof(sums));
    ck_assert_int_eq(pool_sum(pool, n_blocks, n_sums, contribute, &n_sums, sums, NULL),
                     0);
    ck_assert_mem_eq(sums, expected, n_sums * sizeof(*sums));
}

START_TEST(pool_sums_along_the_same_tree_with_1_to_64_threads)
{
    for (size_t t = 0; t < N_THREAD_COUNTS; t++) {
        struct pool *pool = pool_new(thread_counts[t], 0, NULL);
        for (size_t n = 1; n <= 33; n++)
            check_sums(pool, n, N_SUMS);
        check_sums(pool, 1000, N_SUMS);
        check_sums(pool, 1024, 1);
        check_sums(pool, 1025, N_SUMS);
        check_sums(pool, 5, 2);
        pool_free(pool);
    }
}
END_TEST

START_TEST(pool_sums_the_same_whatever_block_is_slow)
{
    struct pool *pool = pool_new(8, 0, NULL);
    for (int i = 0; i < 300; i++)
        check_sums(pool, 67, N_SUMS);
    pool_free(pool);
}
END_TEST

struct slow_end {
    pthread_barrier_t barrier;
    size_t n_threads;
};

/* Every thread has a block; the last is still at it when the others look for more. */
static void end_slowly(void *context, size_t block, size_t worker, double *sums)
{
    struct slow_end *slow = context;
    (void)worker;
    pthread_barrier_wait(&slow->barrier);
    if (block + 1 == slow->n_threads)
        usleep(2000);
    sums[0] += 1;
}

START_TEST(pool_sums_though_waiting_sums_are_many_when_blocks_are_few)
{
    for (size_t n = 2; n <= 17; n++) {
        struct slow_end slow = {.n_threads = n};
        struct pool *pool = pool_new(n, 0, NULL);
        double sum = 0;
        pthread_barrier_init(&slow.barrier, NULL, (unsigned)n);
        for (int i = 0; i < 5; i++) {
            ck_assert_int_eq(pool_sum(pool, n, 1, end_slowly, &slow, &sum, NULL), 0);
            ck_assert_double_eq(sum, (double)n);
        }
        pthread_barrier_destroy(&slow.barrier);
        pool_free(pool);
    }
}
END_TEST

START_TEST(pool_sum_of_nothing_is_zero)
{
    struct pool *pool = pool_new(2, 0, NULL);
    double sums[N_SUMS] = {1, 2, 3};
    size_t n_sums = N_SUMS;
    ck_assert_int_eq(pool_sum(pool, 0, N_SUMS, contribute, &n_sums, sums, NULL), 0);
    for (int i = 0; i < N_SUMS; i++)
        ck_assert(sums[i] == 0);
    n_sums = 0;
    ck_assert_int_eq(pool_sum(pool, 9, 0, contribute, &n_sums, sums, NULL), 0);
    pool_free(pool);
}
END_TEST

START_TEST(pool_sum_allocates_in_its_first_call_alone)
{
    struct pool *pool = pool_new(3, 0, NULL);
    check_sums(pool, 100, N_SUMS);
    memory_fail_after(-1);
    check_sums(pool, 100, N_SUMS);
    check_sums(pool, 50, 1);
    ck_assert_int_eq(memory_fail_after(-1), 0);
    pool_free(pool);
}
END_TEST

START_TEST(pool_sum_without_memory_leaves_the_sums_alone)
{
    struct pool *pool = pool_new(2, 0, NULL);
    double sums[N_SUMS] = {1, 2, 3};
    size_t n_sums = N_SUMS;
    struct error err = {0}, huge = {0};
    memory_fail_after(0);
    ck_assert_int_eq(pool_sum(pool, 8, N_SUMS, contribute, &n_sums, sums, &err), -1);
    memory_fail_after(-1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    ck_assert_int_eq(pool_sum(pool, 8, SIZE_MAX / 2, contribute, &n_sums, sums, &huge),
                     -1);
    ck_assert_int_eq(huge.code, ERROR_NO_MEMORY);
    ck_assert(sums[0] == 1 && sums[1] == 2 && sums[2] == 3);
    check_sums(pool, 8, N_SUMS);
    pool_free(pool);
}
END_TEST

START_TEST(pool_new_survives_every_failing_allocation)
{
    memory_fail_after(-1);
    pool_free(pool_new(3, 0, NULL));
    long n_allocations = memory_fail_after(-1);
    ck_assert_int_gt(n_allocations, 0);
    for (long i = 0; i < n_allocations; i++) {
        struct error err = {0};
        memory_fail_after(i);
        ck_assert_ptr_null(pool_new(3, 0, &err));
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    memory_fail_after(-1);
    pool_free(NULL);
}
END_TEST

/* ---- giving up ---- */

struct asked {
    atomic_int n, last;
};

static bool is_over_after(void *context)
{
    struct asked *asked = context;
    return atomic_fetch_add(&asked->n, 1) >= atomic_load(&asked->last);
}

static void count_block(void *context, size_t block, size_t worker)
{
    (void)block;
    (void)worker;
    atomic_fetch_add((atomic_int *)context, 1);
}

static void add_one(void *context, size_t block, size_t worker, double *sums)
{
    count_block(context, block, worker);
    sums[0] += 1;
}

START_TEST(pool_passes_over_the_rest_once_it_is_told_to)
{
    for (size_t t = 0; t < 4; t++) {
        struct pool *pool = pool_new(thread_counts[t], 0, NULL);
        struct asked asked;
        struct error err = {0};
        atomic_int n_run;
        double sums[1];
        atomic_init(&asked.n, 0);
        atomic_init(&asked.last, 10);
        atomic_init(&n_run, 0);
        pool_watch(pool, is_over_after, &asked);
        ck_assert_int_lt(pool_sum(pool, 1000, 1, add_one, &n_run, sums, &err), 0);
        ck_assert_int_eq(err.code, ERROR_CANCELLED);
        ck_assert_int_le(atomic_load(&n_run), 10);
        ck_assert_int_lt(pool_check(pool, NULL), 0);
        ck_assert(pool_is_over(pool));
        atomic_store(&n_run, 0);
        pool_run(pool, 1000, count_block, &n_run);
        ck_assert_int_lt(pool_check(pool, NULL), 0);
        ck_assert_int_eq(atomic_load(&n_run), 0);
        atomic_store(&asked.last, INT_MAX);
        pool_run(pool, 1000, count_block, &n_run);
        ck_assert_int_eq(pool_check(pool, NULL), 0);
        ck_assert_int_eq(atomic_load(&n_run), 1000);
        ck_assert_int_eq(pool_sum(pool, 1000, 1, add_one, &n_run, sums, NULL), 0);
        ck_assert_double_eq(sums[0], 1000);
        pool_watch(pool, NULL, NULL);
        ck_assert(!pool_is_over(pool));
        pool_free(pool);
    }
}
END_TEST

struct others {
    atomic_int n_asked, n_blocks;
};

static bool others_wait(void *context)
{
    struct others *others = context;
    return atomic_fetch_add(&others->n_asked, 1) % 2 == 0;
}

static void work_a_while(void *context, size_t block, size_t worker)
{
    struct others *others = context;
    double until = clock_seconds() + 20e-6;
    (void)block;
    (void)worker;
    while (clock_seconds() < until)
        ;
    atomic_fetch_add(&others->n_blocks, 1);
}

START_TEST(pool_asks_now_and_then_whether_others_wait)
{
    struct pool *pool = pool_new(2, 0, NULL);
    struct others others;
    atomic_init(&others.n_asked, 0);
    atomic_init(&others.n_blocks, 0);
    pool_give_way(pool, 2, others_wait, &others);
    double began_at = clock_seconds();
    pool_run(pool, 500, work_a_while, &others);
    double seconds = clock_seconds() - began_at;
    ck_assert_int_eq(atomic_load(&others.n_blocks), 500);
    ck_assert_int_gt(atomic_load(&others.n_asked), 2);
    ck_assert_double_le(atomic_load(&others.n_asked), 2 * (seconds / 200e-6 + 1) + 1);
    pool_give_way(pool, 2, NULL, NULL);
    int n_asked = atomic_load(&others.n_asked);
    pool_run(pool, 100, work_a_while, &others);
    ck_assert_int_eq(atomic_load(&others.n_asked), n_asked);
    pool_free(pool);
}
END_TEST

struct crowd {
    atomic_int until;      /* others wait before this block */
    atomic_int since;      /* and from this one on */
    atomic_int n_blocks;   /* that were run */
    atomic_int n_strange;  /* of them while others waited, by threads that may not */
    atomic_int n_of_other; /* by threads but the caller's */
};

static bool does_crowd_wait(void *context)
{
    struct crowd *crowd = context;
    int n = atomic_load(&crowd->n_blocks);
    return n < atomic_load(&crowd->until) || n >= atomic_load(&crowd->since);
}

/* Each worker may have looked just before others came. */
static void work_in_crowd(void *context, size_t block, size_t worker)
{
    struct crowd *crowd = context;
    double until = clock_seconds() + 20e-6;
    (void)block;
    while (clock_seconds() < until)
        ;
    int n = atomic_fetch_add(&crowd->n_blocks, 1);
    bool is_others = n < atomic_load(&crowd->until) || n >= atomic_load(&crowd->since);
    if (worker < 3)
        atomic_fetch_add(&crowd->n_of_other, 1);
    if (is_others && worker >= 1 && worker < 3)
        atomic_fetch_add(&crowd->n_strange, 1);
}

static void run_in_crowd(struct pool *pool, struct crowd *crowd, int until, int since)
{
    atomic_store(&crowd->until, until);
    atomic_store(&crowd->since, since);
    atomic_store(&crowd->n_blocks, 0);
    atomic_store(&crowd->n_strange, 0);
    atomic_store(&crowd->n_of_other, 0);
    pool_run(pool, 1000, work_in_crowd, crowd);
    ck_assert_int_eq(atomic_load(&crowd->n_blocks), 1000);
}

START_TEST(pool_leaves_cores_to_others_while_they_wait)
{
    struct crowd crowd;
    struct pool *pool = pool_new(4, 0, NULL);
    pool_give_way(pool, 2, does_crowd_wait, &crowd);
    run_in_crowd(pool, &crowd, INT_MAX, INT_MAX); /* from the start */
    ck_assert_int_eq(atomic_load(&crowd.n_strange), 0);
    run_in_crowd(pool, &crowd, 0, 200); /* they come */
    ck_assert_int_lt(atomic_load(&crowd.n_strange), 100);
    do /* nobody */
        run_in_crowd(pool, &crowd, 0, INT_MAX);
    while (atomic_load(&crowd.n_of_other) == 0);
    pool_give_way(pool, 1, does_crowd_wait, &crowd);
    run_in_crowd(pool, &crowd, INT_MAX, INT_MAX);
    ck_assert_int_eq(atomic_load(&crowd.n_of_other), 0);
    pool_free(pool);
}
END_TEST

TCase *pool_test(void)
{
    TCase *tcase = tcase_create("pool");
    tcase_add_test(tcase, pool_runs_every_block_once_and_a_worker_one_at_a_time);
    tcase_add_test(tcase, pool_of_one_works_on_the_callers_thread);
    tcase_add_test(tcase, pool_of_two_works_on_two_blocks_at_once);
    tcase_add_test(tcase, pool_threads_yield_as_they_are_told);
    tcase_add_test(tcase, pool_sums_along_the_same_tree_with_1_to_64_threads);
    tcase_add_test(tcase, pool_sums_the_same_whatever_block_is_slow);
    tcase_add_test(tcase, pool_sums_though_waiting_sums_are_many_when_blocks_are_few);
    tcase_add_test(tcase, pool_sum_of_nothing_is_zero);
    tcase_add_test(tcase, pool_sum_allocates_in_its_first_call_alone);
    tcase_add_test(tcase, pool_sum_without_memory_leaves_the_sums_alone);
    tcase_add_test(tcase, pool_passes_over_the_rest_once_it_is_told_to);
    tcase_add_test(tcase, pool_asks_now_and_then_whether_others_wait);
    tcase_add_test(tcase, pool_leaves_cores_to_others_while_they_wait);
    tcase_add_test(tcase, pool_new_survives_every_failing_allocation);
    return tcase;
}
