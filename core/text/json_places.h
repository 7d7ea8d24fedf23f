/*
 * Where the numbers of a JSON array stand. Pure; thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_JSON_PLACES_H
#define LOGITD_CORE_TEXT_JSON_PLACES_H

#include <stddef.h>

#include "core/text/csv.h"

#define JSON_PLACES_MOST 64U
#define JSON_PLACES_PADDING (64U + CSV_PADDING) /* behind the text, that may be read */

/*
 * The elements from text[at] on, behind each of which there is a comma or a closing
 * bracket before text[n]: cells[0..most), without blanks in front. Ends with the bracket,
 * and before the first that does not begin as a number does; there may be more.
 * n < 2^32, most <= JSON_PLACES_MOST.
 */
size_t json_places_find(const char *text, size_t at, size_t n, struct csv_field *cells,
                        size_t most);

#endif
