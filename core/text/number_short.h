/*
 * Whole numbers of few digits out of the cells of a text, many at once: the part of
 * number_cells.h that columns of counts and codes are read by. Pure; thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_NUMBER_SHORT_H
#define LOGITD_CORE_TEXT_NUMBER_SHORT_H

#include <stddef.h>

#include "core/text/csv.h"

#define NUMBER_SHORT_MOST 4U   /* characters of a cell */
#define NUMBER_SHORT_GROUP 16U /* cells that are read together */

/*
 * values[i] and kinds[i] of fields[i], as number_cells_read has them, for as long as each
 * of NUMBER_SHORT_GROUP cells is empty or [-] digits of at most NUMBER_SHORT_MOST
 * characters, and not -0. Returns how many were read, a multiple of NUMBER_SHORT_GROUP.
 * So many bytes before the end of a cell as it may have characters are read.
 */
typedef size_t number_short_fn(const char *text, const struct csv_field *fields, size_t n,
                               double *values, unsigned char *kinds);
number_short_fn number_short_avx2, number_short_avx512;

#endif
