#include "core/store/blob_writer.h"

#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/base/random.h"
#include "core/store/disk.h"

int blob_writer_start(struct blob_writer *writer, int directory, uint32_t kind,
                      bool digests_blocks, struct error *err)
{
    struct blob_writer fresh = {
        .directory = directory,
        .header = {.kind = kind, .digests_blocks = digests_blocks}};
    if (random_bytes(fresh.header.id, sizeof(fresh.header.id), err) < 0)
        return -1;
    const struct blob_format_name name = blob_format_unfinished_name(fresh.header.id);
    fresh.fd = disk_create(directory, name.text, err);
    if (fresh.fd < 0)
        return -1;
    fresh.blocks = blob_blocks_new(fresh.fd, digests_blocks, err);
    if (!fresh.blocks) {
        blob_writer_remove(&fresh);
        blob_writer_end(&fresh);
        return -1;
    }
    *writer = fresh;
    return 0;
}

/* ---- the payload ---- */

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
    int result = blob_blocks_add(writer->blocks, bytes, n, err);
    writer->header.payload_bytes += n;
    writer->has_failed = result < 0;
    return result;
}

/* ---- sealing ---- */

static int write_tail(struct blob_writer *writer, const char *key, const void *meta,
                      size_t meta_bytes, struct error *err)
{
    struct buffer *tail = &writer->tail;
    if (blob_blocks_end(writer->blocks, tail, writer->digest, err) < 0)
        return -1;
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
    if (write_tail(writer, key, meta, meta_bytes, err) < 0 ||
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
    blob_blocks_free(writer->blocks);
    close(writer->fd);
    buffer_free(&writer->tail);
}
