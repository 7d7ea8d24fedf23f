/*
 * Many cells of a text read as numbers at once. Pure functions, thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_CELLS_H
#define LOGITD_CORE_TEXT_NUMBER_CELLS_H

#include <stddef.h>

#include "core/text/csv.h"

/* What a cell is. */
#define NUMBER_CELLS_PLAIN 0U  /* a number as number_plain has it */
#define NUMBER_CELLS_NUMBER 1U /* one that would be written otherwise */
#define NUMBER_CELLS_OTHER 2U  /* none, or one that number_read is to read */

/*
 * values[i] and kinds[i] of the cell fields[i] of text: the same bits that number_read
 * gives; NaN of another. Reads [-] digits [. digits] of up to 19 digits. CSV_PADDING
 * bytes behind each cell may be read, and up to 24 before its end, but none before text.
 */
void number_cells_read(const char *text, const struct csv_field *fields, size_t n,
                       double *values, unsigned char *kinds);
/* The same one by one, for machines without vectors of 512 bits. */
void number_cells_read_portable(const char *text, const struct csv_field *fields,
                                size_t n, double *values, unsigned char *kinds);

#endif
