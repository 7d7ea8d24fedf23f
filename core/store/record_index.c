#include "core/store/record_index.h"

#include <assert.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/random.h"

#define LEAST_CAPACITY 16U

int record_index_start(struct record_index *index, struct error *err)
{
    *index = (struct record_index){0};
    if (random_bytes(index->key, sizeof(index->key), err) < 0)
        return -1;
    pthread_mutex_init(&index->lock, NULL);
    return 0;
}

void record_index_free(struct record_index *index)
{
    for (size_t k = 0; k < STORE_KIND_END; k++) {
        struct record_index_kind *kind = &index->kinds[k];
        for (size_t i = 0; i < kind->n; i++)
            record_release(kind->ordered[i]);
        memory_free(kind->ordered);
        memory_free(kind->buckets);
    }
    pthread_mutex_destroy(&index->lock);
}

uint64_t record_index_hash(const struct record_index *index, const char *key)
{
    return hash_bytes(index->key, key, strlen(key));
}

void record_index_lock(struct record_index *index)
{
    pthread_mutex_lock(&index->lock);
}

void record_index_unlock(struct record_index *index)
{
    pthread_mutex_unlock(&index->lock);
}

/* ---- room ---- */

static struct record **bucket_of(const struct record_index_kind *kind, uint64_t hash)
{
    return &kind->buckets[hash & (kind->n_buckets - 1)];
}

static int grow(struct record_index_kind *kind, size_t capacity, struct error *err)
{
    struct record **buckets = memory_new(capacity, sizeof(*buckets), err);
    struct record **ordered =
        buckets ? memory_resize(kind->ordered, capacity, sizeof(*ordered), err) : NULL;
    if (!ordered) {
        memory_free(buckets);
        return -1;
    }
    memory_free(kind->buckets);
    kind->ordered = ordered;
    kind->capacity = capacity;
    kind->buckets = buckets;
    kind->n_buckets = capacity;
    for (size_t i = 0; i < kind->n; i++) {
        struct record **bucket = bucket_of(kind, ordered[i]->hash);
        ordered[i]->next = *bucket;
        *bucket = ordered[i];
    }
    return 0;
}

static int reserve(struct record_index_kind *kind, size_t n, struct error *err)
{
    size_t capacity = kind->capacity > 0 ? kind->capacity : LEAST_CAPACITY;
    size_t needed;
    if (!memory_sum(kind->n + kind->n_reserved, n, &needed) || needed > SIZE_MAX / 2)
        return error_no_memory(err, SIZE_MAX);
    while (capacity < needed)
        capacity *= 2;
    if (capacity > kind->capacity && grow(kind, capacity, err) < 0)
        return -1;
    kind->n_reserved += n;
    return 0;
}

int record_index_reserve(struct record_index *index, enum store_kind kind, size_t n,
                         struct error *err)
{
    record_index_lock(index);
    int result = reserve(&index->kinds[kind], n, err);
    record_index_unlock(index);
    return result;
}

void record_index_unreserve(struct record_index *index, enum store_kind kind, size_t n)
{
    record_index_lock(index);
    index->kinds[kind].n_reserved -= n;
    record_index_unlock(index);
}

/* ---- finding ---- */

/* Where the pointer to the record of this key is, or the NULL behind its bucket. */
static struct record **link_of(const struct record_index_kind *kind, const char *key,
                               uint64_t hash)
{
    struct record **link = bucket_of(kind, hash);
    while (*link && ((*link)->hash != hash || strcmp((*link)->shown.key, key) != 0))
        link = &(*link)->next;
    return link;
}

struct record *record_index_find(struct record_index *index, enum store_kind kind,
                                 const char *key, uint64_t hash)
{
    const struct record_index_kind *of_kind = &index->kinds[kind];
    record_index_lock(index);
    struct record *found = of_kind->n > 0 ? *link_of(of_kind, key, hash) : NULL;
    if (found)
        record_retain(found);
    record_index_unlock(index);
    return found;
}

/* How many records have a smaller sequence. */
static size_t position_of(const struct record_index_kind *kind, uint64_t sequence)
{
    size_t low = 0, high = kind->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kind->ordered[middle]->shown.sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t record_index_slice(struct record_index *index, enum store_kind kind,
                          uint64_t sequence, bool newest_first, size_t n_most,
                          struct record **records)
{
    const struct record_index_kind *of_kind = &index->kinds[kind];
    size_t n = 0;
    record_index_lock(index);
    if (newest_first)
        for (size_t i = position_of(of_kind, sequence); i > 0 && n < n_most; i--)
            records[n++] = record_retain(of_kind->ordered[i - 1]);
    else
        for (size_t i = position_of(of_kind, sequence + 1); i < of_kind->n && n < n_most;
             i++)
            records[n++] = record_retain(of_kind->ordered[i]);
    record_index_unlock(index);
    return n;
}

/* ---- changing ---- */

static void insert(struct record_index_kind *kind, struct record *record)
{
    size_t at = position_of(kind, record->shown.sequence);
    assert(kind->n < kind->capacity);
    memmove(kind->ordered + at + 1, kind->ordered + at,
            (kind->n - at) * sizeof(*kind->ordered));
    kind->ordered[at] = record;
    kind->n++;
}

static void exchange(struct record_index_kind *kind, struct record *old,
                     struct record *record)
{
    size_t at = position_of(kind, old->shown.sequence);
    assert(kind->ordered[at] == old && old->shown.sequence == record->shown.sequence);
    kind->ordered[at] = record;
    kind->blob_bytes -= old->shown.blob_bytes;
    record_release(old);
}

void record_index_put(struct record_index *index, struct record *record)
{
    struct record_index_kind *kind = &index->kinds[record->shown.kind];
    struct record **link = link_of(kind, record->shown.key, record->hash);
    struct record *old = *link;
    record->next = old ? old->next : NULL;
    *link = record;
    kind->blob_bytes += record->shown.blob_bytes;
    if (old)
        exchange(kind, old, record);
    else
        insert(kind, record);
}

void record_index_remove(struct record_index *index, const struct record *record)
{
    struct record_index_kind *kind = &index->kinds[record->shown.kind];
    struct record **link = link_of(kind, record->shown.key, record->hash);
    struct record *old = *link;
    if (!old)
        return;
    size_t at = position_of(kind, old->shown.sequence);
    *link = old->next;
    kind->n--;
    memmove(kind->ordered + at, kind->ordered + at + 1,
            (kind->n - at) * sizeof(*kind->ordered));
    kind->blob_bytes -= old->shown.blob_bytes;
    record_release(old);
}

bool record_index_replace(struct record_index *index, const struct record *old,
                          struct record *fresh)
{
    const struct record_index_kind *kind = &index->kinds[old->shown.kind];
    record_index_lock(index);
    bool is_there = kind->n > 0 && *link_of(kind, old->shown.key, old->hash) == old;
    if (is_there)
        record_index_put(index, fresh);
    record_index_unlock(index);
    if (!is_there)
        record_release(fresh);
    return is_there;
}
