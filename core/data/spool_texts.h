/*
 * The texts that the spool keeps beside some cells, one behind the other in a buffer:
 * what is said of each in a byte or more, and its characters, of a number two a byte.
 * Pure functions.
 */
#ifndef LOGITD_CORE_DATA_SPOOL_TEXTS_H
#define LOGITD_CORE_DATA_SPOOL_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"

#define SPOOL_TEXTS_MOST UINT32_C(0x7fffffff) /* bytes of a text */
#define SPOOL_TEXTS_MOST_DIGITS 24U           /* characters of one that is packed */

/* One more, behind n_passed cells without a text. */
int spool_texts_put(struct buffer *texts, uint32_t n_passed, const char *text,
                    uint32_t n_bytes, struct error *err) MUST_CHECK;
/* The same of 1 to SPOOL_TEXTS_MOST_DIGITS digits, points and minus signs; up to 15
 * bytes behind them are read. */
int spool_texts_put_digits(struct buffer *texts, uint32_t n_passed, const char *text,
                           uint32_t n_bytes, struct error *err) MUST_CHECK;

struct spool_text {
    uint32_t n_passed, n_bytes;
    bool is_packed;
    const char *bytes; /* as they lie there */
};
/* The text at texts[at]; returns where the next one is. */
size_t spool_texts_take(const char *texts, size_t at, struct spool_text *text);
/* to[n_bytes], of one that is packed. */
void spool_texts_unpack(const struct spool_text *text, char *to);

#endif
