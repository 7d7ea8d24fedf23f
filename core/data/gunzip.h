/*
 * Unpacks gzip (RFC 1952), or what HTTP calls deflate (RFC 1950), pushed in pieces, into
 * a sink: one member or several one after another, each checked against its sum.
 */
#ifndef LOGITD_CORE_DATA_GUNZIP_H
#define LOGITD_CORE_DATA_GUNZIP_H

#include <stdint.h>

#include "core/base/buffer.h"

struct gunzip;

enum gunzip_format { GUNZIP_GZIP, GUNZIP_DEFLATE };

/* At most n_bytes_most are unpacked: a small file may hold very many. The sink is
 * borrowed. */
struct gunzip *gunzip_new(enum gunzip_format format, struct byte_sink sink,
                          uint64_t n_bytes_most, struct error *err) MUST_CHECK;
void gunzip_free(struct gunzip *gunzip); /* NULL is fine */

/*
 * The caller locks. ERROR_BAD_GZIP, ERROR_TOO_LARGE beyond the most, what the sink
 * says. After a failure only gunzip_free may follow.
 */
int gunzip_push(struct gunzip *gunzip, const char *bytes, size_t n,
                struct error *err) MUST_CHECK;
/* Was that all? */
int gunzip_finish(const struct gunzip *gunzip, struct error *err) MUST_CHECK;

#endif
