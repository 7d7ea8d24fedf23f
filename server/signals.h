/*
 * Signals reach the process at one place only: its main thread waits for them. Every
 * other thread inherits the mask that blocks them, so no code ever runs inside of a
 * handler.
 */
#ifndef LOGITD_SERVER_SIGNALS_H
#define LOGITD_SERVER_SIGNALS_H

enum signals_event {
    SIGNALS_END,    /* SIGTERM or SIGINT */
    SIGNALS_RELOAD, /* SIGHUP */
    SIGNALS_WOKEN   /* signals_wake, or somebody's SIGUSR1 */
};

/* Blocks them and ignores SIGPIPE, and SIGXFSZ: a limit of file sizes is a full disk.
 * From the main thread, before there is another. */
void signals_block(void);

/* Waits for the next. */
enum signals_event signals_wait(void);

/* Makes signals_wait return SIGNALS_WOKEN, soon. From any thread. */
void signals_wake(void);

/* From now on SIGTERM and SIGINT end the process at once. From the main thread. */
void signals_end_at_once(void);

#endif
