#include "core/text/lines.h"

#include <string.h>

void lines_free(struct lines *lines)
{
    buffer_free(&lines->carry);
}

static int hand_out(struct lines *lines, const char *text, size_t n, struct error *err)
{
    size_t n_end = n > 0 && text[n - 1] == '\r';
    return lines->on_line(lines->context, ++lines->n_lines, text, n - n_end, err);
}

static int keep(struct lines *lines, const char *bytes, size_t n, struct error *err)
{
    if (lines->carry.n_bytes + n > LINES_MAX_BYTES)
        return error_set(err, ERROR_TOO_LARGE, "the line is longer than %u bytes",
                         LINES_MAX_BYTES);
    buffer_append(&lines->carry, bytes, n);
    return buffer_check(&lines->carry, err);
}

/* A line that ends with these bytes. */
static int end_line(struct lines *lines, const char *bytes, size_t n, struct error *err)
{
    if (lines->carry.n_bytes == 0 && n <= LINES_MAX_BYTES)
        return hand_out(lines, bytes, n, err);
    if (keep(lines, bytes, n, err) < 0 ||
        hand_out(lines, lines->carry.bytes, lines->carry.n_bytes, err) < 0)
        return -1;
    buffer_clear(&lines->carry);
    return 0;
}

int lines_push(struct lines *lines, const char *bytes, size_t n, struct error *err)
{
    const char *end;
    while (n > 0 && (end = memchr(bytes, '\n', n))) {
        size_t n_line = (size_t)(end - bytes);
        if (end_line(lines, bytes, n_line, err) < 0)
            return -1;
        bytes += n_line + 1;
        n -= n_line + 1;
    }
    return n > 0 ? keep(lines, bytes, n, err) : 0;
}

int lines_finish(struct lines *lines, struct error *err)
{
    if (lines->carry.n_bytes == 0)
        return 0;
    return hand_out(lines, lines->carry.bytes, lines->carry.n_bytes, err);
}
