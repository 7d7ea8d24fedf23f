/*
 * A blob's file, all numbers little-endian:
 *
 *   0    header, 128 bytes; its last four are the CRC32C of what is before them
 *   128  payload, as it was written
 *   …    CRC32C of each block of the payload
 *   …    key
 *   …    meta
 *   …    SHA-256 of the payload (version 1), or of the checksums of its blocks (2)
 *   end  CRC32C of everything behind the payload, 4 bytes
 *
 * So every byte lies under one checksum, the payload can be mapped as it is, and the
 * record of a blob can be made again from its file alone. The file's name is the id in
 * its header. The second version is for payloads that are long and that nobody names by
 * their content.
 */
#ifndef LOGITD_CORE_STORE_BLOB_FORMAT_H
#define LOGITD_CORE_STORE_BLOB_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/checksum.h"
#include "core/base/error.h"

#define BLOB_FORMAT_VERSION 2U
#define BLOB_FORMAT_HEADER_BYTES 128U
#define BLOB_FORMAT_BLOCK_BYTES 65536U
#define BLOB_FORMAT_ID_BYTES 16U

/* Of a file with this id, 32 hexadecimal digits and ".blob"; and while it is written. */
#define BLOB_FORMAT_NAME_BYTES 40
struct blob_format_name {
    char text[BLOB_FORMAT_NAME_BYTES];
};
struct blob_format_name blob_format_name(const unsigned char *id);
struct blob_format_name blob_format_unfinished_name(const unsigned char *id);
/* id[16]; false if this is not a finished blob's name. */
bool blob_format_read_name(const char *name, unsigned char *id) MUST_CHECK;
bool blob_format_is_unfinished(const char *name);

struct blob_header {
    unsigned char id[BLOB_FORMAT_ID_BYTES];
    uint32_t kind;
    bool digests_blocks; /* version 2 */
    uint64_t payload_bytes;
    uint32_t key_bytes;
    uint64_t meta_bytes;
    int64_t created_at;
};

void blob_format_pack(const struct blob_header *header, struct buffer *out);
/* bytes[BLOB_FORMAT_HEADER_BYTES]. ERROR_CORRUPT; ERROR_FORMAT_VERSION if it is sound but
 * of a newer program. */
int blob_format_unpack(struct blob_header *header, const void *bytes,
                       struct error *err) MUST_CHECK;

uint64_t blob_format_n_blocks(const struct blob_header *header);
/* Of all behind the payload, and of the whole file; false if they exceed every file. */
bool blob_format_tail_bytes(const struct blob_header *header, uint64_t *n) MUST_CHECK;
bool blob_format_file_bytes(const struct blob_header *header, uint64_t *n) MUST_CHECK;

#endif
