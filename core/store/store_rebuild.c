/*
 * A new database beside the old one, filled from the blobs, and then put in its place. An
 * end in between leaves either the old database or none, and then it is done again.
 */
#include "core/store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/store/blob_scan.h"
#include "core/store/database_make.h"
#include "core/store/disk.h"
#include "core/store/store_directory.h"

#define MOST_KEPT 10000

struct rebuilding {
    struct store_directory directory;
    store_report_fn *report;
    void *context;
    struct record **records; /* [capacity] */
    size_t n_records, capacity, n_damaged;
};

static void say(const struct rebuilding *rebuilding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct rebuilding *rebuilding, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    rebuilding->report(rebuilding->context, line);
}

/* ---- records from blobs ---- */

static struct record *make_record(const struct blob_scan_item *item, struct error *err)
{
    const struct blob_header *header = item->header;
    struct record *record =
        record_new((enum store_kind)header->kind, item->tail->key, header->key_bytes,
                   item->tail->meta, header->meta_bytes, err);
    if (!record)
        return NULL;
    record->shown.created_at = header->created_at;
    record->shown.has_blob = true;
    record->shown.blob_bytes = header->payload_bytes;
    memcpy(record->shown.blob_sha256, item->tail->digest, CHECKSUM_SHA256_BYTES);
    memcpy(record->blob_id, item->id, sizeof(record->blob_id));
    return record;
}

static int add(struct rebuilding *rebuilding, const struct blob_scan_item *item,
               struct error *err)
{
    if (rebuilding->n_records == rebuilding->capacity) {
        size_t capacity = rebuilding->capacity * 2 + 64;
        struct record **grown =
            memory_resize(rebuilding->records, capacity, sizeof(struct record *), err);
        if (!grown)
            return -1;
        rebuilding->records = grown;
        rebuilding->capacity = capacity;
    }
    struct record *record = make_record(item, err);
    if (!record)
        return -1;
    rebuilding->records[rebuilding->n_records++] = record;
    return 0;
}

static int meet_blob(void *context, const struct blob_scan_item *item, struct error *err)
{
    struct rebuilding *rebuilding = context;
    const struct blob_format_name name = blob_format_name(item->id);
    if (!item->why && item->header->kind > 0 && item->header->kind < STORE_KIND_END)
        return add(rebuilding, item, err);
    say(rebuilding, "%s is damaged and goes to quarantine: %s", name.text,
        item->why ? item->why->message : "it is of no known kind");
    rebuilding->n_damaged++;
    return store_directory_quarantine(&rebuilding->directory, item->id, err);
}

/* ---- order ---- */

static int compare_keys(const struct record *a, const struct record *b)
{
    int kinds = (a->shown.kind > b->shown.kind) - (a->shown.kind < b->shown.kind);
    return kinds ? kinds : strcmp(a->shown.key, b->shown.key);
}

static int compare_ages(const struct record *a, const struct record *b)
{
    return (a->shown.created_at > b->shown.created_at) -
           (a->shown.created_at < b->shown.created_at);
}

static int by_key_and_age(const void *a, const void *b)
{
    const struct record *const *left = a, *const *right = b;
    int keys = compare_keys(*left, *right);
    return keys ? keys : compare_ages(*left, *right);
}

static int by_age(const void *a, const void *b)
{
    const struct record *const *left = a, *const *right = b;
    int ages = compare_ages(*left, *right);
    return ages ? ages : compare_keys(*left, *right);
}

/* Two blobs of one key: the newer one is the record's, the older one was on its way out.
 */
static void keep_newest(struct rebuilding *rebuilding)
{
    struct record **records = rebuilding->records;
    size_t n_kept = 0;
    if (rebuilding->n_records == 0)
        return;
    qsort(records, rebuilding->n_records, sizeof(*records), by_key_and_age);
    for (size_t i = 0; i < rebuilding->n_records; i++) {
        if (n_kept > 0 && compare_keys(records[n_kept - 1], records[i]) == 0)
            record_release(records[--n_kept]);
        records[n_kept++] = records[i];
    }
    rebuilding->n_records = n_kept;
    qsort(records, n_kept, sizeof(*records), by_age);
}

/* ---- in the place of the old one ---- */

/* 0, also if there is no such file. */
static int keep_old(int directory, const char *name, const char *kept, struct error *err)
{
    struct error why = {0};
    if (disk_rename(directory, name, directory, kept, &why) == 0 ||
        why.code == ERROR_NOT_FOUND)
        return 0;
    return error_copy(err, &why);
}

/* The first number that no earlier rebuild used. */
static int set_old_aside(const struct rebuilding *rebuilding, struct error *err)
{
    int directory = rebuilding->directory.fd;
    struct error why = {.code = ERROR_CONFLICT};
    char database[64], log[64];
    for (int i = 1; why.code == ERROR_CONFLICT && i <= MOST_KEPT; i++) {
        error_clear(&why);
        snprintf(database, sizeof(database), STORE_DIRECTORY_DATABASE ".old-%d", i);
        snprintf(log, sizeof(log), STORE_DIRECTORY_DATABASE ".old-%d-wal", i);
        if (keep_old(directory, STORE_DIRECTORY_LOG, log, &why) == 0)
            (void)!keep_old(directory, STORE_DIRECTORY_DATABASE, database, &why);
    }
    if (error_is_set(&why))
        return error_copy(err, &why);
    say(rebuilding, "the old database is kept as %s", database);
    return disk_sync(directory, err);
}

/* ---- all of it ---- */

static int rebuild(struct rebuilding *rebuilding, struct error *err)
{
    if (blob_scan(rebuilding->directory.blobs, meet_blob, rebuilding, err) < 0)
        return -1;
    keep_newest(rebuilding);
    if (database_make_write(&rebuilding->directory, rebuilding->records,
                            rebuilding->n_records, err) < 0 ||
        set_old_aside(rebuilding, err) < 0 ||
        database_make_place(&rebuilding->directory, err) < 0)
        return -1;
    say(rebuilding,
        "%zu records were made again, %zu damaged files are in quarantine; jobs, aliases "
        "and idempotency keys are lost",
        rebuilding->n_records, rebuilding->n_damaged);
    return 0;
}

int store_rebuild(const char *directory, store_report_fn *report, void *context,
                  struct error *err)
{
    struct rebuilding rebuilding = {.report = report, .context = context};
    if (store_directory_open(&rebuilding.directory, directory, STORE_DIRECTORY_REPAIR,
                             err) < 0)
        return -1;
    int result = rebuild(&rebuilding, err);
    for (size_t i = 0; i < rebuilding.n_records; i++)
        record_release(rebuilding.records[i]);
    memory_free(rebuilding.records);
    store_directory_close(&rebuilding.directory);
    return result;
}
