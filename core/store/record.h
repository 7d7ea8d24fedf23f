/*
 * A record as the room holds it: what the caller sees, and what only the store needs to
 * know of it. One block of memory. Immutable once it is in the index, but for
 * `is_verified` (atomic) and `next` (the index's, under its lock).
 */
#ifndef LOGITD_CORE_STORE_RECORD_H
#define LOGITD_CORE_STORE_RECORD_H

#include <stdatomic.h>

#include "core/store/blob_format.h"
#include "core/store/store.h"

struct record {
    struct store_record shown; /* first: one pointer is both */
    atomic_size_t n_references;
    unsigned char blob_id[BLOB_FORMAT_ID_BYTES];
    atomic_bool is_verified; /* the blob's content, since this process began */
    uint64_t hash;           /* of the key */
    struct record *next;     /* in its bucket */
    unsigned char bytes[];   /* meta, key, NUL */
};

/* Referenced once; copies key (n bytes) and meta. */
struct record *record_new(enum store_kind kind, const char *key, size_t key_bytes,
                          const void *meta, size_t meta_bytes,
                          struct error *err) MUST_CHECK;
struct record *record_copy(const struct record *record, struct error *err) MUST_CHECK;
struct record *record_of(const struct store_record *shown);
struct record *record_retain(struct record *record);
void record_release(struct record *record); /* NULL is fine */

/* Both have one, and it is the same. */
bool record_shares_blob(const struct record *a, const struct record *b);
/* The same blob, in the same state. */
void record_take_blob(struct record *record, const struct record *from);

#endif
