/*
 * Space kept back on the disk, given up when deletes find it full, and taken again once
 * there is room. Thread-safe.
 */
#ifndef LOGITD_CORE_STORE_DISK_RESERVE_H
#define LOGITD_CORE_STORE_DISK_RESERVE_H

#include <pthread.h>
#include <stdbool.h>

struct disk_reserve {
    pthread_mutex_t lock;
    int directory; /* borrowed */
    bool is_held;
};

void disk_reserve_start(struct disk_reserve *reserve, int directory);
void disk_reserve_end(struct disk_reserve *reserve); /* the space stays kept back */
/* Cheap if it is held; if there is no room, a later call may find some. */
void disk_reserve_take(struct disk_reserve *reserve);
/* False if there was nothing to give up. */
bool disk_reserve_give_up(struct disk_reserve *reserve);

#endif
