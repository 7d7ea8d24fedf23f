/*
 * Arrays in a scratch file, in place of memory: mapped, so that who reads and writes them
 * sees nothing of it, but for telling where (core/base/residence.h). What is written is
 * read again by the same process, so nothing in it needs a checksum. Arrays are taken and
 * given back by one thread; touching them is thread-safe.
 */
#ifndef LOGITD_CORE_DATA_ARRAY_FILE_H
#define LOGITD_CORE_DATA_ARRAY_FILE_H

#include <stddef.h>

#include "core/base/error.h"

struct array_file;

#define ARRAY_FILE_MOST 64U

/* Takes the descriptor, on failure as well. There are ARRAY_FILE_MOST arrays at most at
 * once, of n_bytes together; so many bytes of them stay resident. */
struct array_file *array_file_new(int fd, size_t n_bytes, size_t resident_bytes,
                                  struct error *err) MUST_CHECK;
/* With all its arrays. NULL is fine. */
void array_file_free(struct array_file *file);

/* n elements of `size` bytes, zeroed, at a page's begin. The disk's space is had now, so
 * that writing cannot find it full: ERROR_NO_SPACE, ERROR_IO. */
void *array_file_take(struct array_file *file, size_t n, size_t size,
                      struct error *err) MUST_CHECK;

/* Pages of an array that cannot be read are zeros (core/base/mapping.h). In one of places
 * these would lead astray: after this the process ends there, as it does where nothing is
 * guarded. NULL file: nothing to do. */
void array_file_expose(struct array_file *file, const void *array);
/* Was all that was read there? ERROR_UNREADABLE. NULL: it was. */
int array_file_check(const struct array_file *file, struct error *err) MUST_CHECK;

/* Its place may be taken again, as a whole. */
void array_file_give_back(struct array_file *file, void *array);

/* Before these bytes of an array are read or written. NULL: they are in memory. */
void array_file_touch(struct array_file *file, const void *from, size_t n_bytes);

#endif
