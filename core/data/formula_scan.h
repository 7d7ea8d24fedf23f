/*
 * The words of a formula's text: names, numbers, texts in quotes, operators. The caller
 * locks.
 */
#ifndef LOGITD_CORE_DATA_FORMULA_SCAN_H
#define LOGITD_CORE_DATA_FORMULA_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buffer.h"

enum formula_token {
    FORMULA_END,
    FORMULA_NUMBER,
    FORMULA_TEXT, /* in quotes of either kind */
    FORMULA_NAME,
    FORMULA_POINT, /* a point by itself */
    FORMULA_TILDE,
    FORMULA_PLUS,
    FORMULA_MINUS,
    FORMULA_STAR,
    FORMULA_SLASH,
    FORMULA_POWER, /* ^ or ** */
    FORMULA_COLON,
    FORMULA_OPEN,
    FORMULA_CLOSE,
    FORMULA_COMMA,
    FORMULA_ASSIGN, /* = */
    FORMULA_EQUAL,  /* == */
    FORMULA_UNEQUAL,
    FORMULA_LESS,
    FORMULA_LESS_EQUAL,
    FORMULA_GREATER,
    FORMULA_GREATER_EQUAL,
    FORMULA_AND,
    FORMULA_OR,
    FORMULA_NOT
};

#define FORMULA_MAX_DEPTH 100U /* of what stands within each other */

struct formula_scan {
    const char *text; /* borrowed, as far as n_bytes */
    size_t n_bytes, at;
    size_t depth; /* of the parsers */
    /* where it stands */
    enum formula_token token;
    size_t position;       /* of its first byte, from 1 */
    double number;         /* of a number */
    bool is_quoted;        /* of a name: in backquotes */
    bool is_call;          /* of a name: a parenthesis follows */
    struct buffer content; /* of a name or text, without its quotes */
};

/* Into an all-zero scan: stands at the first word. ERROR_BAD_FORMULA for what is no
 * word, with the place "position N". */
int formula_scan_start(struct formula_scan *scan, const char *text, size_t n_bytes,
                       struct error *err) MUST_CHECK;
int formula_scan_next(struct formula_scan *scan, struct error *err) MUST_CHECK;
void formula_scan_free(struct formula_scan *scan);

bool formula_scan_is_name(const struct formula_scan *scan, const char *name);

/* ERROR_BAD_FORMULA at a position; printf-like. Returns -1. */
int formula_scan_refuse(size_t position, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "expected WHAT, found …" where it stands. Returns -1. */
int formula_scan_expected(const struct formula_scan *scan, const char *what,
                          struct error *err);
/* Goes on behind this word, or fails as above. */
int formula_scan_pass(struct formula_scan *scan, enum formula_token token,
                      const char *what, struct error *err) MUST_CHECK;

/* Around every step into something: too deep a nesting is refused. */
int formula_scan_enter(struct formula_scan *scan, struct error *err) MUST_CHECK;
void formula_scan_leave(struct formula_scan *scan);

/* A name as a formula says it: by itself, or in backquotes. Appends. */
void formula_scan_write_name(const char *name, struct buffer *out);
void formula_scan_write_text(const char *text, struct buffer *out); /* in quotes */

#endif
