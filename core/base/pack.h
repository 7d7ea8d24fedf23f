/*
 * Little-endian binary records for what is kept on disk: models, jobs, dataset footers.
 * Writing appends to a buffer (whose errors stick). Reading never runs past the end:
 * after the first short or implausible field every read gives 0/NULL and pack_check()
 * fails with ERROR_CORRUPT. Doubles keep their bits.
 */
#ifndef LOGITD_CORE_BASE_PACK_H
#define LOGITD_CORE_BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"

void pack_u8(struct buffer *out, uint8_t value);
void pack_u32(struct buffer *out, uint32_t value);
void pack_u64(struct buffer *out, uint64_t value);
void pack_f64(struct buffer *out, double value);
void pack_bytes(struct buffer *out, const void *bytes, size_t n); /* u64 length, bytes */
void pack_string(struct buffer *out, const char *text); /* NULL is kept apart from "" */
void pack_f64_array(struct buffer *out, const double *values,
                    size_t n); /* NULL kept apart */

struct pack_reader {
    const unsigned char *bytes;
    size_t n_bytes;
    size_t at;
    bool failed;
};

uint8_t pack_read_u8(struct pack_reader *in);
uint32_t pack_read_u32(struct pack_reader *in);
uint64_t pack_read_u64(struct pack_reader *in);
double pack_read_f64(struct pack_reader *in);
/* A count of elements of at least `least_bytes` bytes each still to come: fails when the
 * rest of the record could not hold them, so that a damaged count never asks for
 * terabytes. */
size_t pack_read_count(struct pack_reader *in, size_t least_bytes);
/* Borrowed from the record. */
const void *pack_read_bytes(struct pack_reader *in, size_t *n);
/* Copies, to be freed with memory_free; NULL for a NULL that was written, and on failure.
 */
char *pack_read_string(struct pack_reader *in, struct error *err);
double *pack_read_f64_array(struct pack_reader *in, size_t *n, struct error *err);

/* 0 if everything read so far was there. */
int pack_check(const struct pack_reader *in, struct error *err) MUST_CHECK;
/* The same, and nothing may be left over. */
int pack_check_end(const struct pack_reader *in, struct error *err) MUST_CHECK;

#endif
