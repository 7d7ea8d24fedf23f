/*
 * A lock for what is read all the time and changed rarely: many may read at once, and
 * those on different cores touch different memory, so that they do not slow each other
 * down as the readers of one pthread_rwlock_t do, which all write to its count. Whoever
 * changes something takes all of it, which costs some microseconds, and comes before
 * those who come to read later. Who reads does not read again before the end.
 */
#ifndef LOGITD_CORE_BASE_STRIPED_LOCK_H
#define LOGITD_CORE_BASE_STRIPED_LOCK_H

#include <pthread.h>
#include <stddef.h>

#include "core/base/error.h"

#define STRIPED_LOCK_STRIPES 16
struct striped_lock {
    /* So far apart that no two are in one cache line, wherever the struct begins. */
    union striped_lock_stripe {
        pthread_rwlock_t lock;
        char room[128];
    } stripes[STRIPED_LOCK_STRIPES];
};

int striped_lock_init(struct striped_lock *lock, struct error *err) MUST_CHECK;
void striped_lock_destroy(struct striped_lock *lock);

/* Returns which stripe it was, for the end, which is of the same thread. */
size_t striped_lock_read(struct striped_lock *lock);
void striped_lock_read_end(struct striped_lock *lock, size_t stripe);

void striped_lock_write(struct striped_lock *lock);
void striped_lock_write_end(struct striped_lock *lock);

#endif
