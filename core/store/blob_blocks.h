/*
 * The payload of a blob on its way to the disk: cut into blocks, checksummed, written.
 * Where it becomes long a thread of its own does the latter two, while the caller makes
 * the next blocks. One thread at a time may call.
 */
#ifndef LOGITD_CORE_STORE_BLOB_BLOCKS_H
#define LOGITD_CORE_STORE_BLOB_BLOCKS_H

#include <stdbool.h>

#include "core/store/blob_format.h"

struct blob_blocks;

/* fd: borrowed; the payload goes behind the header. The digest is to be of the blocks'
 * checksums, or else of the payload. */
struct blob_blocks *blob_blocks_new(int fd, bool digests_blocks,
                                    struct error *err) MUST_CHECK;
/* Waits for the thread. NULL is fine. */
void blob_blocks_free(struct blob_blocks *blocks);

/* Bytes of the payload. May tell of an error of earlier ones; then nothing may follow but
 * blob_blocks_free. */
int blob_blocks_add(struct blob_blocks *blocks, const void *bytes, size_t n,
                    struct error *err) MUST_CHECK;
/* That was all: the CRC32C of each block to `tail`, and the SHA-256. */
int blob_blocks_end(struct blob_blocks *blocks, struct buffer *tail,
                    unsigned char digest[CHECKSUM_SHA256_BYTES],
                    struct error *err) MUST_CHECK;

#endif
