/*
 * A pull scanner for JSON text (RFC 8259) that builds no tree and allocates nothing but
 * what a caller asks for. It reads a body that is in memory whole, strictly: no duplicate
 * check (that is the caller's, per object), no NaN tokens unless they are asked for (and
 * never Infinity), no trailing text, valid UTF-8,
 * depth at most JSON_SCAN_MAX_DEPTH. Errors name the byte offset as place ("byte 17").
 *
 * The position is explicit; a caller that knows what it expects calls the json_scan_*
 * function for it. Thread-safe as long as each scan belongs to one thread.
 */
#ifndef LOGITD_CORE_TEXT_JSON_SCAN_H
#define LOGITD_CORE_TEXT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

#define JSON_SCAN_MAX_DEPTH 32
#define JSON_SCAN_MAX_KEYS 65536
#define JSON_SCAN_MAX_TOKEN_BYTES (1U << 20)

struct json_scan {
    const char *text;
    size_t n_bytes;
    size_t at;
    size_t offset;  /* of the text in the document, as errors name it; 0 at the start */
    int depth;      /* containers that are open */
    bool is_first;  /* right behind an opening bracket: no comma comes before what follows
                     */
    bool takes_nan; /* the token NaN is read as null; false at the start */
};

enum json_kind {
    JSON_KIND_END,
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_STRING,
    JSON_KIND_NUMBER,
    JSON_KIND_TRUE,
    JSON_KIND_FALSE,
    JSON_KIND_NULL,
    JSON_KIND_BAD
};

struct json_scan json_scan_start(const char *text, size_t n_bytes); /* borrows */

/* What comes next, blanks skipped; consumes nothing else. */
enum json_kind json_scan_peek(struct json_scan *scan);

/*
 * Containers: enter, then loop on *_next until it says 0.
 *   json_scan_enter_object(&s, err); while ((r = json_scan_next_key(&s, &key, err)) == 1)
 * {value…} They return 1 (an element or key follows), 0 (the container is closed) or -1
 * (malformed, err).
 */
int json_scan_enter_object(struct json_scan *scan, struct error *err) MUST_CHECK;
int json_scan_enter_array(struct json_scan *scan, struct error *err) MUST_CHECK;

/* A string's content between its quotes: as written (escapes still in it). */
struct json_text {
    const char *text; /* borrowed from the body */
    size_t n_bytes;
    bool has_escapes;
};
int json_scan_next_key(struct json_scan *scan, struct json_text *key,
                       struct error *err) MUST_CHECK;
int json_scan_next_element(struct json_scan *scan, struct error *err) MUST_CHECK;

/* Like json_scan_next_element, but first reads the numbers that come next into values[0..
 * *n_read), at most so many. What it returns is of the element behind them. */
int json_scan_next_numbers(struct json_scan *scan, double *values, size_t most,
                           size_t *n_read, struct error *err) MUST_CHECK;

int json_scan_string(struct json_scan *scan, struct json_text *text,
                     struct error *err) MUST_CHECK;
/* ERROR_OUT_OF_RANGE for 1e309, ERROR_BAD_JSON for what is no JSON number (01, +1,
 * .5, 1.). */
int json_scan_number(struct json_scan *scan, double *value, struct error *err) MUST_CHECK;
/* A number as it is written, of any size. */
int json_scan_number_text(struct json_scan *scan, struct json_text *text,
                          struct error *err) MUST_CHECK;
int json_scan_literal(struct json_scan *scan, enum json_kind *which,
                      struct error *err) MUST_CHECK;
/* Any value, skipped but checked. */
int json_scan_skip(struct json_scan *scan, struct error *err) MUST_CHECK;
/*
 * Any value, passed over by its brackets and strings alone, many times as fast: its end
 * is right if the value is well-formed, which is left to who reads it.
 */
int json_scan_pass(struct json_scan *scan, struct error *err) MUST_CHECK;
/* Nothing but blanks may follow. */
int json_scan_finish(struct json_scan *scan, struct error *err) MUST_CHECK;

/* Does the text equal a plain NUL-terminated word once its escapes are read? */
bool json_scan_text_is(const struct json_text *text, const char *word);
/* Unescapes into `out` (room for text->n_bytes); returns how many bytes. Text from this
 * scanner only. */
size_t json_scan_unescape(const struct json_text *text, char *out);

/*
 * The gate in front of jansson, which recurses deeply and allocates 21–78 bytes a byte:
 * the whole body is checked against the grammar and the limits of depth, keys an object
 * and token length.
 */
int json_scan_check(const char *text, size_t n_bytes, struct error *err) MUST_CHECK;

#endif
