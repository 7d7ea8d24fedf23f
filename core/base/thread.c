#include "core/base/thread.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"

#define LONGEST_WAIT_SECONDS 1e9

int thread_start(pthread_t *thread, void *(*main)(void *argument), void *argument,
                 struct error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(thread, NULL, main, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return error_set(err, ERROR_BUSY,
                         "this machine starts no more threads; try again later");
    return 0;
}

void thread_set_nice(int nice_value)
{
    /* Linux gives each thread its own. */
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), nice_value);
}

void thread_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool thread_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, double moment)
{
    if (moment > clock_seconds() + LONGEST_WAIT_SECONDS) {
        pthread_cond_wait(condition, lock);
        return true;
    }
    double whole = floor(moment);
    const struct timespec until = {.tv_sec = (time_t)whole,
                                   .tv_nsec = (long)((moment - whole) * 1e9)};
    return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}
