/* The escapes of JSON strings: is one well formed, what does it stand for? Pure,
 * thread-safe. */
#ifndef LOGITD_CORE_TEXT_JSON_ESCAPE_H
#define LOGITD_CORE_TEXT_JSON_ESCAPE_H

#include <stddef.h>

/* How many bytes the escape has that text[0..n) begins with; 0 if it is none. A surrogate
 * must have the other half behind it, and both are one escape. */
size_t json_escape_bytes(const char *text, size_t n);

/* The character at text, within a well-formed string: an escape, or one byte as it
 * stands. Up to four bytes of UTF-8 go to `out`, how many is returned; *n_read is how
 * long it was. */
size_t json_escape_read(const char *text, char out[4], size_t *n_read);

#endif
