/* The store opened, closed and asked; the rest of store.h is in store_*.c. */
#include "core/store/store.h"

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/store/database_make.h"
#include "core/store/disk.h"
#include "core/store/store_internal.h"
#include "core/store/store_recover.h"

/* ---- opening ---- */

/* An empty database is made only where there is nothing that it would have known. */
static int make_database(const struct store_directory *directory, struct error *err)
{
    struct store_directory_traces traces;
    if (store_directory_look(directory, &traces, err) < 0)
        return -1;
    if (traces.has_database)
        return 0;
    if (traces.has_blobs || traces.has_log)
        return error_set(err, ERROR_CORRUPT,
                         "the database is missing: put it back, or make it again with "
                         "`logitd rebuild`");
    if (disk_remove(directory->fd, STORE_DIRECTORY_DATABASE, err) < 0 || /* empty */
        database_make_write(directory, NULL, 0, err) < 0)
        return -1;
    return database_make_place(directory, err);
}

static int take_record(void *context, struct record *record, struct error *err)
{
    struct record_index *index = context;
    enum store_kind kind = record->shown.kind;
    record->hash = record_index_hash(index, record->shown.key);
    struct record *twin = record_index_find(index, kind, record->shown.key, record->hash);
    int result = twin ? error_set(err, ERROR_CORRUPT,
                                  "the database has a record twice: run `logitd rebuild`")
                      : record_index_reserve(index, kind, 1, err);
    record_release(twin);
    if (result < 0) {
        record_release(record);
        return -1;
    }
    record_index_put(index, record);
    record_index_unreserve(index, kind, 1);
    return 0;
}

static int open_database(struct store *store, struct error *err)
{
    const struct database_visitor visitor = {.on_record = take_record,
                                             .context = &store->index};
    if (make_database(&store->directory, err) < 0)
        return -1;
    store->database =
        database_open(store->directory.database_path, DATABASE_READ_WRITE, err);
    if (!store->database || database_load(store->database, &visitor, err) < 0 ||
        database_check(store->database, err) < 0)
        return -1;
    /* The log has its file now; SQLite would not tell if its name could not be kept. */
    return disk_sync(store->directory.fd, err);
}

static int start_writer(struct store *store, struct error *err)
{
    disk_reserve_start(&store->reserve, store->directory.fd);
    store->writer = (struct store_writer){.database = store->database,
                                          .index = &store->index,
                                          .reserve = &store->reserve,
                                          .on_failure = store->options.on_failure,
                                          .context = store->options.context};
    if (store_writer_start(&store->writer, err) == 0)
        return 0;
    disk_reserve_end(&store->reserve);
    return -1;
}

static int open_parts(struct store *store, struct error *err)
{
    if (open_database(store, err) == 0 && store_recover(store, err) == 0 &&
        start_writer(store, err) == 0)
        return 0;
    database_close(store->database);
    return -1;
}

static int open_all(struct store *store, const char *directory, struct error *err)
{
    if (store_directory_open(&store->directory, directory, STORE_DIRECTORY_MAKE, err) < 0)
        return -1;
    int result = record_index_start(&store->index, err);
    if (result == 0) {
        result = open_parts(store, err);
        if (result < 0)
            record_index_free(&store->index);
    }
    if (result < 0)
        store_directory_close(&store->directory);
    return result;
}

struct store *store_open(const char *directory, const struct store_options *options,
                         struct error *err)
{
    struct store *store = memory_new(1, sizeof(*store), err);
    if (!store)
        return NULL;
    if (options)
        store->options = *options;
    if (open_all(store, directory, err) < 0) {
        memory_free(store);
        return NULL;
    }
    return store;
}

void store_close(struct store *store)
{
    store_writer_end(&store->writer);
    if (!store_is_healthy(store))
        database_freeze(store->database);
    database_close(store->database);
    disk_reserve_end(&store->reserve);
    record_index_free(&store->index);
    store_directory_close(&store->directory);
    memory_free(store);
}

/* ---- asking ---- */

bool store_is_healthy(struct store *store)
{
    return !atomic_load(&store->writer.has_failed);
}

const struct store_record *store_find(struct store *store, enum store_kind kind,
                                      const char *key)
{
    uint64_t hash = record_index_hash(&store->index, key);
    struct record *found = record_index_find(&store->index, kind, key, hash);
    return found ? &found->shown : NULL;
}

const struct store_record *store_retain(const struct store_record *record)
{
    return &record_retain(record_of(record))->shown;
}

void store_release(const struct store_record *record)
{
    if (record)
        record_release(record_of(record));
}

void store_stats(struct store *store, struct store_stats *stats)
{
    record_index_lock(&store->index);
    for (size_t kind = 0; kind < STORE_KIND_END; kind++) {
        stats->n_records[kind] = store->index.kinds[kind].n;
        stats->blob_bytes[kind] = store->index.kinds[kind].blob_bytes;
    }
    record_index_unlock(&store->index);
    stats->n_commits = atomic_load(&store->writer.n_commits);
    stats->n_changes = atomic_load(&store->writer.n_changes);
}

/* The name is seen only where the file system has no nameless files; what an end leaves
 * of it, the next start removes. */
int store_scratch_file(struct store *store, struct error *err)
{
    unsigned char id[BLOB_FORMAT_ID_BYTES];
    if (random_bytes(id, sizeof(id), err) < 0)
        return -1;
    const struct blob_format_name name = blob_format_unfinished_name(id);
    return disk_scratch(store->directory.blobs, name.text, err);
}
