#include "core/store/disk_reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "reserve"
/* A delete writes some pages of 4 KiB to the log, and some more when that is tidied. */
#define N_BYTES (1 << 20)

void disk_reserve_start(struct disk_reserve *reserve, int directory)
{
    *reserve = (struct disk_reserve){.directory = directory};
    pthread_mutex_init(&reserve->lock, NULL);
    disk_reserve_take(reserve);
}

void disk_reserve_end(struct disk_reserve *reserve)
{
    pthread_mutex_destroy(&reserve->lock);
}

static bool is_whole(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_size == N_BYTES &&
           status.st_blocks * 512 >= N_BYTES;
}

static bool take(int directory)
{
    int fd = openat(directory, NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool is_taken = is_whole(fd) || posix_fallocate(fd, 0, N_BYTES) == 0;
    if (!is_taken)
        unlinkat(directory, NAME, 0);
    close(fd);
    return is_taken;
}

void disk_reserve_take(struct disk_reserve *reserve)
{
    pthread_mutex_lock(&reserve->lock);
    if (!reserve->is_held)
        reserve->is_held = take(reserve->directory);
    pthread_mutex_unlock(&reserve->lock);
}

bool disk_reserve_give_up(struct disk_reserve *reserve)
{
    pthread_mutex_lock(&reserve->lock);
    bool was_held = reserve->is_held;
    if (was_held)
        unlinkat(reserve->directory, NAME, 0);
    reserve->is_held = false;
    pthread_mutex_unlock(&reserve->lock);
    return was_held;
}
