/*
 * The system calls of a write path, made to fail. This binary defines the functions of
 * the C library that make them, so that the store's calls and SQLite's come here first.
 */
#ifndef LOGITD_TESTS_CORE_STORE_SYSTEM_CALLS_H
#define LOGITD_TESTS_CORE_STORE_SYSTEM_CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum system_calls_mode {
    SYSTEM_CALLS_PLAIN,         /* only counted */
    SYSTEM_CALLS_FAIL_ONE,      /* the one fails */
    SYSTEM_CALLS_FAIL_ALL,      /* it and all after it */
    SYSTEM_CALLS_FAIL_SYNC,     /* the one fails, of those alone that sync files */
    SYSTEM_CALLS_KILL,          /* the process dies before it */
    SYSTEM_CALLS_INTERRUPT,     /* each is interrupted by a signal once, then done */
    SYSTEM_CALLS_SHORT_WRITE,   /* each write writes only half */
    SYSTEM_CALLS_PLAIN_RENAMES, /* a rename that may not replace is unknown */
    SYSTEM_CALLS_SMALL_DISK /* files may grow by n bytes altogether; what is removed or
                               cut off is room again */
};

/* From now on; `number` (errno) comes from call n, counted from 0. */
void system_calls_start(enum system_calls_mode mode, long n, int number);
/* All plain again. Returns how many there were. */
long system_calls_stop(void);
/* Whether the first that failed was fsync or fdatasync. */
bool system_calls_failed_sync(void);

/*
 * What a loss of power would take, from now on: writes to files and names in directories
 * that no sync followed. Removed names do not count. system_calls_unsynced tells how many
 * files and directories have some, of those that were watched; and a file that got its
 * name by a rename before its content was synced stays among them for ever.
 */
void system_calls_watch(void);
size_t system_calls_unsynced(void);

#endif
