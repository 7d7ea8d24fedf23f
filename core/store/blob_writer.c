#include "core/store/blob_writer.h"

#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/base/random.h"
#include "core/store/disk.h"

int blob_writer_start(struct blob_writer *writer, int directory, uint32_t kind,
                      struct error *err)
{
    struct blob_writer fresh = {.directory = directory, .header.kind = kind};
    if (random_bytes(fresh.header.id, sizeof(fresh.header.id), err) < 0)
        return -1;
    fresh.block = memory_new(BLOB_FORMAT_BLOCK_BYTES, 1, err);
    if (!fresh.block)
        return -1;
    const struct blob_format_name name = blob_format_unfinished_name(fresh.header.id);
    fresh.fd = disk_create(directory, name.text, err);
    if (fresh.fd < 0) {
        memory_free(fresh.block);
        return -1;
    }
    checksum_sha256_start(&fresh.sha256);
    *writer = fresh;
    return 0;
}

/* ---- the payload ---- */

static int write_block(struct blob_writer *writer, struct error *err)
{
    size_t n = writer->n_in_block;
    uint64_t at = BLOB_FORMAT_HEADER_BYTES + writer->header.payload_bytes - (uint64_t)n;
    if (n == 0)
        return 0;
    if (disk_write(writer->fd, writer->block, n, at, err) < 0)
        return -1;
    checksum_sha256_add(&writer->sha256, writer->block, n);
    pack_u32(&writer->tail, checksum_crc32c(0, writer->block, n));
    writer->n_in_block = 0;
    return buffer_check(&writer->tail, err);
}

static int add(struct blob_writer *writer, const char *bytes, size_t n, struct error *err)
{
    while (n > 0) {
        size_t room = BLOB_FORMAT_BLOCK_BYTES - writer->n_in_block;
        size_t taken = n < room ? n : room;
        memcpy(writer->block + writer->n_in_block, bytes, taken);
        writer->n_in_block += taken;
        writer->header.payload_bytes += taken;
        bytes += taken;
        n -= taken;
        if (taken == room && write_block(writer, err) < 0)
            return -1;
    }
    return 0;
}

static int check_is_whole(const struct blob_writer *writer, struct error *err)
{
    return writer->has_failed
               ? error_set(err, ERROR_IO, "an earlier write of this object failed")
               : 0;
}

int blob_writer_add(struct blob_writer *writer, const void *bytes, size_t n,
                    struct error *err)
{
    if (check_is_whole(writer, err) < 0)
        return -1;
    int result = add(writer, bytes, n, err);
    writer->has_failed = result < 0;
    return result;
}

/* ---- sealing ---- */

static int write_tail(struct blob_writer *writer, const char *key, const void *meta,
                      size_t meta_bytes, struct error *err)
{
    struct buffer *tail = &writer->tail;
    checksum_sha256_finish(&writer->sha256, writer->digest);
    buffer_append(tail, key, strlen(key));
    buffer_append(tail, meta, meta_bytes);
    buffer_append(tail, writer->digest, sizeof(writer->digest));
    if (buffer_check(tail, err) < 0)
        return -1;
    pack_u32(tail, checksum_crc32c(0, tail->bytes, tail->n_bytes));
    if (buffer_check(tail, err) < 0)
        return -1;
    return disk_write(writer->fd, tail->bytes, tail->n_bytes,
                      BLOB_FORMAT_HEADER_BYTES + writer->header.payload_bytes, err);
}

static int write_header(struct blob_writer *writer, struct error *err)
{
    struct buffer bytes = BUFFER_EMPTY;
    writer->header.created_at = clock_wall_microseconds();
    blob_format_pack(&writer->header, &bytes);
    int result = buffer_check(&bytes, err);
    if (result == 0)
        result = disk_write(writer->fd, bytes.bytes, bytes.n_bytes, 0, err);
    buffer_free(&bytes);
    return result;
}

static int sync_or_tell(struct blob_writer *writer, int fd, struct error *err)
{
    if (disk_sync(fd, err) == 0)
        return 0;
    writer->sync_failed = true;
    return -1;
}

static int make_durable(struct blob_writer *writer, struct error *err)
{
    const struct blob_format_name from = blob_format_unfinished_name(writer->header.id);
    const struct blob_format_name to = blob_format_name(writer->header.id);
    if (sync_or_tell(writer, writer->fd, err) < 0 ||
        disk_rename(writer->directory, from.text, writer->directory, to.text, err) < 0)
        return -1;
    writer->has_name = true;
    return sync_or_tell(writer, writer->directory, err);
}

static int seal(struct blob_writer *writer, const char *key, const void *meta,
                size_t meta_bytes, struct error *err)
{
    size_t key_bytes = strlen(key);
    if (key_bytes > UINT32_MAX)
        return error_set(err, ERROR_TOO_LARGE, "the key is too long");
    writer->header.key_bytes = (uint32_t)key_bytes;
    writer->header.meta_bytes = meta_bytes;
    if (write_block(writer, err) < 0 ||
        write_tail(writer, key, meta, meta_bytes, err) < 0 ||
        write_header(writer, err) < 0)
        return -1;
    return make_durable(writer, err);
}

int blob_writer_seal(struct blob_writer *writer, const char *key, const void *meta,
                     size_t meta_bytes, struct error *err)
{
    if (check_is_whole(writer, err) < 0)
        return -1;
    int result = seal(writer, key, meta, meta_bytes, err);
    writer->has_failed = result < 0;
    return result;
}

/* ---- ending ---- */

void blob_writer_remove(struct blob_writer *writer)
{
    const struct blob_format_name name =
        writer->has_name ? blob_format_name(writer->header.id)
                         : blob_format_unfinished_name(writer->header.id);
    (void)!disk_remove(writer->directory, name.text, NULL); /* else the next start does */
}

void blob_writer_end(struct blob_writer *writer)
{
    close(writer->fd);
    memory_free(writer->block);
    buffer_free(&writer->tail);
}
