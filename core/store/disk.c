#include "core/store/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0600
#define DIRECTORY_MODE 0700
#define PLAIN (O_NOFOLLOW | O_CLOEXEC)

/* ---- opening ---- */

int disk_create(int directory, const char *name, struct error *err)
{
    int fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | PLAIN, FILE_MODE);
    return fd < 0 ? error_errno(err, errno, "make a file in the data directory") : fd;
}

/* What stands in a file's place, and cannot be it: a link, a directory, a device. */
static int check_is_file(int fd, struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return error_errno(err, errno, "look at a file in the data directory");
    return S_ISREG(status.st_mode) ? 0
                                   : error_set(err, ERROR_NOT_FOUND, "it is not a file");
}

int disk_open(int directory, const char *name, struct error *err)
{
    int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | PLAIN);
    if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENXIO))
        return error_set(err, ERROR_NOT_FOUND, "the file is missing");
    if (fd < 0)
        return error_errno(err, errno, "open a file in the data directory");
    if (check_is_file(fd, err) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The usual slips of whoever starts the daemon are told in words, all else by its number;
 * a part within the directory is nobody's choice. */
static int cannot_open_directory(int parent, int number, const char *what,
                                 struct error *err)
{
    if (parent != AT_FDCWD)
        return error_errno(err, number, what);
    switch (number) {
    case ENOENT:
        return error_set(
            err, ERROR_IO,
            "the folder that should hold the data directory is missing; make "
            "it first");
    case ENOTDIR:
        return error_set(err, ERROR_IO,
                         "there is a file where a directory is needed; choose another");
    case EACCES:
    case EPERM:
    case EROFS:
        return error_set(err, ERROR_IO,
                         "this user may not make or open the data directory; give it to "
                         "this user, or choose another");
    default:
        return error_errno(err, number, what);
    }
}

int disk_open_directory(int parent, const char *name, struct error *err)
{
    if (mkdirat(parent, name, DIRECTORY_MODE) < 0 && errno != EEXIST)
        return cannot_open_directory(parent, errno, "make the data directory", err);
    int follow = parent == AT_FDCWD ? 0 : O_NOFOLLOW; /* the person's choice; ours */
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
    return fd < 0 ? cannot_open_directory(parent, errno, "open the data directory", err)
                  : fd;
}

/* Where the file system has no nameless files: a name that nobody sees for long. */
static int create_and_forget(int directory, const char *name, struct error *err)
{
    int fd = disk_create(directory, name, err);
    if (fd >= 0 && disk_remove(directory, name, err) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int disk_scratch(int directory, const char *name, struct error *err)
{
    int fd = openat(directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, FILE_MODE);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
        return create_and_forget(directory, name, err);
    return fd < 0 ? error_errno(err, errno, "make a scratch file") : fd;
}

/* ---- reading and writing ---- */

int disk_write(int fd, const void *bytes, size_t n, uint64_t at, struct error *err)
{
    for (const char *from = bytes; n > 0;) {
        ssize_t done = pwrite(fd, from, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_errno(err, errno, "write to the data directory");
        from += done;
        at += (size_t)done;
        n -= (size_t)done;
    }
    return 0;
}

int disk_read(int fd, void *bytes, size_t n, uint64_t at, struct error *err)
{
    for (char *to = bytes; n > 0;) {
        ssize_t done = pread(fd, to, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_errno(err, errno, "read from the data directory");
        if (done == 0)
            return error_set(err, ERROR_CORRUPT, "the file is too short");
        to += done;
        at += (size_t)done;
        n -= (size_t)done;
    }
    return 0;
}

int disk_n_bytes(int fd, uint64_t *n_bytes, struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return error_errno(err, errno, "look at a file in the data directory");
    *n_bytes = (uint64_t)status.st_size;
    return 0;
}

void disk_begin_sync(int fd, uint64_t at, uint64_t n)
{
    (void)!sync_file_range(fd, (off_t)at, (off_t)n, SYNC_FILE_RANGE_WRITE);
}

int disk_sync(int fd, struct error *err)
{
    return fsync(fd) < 0 ? error_errno(err, errno, "write to the data directory for good")
                         : 0;
}

/* ---- names ---- */

/* Where the file system cannot rename without replacing: a second name, then one less. */
static int link_and_remove(int from_directory, const char *from, int to_directory,
                           const char *to)
{
    if (linkat(from_directory, from, to_directory, to, 0) < 0)
        return -1;
    if (unlinkat(from_directory, from, 0) == 0)
        return 0;
    int number = errno;
    unlinkat(to_directory, to, 0);
    errno = number;
    return -1;
}

int disk_rename(int from_directory, const char *from, int to_directory, const char *to,
                struct error *err)
{
    int result = renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE);
    if (result < 0 && (errno == EINVAL || errno == ENOSYS))
        result = link_and_remove(from_directory, from, to_directory, to);
    if (result < 0 && errno == EEXIST)
        return error_set(err, ERROR_CONFLICT, "there is such a file already");
    if (result < 0 && errno == ENOENT)
        return error_set(err, ERROR_NOT_FOUND, "the file is missing");
    return result < 0 ? error_errno(err, errno, "name a file in the data directory") : 0;
}

int disk_remove(int directory, const char *name, struct error *err)
{
    if (unlinkat(directory, name, 0) < 0 && errno != ENOENT)
        return error_errno(err, errno, "remove a file from the data directory");
    return 0;
}

static DIR *open_names(int directory, struct error *err)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd < 0 ? NULL : fdopendir(fd);
    if (names)
        return names;
    error_errno(err, errno, "read the data directory");
    if (fd >= 0)
        close(fd);
    return NULL;
}

int disk_each_name(int directory, disk_name_fn *on_name, void *context, struct error *err)
{
    DIR *names = open_names(directory, err);
    const struct dirent *entry;
    int result = names ? 0 : -1;
    while (result == 0 && (errno = 0, entry = readdir(names)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = on_name(context, entry->d_name, err);
    if (result == 0 && errno != 0)
        result = error_errno(err, errno, "read the data directory");
    if (names)
        closedir(names);
    return result;
}
