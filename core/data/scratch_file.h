/*
 * Whole pieces to and from a scratch file: what waits there is read again by the same
 * process, so that nothing in it needs a checksum. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_SCRATCH_FILE_H
#define LOGITD_CORE_DATA_SCRATCH_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

int scratch_file_write(int fd, const void *bytes, size_t n, uint64_t at,
                       struct error *err) MUST_CHECK;
/* A file that ends before is an error. */
int scratch_file_read(int fd, void *bytes, size_t n, uint64_t at,
                      struct error *err) MUST_CHECK;

#endif
