#undef _FORTIFY_SOURCE /* which defines some of these itself */

#include "tests/core/store/system_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/suite.h"

static _Atomic enum system_calls_mode mode;
static atomic_long n_calls;
static atomic_long which;
static atomic_int number;
static atomic_bool failed_sync;

void system_calls_start(enum system_calls_mode new_mode, long n, int new_number)
{
    atomic_store(&n_calls, 0);
    atomic_store(&which, n);
    atomic_store(&number, new_number);
    atomic_store(&failed_sync, false);
    atomic_store(&mode, new_mode);
}

long system_calls_stop(void)
{
    atomic_store(&mode, SYSTEM_CALLS_PLAIN);
    return atomic_load(&n_calls);
}

bool system_calls_failed_sync(void)
{
    return atomic_load(&failed_sync);
}

/* Counts a call. True, with errno set, if it is to fail. */
static bool must_fail(bool is_sync, bool can_be_interrupted)
{
    static _Thread_local bool was_interrupted;
    if (mode == SYSTEM_CALLS_FAIL_SYNC && !is_sync)
        return false;
    long n = atomic_fetch_add(&n_calls, 1);
    switch (atomic_load(&mode)) {
    case SYSTEM_CALLS_FAIL_ONE:
    case SYSTEM_CALLS_FAIL_ALL:
    case SYSTEM_CALLS_FAIL_SYNC:
        if (n < which || (n > which && mode != SYSTEM_CALLS_FAIL_ALL))
            return false;
        if (n == which)
            atomic_store(&failed_sync, is_sync);
        errno = number;
        return true;
    case SYSTEM_CALLS_KILL:
        if (n == which)
            syscall(SYS_kill, getpid(), SIGKILL);
        return false;
    case SYSTEM_CALLS_INTERRUPT:
        was_interrupted = can_be_interrupted && !was_interrupted;
        errno = EINTR;
        return was_interrupted;
    case SYSTEM_CALLS_PLAIN:
    case SYSTEM_CALLS_SHORT_WRITE:
    case SYSTEM_CALLS_PLAIN_RENAMES:
    case SYSTEM_CALLS_SMALL_DISK:
        break;
    }
    return false;
}

/* ---- the small disk ---- */

/* Takes the room that a file needs to reach to `end`; false, with errno set, if there is
 * too little. */
static bool take_room(int fd, off_t end)
{
    struct stat status;
    if (atomic_load(&mode) != SYSTEM_CALLS_SMALL_DISK || fstat(fd, &status) < 0 ||
        end <= status.st_size)
        return true;
    errno = number;
    if (end - status.st_size > atomic_load(&which))
        return false;
    atomic_fetch_sub(&which, end - status.st_size);
    return true;
}

static void give_room(int directory, const char *path)
{
    struct stat status;
    if (fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0)
        atomic_fetch_add(&which, status.st_size);
}

static void give_rest(int fd, off_t end)
{
    struct stat status;
    if (fstat(fd, &status) == 0 && status.st_size > end)
        atomic_fetch_add(&which, status.st_size - end);
}

/* ---- what a loss of power would take ---- */

#define MOST_WATCHED 64

static struct {
    pthread_mutex_t lock;
    bool is_on;
    size_t n;
    struct {
        ino_t inode;
        bool is_lost; /* renamed too early */
    } unsynced[MOST_WATCHED];
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t watch_find(ino_t inode)
{
    size_t i = 0;
    while (i < watch.n && watch.unsynced[i].inode != inode)
        i++;
    return i;
}

static void note_change(int fd)
{
    struct stat status;
    pthread_mutex_lock(&watch.lock);
    if (watch.is_on && fstat(fd, &status) == 0 && watch_find(status.st_ino) == watch.n &&
        watch.n < MOST_WATCHED)
        watch.unsynced[watch.n++].inode = status.st_ino;
    pthread_mutex_unlock(&watch.lock);
}

static void note_sync(int fd)
{
    struct stat status;
    pthread_mutex_lock(&watch.lock);
    if (watch.is_on && fstat(fd, &status) == 0) {
        size_t i = watch_find(status.st_ino);
        if (i < watch.n && !watch.unsynced[i].is_lost)
            watch.unsynced[i] = watch.unsynced[--watch.n];
    }
    pthread_mutex_unlock(&watch.lock);
}

static void note_rename(int directory, const char *name)
{
    struct stat status;
    pthread_mutex_lock(&watch.lock);
    if (watch.is_on && fstatat(directory, name, &status, 0) == 0) {
        size_t i = watch_find(status.st_ino);
        if (i < watch.n)
            watch.unsynced[i].is_lost = true;
    }
    pthread_mutex_unlock(&watch.lock);
}

void system_calls_watch(void)
{
    pthread_mutex_lock(&watch.lock);
    watch.is_on = true;
    watch.n = 0;
    pthread_mutex_unlock(&watch.lock);
}

size_t system_calls_unsynced(void)
{
    pthread_mutex_lock(&watch.lock);
    size_t n = watch.n;
    pthread_mutex_unlock(&watch.lock);
    return n;
}

/* ---- the calls ---- */

static ssize_t write_at(int fd, const void *bytes, size_t n, off_t at)
{
    if (must_fail(false, true))
        return -1;
    if (atomic_load(&mode) == SYSTEM_CALLS_SHORT_WRITE && n > 1)
        n /= 2;
    if (!take_room(fd, at + (off_t)n))
        return -1;
    note_change(fd);
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return write_at(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at)
{
    return write_at(fd, bytes, n, at);
}

static ssize_t read_at(int fd, void *bytes, size_t n, off_t at)
{
    return must_fail(false, true) ? -1 : syscall(SYS_pread64, fd, bytes, n, at);
}

ssize_t pread(int fd, void *bytes, size_t n, off_t at)
{
    return read_at(fd, bytes, n, at);
}

ssize_t pread64(int fd, void *bytes, size_t n, off_t at)
{
    return read_at(fd, bytes, n, at);
}

int fsync(int fd)
{
    if (must_fail(true, false))
        return -1;
    note_sync(fd);
    return (int)syscall(SYS_fsync, fd);
}

/* Of a directory only SQLite calls it, and takes no notice of the outcome; the store does
 * it once more. */
int fdatasync(int fd)
{
    struct stat status;
    bool is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    if (must_fail(is_file, false))
        return -1;
    note_sync(fd);
    return (int)syscall(SYS_fdatasync, fd);
}

static int open_at(int directory, const char *path, int flags, va_list arguments)
{
    mode_t file_mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    return must_fail(false, false)
               ? -1
               : (int)syscall(SYS_openat, directory, path, flags, file_mode);
}

int openat(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int fd = open_at(directory, path, flags, arguments);
    va_end(arguments);
    return fd;
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int fd = open_at(AT_FDCWD, path, flags, arguments);
    va_end(arguments);
    return fd;
}

int mkdirat(int directory, const char *path, mode_t file_mode)
{
    return must_fail(false, false)
               ? -1
               : (int)syscall(SYS_mkdirat, directory, path, file_mode);
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to,
              unsigned flags)
{
    if (must_fail(false, false))
        return -1;
    if (mode == SYSTEM_CALLS_PLAIN_RENAMES && flags != 0) {
        errno = number;
        return -1;
    }
    note_rename(from_directory, from);
    note_change(to_directory);
    return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

int unlinkat(int directory, const char *path, int flags)
{
    if (must_fail(false, false))
        return -1;
    if (mode == SYSTEM_CALLS_SMALL_DISK)
        give_room(directory, path);
    return (int)syscall(SYS_unlinkat, directory, path, flags);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int ftruncate64(int fd, off_t n)
{
    if (must_fail(false, false) || !take_room(fd, n))
        return -1;
    if (mode == SYSTEM_CALLS_SMALL_DISK)
        give_rest(fd, n);
    return (int)syscall(SYS_ftruncate, fd, n);
}

int posix_fallocate(int fd, off_t at, off_t n)
{
    if (must_fail(false, false) || !take_room(fd, at + n))
        return errno;
    return syscall(SYS_fallocate, fd, 0, at, n) < 0 ? errno : 0;
}

#ifndef __SANITIZE_THREAD__ /* it maps memory before it can bear this */
void *mmap(void *start, size_t n, int protection, int flags, int fd, off_t at)
{
    if (fd >= 0 && must_fail(false, false))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, start, n, protection, flags, fd, at);
}
#endif

/* ---- that they come here ---- */

START_TEST(calls_are_counted_and_fail_on_demand)
{
    char path[] = "/tmp/system-calls-XXXXXX";
    int fd = mkstemp(path);
    system_calls_start(SYSTEM_CALLS_FAIL_ONE, 1, ENOSPC);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 0), 3);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 3), -1);
    ck_assert_int_eq(errno, ENOSPC);
    ck_assert_int_eq(fsync(fd), 0);
    ck_assert_int_eq(system_calls_stop(), 3);
    ck_assert(!system_calls_failed_sync());
    system_calls_start(SYSTEM_CALLS_FAIL_ALL, 0, EIO);
    ck_assert_int_eq(fsync(fd), -1);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 3), -1);
    ck_assert_int_eq(errno, EIO);
    system_calls_stop();
    ck_assert(system_calls_failed_sync());
    system_calls_start(SYSTEM_CALLS_INTERRUPT, 0, 0);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 3), -1);
    ck_assert_int_eq(errno, EINTR);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 3), 3);
    system_calls_start(SYSTEM_CALLS_SHORT_WRITE, 0, 0);
    ck_assert_int_eq(pwrite(fd, "abcd", 4, 6), 2);
    system_calls_stop();
    close(fd);
    unlink(path);
}
END_TEST

START_TEST(what_is_not_synced_is_counted)
{
    char path[] = "/tmp/system-calls-XXXXXX";
    char renamed[sizeof(path) + 1];
    int fd = mkstemp(path), directory = open("/tmp", O_RDONLY | O_DIRECTORY);
    snprintf(renamed, sizeof(renamed), "%s2", path);
    system_calls_watch();
    ck_assert_uint_eq(system_calls_unsynced(), 0);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 0), 3);
    ck_assert_uint_eq(system_calls_unsynced(), 1);
    ck_assert_int_eq(fdatasync(fd), 0);
    ck_assert_uint_eq(system_calls_unsynced(), 0);
    ck_assert_int_eq(renameat2(AT_FDCWD, path, directory, renamed + 5, 0), 0);
    ck_assert_uint_eq(system_calls_unsynced(), 1); /* the directory */
    ck_assert_int_eq(fsync(directory), 0);
    ck_assert_uint_eq(system_calls_unsynced(), 0);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 0), 3);
    ck_assert_int_eq(renameat2(directory, renamed + 5, AT_FDCWD, path, 0), 0);
    fsync(fd);
    fsync(directory);
    ck_assert_uint_ge(system_calls_unsynced(), 1); /* too late */
    close(fd);
    close(directory);
    unlink(path);
}
END_TEST

TCase *system_calls_test(void)
{
    TCase *tcase = tcase_create("system_calls");
    tcase_add_test(tcase, calls_are_counted_and_fail_on_demand);
    tcase_add_test(tcase, what_is_not_synced_is_counted);
    return tcase;
}
