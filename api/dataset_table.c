#include "api/dataset_table.h"

int dataset_table_open(struct store *store, const struct store_record *record,
                       struct dataset_table *opened, struct error *err)
{
    struct dataset_table fresh = {0};
    if (store_blob_open(store, record, &fresh.blob, err) < 0)
        return -1;
    fresh.table = table_open(fresh.blob.bytes, fresh.blob.n_bytes, err);
    if (!fresh.table) {
        store_blob_close(&fresh.blob);
        return -1;
    }
    *opened = fresh;
    return 0;
}

void dataset_table_close(struct dataset_table *opened)
{
    table_close(opened->table);
    store_blob_close(&opened->blob);
    *opened = (struct dataset_table){0};
}
