/*
 * The store keeps everything durable below one directory: records (small rows, in SQLite)
 * and blobs (big immutable files, checksummed). It knows nothing of what they mean.
 *
 * Durability: an operation that has returned (or called back) success survives kill -9
 * and power loss. Order of a write: blob → temporary file → fsync → rename without
 * replacing → fsync of the directory → one SQLite transaction (WAL, synchronous=FULL),
 * group-committed by one writer thread.
 *
 * Reads come from memory: all records are held there, immutable and reference counted.
 * Every function is thread-safe unless it says otherwise. Only *_begin/write/seal and
 * store_commit block on the disk; call them where blocking is allowed.
 *
 * A failed fsync or commit is never retried as a success: the store turns read-only,
 * every later write fails with ERROR_READ_ONLY, store_is_healthy() is false and
 * `on_failure` is called once. A full disk is ERROR_NO_SPACE and leaves the store
 * writable (deletes still work).
 */
#ifndef LOGITD_CORE_STORE_STORE_H
#define LOGITD_CORE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "core/base/mapping.h"

/* Numbers are written to disk: never renumber. */
enum store_kind {
    STORE_DATASET = 1,
    STORE_MODEL = 2, /* key: model name; its meta keeps the highest version ever given */
    STORE_VERSION = 3,     /* key: "name/7" */
    STORE_ALIAS = 4,       /* key: "name@alias" */
    STORE_JOB = 5,         /* key: job id */
    STORE_IDEMPOTENCY = 6, /* key: "scope/key" */
    STORE_CHECKPOINT = 7,  /* key: job id */
    STORE_UPDATE = 8,      /* key: model name; its working copy */
    STORE_KIND_END
};

/* Of one row. Immutable; valid until store_release(). */
struct store_record {
    enum store_kind kind;
    const char *key;
    uint64_t
        sequence; /* order of creation over all kinds; kept when a record is put again */
    uint64_t revision;  /* grows with every put; what If-Match compares */
    int64_t created_at; /* microseconds, wall clock */
    const void *meta;   /* opaque */
    size_t meta_bytes;
    bool has_blob;
    bool damaged;                  /* the blob was found damaged; it lies in quarantine */
    uint64_t blob_bytes;           /* of payload */
    unsigned char blob_sha256[32]; /* see store_blob_begin */
};

struct store;

struct store_options {
    /* Called once, from the writer thread, when the store has turned read-only. */
    void (*on_failure)(void *context, const struct error *why);
    /* Called for what start-up found and did: quarantined, removed left-overs. */
    void (*on_notice)(void *context, const char *message);
    void *context;
};

/*
 * Opens or creates the directory (mode 0700, umask 077), takes its lock, recovers:
 * unfinished files are removed, blobs without a record are removed, records whose blob is
 * missing, truncated or of a bad header are marked damaged. ERROR_LOCKED if another
 * process has it, ERROR_CORRUPT if the database is damaged or missing beside blobs (the
 * message says to run `logitd check` or `logitd rebuild`), ERROR_FORMAT_VERSION if it is
 * newer than this program, ERROR_IO, ERROR_NO_SPACE.
 */
struct store *store_open(const char *directory, const struct store_options *options,
                         struct error *err) MUST_CHECK;
/* Ends the writer after what is queued. No other call may be under way. */
void store_close(struct store *store);

bool store_is_healthy(struct store *store);

/* ---- reading ---- */

/* NULL if there is none. Release it. */
const struct store_record *store_find(struct store *store, enum store_kind kind,
                                      const char *key);
const struct store_record *store_retain(const struct store_record *record);
void store_release(const struct store_record *record); /* NULL is fine */

/*
 * Up to n_most records of a kind in order of creation (or newest first), whose key begins
 * with `prefix` (NULL: any), after the record with key `after` (NULL: from the start; if
 * that record has gone the list is empty). `accept` may pass records over (NULL: takes
 * all). Release each. Returns how many; *has_more tells if there were others.
 */
struct store_query {
    enum store_kind kind;
    const char *prefix;
    const char *after;
    bool newest_first;
    bool (*accept)(void *context, const struct store_record *record);
    void *context;
};
size_t store_list(struct store *store, const struct store_query *query, size_t n_most,
                  const struct store_record **records, bool *has_more);

/* Counters for metrics. */
struct store_stats {
    size_t n_records[STORE_KIND_END];
    uint64_t blob_bytes[STORE_KIND_END];
    uint64_t n_commits; /* SQLite transactions */
    uint64_t n_changes; /* changes in them */
};
void store_stats(struct store *store, struct store_stats *stats);

/* ---- blobs ---- */

struct store_blob_writer; /* one thread at a time */

/* Starts a blob in a temporary file. digest: of what its SHA-256 is to be. Its kind, and
 * at seal the key and meta, go into it, so that `rebuild` can make the record again.
 * After a failed write or seal it can only be abandoned. */
enum store_digest {
    STORE_DIGEST_PAYLOAD, /* names the content */
    STORE_DIGEST_BLOCKS   /* of the checksums of its blocks: costs next to nothing */
};
struct store_blob_writer *store_blob_begin(struct store *store, enum store_kind kind,
                                           enum store_digest digest,
                                           struct error *err) MUST_CHECK;
int store_blob_write(struct store_blob_writer *writer, const void *bytes, size_t n,
                     struct error *err) MUST_CHECK;
struct byte_sink store_blob_sink(struct store_blob_writer *writer);
/* Writes the trailer and makes the file durable. After it only commit or abandon may
 * follow. */
int store_blob_seal(struct store_blob_writer *writer, const char *key, const void *meta,
                    size_t meta_bytes, struct error *err) MUST_CHECK;
uint64_t store_blob_n_bytes(const struct store_blob_writer *writer);
/* After seal. */
void store_blob_sha256(const struct store_blob_writer *writer, unsigned char digest[32]);
/* Removes the file, sealed or not, unless a commit took it. Frees. NULL is fine. */
void store_blob_abandon(struct store_blob_writer *writer);

/* The payload of a record's blob, mapped read-only; stays valid after the record is
 * deleted. The first opening checks every block's CRC32C: ERROR_CORRUPT, and the record
 * becomes damaged and its file goes to quarantine. ERROR_NOT_FOUND if the record has no
 * blob, or was deleted meanwhile. */
struct store_blob {
    const void *bytes;
    size_t n_bytes;
    void *mapping; /* the store's */
    size_t mapping_bytes;
    struct mapping *guard; /* core/base/mapping.h: a page that cannot be read is zeros */
};
int store_blob_open(struct store *store, const struct store_record *record,
                    struct store_blob *blob, struct error *err) MUST_CHECK;
/* Whether all that was read of the blob was there: after reading, and before what it said
 * is used. ERROR_UNREADABLE: the disk failed, or somebody has cut the file; the
 * checksums, looked at before, do not tell. */
int store_blob_check(const struct store_blob *blob, const char *what,
                     struct error *err) MUST_CHECK;
void store_blob_close(struct store_blob *blob); /* all zero is fine */

/* A nameless file in the data directory for what does not fit memory; gone with its
 * descriptor. -1 on failure. */
int store_scratch_file(struct store *store, struct error *err) MUST_CHECK;

/* ---- writing ---- */

enum store_condition {
    STORE_ALWAYS,
    STORE_IF_ABSENT,  /* else ERROR_CONFLICT */
    STORE_IF_PRESENT, /* else ERROR_NOT_FOUND */
    STORE_IF_REVISION /* else ERROR_CONFLICT; the record must be there with this revision
                       */
};

struct store_change {
    bool deletes; /* else puts */
    enum store_kind kind;
    const char *key;
    const void *meta; /* puts */
    size_t meta_bytes;
    struct store_blob_writer
        *blob; /* sealed; NULL: none, or keeps the one it has. Taken on success */
    enum store_condition condition;
    uint64_t revision;
};

/*
 * Applies all changes or none, durably. Conditions are checked in the writer, in order,
 * against the state that the changes before them left. Blocks until durable. Borrows
 * everything (blobs of deleted records are unlinked after the commit).
 */
int store_commit(struct store *store, const struct store_change *changes,
                 size_t n_changes, struct error *err) MUST_CHECK;

/* ---- repair, on a directory that no daemon holds ---- */

typedef void store_report_fn(void *context, const char *line);

/* Verifies every record and every byte of every blob; one line each for what is wrong,
 * and a closing count. Returns the number of damaged objects, or -1 with err. Changes
 * nothing. */
long store_check(const char *directory, store_report_fn *report, void *context,
                 struct error *err);

/* Makes the database again from the blobs (jobs, aliases and idempotency keys live only
 * in the database and are lost; the old file is kept beside it). */
int store_rebuild(const char *directory, store_report_fn *report, void *context,
                  struct error *err) MUST_CHECK;

#endif
