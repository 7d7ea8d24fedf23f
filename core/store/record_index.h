/*
 * All records in memory: by key (a hash table a kind) and in order of creation (an array
 * a kind, sorted by sequence). Thread-safe; no call blocks for long. Whatever puts
 * reserves first, so that what is already durable never lacks memory.
 */
#ifndef LOGITD_CORE_STORE_RECORD_INDEX_H
#define LOGITD_CORE_STORE_RECORD_INDEX_H

#include <pthread.h>

#include "core/store/record.h"

struct record_index_kind {
    struct record **ordered; /* [capacity], n of them, by sequence */
    size_t n, capacity;
    size_t n_reserved;
    struct record **buckets; /* [n_buckets], a power of two or none */
    size_t n_buckets;
    uint64_t blob_bytes;
};

struct record_index {
    pthread_mutex_t lock; /* guards all below but the key */
    uint64_t key[2];      /* of the hash */
    struct record_index_kind kinds[STORE_KIND_END];
};

int record_index_start(struct record_index *index, struct error *err) MUST_CHECK;
void record_index_free(struct record_index *index);

uint64_t record_index_hash(const struct record_index *index, const char *key);

/* Room for n more records of a kind, until it is given back (by whoever put them, too).
 */
int record_index_reserve(struct record_index *index, enum store_kind kind, size_t n,
                         struct error *err) MUST_CHECK;
void record_index_unreserve(struct record_index *index, enum store_kind kind, size_t n);

/* Retained; NULL if there is none. */
struct record *record_index_find(struct record_index *index, enum store_kind kind,
                                 const char *key, uint64_t hash);

/* The next up to n_most records after `sequence` (newest_first: before it) in their
 * order, retained. Returns how many. */
size_t record_index_slice(struct record_index *index, enum store_kind kind,
                          uint64_t sequence, bool newest_first, size_t n_most,
                          struct record **records);

/* Changes that become visible all at once: between lock and unlock. Takes the reference
 * to `record`, whose hash is set and whose room is reserved; a record of the same key is
 * replaced and must have the same sequence. */
void record_index_lock(struct record_index *index);
void record_index_unlock(struct record_index *index);
void record_index_put(struct record_index *index, struct record *record);
void record_index_remove(struct record_index *index, const struct record *record);

/* `fresh` (taken) in place of `old`, if that is still there. */
bool record_index_replace(struct record_index *index, const struct record *old,
                          struct record *fresh);

#endif
