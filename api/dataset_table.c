#include "api/dataset_table.h"

/* For passes over some groups of rows at once (core/data/table.h), by several threads. */
#define RESIDENT_BYTES ((size_t)16 << 20)

int dataset_table_open(struct store *store, const struct store_record *record,
                       struct dataset_table *opened, struct error *err)
{
    struct dataset_table fresh = {0};
    if (store_blob_open(store, record, &fresh.blob, err) < 0)
        return -1;
    struct error why = {0};
    fresh.table = table_open(fresh.blob.bytes, fresh.blob.n_bytes, &why);
    if (dataset_table_check(&fresh, "the dataset", err) < 0 || !fresh.table ||
        table_watch(fresh.table, fresh.blob.mapping, fresh.blob.mapping_bytes,
                    RESIDENT_BYTES, &why) < 0) {
        error_copy(err, &why);
        dataset_table_close(&fresh);
        return -1;
    }
    *opened = fresh;
    return 0;
}

int dataset_table_check(const struct dataset_table *opened, const char *what,
                        struct error *err)
{
    return store_blob_check(&opened->blob, what, err);
}

void dataset_table_close(struct dataset_table *opened)
{
    table_close(opened->table);
    store_blob_close(&opened->blob);
    *opened = (struct dataset_table){0};
}
