/*
 * The records' rows in SQLite: one table, written only in whole transactions, each
 * durable when its commit returns (WAL, synchronous=FULL). Every row carries a checksum
 * of its own, because SQLite has none. One thread at a time.
 *
 * Errors: ERROR_NO_SPACE and ERROR_NO_MEMORY leave the database as it was, and it can go
 * on; after any other error of a write nobody knows what is on the disk. ERROR_CORRUPT
 * says which commands help.
 */
#ifndef LOGITD_CORE_STORE_DATABASE_H
#define LOGITD_CORE_STORE_DATABASE_H

#include "core/store/record.h"

struct database;

enum database_use {
    DATABASE_MAKE, /* of an empty file */
    DATABASE_READ_WRITE,
    DATABASE_LOOK /* writes nothing at all, not even at its end */
};

/* The file `path` must be there. */
struct database *database_open(const char *path, enum database_use use,
                               struct error *err) MUST_CHECK;
/* NULL is fine. */
void database_close(struct database *database);
/* From now on the files stay as they are, also when it is closed. */
void database_freeze(struct database *database);

/* SQLite's own structure. ERROR_CORRUPT, also where it cannot be read; so load first,
 * which tells one from the other. */
int database_check(struct database *database, struct error *err) MUST_CHECK;

/*
 * Calls back with each record in order of creation until -1. The callee takes it. A row
 * whose checksum is wrong: ERROR_CORRUPT, or, with on_damaged, a call of that instead.
 */
struct database_visitor {
    int (*on_record)(void *context, struct record *record, struct error *err);
    void (*on_damaged)(void *context, uint64_t sequence);
    void *context;
};
int database_load(struct database *database, const struct database_visitor *visitor,
                  struct error *err) MUST_CHECK;

/* No number from this one on was ever given to a sequence or revision. */
uint64_t database_next_number(const struct database *database);

/* A transaction: begin, then puts and deletes, then commit. After the first failure:
 * rollback. A put replaces the row with the same sequence. */
int database_begin(struct database *database, struct error *err) MUST_CHECK;
int database_put(struct database *database, const struct record *record,
                 struct error *err) MUST_CHECK;
int database_delete(struct database *database, uint64_t sequence,
                    struct error *err) MUST_CHECK;
/* Numbers below `next` may be given from now on. Cheap: the row is written in leaps. */
int database_reserve_numbers(struct database *database, uint64_t next,
                             struct error *err) MUST_CHECK;
int database_commit(struct database *database, struct error *err) MUST_CHECK;
int database_rollback(struct database *database, struct error *err) MUST_CHECK;

/* Copies the log into the database, so that the log's space can be used again; does it
 * only where the log has grown long, or `now`. */
int database_checkpoint(struct database *database, bool now,
                        struct error *err) MUST_CHECK;

#endif
