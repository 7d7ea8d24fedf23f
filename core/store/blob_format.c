#include "core/store/blob_format.h"

#include <stdio.h>
#include <string.h>

#include "core/base/pack.h"

#define MAGIC "logitd\r\n" /* breaks if somebody converts line ends */
#define MAGIC_BYTES 8U
#define OF_PAYLOAD 1U /* versions, by what is digested */
#define OF_BLOCKS BLOB_FORMAT_VERSION
#define CRC_AT (BLOB_FORMAT_HEADER_BYTES - 4)
#define FINISHED ".blob"
#define UNFINISHED ".tmp"
#define ID_DIGITS (2 * BLOB_FORMAT_ID_BYTES)

/* ---- names ---- */

static struct blob_format_name name_with(const unsigned char *id, const char *suffix)
{
    struct blob_format_name name;
    for (size_t i = 0; i < BLOB_FORMAT_ID_BYTES; i++)
        snprintf(name.text + 2 * i, 3, "%02x", id[i]);
    snprintf(name.text + ID_DIGITS, sizeof(name.text) - ID_DIGITS, "%s", suffix);
    return name;
}

struct blob_format_name blob_format_name(const unsigned char *id)
{
    return name_with(id, FINISHED);
}

struct blob_format_name blob_format_unfinished_name(const unsigned char *id)
{
    return name_with(id, UNFINISHED);
}

static bool read_id(const char *name, unsigned char *id)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < ID_DIGITS; i++) {
        const char *digit = name[i] ? strchr(digits, name[i]) : NULL;
        if (!digit)
            return false;
        size_t value = (size_t)(digit - digits);
        id[i / 2] = (unsigned char)(i % 2 ? id[i / 2] * 16U + value : value);
    }
    return true;
}

bool blob_format_read_name(const char *name, unsigned char *id)
{
    unsigned char found[BLOB_FORMAT_ID_BYTES] = {0};
    if (!read_id(name, found) || strcmp(name + ID_DIGITS, FINISHED) != 0)
        return false;
    memcpy(id, found, sizeof(found));
    return true;
}

bool blob_format_is_unfinished(const char *name)
{
    unsigned char id[BLOB_FORMAT_ID_BYTES] = {0};
    return read_id(name, id) && strcmp(name + ID_DIGITS, UNFINISHED) == 0;
}

/* ---- the header ---- */

void blob_format_pack(const struct blob_header *header, struct buffer *out)
{
    static const unsigned char zeros[BLOB_FORMAT_HEADER_BYTES];
    size_t start = out->n_bytes;
    buffer_append(out, MAGIC, MAGIC_BYTES);
    pack_u32(out, header->digests_blocks ? OF_BLOCKS : OF_PAYLOAD);
    pack_u32(out, header->kind);
    buffer_append(out, header->id, sizeof(header->id));
    pack_u64(out, header->payload_bytes);
    pack_u32(out, BLOB_FORMAT_BLOCK_BYTES);
    pack_u32(out, header->key_bytes);
    pack_u64(out, header->meta_bytes);
    pack_u64(out, (uint64_t)header->created_at);
    if (out->failed)
        return;
    buffer_append(out, zeros, start + CRC_AT - out->n_bytes);
    if (!out->failed)
        pack_u32(out, checksum_crc32c(0, out->bytes + start, CRC_AT));
}

static const char *field(struct pack_reader *in, size_t n)
{
    const char *bytes = (const char *)in->bytes + in->at;
    in->at += n;
    return bytes;
}

static int unpack_sound(struct blob_header *header, struct pack_reader *in,
                        struct error *err)
{
    struct blob_header fresh = {0};
    uint32_t version = pack_read_u32(in);
    if (version > BLOB_FORMAT_VERSION)
        return error_set(err, ERROR_FORMAT_VERSION,
                         "a stored object has format %u, but this program reads up to %u",
                         version, BLOB_FORMAT_VERSION);
    fresh.digests_blocks = version == OF_BLOCKS;
    fresh.kind = pack_read_u32(in);
    memcpy(fresh.id, field(in, sizeof(fresh.id)), sizeof(fresh.id));
    fresh.payload_bytes = pack_read_u64(in);
    uint32_t block_bytes = pack_read_u32(in);
    fresh.key_bytes = pack_read_u32(in);
    fresh.meta_bytes = pack_read_u64(in);
    fresh.created_at = (int64_t)pack_read_u64(in);
    if (version < OF_PAYLOAD || block_bytes != BLOB_FORMAT_BLOCK_BYTES)
        return error_set(err, ERROR_CORRUPT, "its header is of no known format");
    *header = fresh;
    return 0;
}

int blob_format_unpack(struct blob_header *header, const void *bytes, struct error *err)
{
    struct pack_reader in = {.bytes = bytes, .n_bytes = BLOB_FORMAT_HEADER_BYTES};
    struct pack_reader at_crc = {
        .bytes = bytes, .n_bytes = BLOB_FORMAT_HEADER_BYTES, .at = CRC_AT};
    if (memcmp(field(&in, MAGIC_BYTES), MAGIC, MAGIC_BYTES) != 0 ||
        pack_read_u32(&at_crc) != checksum_crc32c(0, bytes, CRC_AT))
        return error_set(err, ERROR_CORRUPT, "its header is damaged");
    return unpack_sound(header, &in, err);
}

/* ---- sizes ---- */

uint64_t blob_format_n_blocks(const struct blob_header *header)
{
    return header->payload_bytes / BLOB_FORMAT_BLOCK_BYTES +
           (header->payload_bytes % BLOB_FORMAT_BLOCK_BYTES != 0);
}

bool blob_format_tail_bytes(const struct blob_header *header, uint64_t *n)
{
    uint64_t fixed = blob_format_n_blocks(header) * sizeof(uint32_t) + header->key_bytes +
                     CHECKSUM_SHA256_BYTES + sizeof(uint32_t);
    return !__builtin_add_overflow(fixed, header->meta_bytes, n) && *n <= INT64_MAX;
}

bool blob_format_file_bytes(const struct blob_header *header, uint64_t *n)
{
    uint64_t tail_bytes;
    return blob_format_tail_bytes(header, &tail_bytes) &&
           header->payload_bytes <= INT64_MAX &&
           !__builtin_add_overflow(tail_bytes + BLOB_FORMAT_HEADER_BYTES,
                                   header->payload_bytes, n) &&
           *n <= INT64_MAX;
}
