/*
 * A growable run of bytes that is always followed by a NUL. Errors stick: after a failed
 * append every later one does nothing, and buffer_check() tells, so that writers check
 * once at the end. The caller locks.
 */
#ifndef LOGITD_CORE_BASE_BUFFER_H
#define LOGITD_CORE_BASE_BUFFER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

struct buffer {
    char *bytes; /* NULL while capacity is 0 */
    size_t n_bytes;
    size_t capacity;
    bool failed;
};

#define BUFFER_EMPTY ((struct buffer){0})

void buffer_free(struct buffer *buffer);  /* and back to BUFFER_EMPTY */
void buffer_clear(struct buffer *buffer); /* keeps the capacity, forgets a failure */

void buffer_append(struct buffer *buffer, const void *bytes, size_t n);
void buffer_append_string(struct buffer *buffer, const char *text);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for n more bytes behind the end: where to write them, or NULL. buffer_advance says
 * how many were written (at most n). buffer_grow is the same where there is no room. */
char *buffer_grow(struct buffer *buffer, size_t n);
static inline char *buffer_reserve(struct buffer *buffer, size_t n)
{
    bool fits = n < buffer->capacity - buffer->n_bytes && !buffer->failed;
    return fits ? buffer->bytes + buffer->n_bytes : buffer_grow(buffer, n);
}
static inline void buffer_advance(struct buffer *buffer, size_t n)
{
    assert(buffer->n_bytes + n < buffer->capacity);
    buffer->n_bytes += n;
    buffer->bytes[buffer->n_bytes] = '\0';
}

/* 0, or -1 with ERROR_NO_MEMORY if any append failed. */
int buffer_check(const struct buffer *buffer, struct error *err) MUST_CHECK;

/* Takes the bytes out (NUL-terminated, free with memory_free); the buffer is empty
 * afterwards. NULL with ERROR_NO_MEMORY if it had failed. */
char *buffer_take(struct buffer *buffer, size_t *n_bytes, struct error *err) MUST_CHECK;

/*
 * Where bytes go: a blob being written, a file, a buffer. `write` returns 0, or -1 with
 * err set.
 */
struct byte_sink {
    int (*write)(void *context, const void *bytes, size_t n, struct error *err);
    void *context;
};
struct byte_sink buffer_sink(struct buffer *buffer); /* borrows */

#endif
