/* One record as one row: its columns, and a checksum over them. */
#ifndef LOGITD_CORE_STORE_DATABASE_ROW_H
#define LOGITD_CORE_STORE_DATABASE_ROW_H

#include <sqlite3.h>

#include "core/store/record.h"

#define DATABASE_ROW_COLUMNS                                                             \
    "sequence, kind, key, revision, created_at, meta, blob, blob_bytes, blob_sha256, "   \
    "crc"

/* Binds the columns in their order, borrowing from the record. False: see the
 * connection's error. */
bool database_row_bind(sqlite3_stmt *statement, const struct record *record) MUST_CHECK;

/* A record without a hash. ERROR_CORRUPT if the checksum is wrong, or a number is not
 * below next_number. */
struct record *database_row_read(sqlite3_stmt *row, uint64_t next_number,
                                 struct error *err) MUST_CHECK;

#endif
