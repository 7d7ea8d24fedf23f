#include "core/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"

#define LEAST_CAPACITY 64U

void buffer_free(struct buffer *buffer)
{
    memory_free(buffer->bytes);
    *buffer = BUFFER_EMPTY;
}

void buffer_clear(struct buffer *buffer)
{
    buffer->n_bytes = 0;
    buffer->failed = false;
    if (buffer->bytes)
        buffer->bytes[0] = '\0';
}

/* Room for n more bytes and the NUL; doubles, so that appending is linear. */
static bool make_room(struct buffer *buffer, size_t n)
{
    size_t needed, capacity = buffer->capacity;
    if (buffer->failed)
        return false;
    if (!memory_sum(buffer->n_bytes, n, &needed) || !memory_sum(needed, 1, &needed)) {
        buffer->failed = true;
        return false;
    }
    if (needed <= capacity)
        return true;
    capacity = capacity > 0 ? capacity : LEAST_CAPACITY;
    while (capacity < needed)
        capacity = capacity <= SIZE_MAX / 2 ? capacity * 2 : needed;
    char *bytes = memory_resize(buffer->bytes, capacity, 1, NULL);
    if (!bytes) {
        buffer->failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

char *buffer_grow(struct buffer *buffer, size_t n)
{
    return make_room(buffer, n) ? buffer->bytes + buffer->n_bytes : NULL;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t n)
{
    char *end = buffer_reserve(buffer, n);
    if (!end)
        return;
    if (n > 0)
        memcpy(end, bytes, n);
    buffer_advance(buffer, n);
}

void buffer_append_string(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
    buffer_append(buffer, &byte, 1);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *end = n >= 0 ? buffer_reserve(buffer, (size_t)n) : NULL;
    if (!end) {
        buffer->failed = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(end, (size_t)n + 1, format, arguments);
    va_end(arguments);
    buffer_advance(buffer, (size_t)n);
}

int buffer_check(const struct buffer *buffer, struct error *err)
{
    return buffer->failed ? error_no_memory(err, buffer->capacity) : 0;
}

char *buffer_take(struct buffer *buffer, size_t *n_bytes, struct error *err)
{
    make_room(buffer, 0);
    if (buffer_check(buffer, err) < 0)
        return NULL;
    char *bytes = buffer->bytes;
    bytes[buffer->n_bytes] = '\0';
    *n_bytes = buffer->n_bytes;
    *buffer = BUFFER_EMPTY;
    return bytes;
}

static int sink_write(void *context, const void *bytes, size_t n, struct error *err)
{
    struct buffer *buffer = context;
    buffer_append(buffer, bytes, n);
    return buffer_check(buffer, err);
}

struct byte_sink buffer_sink(struct buffer *buffer)
{
    return (struct byte_sink){sink_write, buffer};
}
