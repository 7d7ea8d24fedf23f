#include "core/base/thread.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"

#define LONGEST_WAIT_SECONDS 1e9
#define SHORT_TURN_NANOSECONDS 100000 /* the least that Linux gives */
#define BACKGROUND_TURN_NANOSECONDS 300000

/* A fault is of the thread that meets it. Blocked it would end the process before
 * anybody, like a sanitizer, could tell where it came from. */
static sigset_t all_but_faults(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t signals;
    sigfillset(&signals);
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
        sigdelset(&signals, faults[i]);
    return signals;
}

int thread_start(pthread_t *thread, void *(*main)(void *argument), void *argument,
                 struct error *err)
{
    sigset_t blocked = all_but_faults(), before;
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
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

/* Of linux/sched/types.h, which libc's sched.h does not go along with. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static void take_turns(uint64_t nanoseconds)
{
    struct attributes attributes = {.size = sizeof(attributes)};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) < 0 ||
        attributes.policy != SCHED_OTHER)
        return;
    attributes.runtime = nanoseconds;
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void thread_take_short_turns(void)
{
    take_turns(SHORT_TURN_NANOSECONDS);
}

/* Who offers its core loses what is left of its turn, and at a nice value of 10 each
 * microsecond of that counts nine times: turns must not be long. But who has shorter ones
 * than others goes before them. */
void thread_stand_back(int nice_value)
{
    thread_set_nice(nice_value);
    if (nice_value > 0)
        take_turns(BACKGROUND_TURN_NANOSECONDS);
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
