#include "core/base/striped_lock.h"

#include <sched.h>

/* Those who come to read wait behind whoever waits to write: else, as long as any of them
 * reads, nobody ever writes. */
static int init_stripes(struct striped_lock *lock)
{
    pthread_rwlockattr_t writers_first;
    size_t n = 0;
    if (pthread_rwlockattr_init(&writers_first) != 0)
        return -1;
    pthread_rwlockattr_setkind_np(&writers_first,
                                  PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    while (n < STRIPED_LOCK_STRIPES &&
           pthread_rwlock_init(&lock->stripes[n].lock, &writers_first) == 0)
        n++;
    pthread_rwlockattr_destroy(&writers_first);
    if (n == STRIPED_LOCK_STRIPES)
        return 0;
    while (n-- > 0)
        pthread_rwlock_destroy(&lock->stripes[n].lock);
    return -1;
}

int striped_lock_init(struct striped_lock *lock, struct error *err)
{
    return init_stripes(lock) == 0 ? 0
                                   : error_set(err, ERROR_INTERNAL, "cannot make a lock");
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
