/*
 * Reads a file that a setting names: keys, certificates, a config file. Such files are
 * small; a limit keeps a wrong name (a disk image, /dev/zero) from filling the memory.
 */
#ifndef LOGITD_SERVER_SMALL_FILE_H
#define LOGITD_SERVER_SMALL_FILE_H

#include "core/base/buffer.h"

#define SMALL_FILE_MAX_BYTES (1U << 20)

/* Appends the whole file to `out`, which is left as it was on failure. Symbolic links are
 * followed: orchestrators mount secrets through them. The messages speak to the person
 * who runs the daemon: ERROR_NOT_FOUND, ERROR_INVALID (no regular file, or not
 * permitted), ERROR_TOO_LARGE, ERROR_IO, ERROR_NO_MEMORY. */
int small_file_read(const char *path, struct buffer *out, struct error *err) MUST_CHECK;

/* Overwrites what a secret was read into before it is freed. */
void small_file_wipe(struct buffer *secret);

#endif
