#include "core/store/record.h"

#include <string.h>

#include "core/base/memory.h"

struct record *record_new(enum store_kind kind, const char *key, size_t key_bytes,
                          const void *meta, size_t meta_bytes, struct error *err)
{
    size_t n_bytes = sizeof(struct record) + 1;
    if (!memory_sum(n_bytes, key_bytes, &n_bytes) ||
        !memory_sum(n_bytes, meta_bytes, &n_bytes)) {
        error_no_memory(err, SIZE_MAX);
        return NULL;
    }
    struct record *record = memory_new(n_bytes, 1, err);
    if (!record)
        return NULL;
    if (meta_bytes > 0)
        memcpy(record->bytes, meta, meta_bytes);
    memcpy(record->bytes + meta_bytes, key, key_bytes);
    atomic_init(&record->n_references, 1);
    record->shown.kind = kind;
    record->shown.meta = record->bytes;
    record->shown.meta_bytes = meta_bytes;
    record->shown.key = (const char *)record->bytes + meta_bytes;
    return record;
}

struct record *record_copy(const struct record *record, struct error *err)
{
    const struct store_record *shown = &record->shown;
    struct record *copy = record_new(shown->kind, shown->key, strlen(shown->key),
                                     shown->meta, shown->meta_bytes, err);
    if (!copy)
        return NULL;
    copy->hash = record->hash;
    copy->shown.sequence = shown->sequence;
    copy->shown.revision = shown->revision;
    copy->shown.created_at = shown->created_at;
    record_take_blob(copy, record);
    return copy;
}

struct record *record_of(const struct store_record *shown)
{
    return (struct record *)shown;
}

struct record *record_retain(struct record *record)
{
    atomic_fetch_add_explicit(&record->n_references, 1, memory_order_relaxed);
    return record;
}

void record_release(struct record *record)
{
    if (record && atomic_fetch_sub(&record->n_references, 1) == 1)
        memory_free(record);
}

bool record_shares_blob(const struct record *a, const struct record *b)
{
    return a->shown.has_blob && b->shown.has_blob &&
           memcmp(a->blob_id, b->blob_id, sizeof(a->blob_id)) == 0;
}

void record_take_blob(struct record *record, const struct record *from)
{
    record->shown.has_blob = from->shown.has_blob;
    record->shown.damaged = from->shown.damaged;
    record->shown.blob_bytes = from->shown.blob_bytes;
    memcpy(record->shown.blob_sha256, from->shown.blob_sha256,
           sizeof(record->shown.blob_sha256));
    memcpy(record->blob_id, from->blob_id, sizeof(record->blob_id));
    atomic_store(&record->is_verified, atomic_load(&from->is_verified));
}
