/*
 * The connection is the only one there is (locking_mode=EXCLUSIVE, no shared memory), so
 * every checkpoint can empty the whole log. Checkpoints are ours, not SQLite's automatic
 * ones: those keep quiet about a failed fsync.
 */
#include "core/store/database.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "core/base/memory.h"
#include "core/store/database_row.h"

#define FORMAT_VERSION 1
#define APPLICATION_ID 0x6C6F6774 /* "logt" */
#define NUMBERS_A_LEAP 1024U
#define LONG_LOG_FRAMES 1000

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

enum statement { BEGIN, PUT, DELETE, NUMBERS, COMMIT, ROLLBACK, N_STATEMENTS };

static const char *const statement_texts[N_STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [PUT] = "INSERT OR REPLACE INTO record(" DATABASE_ROW_COLUMNS
            ") VALUES (?,?,?,?,?,?,?,?,?,?)",
    [DELETE] = "DELETE FROM record WHERE sequence = ?",
    [NUMBERS] = "UPDATE numbers SET next = ?",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
};

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE record(sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL,"
    " key TEXT NOT NULL, revision INTEGER NOT NULL, created_at INTEGER NOT NULL,"
    " meta BLOB NOT NULL, blob BLOB, blob_bytes INTEGER NOT NULL, blob_sha256 BLOB,"
    " crc INTEGER NOT NULL) STRICT;"
    "CREATE TABLE numbers(next INTEGER NOT NULL) STRICT;"
    "INSERT INTO numbers VALUES (1);"
    "PRAGMA application_id = " TEXT(APPLICATION_ID) ";"
                                                    "PRAGMA user_version = " TEXT(
                                                        FORMAT_VERSION) ";"
                                                                        "COMMIT";

struct database {
    sqlite3 *connection;
    sqlite3_stmt *statements[N_STATEMENTS];
    uint64_t next_number; /* as committed */
    uint64_t next_in_transaction;
    int n_log_frames;
};

/* ---- errors ---- */

/* SQLite knows ENOSPC by itself; of a quota or a limit it only says that a write failed.
 */
static bool is_lack_of_space(int code, int number)
{
    bool while_writing = code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_TRUNCATE;
    return (code & 0xFF) == SQLITE_FULL ||
           (while_writing && (number == EDQUOT || number == EFBIG));
}

static int set_corrupt(struct error *err)
{
    return error_set(
        err, ERROR_CORRUPT,
        "the database is damaged: stop the daemon, run `logitd check` to see "
        "what is left, then `logitd rebuild`");
}

/* Of the connection's last call; errno is still that of the system call that failed. */
static int tell(struct database *database, const char *what, struct error *err)
{
    int number = errno;
    int code = sqlite3_extended_errcode(database->connection);
    if (is_lack_of_space(code, number))
        return error_set(err, ERROR_NO_SPACE, "%s: no space left", what);
    if ((code & 0xFF) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM)
        return error_set(err, ERROR_NO_MEMORY, "%s: no memory", what);
    if ((code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB ||
        (code & 0xFF) == SQLITE_ERROR) /* our statements do not fit its tables */
        return set_corrupt(err);
    if ((code & 0xFF) == SQLITE_BUSY)
        return error_set(err, ERROR_LOCKED, "another program has the database open");
    return error_set(err, ERROR_IO, "%s failed (database error %d)", what, code);
}

/* ---- opening ---- */

static int run_text(struct database *database, const char *text, const char *what,
                    struct error *err)
{
    return sqlite3_exec(database->connection, text, NULL, NULL, NULL) == SQLITE_OK
               ? 0
               : tell(database, what, err);
}

/* The one number that a query gives. */
static int read_number(struct database *database, const char *text, int64_t *number,
                       struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int result = -1;
    if (sqlite3_prepare_v2(database->connection, text, -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
        result = 0;
    } else if (sqlite3_errcode(database->connection) == SQLITE_DONE) {
        set_corrupt(err);
    } else {
        tell(database, "read the database", err);
    }
    sqlite3_finalize(statement);
    return result;
}

static int on_log(void *context, sqlite3 *connection, const char *name, int n_frames)
{
    struct database *database = context;
    (void)connection;
    (void)name;
    database->n_log_frames = n_frames;
    return SQLITE_OK;
}

static int connect(struct database *database, const char *path, struct error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path, &database->connection, flags, NULL);
    if (!database->connection)
        return error_no_memory(err, sizeof(*database));
    if (code != SQLITE_OK)
        return tell(database, "open the database", err);
    sqlite3_db_config(database->connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_wal_hook(database->connection, on_log, database);
    return run_text(database,
                    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF;"
                    "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
                    "PRAGMA synchronous = FULL",
                    "set the database up", err);
}

static int check_format(struct database *database, struct error *err)
{
    int64_t owner = 0, version = 0;
    if (read_number(database, "PRAGMA application_id", &owner, err) < 0 ||
        read_number(database, "PRAGMA user_version", &version, err) < 0)
        return -1;
    if (owner == APPLICATION_ID && version > FORMAT_VERSION)
        return error_set(err, ERROR_FORMAT_VERSION,
                         "the data directory has format %lld, but this program reads up "
                         "to %d: use the newer program",
                         (long long)version, FORMAT_VERSION);
    return owner == APPLICATION_ID && version == FORMAT_VERSION ? 0 : set_corrupt(err);
}

static int use_log(struct database *database, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int result = -1;
    if (sqlite3_prepare_v2(database->connection, "PRAGMA journal_mode = WAL", -1,
                           &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        tell(database, "set the database up", err);
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0)
        error_set(err, ERROR_IO, "the database cannot keep a write-ahead log here");
    else
        result = 0;
    sqlite3_finalize(statement);
    return result;
}

static int prepare(struct database *database, struct error *err)
{
    for (size_t i = 0; i < N_STATEMENTS; i++)
        if (sqlite3_prepare_v3(database->connection, statement_texts[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &database->statements[i],
                               NULL) != SQLITE_OK)
            return tell(database, "set the database up", err);
    return 0;
}

static int open_all(struct database *database, const char *path, enum database_use use,
                    struct error *err)
{
    int64_t next = 0;
    if (connect(database, path, err) < 0)
        return -1;
    if (use == DATABASE_LOOK)
        database_freeze(database);
    else if (use == DATABASE_MAKE &&
             run_text(database, schema, "make the database", err) < 0)
        return -1;
    if (check_format(database, err) < 0 ||
        (use != DATABASE_LOOK && use_log(database, err) < 0) ||
        read_number(database, "SELECT next FROM numbers", &next, err) < 0 ||
        prepare(database, err) < 0)
        return -1;
    database->next_number = database->next_in_transaction = (uint64_t)next;
    return next > 0 ? 0 : set_corrupt(err);
}

struct database *database_open(const char *path, enum database_use use, struct error *err)
{
    struct database *database = memory_new(1, sizeof(*database), err);
    if (!database)
        return NULL;
    if (open_all(database, path, use, err) < 0) {
        database_close(database);
        return NULL;
    }
    return database;
}

void database_freeze(struct database *database)
{
    sqlite3_db_config(database->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

void database_close(struct database *database)
{
    if (!database)
        return;
    for (size_t i = 0; i < N_STATEMENTS; i++)
        sqlite3_finalize(database->statements[i]);
    sqlite3_close(database->connection);
    memory_free(database);
}

/* ---- reading ---- */

int database_check(struct database *database, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int result = -1;
    if (sqlite3_prepare_v2(database->connection, "PRAGMA quick_check(1)", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        tell(database, "read the database", err);
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
        set_corrupt(err);
    else
        result = 0;
    sqlite3_finalize(statement);
    return result;
}

static int visit(const struct database_visitor *visitor, sqlite3_stmt *row,
                 uint64_t next_number, struct error *err)
{
    struct error why = {0};
    struct record *record = database_row_read(row, next_number, &why);
    if (record)
        return visitor->on_record(visitor->context, record, err);
    if (why.code != ERROR_CORRUPT)
        return error_copy(err, &why);
    if (!visitor->on_damaged)
        return set_corrupt(err);
    visitor->on_damaged(visitor->context, (uint64_t)sqlite3_column_int64(row, 0));
    return 0;
}

int database_load(struct database *database, const struct database_visitor *visitor,
                  struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int result = 0, code;
    if (sqlite3_prepare_v2(database->connection,
                           "SELECT " DATABASE_ROW_COLUMNS
                           " FROM record ORDER BY sequence",
                           -1, &statement, NULL) != SQLITE_OK)
        return tell(database, "read the database", err);
    while (result == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW)
        result = visit(visitor, statement, database->next_number, err);
    if (result == 0 && code != SQLITE_DONE)
        result = tell(database, "read the database", err);
    sqlite3_finalize(statement);
    return result;
}

uint64_t database_next_number(const struct database *database)
{
    return database->next_number;
}

/* ---- writing ---- */

static int run(struct database *database, enum statement which, struct error *err)
{
    sqlite3_stmt *statement = database->statements[which];
    int result = sqlite3_step(statement) == SQLITE_DONE
                     ? 0
                     : tell(database, "write a record", err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

int database_begin(struct database *database, struct error *err)
{
    database->next_in_transaction = database->next_number;
    return run(database, BEGIN, err);
}

int database_put(struct database *database, const struct record *record,
                 struct error *err)
{
    if (!database_row_bind(database->statements[PUT], record)) {
        int result = tell(database, "write a record", err);
        sqlite3_clear_bindings(database->statements[PUT]);
        return result;
    }
    return run(database, PUT, err);
}

int database_delete(struct database *database, uint64_t sequence, struct error *err)
{
    sqlite3_bind_int64(database->statements[DELETE], 1, (sqlite3_int64)sequence);
    return run(database, DELETE, err);
}

int database_reserve_numbers(struct database *database, uint64_t next, struct error *err)
{
    if (next <= database->next_in_transaction)
        return 0;
    uint64_t leap = next + NUMBERS_A_LEAP;
    sqlite3_bind_int64(database->statements[NUMBERS], 1, (sqlite3_int64)leap);
    if (run(database, NUMBERS, err) < 0)
        return -1;
    database->next_in_transaction = leap;
    return 0;
}

int database_commit(struct database *database, struct error *err)
{
    if (run(database, COMMIT, err) < 0)
        return -1;
    database->next_number = database->next_in_transaction;
    return 0;
}

int database_rollback(struct database *database, struct error *err)
{
    bool has_ended = sqlite3_get_autocommit(database->connection) != 0; /* by itself */
    return has_ended ? 0 : run(database, ROLLBACK, err);
}

int database_checkpoint(struct database *database, bool now, struct error *err)
{
    if (database->n_log_frames < (now ? 1 : LONG_LOG_FRAMES))
        return 0;
    if (sqlite3_wal_checkpoint_v2(database->connection, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                  NULL, NULL) != SQLITE_OK)
        return tell(database, "tidy the database", err);
    database->n_log_frames = 0;
    return 0;
}
