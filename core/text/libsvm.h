/*
 * Scans text in the form of LIBSVM and SVMlight, pushed in pieces of any size: a row a
 * line, a label and then the entries that are not 0, `index:value`, in any order. Blanks
 * and tabs separate; # begins a comment; empty lines do not count. One namespace right
 * behind the label (`|f`), as files of Vowpal Wabbit have it, is passed over.
 *
 * Holds one row and one unfinished field, whatever the length of the text. The caller
 * locks.
 */
#ifndef LOGITD_CORE_TEXT_LIBSVM_H
#define LOGITD_CORE_TEXT_LIBSVM_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define LIBSVM_MOST_FIELD_BYTES 1024U
#define LIBSVM_MOST_LABEL_BYTES 64U
#define LIBSVM_MOST_ENTRIES (1U << 20) /* of a row */
#define LIBSVM_MOST_INDEX UINT64_C(999999999999999999)

struct libsvm_entry {
    uint64_t index;
    double value; /* finite; may be 0 */
};

/* Borrowed until the function that is given it returns. */
struct libsvm_row {
    uint64_t row;      /* from 1 */
    const char *label; /* as it stands there; followed by a NUL */
    size_t label_bytes;
    const struct libsvm_entry *entries; /* ascending by index, none twice */
    size_t n_entries;
};

/* 0 to go on, -1 to end the scan with err set. */
typedef int libsvm_row_fn(void *context, const struct libsvm_row *row, struct error *err);
/* A row that cannot be used; those behind it can. */
typedef int libsvm_refuse_fn(void *context, uint64_t row, const struct error *problem,
                             struct error *err);

struct libsvm_scanner;

struct libsvm_scanner *libsvm_new(libsvm_row_fn *on_row, libsvm_refuse_fn *refuse,
                                  void *context, struct error *err) MUST_CHECK;
void libsvm_free(struct libsvm_scanner *scanner); /* NULL is fine */

/*
 * Problems have the place "row R" or "row R, column INDEX" and begin with the line and
 * the character, both from 1: ERROR_BAD_LIBSVM, ERROR_NOT_A_NUMBER, ERROR_NON_FINITE,
 * ERROR_DUPLICATE_COLUMN, ERROR_UNSUPPORTED (qid), ERROR_TOO_LARGE. After -1 only
 * libsvm_free may follow.
 */
int libsvm_push(struct libsvm_scanner *scanner, const char *bytes, size_t n,
                struct error *err) MUST_CHECK;
int libsvm_finish(struct libsvm_scanner *scanner, struct error *err) MUST_CHECK;

/* All of that with a text that is there whole. */
int libsvm_read(const char *text, size_t n_bytes, libsvm_row_fn *on_row,
                libsvm_refuse_fn *on_problem, void *context,
                struct error *err) MUST_CHECK;

#endif
