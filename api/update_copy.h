/*
 * A model's working copy (core/model/online.h) in the store: one record, keyed by the
 * model's name, with a small head that is told without opening the numbers, and a blob
 * with these. Each call that learns puts it again, durably, before it is answered; the
 * blob that it replaces goes with the commit. Between two calls nothing of it is held in
 * memory but the record.
 */
#ifndef LOGITD_API_UPDATE_COPY_H
#define LOGITD_API_UPDATE_COPY_H

#include "core/model/online.h"
#include "core/store/store.h"

struct service;

struct update_copy {
    const struct store_record *stored; /* retained; NULL: there is no copy */
    bool is_damaged;                   /* it cannot be gone on from; the rest is 0 */
    uint64_t revision;                 /* from 1, by one with each change */
    uint64_t from;                     /* the version that it began with */
    uint64_t published;                /* the last one that was made of it; 0: none */
    int64_t created_at, updated_at;    /* microseconds, wall clock */
    struct online_head head;
};

/* That of a model; all zero where it has none. Free with update_copy_free. */
struct update_copy update_copy_find(struct store *store, const char *model);
void update_copy_free(struct update_copy *copy);

/* -1 with ERROR_CONFLICT: it is damaged. */
int update_copy_check(const struct update_copy *copy, struct error *err) MUST_CHECK;

/* The version whose inputs and classes are the copy's: it must stay. */
uint64_t update_copy_base(const struct update_copy *copy);
/* Does a working copy need this version of its model? */
bool update_copy_needs(struct store *store, const char *model, uint64_t version);

/* Its numbers, into an all-zero `online`; `model` is its base. online_free in any case.
 * ERROR_CONFLICT: they are damaged. */
int update_copy_open(struct store *store, const struct update_copy *copy,
                     const struct model *model, struct online *online,
                     struct error *err) MUST_CHECK;

void update_copy_pack(const struct update_copy *copy, struct buffer *meta);
/* A sealed blob with the numbers of `online`, for a record with this meta. NULL with err.
 */
struct store_blob_writer *update_copy_seal(struct store *store, const char *model,
                                           const struct online *online,
                                           const struct buffer *meta,
                                           struct error *err) MUST_CHECK;

/* The change that puts the copy again: on condition that the record is as it was found.
 * blob NULL: with the numbers that it has. Borrows. */
struct store_change update_copy_put(const struct update_copy *copy, const char *model,
                                    const struct buffer *meta,
                                    struct store_blob_writer *blob);
/* The change that takes away what a model has of it: 1, or 0 if there is none. */
size_t update_copy_remove(struct store *store, const char *model,
                          struct store_change *change);

#endif
