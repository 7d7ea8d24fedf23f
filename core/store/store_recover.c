#include "core/store/store_recover.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/store/blob_reader.h"
#include "core/store/disk.h"
#include "core/store/store_blob.h"
#include "core/store/store_internal.h"

struct recovery {
    struct store *store;
    struct record **records; /* those with a blob, retained, by the blob's id */
    size_t n_records;
    size_t n_unfinished, n_orphans;
};

static void notice(const struct store *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void notice(const struct store *store, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (store->options.on_notice)
        store->options.on_notice(store->options.context, text);
}

/* ---- records by their blobs ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct record *const *left = a, *const *right = b;
    return memcmp((*left)->blob_id, (*right)->blob_id, BLOB_FORMAT_ID_BYTES);
}

static int compare_with_id(const void *id, const void *record)
{
    const struct record *const *right = record;
    return memcmp(id, (*right)->blob_id, BLOB_FORMAT_ID_BYTES);
}

/* Nobody else has the index yet. */
static int collect(struct recovery *recovery, struct error *err)
{
    struct record_index *index = &recovery->store->index;
    size_t n = 0;
    for (size_t k = 0; k < STORE_KIND_END; k++)
        n += index->kinds[k].n;
    recovery->records = memory_new(n, sizeof(struct record *), err);
    if (!recovery->records)
        return -1;
    for (size_t k = 0; k < STORE_KIND_END; k++)
        for (size_t i = 0; i < index->kinds[k].n; i++) {
            struct record *record = index->kinds[k].ordered[i];
            if (record->shown.has_blob)
                recovery->records[recovery->n_records++] = record_retain(record);
        }
    qsort(recovery->records, recovery->n_records, sizeof(struct record *), compare_ids);
    return 0;
}

static void forget(struct recovery *recovery)
{
    for (size_t i = 0; i < recovery->n_records; i++)
        record_release(recovery->records[i]);
    memory_free(recovery->records);
}

/* ---- files without a record ---- */

static int remove_leftover(void *context, const char *name, struct error *err)
{
    struct recovery *recovery = context;
    unsigned char id[BLOB_FORMAT_ID_BYTES];
    size_t *count;
    if (blob_format_is_unfinished(name))
        count = &recovery->n_unfinished;
    else if (blob_format_read_name(name, id) &&
             !bsearch(id, recovery->records, recovery->n_records, sizeof(struct record *),
                      compare_with_id))
        count = &recovery->n_orphans;
    else
        return 0; /* a record's, or none of ours */
    ++*count;
    return disk_remove(recovery->store->directory.blobs, name, err);
}

/* ---- records without their file ---- */

static int check_header(const struct record *record, const struct blob_header *header,
                        struct error *err)
{
    bool same = header->kind == (uint32_t)record->shown.kind &&
                header->payload_bytes == record->shown.blob_bytes;
    return same ? 0 : error_set(err, ERROR_CORRUPT, "the file is another object's");
}

static int look(const struct store *store, const struct record *record, struct error *err)
{
    struct blob_reader reader;
    if (blob_reader_open(&reader, store->directory.blobs, record->blob_id, err) < 0)
        return -1;
    int result = check_header(record, &reader.header, err);
    blob_reader_close(&reader);
    return result;
}

static int set_aside(struct store *store, const struct record *record,
                     const struct error *why, struct error *err)
{
    if (store_blob_mark_damaged(store, record, err) < 0)
        return -1;
    notice(store, "%s is damaged: %s", record->shown.key, why->message);
    if (why->code == ERROR_CORRUPT &&
        store_directory_quarantine(&store->directory, record->blob_id, NULL) < 0)
        notice(store, "%s cannot be moved to quarantine", record->shown.key);
    return 0;
}

/* That it cannot be read now proves nothing: its first opening will tell. */
static int check_record(struct store *store, const struct record *record,
                        struct error *err)
{
    struct error why = {0};
    if (look(store, record, &why) == 0)
        return 0;
    if (why.code == ERROR_CORRUPT || why.code == ERROR_NOT_FOUND)
        return set_aside(store, record, &why, err);
    if (why.code != ERROR_IO)
        return error_copy(err, &why);
    notice(store, "%s cannot be read: %s", record->shown.key, why.message);
    return 0;
}

/* ---- all of it ---- */

static int run(struct recovery *recovery, struct error *err)
{
    struct store *store = recovery->store;
    if (collect(recovery, err) < 0)
        return -1;
    for (size_t i = 0; i < recovery->n_records; i++)
        if (check_record(store, recovery->records[i], err) < 0)
            return -1;
    if (disk_each_name(store->directory.blobs, remove_leftover, recovery, err) < 0)
        return -1;
    if (recovery->n_unfinished > 0)
        notice(store, "removed %zu unfinished files", recovery->n_unfinished);
    if (recovery->n_orphans > 0)
        notice(store, "removed %zu files without a record", recovery->n_orphans);
    return 0;
}

int store_recover(struct store *store, struct error *err)
{
    struct recovery recovery = {.store = store};
    int result = run(&recovery, err);
    forget(&recovery);
    return result;
}
