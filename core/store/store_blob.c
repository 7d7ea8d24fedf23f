/* Blobs as callers see them: written, described in records, mapped, found damaged. */
#include "core/store/store_blob.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "core/base/memory.h"
#include "core/store/blob_reader.h"
#include "core/store/blob_writer.h"
#include "core/store/disk.h"
#include "core/store/store_internal.h"

/* ---- writing ---- */

struct store_blob_writer {
    struct store *store;
    struct blob_writer file;
    bool is_sealed;
    bool stays;
};

struct store_blob_writer *store_blob_begin(struct store *store, enum store_kind kind,
                                           enum store_digest digest, struct error *err)
{
    if (store_writer_check(&store->writer, err) < 0)
        return NULL;
    struct store_blob_writer *writer = memory_new(1, sizeof(*writer), err);
    if (!writer)
        return NULL;
    writer->store = store;
    if (blob_writer_start(&writer->file, store->directory.blobs, (uint32_t)kind,
                          digest == STORE_DIGEST_BLOCKS, err) < 0) {
        memory_free(writer);
        return NULL;
    }
    return writer;
}

int store_blob_write(struct store_blob_writer *writer, const void *bytes, size_t n,
                     struct error *err)
{
    assert(!writer->is_sealed);
    if (store_writer_check(&writer->store->writer, err) < 0)
        return -1;
    return blob_writer_add(&writer->file, bytes, n, err);
}

static int sink_write(void *context, const void *bytes, size_t n, struct error *err)
{
    return store_blob_write(context, bytes, n, err);
}

struct byte_sink store_blob_sink(struct store_blob_writer *writer)
{
    return (struct byte_sink){.write = sink_write, .context = writer};
}

/* A disk that is merely full has lost nothing that was promised. */
int store_blob_seal(struct store_blob_writer *writer, const char *key, const void *meta,
                    size_t meta_bytes, struct error *err)
{
    struct error why = {0};
    assert(!writer->is_sealed);
    if (store_writer_check(&writer->store->writer, err) < 0)
        return -1;
    if (blob_writer_seal(&writer->file, key, meta, meta_bytes, &why) == 0) {
        writer->is_sealed = true;
        return 0;
    }
    if (writer->file.sync_failed && why.code != ERROR_NO_SPACE)
        store_writer_fail(&writer->store->writer, &why);
    return error_copy(err, &why);
}

uint64_t store_blob_n_bytes(const struct store_blob_writer *writer)
{
    return writer->file.header.payload_bytes;
}

void store_blob_sha256(const struct store_blob_writer *writer, unsigned char digest[32])
{
    assert(writer->is_sealed);
    memcpy(digest, writer->file.digest, sizeof(writer->file.digest));
}

void store_blob_describe(const struct store_blob_writer *writer, struct record *record)
{
    const struct blob_header *header = &writer->file.header;
    struct store_record *shown = &record->shown;
    assert(writer->is_sealed && header->kind == (uint32_t)shown->kind);
    shown->has_blob = true;
    shown->damaged = false;
    shown->created_at = header->created_at;
    shown->blob_bytes = header->payload_bytes;
    memcpy(shown->blob_sha256, writer->file.digest, sizeof(shown->blob_sha256));
    memcpy(record->blob_id, header->id, sizeof(record->blob_id));
}

void store_blob_hand_over(struct store_blob_writer *writer)
{
    blob_writer_end(&writer->file);
    memory_free(writer);
}

void store_blob_leave(struct store_blob_writer *writer)
{
    writer->stays = true;
}

void store_blob_abandon(struct store_blob_writer *writer)
{
    if (!writer)
        return;
    if (!writer->stays)
        blob_writer_remove(&writer->file);
    store_blob_hand_over(writer);
}

/* ---- found damaged ---- */

int store_blob_mark_damaged(struct store *store, const struct record *record,
                            struct error *err)
{
    struct record *fresh = record_copy(record, err);
    if (!fresh)
        return -1;
    fresh->shown.damaged = true;
    if (record_index_replace(&store->index, record, fresh))
        return 0;
    return error_set(err, ERROR_NOT_FOUND, "it was deleted or changed meanwhile");
}

static void notice(const struct store *store, const struct record *record,
                   const char *what, const char *how)
{
    char text[512];
    snprintf(text, sizeof(text), "%s: %s; %s", record->shown.key, what, how);
    if (store->options.on_notice)
        store->options.on_notice(store->options.context, text);
}

static int find_damaged(struct store *store, const struct record *record,
                        const struct error *why, struct error *err)
{
    if (store_blob_mark_damaged(store, record, err) < 0)
        return -1;
    if (why->code == ERROR_NOT_FOUND)
        notice(store, record, "its file is missing", "it is marked damaged");
    else if (store_directory_quarantine(&store->directory, record->blob_id, NULL) == 0)
        notice(store, record, why->message, "it lies in quarantine now");
    else
        notice(store, record, why->message, "it cannot be moved to quarantine");
    return error_set(err, ERROR_CORRUPT, "it is damaged on the disk: %s", why->message);
}

/* ---- reading ---- */

/* The same blob that the record was made with. */
static int check_is_same(const struct record *record, const struct blob_reader *reader,
                         const struct blob_tail *tail, struct error *err)
{
    const struct store_record *shown = &record->shown;
    bool same = reader->header.payload_bytes == shown->blob_bytes &&
                memcmp(tail->digest, shown->blob_sha256, CHECKSUM_SHA256_BYTES) == 0;
    return same ? 0 : error_set(err, ERROR_CORRUPT, "the file is another object's");
}

static int verify(struct record *record, struct blob_reader *reader, struct error *err)
{
    struct blob_tail tail;
    if (atomic_load(&record->is_verified))
        return 0;
    if (blob_reader_tail(reader, &tail, err) < 0)
        return -1;
    int result = check_is_same(record, reader, &tail, err);
    if (result == 0)
        result = blob_reader_verify(reader, &tail, NULL, err);
    memory_free(tail.bytes);
    if (result == 0)
        atomic_store(&record->is_verified, true);
    return result;
}

static int open_and_map(struct store *store, struct record *record,
                        struct store_blob *blob, struct error *err)
{
    struct blob_reader reader;
    void *mapping = NULL;
    struct mapping *guard = NULL;
    if (blob_reader_open(&reader, store->directory.blobs, record->blob_id, err) < 0)
        return -1;
    int result = verify(record, &reader, err);
    if (result == 0)
        result = blob_reader_map(&reader, &mapping, &guard, err);
    if (result == 0)
        *blob =
            (struct store_blob){.bytes = (const char *)mapping + BLOB_FORMAT_HEADER_BYTES,
                                .n_bytes = reader.header.payload_bytes,
                                .mapping = mapping,
                                .mapping_bytes = reader.file_bytes,
                                .guard = guard};
    blob_reader_close(&reader);
    return result;
}

int store_blob_open(struct store *store, const struct store_record *shown,
                    struct store_blob *blob, struct error *err)
{
    struct record *record = record_of(shown);
    struct error why = {0};
    if (!shown->has_blob)
        return error_set(err, ERROR_NOT_FOUND, "it has no content");
    if (shown->damaged)
        return error_set(err, ERROR_CORRUPT, "it was found damaged on the disk");
    if (open_and_map(store, record, blob, &why) == 0)
        return 0;
    if (why.code == ERROR_CORRUPT || why.code == ERROR_NOT_FOUND)
        return find_damaged(store, record, &why, err);
    return error_copy(err, &why);
}

int store_blob_check(const struct store_blob *blob, const char *what, struct error *err)
{
    return mapping_check(blob->guard, what, err);
}

void store_blob_close(struct store_blob *blob)
{
    mapping_unguard(blob->guard);
    if (blob->mapping)
        munmap(blob->mapping, blob->mapping_bytes);
    *blob = (struct store_blob){0};
}
