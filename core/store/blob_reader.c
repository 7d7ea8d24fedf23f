#include "core/store/blob_reader.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/store/disk.h"

/* ---- header and sizes ---- */

static int check_header(struct blob_reader *reader, const unsigned char *id,
                        struct error *err)
{
    unsigned char bytes[BLOB_FORMAT_HEADER_BYTES];
    uint64_t expected;
    if (disk_n_bytes(reader->fd, &reader->file_bytes, err) < 0 ||
        disk_read(reader->fd, bytes, sizeof(bytes), 0, err) < 0 ||
        blob_format_unpack(&reader->header, bytes, err) < 0)
        return -1;
    if (memcmp(reader->header.id, id, BLOB_FORMAT_ID_BYTES) != 0)
        return error_set(err, ERROR_CORRUPT, "the file is another object's");
    if (!blob_format_file_bytes(&reader->header, &expected) ||
        reader->file_bytes != expected)
        return error_set(err, ERROR_CORRUPT, "the file's length is not as written");
    return 0;
}

int blob_reader_open(struct blob_reader *reader, int directory, const unsigned char *id,
                     struct error *err)
{
    const struct blob_format_name name = blob_format_name(id);
    struct blob_reader fresh = {.fd = disk_open(directory, name.text, err)};
    if (fresh.fd < 0)
        return -1;
    if (check_header(&fresh, id, err) < 0) {
        close(fresh.fd);
        return -1;
    }
    *reader = fresh;
    return 0;
}

void blob_reader_close(struct blob_reader *reader)
{
    close(reader->fd);
}

/* ---- content ---- */

static uint32_t crc_at(const unsigned char *bytes, uint64_t at)
{
    struct pack_reader in = {.bytes = bytes + at, .n_bytes = sizeof(uint32_t)};
    return pack_read_u32(&in);
}

static int check_tail(struct blob_reader *reader, unsigned char *bytes, uint64_t n,
                      struct error *err)
{
    uint64_t at = reader->file_bytes - n, crc_start = n - sizeof(uint32_t);
    if (disk_read(reader->fd, bytes, n, at, err) < 0)
        return -1;
    if (checksum_crc32c(0, bytes, crc_start) != crc_at(bytes, crc_start))
        return error_set(err, ERROR_CORRUPT, "its trailer is damaged");
    return 0;
}

int blob_reader_tail(struct blob_reader *reader, struct blob_tail *tail,
                     struct error *err)
{
    const struct blob_header *header = &reader->header;
    uint64_t n;
    if (!blob_format_tail_bytes(header, &n))
        return error_set(err, ERROR_CORRUPT, "its header is damaged");
    unsigned char *bytes = memory_new(n, 1, err);
    if (!bytes)
        return -1;
    if (check_tail(reader, bytes, n, err) < 0) {
        memory_free(bytes);
        return -1;
    }
    const unsigned char *key = bytes + blob_format_n_blocks(header) * sizeof(uint32_t);
    const unsigned char *meta = key + header->key_bytes;
    *tail = (struct blob_tail){bytes, (const char *)key, meta, meta + header->meta_bytes};
    return 0;
}

static int verify_block(struct blob_reader *reader, const struct blob_tail *tail,
                        uint64_t i, unsigned char *block, size_t *n, struct error *err)
{
    uint64_t start = i * BLOB_FORMAT_BLOCK_BYTES;
    uint64_t left = reader->header.payload_bytes - start;
    *n = left < BLOB_FORMAT_BLOCK_BYTES ? (size_t)left : BLOB_FORMAT_BLOCK_BYTES;
    if (disk_read(reader->fd, block, *n, BLOB_FORMAT_HEADER_BYTES + start, err) < 0)
        return -1;
    if (checksum_crc32c(0, block, *n) != crc_at(tail->bytes, i * sizeof(uint32_t)))
        return error_set(err, ERROR_CORRUPT, "its content is damaged");
    return 0;
}

/* Reads instead of mapping: a sector that cannot be read is an error, not a signal. */
int blob_reader_verify(struct blob_reader *reader, const struct blob_tail *tail,
                       unsigned char *computed, struct error *err)
{
    uint64_t n_blocks = blob_format_n_blocks(&reader->header);
    struct checksum_sha256 sum;
    unsigned char *block = memory_new(BLOB_FORMAT_BLOCK_BYTES, 1, err);
    int result = block ? 0 : -1;
    size_t n = 0;
    bool digests_blocks = reader->header.digests_blocks;
    checksum_sha256_start(&sum);
    for (uint64_t i = 0; result == 0 && i < n_blocks; i++) {
        result = verify_block(reader, tail, i, block, &n, err);
        if (result == 0 && computed && !digests_blocks)
            checksum_sha256_add(&sum, block, n);
    }
    if (computed && digests_blocks)
        checksum_sha256_add(&sum, tail->bytes, n_blocks * sizeof(uint32_t));
    if (result == 0 && computed)
        checksum_sha256_finish(&sum, computed);
    memory_free(block);
    return result;
}

int blob_reader_map(struct blob_reader *reader, void **mapping, struct mapping **guard,
                    struct error *err)
{
    void *start = mmap(NULL, reader->file_bytes, PROT_READ, MAP_SHARED, reader->fd, 0);
    if (start == MAP_FAILED)
        return error_errno(err, errno, "map a stored object");
    *guard = mapping_guard(start, reader->file_bytes, PROT_READ, err);
    if (!*guard) {
        munmap(start, reader->file_bytes);
        return -1;
    }
    *mapping = start;
    return 0;
}
