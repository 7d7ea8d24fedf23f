#include "core/data/scratch_file.h"

#include <errno.h>
#include <unistd.h>

int scratch_file_write(int fd, const void *bytes, size_t n, uint64_t at,
                       struct error *err)
{
    for (const char *from = bytes; n > 0;) {
        ssize_t done = pwrite(fd, from, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_errno(err, errno, "write to scratch file");
        from += done;
        at += (size_t)done;
        n -= (size_t)done;
    }
    return 0;
}

int scratch_file_read(int fd, void *bytes, size_t n, uint64_t at, struct error *err)
{
    for (char *to = bytes; n > 0;) {
        ssize_t done = pread(fd, to, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return error_errno(err, done < 0 ? errno : EIO, "read from scratch file");
        to += done;
        at += (size_t)done;
        n -= (size_t)done;
    }
    return 0;
}
