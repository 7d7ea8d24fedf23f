/*
 * A dataset's (or a job's inline) table, opened from the store: the mapped blob and the
 * table on it, of which little stays resident.
 */
#ifndef LOGITD_API_DATASET_TABLE_H
#define LOGITD_API_DATASET_TABLE_H

#include "core/data/table.h"
#include "core/store/store.h"

struct dataset_table {
    struct store_blob blob;
    struct table *table;
};

/* Into an all-zero one. ERROR_CORRUPT if the blob is damaged. Stays valid when the record
 * is deleted. */
int dataset_table_open(struct store *store, const struct store_record *record,
                       struct dataset_table *opened, struct error *err) MUST_CHECK;
/* Whether all that was read of it was there (store_blob_check): before anybody is told
 * what came of it. */
int dataset_table_check(const struct dataset_table *opened, const char *what,
                        struct error *err) MUST_CHECK;
void dataset_table_close(struct dataset_table *opened); /* all zero is fine */

#endif
