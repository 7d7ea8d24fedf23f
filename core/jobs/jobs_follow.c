#include "core/jobs/jobs_follow.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/thread.h"

#define PAUSE_SECONDS 0.01

struct jobs_follow {
    pthread_t thread;
    atomic_bool is_told;  /* some log may have grown since the thread looked */
    pthread_mutex_t lock; /* guards what follows; held while followers are called */
    pthread_cond_t changed;
    struct jobs_follower *followers;
    bool is_ending;
};

/* ---- the thread ---- */

static void look_at(struct jobs_follower *follower)
{
    uint64_t next = job_log_next_id(follower->log);
    bool is_over = job_log_is_over(follower->log, next);
    if (next == follower->seen && is_over == follower->was_over)
        return;
    follower->seen = next;
    follower->was_over = is_over;
    follower->wake(follower->context);
}

/* Waits until something was told, but no less than a pause since the last time. False at
 * the end. With the lock held. */
static bool wait_for_news(struct jobs_follow *follow, double earliest)
{
    while (!follow->is_ending && clock_seconds() < earliest)
        thread_wait_until(&follow->changed, &follow->lock, earliest);
    while (!follow->is_ending && !atomic_exchange(&follow->is_told, false))
        thread_wait_until(&follow->changed, &follow->lock, (double)INFINITY);
    return !follow->is_ending;
}

static void *follow_main(void *argument)
{
    struct jobs_follow *follow = argument;
    double earliest = 0;
    pthread_mutex_lock(&follow->lock);
    while (wait_for_news(follow, earliest)) {
        for (struct jobs_follower *f = follow->followers; f; f = f->next)
            look_at(f);
        earliest = clock_seconds() + PAUSE_SECONDS;
    }
    pthread_mutex_unlock(&follow->lock);
    return NULL;
}

/* ---- start and end ---- */

static void destroy(struct jobs_follow *follow)
{
    pthread_cond_destroy(&follow->changed);
    pthread_mutex_destroy(&follow->lock);
    memory_free(follow);
}

struct jobs_follow *jobs_follow_new(struct error *err)
{
    struct jobs_follow *follow = memory_new(1, sizeof(*follow), err);
    if (!follow)
        return NULL;
    pthread_mutex_init(&follow->lock, NULL);
    thread_condition_init(&follow->changed);
    if (thread_start(&follow->thread, follow_main, follow, err) == 0)
        return follow;
    destroy(follow);
    return NULL;
}

void jobs_follow_free(struct jobs_follow *follow)
{
    if (!follow)
        return;
    pthread_mutex_lock(&follow->lock);
    follow->is_ending = true;
    pthread_cond_broadcast(&follow->changed);
    pthread_mutex_unlock(&follow->lock);
    pthread_join(follow->thread, NULL);
    destroy(follow);
}

/* ---- following ---- */

void jobs_follow_add(struct jobs_follow *follow, struct jobs_follower *follower)
{
    pthread_mutex_lock(&follow->lock);
    follower->seen = 0;
    follower->was_over = false;
    follower->next = follow->followers;
    follower->link = &follow->followers;
    if (follower->next)
        follower->next->link = &follower->next;
    follow->followers = follower;
    pthread_mutex_unlock(&follow->lock);
    jobs_follow_tell(follow);
}

void jobs_follow_remove(struct jobs_follow *follow, struct jobs_follower *follower)
{
    pthread_mutex_lock(&follow->lock);
    *follower->link = follower->next;
    if (follower->next)
        follower->next->link = follower->link;
    pthread_mutex_unlock(&follow->lock);
}

void jobs_follow_tell(struct jobs_follow *follow)
{
    if (atomic_exchange(&follow->is_told, true))
        return; /* the thread has not looked since */
    pthread_mutex_lock(&follow->lock);
    pthread_cond_signal(&follow->changed);
    pthread_mutex_unlock(&follow->lock);
}
