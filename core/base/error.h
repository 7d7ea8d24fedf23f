/*
 * Errors: one struct that the caller owns, filled by whoever fails first.
 *
 * Fallible functions take `struct error *err` last and return 0/-1 or pointer/NULL. The
 * first error wins: setting an error that is already set changes nothing, so that
 * clean-up on the way out cannot hide the cause. err may be NULL where the caller does
 * not care.
 *
 * A message is for the person who sent the request: lower case, the fact and the limit
 * and what to do; never a path of this machine, an errno text, a secret or a cell's
 * content.
 */
#ifndef LOGITD_CORE_BASE_ERROR_H
#define LOGITD_CORE_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* Whose fault, coarsely: what a caller can do about it. api/ maps kinds to HTTP statuses.
 */
enum error_kind {
    ERROR_KIND_NONE,
    ERROR_KIND_SYNTAX,      /* the bytes are not what they claim to be */
    ERROR_KIND_INPUT,       /* well formed, but cannot be worked with */
    ERROR_KIND_NOT_FOUND,   /* no such thing */
    ERROR_KIND_CONFLICT,    /* at odds with what is there */
    ERROR_KIND_TOO_LARGE,   /* beyond a limit of size */
    ERROR_KIND_BUSY,        /* try again later */
    ERROR_KIND_NO_SPACE,    /* the disk is full */
    ERROR_KIND_STOPPED,     /* cancelled or out of time, as asked */
    ERROR_KIND_UNSUPPORTED, /* understood, but not offered */
    ERROR_KIND_FAULT        /* our own, or the machine's */
};

/* X(NAME, "stable_snake_case_word", KIND, "title") — add a row to add a code. */
#define ERROR_CODES(X)                                                                   \
    X(NONE, "none", NONE, "no error")                                                    \
    X(INTERNAL, "internal", FAULT, "internal error")                                     \
    X(NO_MEMORY, "out_of_memory", BUSY, "not enough memory")                             \
    X(MEMORY_BUDGET, "memory_budget", BUSY, "memory budget exhausted")                   \
    X(IO, "io", FAULT, "input or output failed")                                         \
    X(NO_SPACE, "no_space", NO_SPACE, "no space left")                                   \
    X(CORRUPT, "corrupt", FAULT, "stored object is damaged")                             \
    X(UNREADABLE, "unreadable", FAULT, "stored object cannot be read")                   \
    X(READ_ONLY, "read_only", BUSY, "store is read-only")                                \
    X(LOCKED, "locked", CONFLICT, "data directory is in use")                            \
    X(FORMAT_VERSION, "format_version", UNSUPPORTED, "unknown format version")           \
    X(NOT_FOUND, "not_found", NOT_FOUND, "not found")                                    \
    X(CONFLICT, "conflict", CONFLICT, "conflict")                                        \
    X(BUSY, "busy", BUSY, "too busy")                                                    \
    X(QUEUE_FULL, "queue_full", BUSY, "job queue is full")                               \
    X(CANCELLED, "cancelled", STOPPED, "cancelled")                                      \
    X(TIME_LIMIT, "time_limit", STOPPED, "time limit reached")                           \
    X(CRASHED, "crashed", FAULT, "crashed")                                              \
    X(TOO_LARGE, "too_large", TOO_LARGE, "too large")                                    \
    X(UNSUPPORTED, "unsupported", INPUT, "not supported")                                \
    X(INVALID, "invalid", INPUT, "invalid value")                                        \
    X(INVALID_TYPE, "invalid_type", INPUT, "wrong type")                                 \
    X(OUT_OF_RANGE, "out_of_range", INPUT, "out of range")                               \
    X(MISSING_FIELD, "missing_field", INPUT, "missing field")                            \
    X(UNKNOWN_FIELD, "unknown_field", INPUT, "unknown field")                            \
    X(BAD_JSON, "bad_json", SYNTAX, "malformed JSON")                                    \
    X(DUPLICATE_KEY, "duplicate_key", SYNTAX, "duplicate key")                           \
    X(TOO_DEEP, "too_deep", SYNTAX, "nested too deeply")                                 \
    X(BAD_UTF8, "bad_utf8", SYNTAX, "not valid UTF-8")                                   \
    X(BAD_CSV, "bad_csv", SYNTAX, "malformed CSV")                                       \
    X(BAD_LIBSVM, "bad_libsvm", SYNTAX, "malformed LIBSVM text")                         \
    X(BAD_NPY, "bad_npy", SYNTAX, "malformed NumPy file")                                \
    X(BAD_GZIP, "bad_gzip", SYNTAX, "malformed gzip or deflate")                         \
    X(RAGGED_ROW, "ragged_row", INPUT, "row has the wrong number of cells")              \
    X(BAD_COLUMN_NAME, "bad_column_name", INPUT, "unusable column name")                 \
    X(DUPLICATE_COLUMN, "duplicate_column", INPUT, "duplicate column name")              \
    X(UNKNOWN_COLUMN, "unknown_column", INPUT, "no such column")                         \
    X(BAD_FORMULA, "bad_formula", INPUT, "malformed formula")                            \
    X(NO_ROWS, "no_rows", INPUT, "no rows")                                              \
    X(NO_FEATURES, "no_features", INPUT, "no features")                                  \
    X(NOT_A_NUMBER, "not_a_number", INPUT, "not a number")                               \
    X(NON_FINITE, "non_finite", INPUT, "not a finite number")                            \
    X(MISSING_VALUE, "missing_value", INPUT, "missing value")                            \
    X(UNKNOWN_LEVEL, "unknown_level", INPUT, "level not seen in training")               \
    X(WRONG_WIDTH, "wrong_width", INPUT, "wrong number of cells")                        \
    X(SINGLE_CLASS, "single_class", INPUT, "only one class")                             \
    X(AMBIGUOUS_FAMILY, "ambiguous_family", INPUT, "family cannot be inferred")          \
    X(BAD_TARGET, "bad_target", INPUT, "unusable target")                                \
    X(BAD_WEIGHT, "bad_weight", INPUT, "unusable weight")                                \
    X(BAD_COUNT, "bad_count", INPUT, "unusable count")                                   \
    X(UNIDENTIFIED, "unidentified", INPUT, "more coefficients than the data identify")   \
    X(NO_CONVERGENCE, "no_convergence", INPUT, "did not converge")

enum error_code {
#define ERROR_ENUM(name, word, kind, title) ERROR_##name,
    ERROR_CODES(ERROR_ENUM)
#undef ERROR_ENUM
        ERROR_N_CODES
};

/* All zero means: no error. Copy it freely; it owns nothing. */
struct error {
    enum error_code code;
    const char *file; /* of ours, for the log; never sent to a caller */
    int line;
    char place[128]; /* in the caller's input: JSON pointer or "row 3, column gpa"; may be
                        "" */
    char message[256];
};

/* Sets err if it is not set yet; printf-like. Both forms return -1, for `return
 * error_set(…)`. */
#define error_set(err, code, ...) error_set_at(err, code, __FILE__, __LINE__, __VA_ARGS__)
int error_set_at(struct error *err, enum error_code code, const char *file, int line,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Says where in the caller's input, if err is set and has no place yet; printf-like. */
void error_place(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies `from` into err if err is not set yet. Returns -1. */
int error_copy(struct error *err, const struct error *from);

/* Back to all zero. */
void error_clear(struct error *err);

bool error_is_set(const struct error *err);

/* Of a code: its stable word ("not_a_number"), its kind, its title. Static strings. */
const char *error_word(enum error_code code);
enum error_kind error_kind(enum error_code code);
const char *error_title(enum error_code code);
/* Is its message for the caller? Of faults mostly not: these are for the log. */
bool error_is_told(enum error_code code);
/* The code of a word; ERROR_INTERNAL if there is none such (used when reading stored
 * jobs). */
enum error_code error_code_of_word(const char *word);

/* ERROR_NO_MEMORY with the size that could not be had. Returns -1. */
int error_no_memory(struct error *err, size_t bytes);
/* Of an errno value: ENOSPC, EDQUOT and EFBIG become NO_SPACE, ENOMEM NO_MEMORY, all else
 * IO; `what` names the action ("write blob"). The errno text goes to `file:line` only
 * through the log. */
#define error_errno(err, number, what)                                                   \
    error_errno_at(err, number, __FILE__, __LINE__, what)
int error_errno_at(struct error *err, int number, const char *file, int line,
                   const char *what);

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
