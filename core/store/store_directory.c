#include "core/store/store_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/store/blob_format.h"
#include "core/store/disk.h"

#define LOCK_NAME "lock"
#define BLOBS_NAME "blobs"
#define QUARANTINE_NAME "quarantine"

/* ---- the lock ---- */

static int open_lock(int directory, enum store_directory_use use, struct error *err)
{
    int creates = use == STORE_DIRECTORY_LOOK ? 0 : O_CREAT;
    int fd =
        openat(directory, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | creates, 0600);
    return fd < 0 && errno != ENOENT
               ? error_errno(err, errno, "open the lock of the data directory")
               : fd;
}

/* Gone with the process, however that ends. */
static int take_lock(struct store_directory *directory, enum store_directory_use use,
                     struct error *err)
{
    struct error why = {0};
    directory->lock = open_lock(directory->fd, use, &why);
    if (directory->lock < 0)
        return error_is_set(&why) ? error_copy(err, &why) : 0; /* nobody can have it */
    if (flock(directory->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return error_set(err, ERROR_LOCKED,
                         "the data directory is in use by another process");
    return error_errno(err, errno, "lock the data directory");
}

/* ---- opening ---- */

/* SQLite wants a path, and refuses symbolic links anywhere in it. */
static int find_database_path(struct store_directory *directory, const char *path,
                              struct error *err)
{
    char *real = realpath(path, NULL);
    struct buffer text = BUFFER_EMPTY;
    if (!real)
        return error_errno(err, errno, "find the data directory");
    buffer_printf(&text, "%s/%s", real, STORE_DIRECTORY_DATABASE);
    free(real);
    directory->database_path = buffer_take(&text, &(size_t){0}, err);
    return directory->database_path ? 0 : -1;
}

static int make_parts(struct store_directory *directory, struct error *err)
{
    if (directory->blobs < 0)
        directory->blobs = disk_open_directory(directory->fd, BLOBS_NAME, err);
    if (directory->blobs < 0)
        return -1;
    directory->quarantine = disk_open_directory(directory->fd, QUARANTINE_NAME, err);
    return directory->quarantine < 0 ? -1 : disk_sync(directory->fd, err);
}

static int find_blobs(struct store_directory *directory, struct error *err)
{
    directory->blobs =
        openat(directory->fd, BLOBS_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory->blobs >= 0)
        return 0;
    return errno == ENOENT
               ? error_set(err, ERROR_NOT_FOUND, "this is not a data directory")
               : error_errno(err, errno, "open the data directory");
}

static int open_top(struct store_directory *directory, const char *path,
                    enum store_directory_use use, struct error *err)
{
    if (use == STORE_DIRECTORY_MAKE) {
        directory->fd = disk_open_directory(AT_FDCWD, path, err);
        return directory->fd < 0 ? -1 : 0;
    }
    directory->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory->fd >= 0)
        return 0;
    return errno == ENOENT ? error_set(err, ERROR_NOT_FOUND, "there is no such directory")
                           : error_errno(err, errno, "open the data directory");
}

static int open_all(struct store_directory *directory, const char *path,
                    enum store_directory_use use, struct error *err)
{
    if (open_top(directory, path, use, err) < 0 ||
        find_database_path(directory, path, err) < 0 ||
        (use != STORE_DIRECTORY_MAKE && find_blobs(directory, err) < 0) ||
        take_lock(directory, use, err) < 0)
        return -1;
    return use != STORE_DIRECTORY_LOOK ? make_parts(directory, err) : 0;
}

int store_directory_open(struct store_directory *directory, const char *path,
                         enum store_directory_use use, struct error *err)
{
    struct store_directory fresh = {.fd = -1, .lock = -1, .blobs = -1, .quarantine = -1};
    if (open_all(&fresh, path, use, err) < 0) {
        store_directory_close(&fresh);
        return -1;
    }
    *directory = fresh;
    return 0;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void store_directory_close(struct store_directory *directory)
{
    close_if_open(directory->quarantine);
    close_if_open(directory->blobs);
    close_if_open(directory->lock);
    close_if_open(directory->fd);
    memory_free(directory->database_path);
}

/* ---- what is there ---- */

static int see_name(void *context, const char *name, struct error *err)
{
    struct store_directory_traces *traces = context;
    unsigned char id[BLOB_FORMAT_ID_BYTES];
    (void)err;
    traces->has_blobs |= blob_format_read_name(name, id);
    return 0;
}

int store_directory_look(const struct store_directory *directory,
                         struct store_directory_traces *traces, struct error *err)
{
    struct store_directory_traces found = {0};
    struct stat status;
    int flags = AT_SYMLINK_NOFOLLOW;
    found.has_database =
        fstatat(directory->fd, STORE_DIRECTORY_DATABASE, &status, flags) == 0 &&
        status.st_size > 0;
    found.has_log = fstatat(directory->fd, STORE_DIRECTORY_LOG, &status, flags) == 0 &&
                    status.st_size > 0;
    if (disk_each_name(directory->blobs, see_name, &found, err) < 0)
        return -1;
    *traces = found;
    return 0;
}

int store_directory_quarantine(const struct store_directory *directory,
                               const unsigned char *id, struct error *err)
{
    const struct blob_format_name name = blob_format_name(id);
    return disk_rename(directory->blobs, name.text, directory->quarantine, name.text,
                       err);
}
