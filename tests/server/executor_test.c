#include "server/executor.h"

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

#define N_TASKS 200

struct numbered {
    struct executor_task task;
    struct recorder *recorder;
    int number;
};

/* What ran, in which order. */
struct recorder {
    struct executor *executor;
    pthread_barrier_t barrier;
    pthread_mutex_t gate;
    atomic_int n_run;
    int order[N_TASKS];
    struct numbered tasks[N_TASKS];
};

static struct recorder recorder;

static void setup(void)
{
    recorder = (struct recorder){0};
    pthread_mutex_init(&recorder.gate, NULL);
}

static void teardown(void)
{
    pthread_mutex_destroy(&recorder.gate);
}

static void submit(int number, void (*run)(void *context))
{
    struct numbered *task = &recorder.tasks[number];
    *task = (struct numbered){.recorder = &recorder, .number = number};
    task->task = (struct executor_task){.run = run, .context = task};
    executor_submit(recorder.executor, &task->task);
}

static void record(void *context)
{
    struct numbered *task = context;
    recorder.order[atomic_fetch_add(&recorder.n_run, 1)] = task->number;
}

START_TEST(executor_runs_tasks_in_their_order)
{
    recorder.executor = executor_new(1, NULL);
    for (int i = 0; i < N_TASKS; i++)
        submit(i, record);
    executor_free(recorder.executor); /* which runs them all */
    ck_assert_int_eq(recorder.n_run, N_TASKS);
    for (int i = 0; i < N_TASKS; i++)
        ck_assert_int_eq(recorder.order[i], i);
}
END_TEST

/* Waits until the other is there, too. */
static void meet(void *context)
{
    (void)context;
    pthread_barrier_wait(&recorder.barrier);
}

START_TEST(executor_runs_as_many_at_once_as_it_has_threads)
{
    pthread_barrier_init(&recorder.barrier, NULL, 3);
    recorder.executor = executor_new(3, NULL);
    for (int i = 0; i < 3; i++)
        submit(i, meet);
    executor_free(recorder.executor);
    pthread_barrier_destroy(&recorder.barrier);
}
END_TEST

static void wait_at_gate(void *context)
{
    record(context);
    pthread_mutex_lock(&recorder.gate);
    pthread_mutex_unlock(&recorder.gate);
}

START_TEST(executor_counts_those_that_wait)
{
    pthread_mutex_lock(&recorder.gate);
    recorder.executor = executor_new(1, NULL);
    submit(0, wait_at_gate);
    while (atomic_load(&recorder.n_run) == 0)
        ;
    ck_assert_uint_eq(executor_n_waiting(recorder.executor), 0);
    submit(1, record);
    submit(2, record);
    ck_assert_uint_eq(executor_n_waiting(recorder.executor), 2);
    pthread_mutex_unlock(&recorder.gate);
    executor_free(recorder.executor);
    ck_assert_int_eq(recorder.n_run, 3);
}
END_TEST

/* Submits itself again until it has run N_TASKS times. */
static void repeat(void *context)
{
    struct numbered *task = context;
    if (atomic_fetch_add(&recorder.n_run, 1) < N_TASKS - 1)
        executor_submit(recorder.executor, &task->task);
}

START_TEST(executor_takes_a_task_again_that_has_begun)
{
    recorder.executor = executor_new(2, NULL);
    submit(0, repeat);
    while (atomic_load(&recorder.n_run) < N_TASKS)
        ;
    executor_free(recorder.executor);
    ck_assert_int_eq(recorder.n_run, N_TASKS);
}
END_TEST

START_TEST(executor_new_fails_cleanly_without_memory)
{
    for (long n = 0; n < 2; n++) {
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_ptr_null(executor_new(2, &err));
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    memory_fail_after(-1);
    executor_free(NULL);
}
END_TEST

TCase *executor_test(void)
{
    TCase *cases = tcase_create("executor");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, executor_runs_tasks_in_their_order);
    tcase_add_test(cases, executor_runs_as_many_at_once_as_it_has_threads);
    tcase_add_test(cases, executor_counts_those_that_wait);
    tcase_add_test(cases, executor_takes_a_task_again_that_has_begun);
    tcase_add_test(cases, executor_new_fails_cleanly_without_memory);
    return cases;
}
