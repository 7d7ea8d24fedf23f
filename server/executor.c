#include "server/executor.h"

#include <pthread.h>
#include <stdbool.h>

#include "core/base/memory.h"
#include "core/base/thread.h"

struct executor {
    pthread_mutex_t lock; /* guards all but the threads */
    pthread_cond_t changed;
    struct executor_task *first, *last;
    size_t n_waiting;
    bool is_ending;

    pthread_t *threads;
    size_t n_threads; /* started */
};

/* NULL when the executor ends and nothing is left to do. */
static struct executor_task *take(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    while (!executor->first && !executor->is_ending)
        pthread_cond_wait(&executor->changed, &executor->lock);
    struct executor_task *task = executor->first;
    if (task) {
        executor->first = task->next;
        executor->n_waiting--;
    }
    pthread_mutex_unlock(&executor->lock);
    return task;
}

static void *thread_main(void *argument)
{
    struct executor *executor = argument;
    struct executor_task *task;
    while ((task = take(executor)))
        task->run(task->context);
    return NULL;
}

struct executor *executor_new(size_t n_threads, struct error *err)
{
    struct executor *executor = memory_new(1, sizeof(*executor), err);
    if (!executor)
        return NULL;
    pthread_mutex_init(&executor->lock, NULL);
    pthread_cond_init(&executor->changed, NULL);
    executor->threads = memory_new(n_threads, sizeof(*executor->threads), err);
    bool failed = !executor->threads;
    while (!failed && executor->n_threads < n_threads) {
        pthread_t *thread = &executor->threads[executor->n_threads];
        failed = thread_start(thread, thread_main, executor, err) < 0;
        executor->n_threads += !failed;
    }
    if (!failed)
        return executor;
    executor_free(executor);
    return NULL;
}

void executor_free(struct executor *executor)
{
    if (!executor)
        return;
    pthread_mutex_lock(&executor->lock);
    executor->is_ending = true;
    pthread_cond_broadcast(&executor->changed);
    pthread_mutex_unlock(&executor->lock);
    for (size_t i = 0; i < executor->n_threads; i++)
        pthread_join(executor->threads[i], NULL);
    pthread_cond_destroy(&executor->changed);
    pthread_mutex_destroy(&executor->lock);
    memory_free(executor->threads);
    memory_free(executor);
}

void executor_submit(struct executor *executor, struct executor_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&executor->lock);
    if (executor->first)
        executor->last->next = task;
    else
        executor->first = task;
    executor->last = task;
    executor->n_waiting++;
    pthread_cond_signal(&executor->changed);
    pthread_mutex_unlock(&executor->lock);
}

size_t executor_n_waiting(struct executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    size_t n = executor->n_waiting;
    pthread_mutex_unlock(&executor->lock);
    return n;
}
