#include "core/base/thread.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "tests/support/suite.h"

struct seen {
    sigset_t blocked;
    int nice_value;
};

static void *look(void *argument)
{
    struct seen *seen = argument;
    pthread_sigmask(SIG_SETMASK, NULL, &seen->blocked);
    thread_set_nice(7);
    thread_take_short_turns(); /* which leaves that alone */
    thread_stand_back(7);
    seen->nice_value = getpriority(PRIO_PROCESS, (id_t)gettid());
    return NULL;
}

START_TEST(thread_starts_with_signals_blocked_and_a_niceness_of_its_own)
{
    pthread_t thread;
    struct seen seen;
    sigset_t own;
    int own_nice = getpriority(PRIO_PROCESS, 0);
    ck_assert_int_eq(thread_start(&thread, look, &seen, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(sigismember(&seen.blocked, SIGTERM), 1);
    ck_assert_int_eq(sigismember(&seen.blocked, SIGSEGV), 0); /* a fault of its own */
    ck_assert_int_eq(seen.nice_value, 7);
    pthread_sigmask(SIG_SETMASK, NULL, &own);
    ck_assert_int_eq(sigismember(&own, SIGTERM), 0);
    ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), own_nice);
}
END_TEST

/* In a process of its own, which gives up its rights: root is not held to the limit. */
static int start_at_the_limit(void)
{
    const struct rlimit none = {0, 0};
    pthread_t thread;
    struct seen seen;
    struct error err = {0};
    if ((getuid() == 0 && setuid(65534) != 0) || setrlimit(RLIMIT_NPROC, &none) != 0)
        return -1;
    return thread_start(&thread, look, &seen, &err) < 0 && err.code == ERROR_BUSY;
}

START_TEST(thread_start_tells_of_a_machine_that_starts_no_more)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(start_at_the_limit());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

START_TEST(thread_waits_until_a_moment)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition;
    thread_condition_init(&condition);
    double moment = clock_seconds() + 0.05;
    pthread_mutex_lock(&lock);
    while (thread_wait_until(&condition, &lock, moment))
        ;
    ck_assert_double_ge(clock_seconds(), moment);
    ck_assert(!thread_wait_until(&condition, &lock, moment));
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&condition);
}
END_TEST

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t condition;
    bool rings;
};

static void *ring(void *argument)
{
    struct bell *bell = argument;
    pthread_mutex_lock(&bell->lock);
    bell->rings = true;
    pthread_cond_broadcast(&bell->condition);
    pthread_mutex_unlock(&bell->lock);
    return NULL;
}

START_TEST(thread_waits_for_a_condition_for_ever)
{
    const double moments[] = {(double)INFINITY, clock_seconds() + 1000};
    for (int i = 0; i < 2; i++) {
        struct bell bell = {.lock = PTHREAD_MUTEX_INITIALIZER};
        pthread_t thread;
        thread_condition_init(&bell.condition);
        pthread_mutex_lock(&bell.lock);
        ck_assert_int_eq(thread_start(&thread, ring, &bell, NULL), 0);
        while (!bell.rings)
            ck_assert(thread_wait_until(&bell.condition, &bell.lock, moments[i]));
        pthread_mutex_unlock(&bell.lock);
        pthread_join(thread, NULL);
        pthread_cond_destroy(&bell.condition);
    }
}
END_TEST

TCase *thread_test(void)
{
    TCase *tcase = tcase_create("thread");
    tcase_add_test(tcase, thread_starts_with_signals_blocked_and_a_niceness_of_its_own);
    tcase_add_test(tcase, thread_start_tells_of_a_machine_that_starts_no_more);
    tcase_add_test(tcase, thread_waits_until_a_moment);
    tcase_add_test(tcase, thread_waits_for_a_condition_for_ever);
    return tcase;
}
