/*
 * Numbers as most files have them, read fast, and known to be written the same again.
 * Pure functions, thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_PLAIN_H
#define LOGITD_CORE_TEXT_NUMBER_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text/csv.h"

/*
 * Is text[0..n) a number that number_write would write just so? Then its value, the same
 * bits that number_read gives. May say no where it would, never yes where it would not:
 * digits, perhaps a point and digits, at most 15, so that they are the only such text of
 * their double; no zeros that could be left out; not so small that it would be written as
 * 1e-05. CSV_PADDING bytes behind the text must be there to be read, whatever they are.
 */
bool number_plain(const char *text, size_t n, double *value);

/* The same of many: the value of each that is one, NaN of any other. Several times as
 * fast where the machine has SSE 4.1. */
void number_plain_cells(const struct csv_cell *cells, size_t n_cells, double *values);
void number_plain_cells_portable(const struct csv_cell *cells, size_t n_cells,
                                 double *values);

#endif
