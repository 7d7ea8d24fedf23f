/*
 * Finds where a value of JSON text that comes in pieces ends, by its brackets and quotes
 * alone, and has it in one piece: in the bytes pushed where it lies in them whole, else
 * copied. Whether it is well-formed is left to who reads it (core/text/json_scan.h). The
 * caller locks.
 */
#ifndef LOGITD_CORE_TEXT_JSON_CUT_H
#define LOGITD_CORE_TEXT_JSON_CUT_H

#include <stdbool.h>

#include "core/base/buffer.h"

#define JSON_CUT_MAX_BYTES (1U << 24) /* of a value */

struct json_cut { /* all zero: before a value */
    bool is_begun;
    bool is_container, in_string, is_escaped;
    size_t depth;
    struct buffer carry;
};
void json_cut_free(struct json_cut *cut); /* what it owns; and back to all zero */

struct json_cut_value {
    const char *text; /* until the next push or free */
    size_t n_bytes;
};

/*
 * The next piece of a value, whose first byte is not blank. 1: it ends in this piece, of
 * which *n_used belong to it, and the next push begins another value; 0: all of the piece
 * does; -1: it is too long (ERROR_TOO_LARGE, without a place) or there is no memory.
 */
int json_cut_push(struct json_cut *cut, const char *bytes, size_t n, size_t *n_used,
                  struct json_cut_value *value, struct error *err) MUST_CHECK;

/* Where in text[0..n) the first bracket or quote is; n if there is none. */
size_t json_cut_bracket(const char *text, size_t n);
/* Passes over blocks of text[0..n), outside of strings, for as long as it is easy to see
 * that the depth stays above `floor`, at `most` or below, and that no string begins. How
 * many bytes; *depth is that behind them. */
size_t json_cut_pass(const char *text, size_t n, int *depth, int floor, int most);

#endif
