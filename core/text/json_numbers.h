/*
 * The numbers of a JSON array, many at once: the part of json_scan.c that has to be fast.
 * Pure; thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_JSON_NUMBERS_H
#define LOGITD_CORE_TEXT_JSON_NUMBERS_H

#include <stddef.h>

/*
 * text[0..n) begins where an element of an array may (behind the bracket or a comma).
 * Reads the numbers that come there, with commas between them, for as long as it is easy
 * to see that they are such, into values[0..most): each is followed by a comma or the
 * closing bracket. Returns how many; *n_used is behind the last one. What values has
 * behind it is anything. There may be more numbers, also after less than `most`. The text
 * may have `n_before` bytes before it, which are read.
 */
size_t json_numbers_read(const char *text, size_t n_before, size_t n, double *values,
                         size_t most, size_t *n_used);

#endif
