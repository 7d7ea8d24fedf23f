/* UTF-8 (RFC 3629): is it valid? Surrogates, overlong forms and code points past U+10FFFF
 * are not. */
#ifndef LOGITD_CORE_TEXT_UTF8_H
#define LOGITD_CORE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the longest valid prefix of text[0..n); n if all of it is valid. Fast on
 * ASCII. */
size_t utf8_valid_prefix(const char *text, size_t n);

#endif
