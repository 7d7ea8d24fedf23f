/*
 * The numbers of a JSON array by their digits alone, for machines with AVX-512. Pure;
 * thread-safe.
 */
#ifndef LOGITD_CORE_TEXT_JSON_DIGITS_H
#define LOGITD_CORE_TEXT_JSON_DIGITS_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DIGITS_PADDING 64U /* behind the text, that may be read */

/* Has this machine what it takes? */
bool json_digits_is_here(void);

/*
 * text[0..n) begins where an element of an array may. Reads the numbers of digits, a sign
 * and a point that come there, blanks before them or not, up to what is none such, into
 * values[0..most): each is followed by a comma or the closing bracket. Returns how many;
 * *n_used is behind the last one, before its mark. There may be more. What lies behind
 * them in values stays.
 */
size_t json_digits_read(const char *text, size_t n, double *values, size_t most,
                        size_t *n_used);

#endif
