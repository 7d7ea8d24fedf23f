/*
 * Entries of a row of LIBSVM text, many at a time: the part of a scan (libsvm.h) that has
 * to be fast. Pure; thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_LIBSVM_FIELDS_H
#define LOGITD_CORE_TEXT_LIBSVM_FIELDS_H

#include "core/text/libsvm.h"

#define LIBSVM_FIELDS_MOST 64U /* at a time */

/*
 * The entries that text[at..n) begins with, in the row that goes on there: a whole number
 * of up to 8 digits, a colon, a finite number, a blank or a tab or whatever ends a row
 * behind it; only one blank between two of them. Fewer, or none, where there is another
 * thing, near either end of the text, or after LIBSVM_FIELDS_MOST: entries[…], of which
 * it returns how many. *end is at the byte behind the last one.
 */
size_t libsvm_fields_read(const char *text, size_t at, size_t n,
                          struct libsvm_entry *entries, size_t *end);

#endif
