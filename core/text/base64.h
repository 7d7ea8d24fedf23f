/*
 * Bytes as base64 text and back (RFC 4648, section 4: with padding, in one line).
 */
#ifndef LOGITD_CORE_TEXT_BASE64_H
#define LOGITD_CORE_TEXT_BASE64_H

#include "core/base/buffer.h"

/* Appends. */
void base64_write(const void *bytes, size_t n, struct buffer *out);

/* Appends what the whole of the text means. False for anything that base64_write could
 * not have written: other characters, wrong padding, bits beyond the last byte. */
bool base64_read(const char *text, size_t n, struct buffer *out);

#endif
