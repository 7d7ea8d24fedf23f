#include "server/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES 4096U

static int cannot_open(int number, struct error *err)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return error_set(err, ERROR_NOT_FOUND, "there is no such file");
    case EACCES:
    case EPERM:
        return error_set(err, ERROR_INVALID,
                         "the file may not be read by this user: permission denied");
    default:
        return error_errno(err, number, "open the file");
    }
}

/* Does not block on a pipe without a writer; that is refused a moment later. */
static int open_regular(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cannot_open(errno, err);
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    return error_set(err, ERROR_INVALID, "it is not a regular file");
}

/* How many bytes came; 0 at the end. */
static ssize_t read_piece(int fd, struct buffer *out, struct error *err)
{
    char *room = buffer_reserve(out, PIECE_BYTES);
    if (!room)
        return buffer_check(out, err);
    ssize_t n;
    do
        n = read(fd, room, PIECE_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_errno(err, errno, "read the file");
    buffer_advance(out, (size_t)n);
    return n;
}

static int read_all(int fd, struct buffer *out, struct error *err)
{
    size_t start = out->n_bytes;
    ssize_t n;
    while ((n = read_piece(fd, out, err)) > 0)
        if (out->n_bytes - start > SMALL_FILE_MAX_BYTES)
            return error_set(err, ERROR_TOO_LARGE, "the file is larger than %u bytes",
                             SMALL_FILE_MAX_BYTES);
    return n < 0 ? -1 : 0;
}

int small_file_read(const char *path, struct buffer *out, struct error *err)
{
    int fd = open_regular(path, err);
    if (fd < 0)
        return -1;
    struct buffer text = BUFFER_EMPTY;
    int result = read_all(fd, &text, err);
    close(fd);
    if (result == 0) {
        buffer_append(out, text.bytes, text.n_bytes);
        result = buffer_check(out, err);
    }
    small_file_wipe(&text);
    buffer_free(&text);
    return result;
}

void small_file_wipe(struct buffer *secret)
{
    if (secret->bytes)
        explicit_bzero(secret->bytes, secret->n_bytes);
}
