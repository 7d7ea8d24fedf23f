#include "server/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define WAKE SIGUSR1

static sigset_t waited_for(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, WAKE);
    return set;
}

/* Shells start programs in the background with SIGINT ignored, nohup does so with SIGHUP.
 */
static void do_not_ignore(int signal_number)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(signal_number, &standard, NULL);
}

void signals_block(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t set = waited_for();
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    do_not_ignore(SIGTERM);
    do_not_ignore(SIGINT);
    do_not_ignore(SIGHUP);
    do_not_ignore(WAKE);
}

enum signals_event signals_wait(void)
{
    sigset_t set = waited_for();
    for (;;) {
        int signal_number;
        if (sigwait(&set, &signal_number) != 0)
            continue;
        switch (signal_number) {
        case SIGHUP:
            return SIGNALS_RELOAD;
        case WAKE:
            return SIGNALS_WOKEN;
        default:
            return SIGNALS_END;
        }
    }
}

void signals_wake(void)
{
    kill(getpid(), WAKE);
}

void signals_end_at_once(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
