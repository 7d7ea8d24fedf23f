#include "tests/support/scratch_directory.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ENOUGH_BYTES ((uint64_t)256 << 20)

static const char *find_parent(void)
{
    struct statvfs status;
    const char *wish = getenv("TMPDIR");
    if (wish && strlen(wish) < SCRATCH_DIRECTORY_BYTES - 20)
        return wish;
    bool has_room = statvfs("/dev/shm", &status) == 0 &&
                    status.f_bavail * status.f_frsize > ENOUGH_BYTES &&
                    access("/dev/shm", W_OK) == 0;
    return has_room ? "/dev/shm" : "/tmp";
}

void scratch_directory_make(char *path)
{
    snprintf(path, SCRATCH_DIRECTORY_BYTES, "%s/logitd-XXXXXX", find_parent());
    ck_assert_ptr_nonnull(mkdtemp(path));
}
