/* Reads everything, says what is wrong, changes nothing. */
#include "core/store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/store/blob_scan.h"
#include "core/store/database.h"
#include "core/store/disk.h"
#include "core/store/store_directory.h"

struct checking {
    struct store_directory directory;
    store_report_fn *report;
    void *context;
    struct record **records; /* [capacity], those with a blob, by its id */
    size_t n_with_blob, capacity;
    size_t n_records, n_blobs, n_orphans;
    long n_damaged;
    bool has_all_records; /* so that a blob without one is a left-over */
};

static void say(const struct checking *checking, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct checking *checking, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    checking->report(checking->context, line);
}

/* ---- records ---- */

static int grow(struct checking *checking, struct error *err)
{
    size_t capacity = checking->capacity * 2 + 64;
    struct record **grown =
        memory_resize(checking->records, capacity, sizeof(struct record *), err);
    if (!grown)
        return -1;
    checking->records = grown;
    checking->capacity = capacity;
    return 0;
}

static int keep_record(void *context, struct record *record, struct error *err)
{
    struct checking *checking = context;
    checking->n_records++;
    if (!record->shown.has_blob) {
        record_release(record);
        return 0;
    }
    if (checking->n_with_blob == checking->capacity && grow(checking, err) < 0) {
        record_release(record);
        return -1;
    }
    checking->records[checking->n_with_blob++] = record;
    return 0;
}

static void count_damaged_row(void *context, uint64_t sequence)
{
    struct checking *checking = context;
    say(checking, "record %llu is damaged", (unsigned long long)sequence);
    checking->n_damaged++;
    checking->has_all_records = false;
}

static int read_database(struct checking *checking, struct error *err)
{
    const struct database_visitor visitor = {keep_record, count_damaged_row, checking};
    struct database *database =
        database_open(checking->directory.database_path, DATABASE_LOOK, err);
    if (!database)
        return -1;
    int result = database_load(database, &visitor, err);
    if (result == 0)
        result = database_check(database, err);
    database_close(database);
    return result;
}

/* A database that cannot be read is one damaged object; the blobs are checked all the
 * same. */
static int check_records(struct checking *checking, struct error *err)
{
    struct store_directory_traces traces;
    struct error why = {0};
    if (store_directory_look(&checking->directory, &traces, err) < 0)
        return -1;
    checking->has_all_records = true;
    if (!traces.has_database)
        error_set(&why, ERROR_CORRUPT, "there is no database; `logitd rebuild` makes it");
    else if (read_database(checking, &why) == 0)
        return 0;
    if (why.code != ERROR_CORRUPT)
        return error_copy(err, &why);
    say(checking, "database: %s", why.message);
    checking->n_damaged++;
    checking->has_all_records = false;
    return 0;
}

/* ---- blobs ---- */

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

static bool is_of(const struct blob_scan_item *item, const struct store_record *record)
{
    return item->header->kind == (uint32_t)record->kind &&
           item->header->payload_bytes == record->blob_bytes &&
           memcmp(item->tail->digest, record->blob_sha256, CHECKSUM_SHA256_BYTES) == 0;
}

/* A blob, and its record if that is known. */
struct pair {
    struct checking *checking;
    const struct store_record *record;
};

static int judge(void *context, const struct blob_scan_item *item, struct error *err)
{
    const struct pair *pair = context;
    const struct blob_format_name name = blob_format_name(item->id);
    const char *what = NULL;
    (void)err;
    if (item->why)
        what = item->why->message;
    else if (pair->record && !is_of(item, pair->record))
        what = "the file is another object's";
    pair->checking->n_blobs++;
    if (what) {
        say(pair->checking, "%s (%s) is damaged: %s",
            pair->record ? pair->record->key : "an object", name.text, what);
        pair->checking->n_damaged++;
    }
    return 0;
}

static bool has_record(const struct checking *checking, const unsigned char *id)
{
    return checking->n_with_blob > 0 &&
           bsearch(id, checking->records, checking->n_with_blob, sizeof(struct record *),
                   compare_with_id);
}

/* Of files without a record: a left-over, unless the record itself was lost. */
static int check_stranger(void *context, const char *name, struct error *err)
{
    struct pair pair = {.checking = context};
    struct checking *checking = context;
    unsigned char id[BLOB_FORMAT_ID_BYTES];
    if (!blob_format_read_name(name, id) || has_record(checking, id))
        return 0;
    if (!checking->has_all_records)
        return blob_scan_one(checking->directory.blobs, id, judge, &pair, err);
    checking->n_orphans++;
    return 0;
}

static int check_blobs(struct checking *checking, struct error *err)
{
    int blobs = checking->directory.blobs;
    if (checking->n_with_blob > 0)
        qsort(checking->records, checking->n_with_blob, sizeof(struct record *),
              compare_ids);
    for (size_t i = 0; i < checking->n_with_blob; i++) {
        const struct record *record = checking->records[i];
        struct pair pair = {checking, &record->shown};
        if (blob_scan_one(blobs, record->blob_id, judge, &pair, err) < 0)
            return -1;
    }
    return disk_each_name(blobs, check_stranger, checking, err);
}

/* ---- all of it ---- */

static int check_all(struct checking *checking, struct error *err)
{
    if (check_records(checking, err) < 0 || check_blobs(checking, err) < 0)
        return -1;
    if (checking->n_orphans > 0)
        say(checking, "%zu files without a record; the next start removes them",
            checking->n_orphans);
    say(checking, "%zu records and %zu files were read: %ld damaged", checking->n_records,
        checking->n_blobs, checking->n_damaged);
    return 0;
}

static void forget(struct checking *checking)
{
    for (size_t i = 0; i < checking->n_with_blob; i++)
        record_release(checking->records[i]);
    memory_free(checking->records);
    store_directory_close(&checking->directory);
}

long store_check(const char *directory, store_report_fn *report, void *context,
                 struct error *err)
{
    struct checking checking = {.report = report, .context = context};
    if (store_directory_open(&checking.directory, directory, STORE_DIRECTORY_LOOK, err) <
        0)
        return -1;
    int result = check_all(&checking, err);
    forget(&checking);
    return result < 0 ? -1 : checking.n_damaged;
}
