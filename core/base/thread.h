/*
 * Threads of our own, and waiting until a moment of the monotonic clock.
 */
#ifndef LOGITD_CORE_BASE_THREAD_H
#define LOGITD_CORE_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "core/base/error.h"

/* Starts a thread on which all signals but those of its own faults are blocked: they are
 * for the threads that expect them. ERROR_BUSY if this machine starts no more. */
int thread_start(pthread_t *thread, void *(*main)(void *argument), void *argument,
                 struct error *err) MUST_CHECK;

/* A nice value for the calling thread alone; where it may not be had, the usual one
 * stays. */
void thread_set_nice(int nice_value);

/* Asks the kernel for short turns of the calling thread, which it then lets run sooner,
 * also where others have just begun theirs: for who has little to do and is waited for.
 * Its share stays. Linux 6.12 and later; others leave it as it was. */
void thread_take_short_turns(void);

/* For work in the background: a nice value, and turns that are short enough to be given
 * up again and again (pool_give_way). */
void thread_stand_back(int nice_value);

/* A condition whose waits end by the monotonic clock. */
void thread_condition_init(pthread_cond_t *condition);
/* Waits for the condition until clock_seconds() is `moment` (INFINITY: for ever); false
 * when it is. May return early, like every wait for a condition. */
bool thread_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, double moment);

#endif
