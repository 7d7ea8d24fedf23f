/*
 * Cuts text that is pushed in pieces of any size into lines, which end in LF or CR LF. A
 * line lies in the bytes pushed where it can; only one that began in an earlier piece is
 * copied. Memory follows the longest line. The caller locks.
 */
#ifndef LOGITD_CORE_TEXT_LINES_H
#define LOGITD_CORE_TEXT_LINES_H

#include <stdint.h>

#include "core/base/buffer.h"

#define LINES_MAX_BYTES (1U << 24)

/* The line without its end, of the call only; numbered from 1. 0 to go on, -1 with err
 * set to stop. */
typedef int lines_fn(void *context, uint64_t line, const char *text, size_t n,
                     struct error *err);

struct lines { /* all zero but for the first two: no text yet */
    lines_fn *on_line;
    void *context;
    uint64_t n_lines; /* handed out */
    struct buffer carry;
};
void lines_free(struct lines *lines); /* what it owns */

/* Lines that the piece completes are handed to on_line before it returns.
 * ERROR_TOO_LARGE, without a place, for a line longer than the most. After a failure only
 * lines_free may follow. */
int lines_push(struct lines *lines, const char *bytes, size_t n,
               struct error *err) MUST_CHECK;
/* End of text: the last line, if it had no end. */
int lines_finish(struct lines *lines, struct error *err) MUST_CHECK;

#endif
