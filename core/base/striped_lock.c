#include "core/base/striped_lock.h"

#include <sched.h>

int striped_lock_init(struct striped_lock *lock, struct error *err)
{
    for (size_t i = 0; i < STRIPED_LOCK_STRIPES; i++)
        if (pthread_rwlock_init(&lock->stripes[i].lock, NULL) != 0) {
            while (i-- > 0)
                pthread_rwlock_destroy(&lock->stripes[i].lock);
            return error_set(err, ERROR_INTERNAL, "cannot make a lock");
        }
    return 0;
}

void striped_lock_destroy(struct striped_lock *lock)
{
    for (size_t i = 0; i < STRIPED_LOCK_STRIPES; i++)
        pthread_rwlock_destroy(&lock->stripes[i].lock);
}

size_t striped_lock_read(struct striped_lock *lock)
{
    /* Any stripe is right; -1, where the kernel does not tell, is the last. */
    size_t stripe = (unsigned)sched_getcpu() % STRIPED_LOCK_STRIPES;
    pthread_rwlock_rdlock(&lock->stripes[stripe].lock);
    return stripe;
}

void striped_lock_read_end(struct striped_lock *lock, size_t stripe)
{
    pthread_rwlock_unlock(&lock->stripes[stripe].lock);
}

/* In order, as does everybody, so that two who write do not wait for each other. */
void striped_lock_write(struct striped_lock *lock)
{
    for (size_t i = 0; i < STRIPED_LOCK_STRIPES; i++)
        pthread_rwlock_wrlock(&lock->stripes[i].lock);
}

void striped_lock_write_end(struct striped_lock *lock)
{
    for (size_t i = STRIPED_LOCK_STRIPES; i-- > 0;)
        pthread_rwlock_unlock(&lock->stripes[i].lock);
}
