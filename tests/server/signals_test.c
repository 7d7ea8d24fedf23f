#include "server/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/suite.h"

START_TEST(signals_wait_tells_what_came)
{
    signals_block();
    kill(getpid(), SIGHUP);
    ck_assert_int_eq(signals_wait(), SIGNALS_RELOAD);
    kill(getpid(), SIGTERM);
    ck_assert_int_eq(signals_wait(), SIGNALS_END);
    kill(getpid(), SIGINT);
    ck_assert_int_eq(signals_wait(), SIGNALS_END);
}
END_TEST

static void *wake(void *unused)
{
    signals_wake();
    return unused;
}

START_TEST(signals_wake_ends_the_wait_from_another_thread)
{
    pthread_t thread;
    signals_block();
    ck_assert_int_eq(pthread_create(&thread, NULL, wake, NULL), 0);
    ck_assert_int_eq(signals_wait(), SIGNALS_WOKEN);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(signals_that_a_parent_ignored_are_waited_for)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signals_block();
    kill(getpid(), SIGHUP);
    ck_assert_int_eq(signals_wait(), SIGNALS_RELOAD);
    kill(getpid(), SIGINT);
    ck_assert_int_eq(signals_wait(), SIGNALS_END);
}
END_TEST

START_TEST(signals_of_a_closed_pipe_do_not_end_the_process)
{
    int ends[2];
    signals_block();
    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    ck_assert_int_eq(write(ends[1], "x", 1), -1);
    close(ends[1]);
}
END_TEST

static const int ending[] = {SIGTERM, SIGINT};

START_TEST(signals_end_at_once_lets_the_next_one_end_the_process)
{
    pid_t child = fork();
    if (child == 0) {
        signal(ending[_i], SIG_IGN);
        signals_block();
        signals_end_at_once();
        raise(ending[_i]);
        _exit(3);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), ending[_i]);
}
END_TEST

TCase *signals_test(void)
{
    TCase *tcase = tcase_create("signals");
    tcase_add_test(tcase, signals_wait_tells_what_came);
    tcase_add_test(tcase, signals_wake_ends_the_wait_from_another_thread);
    tcase_add_test(tcase, signals_that_a_parent_ignored_are_waited_for);
    tcase_add_test(tcase, signals_of_a_closed_pipe_do_not_end_the_process);
    tcase_add_loop_test(tcase, signals_end_at_once_lets_the_next_one_end_the_process, 0,
                        2);
    return tcase;
}
