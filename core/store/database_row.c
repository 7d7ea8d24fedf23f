#include "core/store/database_row.h"

#include <string.h>

#include "core/base/checksum.h"

enum column {
    SEQUENCE,
    KIND,
    KEY,
    REVISION,
    CREATED_AT,
    META,
    BLOB,
    BLOB_BYTES,
    BLOB_SHA256,
    CRC
};

static uint32_t crc_number(uint32_t crc, uint64_t number)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    return checksum_crc32c(crc, bytes, sizeof(bytes));
}

static uint32_t crc_of(const struct record *record)
{
    const struct store_record *shown = &record->shown;
    size_t key_bytes = strlen(shown->key);
    uint32_t crc = crc_number(0, shown->sequence);
    crc = crc_number(crc, (uint64_t)shown->kind);
    crc = crc_number(crc, shown->revision);
    crc = crc_number(crc, (uint64_t)shown->created_at);
    crc = crc_number(crc, key_bytes);
    crc = checksum_crc32c(crc, shown->key, key_bytes);
    crc = crc_number(crc, shown->meta_bytes);
    crc = checksum_crc32c(crc, shown->meta, shown->meta_bytes);
    if (!shown->has_blob)
        return crc;
    crc = crc_number(crc, shown->blob_bytes);
    crc = checksum_crc32c(crc, record->blob_id, sizeof(record->blob_id));
    return checksum_crc32c(crc, shown->blob_sha256, sizeof(shown->blob_sha256));
}

/* ---- writing ---- */

static int bind_number(sqlite3_stmt *statement, enum column column, uint64_t number)
{
    return sqlite3_bind_int64(statement, (int)column + 1, (sqlite3_int64)number);
}

/* NULL bytes: SQL's NULL. */
static int bind_bytes(sqlite3_stmt *statement, enum column column, const void *bytes,
                      size_t n)
{
    return sqlite3_bind_blob64(statement, (int)column + 1, bytes, n, SQLITE_STATIC);
}

bool database_row_bind(sqlite3_stmt *statement, const struct record *record)
{
    const struct store_record *shown = &record->shown;
    const void *id = shown->has_blob ? record->blob_id : NULL;
    const void *sha256 = shown->has_blob ? shown->blob_sha256 : NULL;
    return bind_number(statement, SEQUENCE, shown->sequence) == SQLITE_OK &&
           bind_number(statement, KIND, (uint64_t)shown->kind) == SQLITE_OK &&
           sqlite3_bind_text64(statement, KEY + 1, shown->key, strlen(shown->key),
                               SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK &&
           bind_number(statement, REVISION, shown->revision) == SQLITE_OK &&
           bind_number(statement, CREATED_AT, (uint64_t)shown->created_at) == SQLITE_OK &&
           bind_bytes(statement, META, shown->meta, shown->meta_bytes) == SQLITE_OK &&
           bind_bytes(statement, BLOB, id, sizeof(record->blob_id)) == SQLITE_OK &&
           bind_number(statement, BLOB_BYTES, shown->blob_bytes) == SQLITE_OK &&
           bind_bytes(statement, BLOB_SHA256, sha256, sizeof(shown->blob_sha256)) ==
               SQLITE_OK &&
           bind_number(statement, CRC, crc_of(record)) == SQLITE_OK;
}

/* ---- reading ---- */

static uint64_t number_at(sqlite3_stmt *row, enum column column)
{
    return (uint64_t)sqlite3_column_int64(row, (int)column);
}

/* Exactly n bytes, if they are there. */
static bool bytes_at(sqlite3_stmt *row, enum column column, void *bytes, size_t n)
{
    const void *found = sqlite3_column_blob(row, (int)column);
    if (!found || sqlite3_column_bytes(row, (int)column) != (int)n)
        return false;
    memcpy(bytes, found, n);
    return true;
}

static struct record *new_from(sqlite3_stmt *row, struct error *err)
{
    uint64_t kind = number_at(row, KIND);
    const char *key = (const char *)sqlite3_column_text(row, KEY);
    int key_bytes = sqlite3_column_bytes(row, KEY);
    const void *meta = sqlite3_column_blob(row, META);
    int meta_bytes = sqlite3_column_bytes(row, META);
    if (sqlite3_errcode(sqlite3_db_handle(row)) == SQLITE_NOMEM) {
        error_set(err, ERROR_NO_MEMORY, "read the database: no memory");
        return NULL;
    }
    if (kind == 0 || kind >= STORE_KIND_END || !key || (!meta && meta_bytes > 0)) {
        error_set(err, ERROR_CORRUPT, "a record is damaged");
        return NULL;
    }
    return record_new((enum store_kind)kind, key, (size_t)key_bytes, meta,
                      (size_t)meta_bytes, err);
}

static bool read_blob(struct record *record, sqlite3_stmt *row)
{
    struct store_record *shown = &record->shown;
    shown->has_blob = sqlite3_column_type(row, BLOB) != SQLITE_NULL;
    if (!shown->has_blob)
        return true;
    shown->blob_bytes = number_at(row, BLOB_BYTES);
    return bytes_at(row, BLOB, record->blob_id, sizeof(record->blob_id)) &&
           bytes_at(row, BLOB_SHA256, shown->blob_sha256, sizeof(shown->blob_sha256));
}

struct record *database_row_read(sqlite3_stmt *row, uint64_t next_number,
                                 struct error *err)
{
    struct record *record = new_from(row, err);
    if (!record)
        return NULL;
    struct store_record *shown = &record->shown;
    shown->sequence = number_at(row, SEQUENCE);
    shown->revision = number_at(row, REVISION);
    shown->created_at = (int64_t)number_at(row, CREATED_AT);
    if (!read_blob(record, row) || number_at(row, CRC) != crc_of(record) ||
        shown->sequence == 0 || shown->sequence >= next_number ||
        shown->revision >= next_number) {
        error_set(err, ERROR_CORRUPT, "a record is damaged");
        record_release(record);
        return NULL;
    }
    return record;
}
