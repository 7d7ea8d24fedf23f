/*
 * Where the entries of a row of LIBSVM text are: the inner loop of libsvm_fields.h. Pure;
 * thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_LIBSVM_CUT_H
#define LOGITD_CORE_TEXT_LIBSVM_CUT_H

#include <stdbool.h>

#include "core/text/csv.h"
#include "core/text/csv_marks.h"
#include "core/text/libsvm_fields.h"

#define LIBSVM_CUT_SPARE 32U /* so many may be written behind those that there are */

/* Entries `index:value` of a row so far. The first index begins at `start`, and others
 * behind the value before and one more byte. */
struct libsvm_cut {
    size_t n, start;
    bool has_colon; /* of one more: its value has begun, and values[n] tells where */
    struct csv_field values[LIBSVM_FIELDS_MOST + LIBSVM_CUT_SPARE];
};

/*
 * The entries that end in text[at..at+CSV_MARKS_BLOCK). Returns false where no further
 * block is to be looked at: the row has ended, there are LIBSVM_FIELDS_MOST of them, or
 * what came is something else.
 */
bool libsvm_cut_block(struct libsvm_cut *cut, const char *text, size_t at);
/* The same by bytes' marks, for machines without vectors of 512 bits and VBMI2. */
bool libsvm_cut_block_portable(struct libsvm_cut *cut, const char *text, size_t at);

#endif
