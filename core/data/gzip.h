/*
 * Packs what is in memory whole as gzip (RFC 1952), or as what HTTP calls deflate (RFC
 * 1950): quickly rather than tightly, for answers.
 */
#ifndef LOGITD_CORE_DATA_GZIP_H
#define LOGITD_CORE_DATA_GZIP_H

#include "core/data/gunzip.h"

/* Appends to `out`, which has nothing new after a failure: ERROR_NO_MEMORY. */
int gzip_pack(enum gunzip_format format, const char *bytes, size_t n, struct buffer *out,
              struct error *err) MUST_CHECK;
/* The most that n bytes become. */
size_t gzip_most_bytes(size_t n);

#endif
