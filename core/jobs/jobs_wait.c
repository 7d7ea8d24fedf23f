#include "core/jobs/jobs_wait.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/thread.h"
#include "core/jobs/job_record.h"

struct waiter {
    struct waiter *next;
    char id[JOB_ID_BYTES];
    double deadline; /* by clock_seconds(); 0: it is due */
    void (*done)(void *context);
    void *context;
};

#define TIDY_SECONDS 60.0

struct jobs_wait {
    pthread_t thread;
    void (*tidy)(void *context);
    void *tidy_context;
    double tidy_at;       /* of the thread: when next, by clock_seconds() */
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    struct waiter *waiters; /* in no order */
    size_t n_waiting;       /* those in the list and the one being called */
    double wake_at;         /* when the thread looks again; 0: it is awake */
    bool is_ending;
};

/* ---- the thread ---- */

/* Takes out one that is due; NULL if none is, and then *next_at is when one will be. */
static struct waiter *take_due(struct jobs_wait *wait, double *next_at)
{
    double now = clock_seconds();
    *next_at = (double)INFINITY;
    for (struct waiter **at = &wait->waiters; *at; at = &(*at)->next) {
        struct waiter *waiter = *at;
        if (waiter->deadline <= now || wait->is_ending) {
            *at = waiter->next;
            return waiter;
        }
        *next_at = fmin(*next_at, waiter->deadline);
    }
    return NULL;
}

/* Waits for one that is due; NULL when it is time to tidy up, or at the end, which
 * *is_ending tells. */
static struct waiter *next_due(struct jobs_wait *wait, bool *is_ending)
{
    struct waiter *waiter;
    double next_at;
    pthread_mutex_lock(&wait->lock);
    while (!(waiter = take_due(wait, &next_at)) && !wait->is_ending &&
           clock_seconds() < wait->tidy_at) {
        wait->wake_at = fmin(next_at, wait->tidy_at);
        thread_wait_until(&wait->changed, &wait->lock, wait->wake_at);
        wait->wake_at = 0;
    }
    *is_ending = wait->is_ending;
    pthread_mutex_unlock(&wait->lock);
    return waiter;
}

static void tidy(struct jobs_wait *wait)
{
    wait->tidy(wait->tidy_context);
    wait->tidy_at = clock_seconds() + TIDY_SECONDS;
}

static void call(struct jobs_wait *wait, struct waiter *waiter)
{
    waiter->done(waiter->context);
    memory_free(waiter);
    pthread_mutex_lock(&wait->lock);
    wait->n_waiting--;
    pthread_cond_broadcast(&wait->changed);
    pthread_mutex_unlock(&wait->lock);
}

static void *wait_main(void *argument)
{
    struct jobs_wait *wait = argument;
    struct waiter *waiter;
    bool is_ending;
    while ((waiter = next_due(wait, &is_ending)) || !is_ending)
        if (waiter)
            call(wait, waiter);
        else
            tidy(wait);
    return NULL;
}

/* ---- start and end ---- */

struct jobs_wait *jobs_wait_new(void (*tidy_up)(void *context), void *context,
                                struct error *err)
{
    struct jobs_wait *wait = memory_new(1, sizeof(*wait), err);
    if (!wait)
        return NULL;
    wait->tidy = tidy_up;
    wait->tidy_context = context;
    wait->tidy_at = tidy_up ? clock_seconds() + TIDY_SECONDS : (double)INFINITY;
    pthread_mutex_init(&wait->lock, NULL);
    thread_condition_init(&wait->changed);
    if (thread_start(&wait->thread, wait_main, wait, err) == 0)
        return wait;
    pthread_cond_destroy(&wait->changed);
    pthread_mutex_destroy(&wait->lock);
    memory_free(wait);
    return NULL;
}

void jobs_wait_free(struct jobs_wait *wait)
{
    if (!wait)
        return;
    pthread_mutex_lock(&wait->lock);
    wait->is_ending = true;
    pthread_cond_broadcast(&wait->changed);
    pthread_mutex_unlock(&wait->lock);
    pthread_join(wait->thread, NULL);
    pthread_cond_destroy(&wait->changed);
    pthread_mutex_destroy(&wait->lock);
    memory_free(wait);
}

/* ---- waiting ---- */

int jobs_wait_add(struct jobs_wait *wait, const char *id, double seconds,
                  void (*done)(void *context), void *context, struct error *err)
{
    struct waiter *waiter = memory_new(1, sizeof(*waiter), err);
    if (!waiter)
        return -1;
    *waiter = (struct waiter){
        .deadline = clock_seconds() + seconds, .done = done, .context = context};
    snprintf(waiter->id, sizeof(waiter->id), "%s", id);
    pthread_mutex_lock(&wait->lock);
    waiter->next = wait->waiters;
    wait->waiters = waiter;
    wait->n_waiting++;
    if (waiter->deadline < wait->wake_at)
        pthread_cond_broadcast(&wait->changed);
    pthread_mutex_unlock(&wait->lock);
    return 0;
}

/* With the lock held; id NULL: all. */
static void make_due(struct jobs_wait *wait, const char *id)
{
    for (struct waiter *waiter = wait->waiters; waiter; waiter = waiter->next)
        if (!id || strcmp(waiter->id, id) == 0)
            waiter->deadline = 0;
    pthread_cond_broadcast(&wait->changed);
}

void jobs_wait_end(struct jobs_wait *wait, const char *id)
{
    pthread_mutex_lock(&wait->lock);
    make_due(wait, id);
    pthread_mutex_unlock(&wait->lock);
}

void jobs_wait_end_all(struct jobs_wait *wait)
{
    pthread_mutex_lock(&wait->lock);
    make_due(wait, NULL);
    while (wait->n_waiting > 0)
        pthread_cond_wait(&wait->changed, &wait->lock);
    pthread_mutex_unlock(&wait->lock);
}
