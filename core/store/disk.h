/*
 * Files below a directory descriptor: never through a symbolic link, never inherited,
 * mode 0600; whole reads and writes; names that replace nothing. Errors as error_errno
 * gives them.
 */
#ifndef LOGITD_CORE_STORE_DISK_H
#define LOGITD_CORE_STORE_DISK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"

/* Descriptors, or -1. */
int disk_create(int directory, const char *name, struct error *err) MUST_CHECK;
/* ERROR_NOT_FOUND if it is not there or is not a file. */
int disk_open(int directory, const char *name, struct error *err) MUST_CHECK;
/* Makes the directory (mode 0700) if it is not there. */
int disk_open_directory(int parent, const char *name, struct error *err) MUST_CHECK;
/* A file without a name, or one that loses this name at once; gone with its descriptor.
 */
int disk_scratch(int directory, const char *name, struct error *err) MUST_CHECK;

int disk_write(int fd, const void *bytes, size_t n, uint64_t at,
               struct error *err) MUST_CHECK;
/* ERROR_CORRUPT if the file ends before. */
int disk_read(int fd, void *bytes, size_t n, uint64_t at, struct error *err) MUST_CHECK;
int disk_n_bytes(int fd, uint64_t *n_bytes, struct error *err) MUST_CHECK;

/* Has some bytes of a file on their way to the disk, so that disk_sync has less to wait
 * for. Promises nothing. */
void disk_begin_sync(int fd, uint64_t at, uint64_t n);
/* Of a file's content, or a directory's names. */
int disk_sync(int fd, struct error *err) MUST_CHECK;

/* ERROR_CONFLICT if `to` exists already, ERROR_NOT_FOUND if `from` does not. */
int disk_rename(int from_directory, const char *from, int to_directory, const char *to,
                struct error *err) MUST_CHECK;
/* A file that is not there is removed already. */
int disk_remove(int directory, const char *name, struct error *err) MUST_CHECK;

/* Calls back with each name but . and .. until -1. */
typedef int disk_name_fn(void *context, const char *name, struct error *err);
int disk_each_name(int directory, disk_name_fn *on_name, void *context,
                   struct error *err) MUST_CHECK;

#endif
