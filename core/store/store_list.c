/* Lists records in slices: the index is never locked while a caller's code runs. */
#include "core/store/store.h"

#include <string.h>

#include "core/store/store_internal.h"

#define RECORDS_A_SLICE 64U

struct walk {
    const struct store_query *query;
    const struct store_record **records;
    size_t n, n_most;
    bool has_more;
};

/* The sequence to go on from; false if the record to start after has gone. */
static bool find_start(struct store *store, const struct store_query *query,
                       uint64_t *sequence)
{
    *sequence = query->newest_first ? UINT64_MAX : 0;
    if (!query->after)
        return true;
    const struct store_record *after = store_find(store, query->kind, query->after);
    if (!after)
        return false;
    *sequence = after->sequence;
    store_release(after);
    return true;
}

static bool is_wanted(const struct store_query *query, const struct store_record *record)
{
    return (!query->prefix ||
            strncmp(record->key, query->prefix, strlen(query->prefix)) == 0) &&
           (!query->accept || query->accept(query->context, record));
}

/* Takes the record or releases it. */
static void meet(struct walk *walk, const struct store_record *record)
{
    if (!walk->has_more && is_wanted(walk->query, record)) {
        if (walk->n < walk->n_most) {
            walk->records[walk->n++] = record;
            return;
        }
        walk->has_more = true;
    }
    store_release(record);
}

static void walk_all(struct store *store, struct walk *walk, uint64_t sequence)
{
    const struct store_query *query = walk->query;
    struct record *slice[RECORDS_A_SLICE];
    size_t n = RECORDS_A_SLICE;
    while (n == RECORDS_A_SLICE && !walk->has_more) {
        n = record_index_slice(&store->index, query->kind, sequence, query->newest_first,
                               RECORDS_A_SLICE, slice);
        sequence = n > 0 ? slice[n - 1]->shown.sequence : 0;
        for (size_t i = 0; i < n; i++)
            meet(walk, &slice[i]->shown);
    }
}

size_t store_list(struct store *store, const struct store_query *query, size_t n_most,
                  const struct store_record **records, bool *has_more)
{
    struct walk walk = {.query = query, .records = records, .n_most = n_most};
    uint64_t sequence;
    if (find_start(store, query, &sequence))
        walk_all(store, &walk, sequence);
    *has_more = walk.has_more;
    return walk.n;
}
