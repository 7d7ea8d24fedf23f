#include "core/store/store_request.h"

#include <assert.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/store/store_blob.h"

#define MOST_KEY_BYTES 4096U
#define MOST_META_BYTES ((size_t)256 << 20) /* SQLite takes rows below 10^9 bytes */

/* ---- allocating ---- */

static int start_step(struct store_step *step, const struct record_index *index,
                      const struct store_change *change, struct error *err)
{
    size_t key_bytes = strlen(change->key);
    step->hash = record_index_hash(index, change->key);
    if (change->deletes)
        return 0;
    if (key_bytes > MOST_KEY_BYTES || change->meta_bytes > MOST_META_BYTES)
        return error_set(err, ERROR_TOO_LARGE,
                         "a record of %zu bytes is more than the store takes",
                         key_bytes + change->meta_bytes);
    step->after = record_new(change->kind, change->key, key_bytes, change->meta,
                             change->meta_bytes, err);
    if (!step->after)
        return -1;
    step->after->hash = step->hash;
    return 0;
}

static int reserve(struct store_request *request, struct record_index *index,
                   struct error *err)
{
    size_t n_puts[STORE_KIND_END] = {0};
    for (size_t i = 0; i < request->n_changes; i++)
        n_puts[request->changes[i].kind] += !request->changes[i].deletes;
    for (int kind = 0; kind < STORE_KIND_END; kind++) {
        if (n_puts[kind] == 0)
            continue;
        if (record_index_reserve(index, (enum store_kind)kind, n_puts[kind], err) < 0)
            return -1;
        request->n_reserved[kind] = n_puts[kind];
    }
    return 0;
}

int store_request_start(struct store_request *request, struct record_index *index,
                        const struct store_change *changes, size_t n_changes,
                        struct error *err)
{
    *request = (struct store_request){
        .changes = changes, .n_changes = n_changes, .only_deletes = true};
    request->steps = memory_new(n_changes, sizeof(*request->steps), err);
    if (!request->steps)
        return -1;
    pthread_cond_init(&request->done, NULL);
    int result = 0;
    for (size_t i = 0; result == 0 && i < n_changes; i++) {
        result = start_step(&request->steps[i], index, &changes[i], err);
        request->only_deletes &= changes[i].deletes;
    }
    if (result == 0)
        result = reserve(request, index, err);
    if (result < 0)
        store_request_free(request, index);
    return result;
}

void store_request_free(struct store_request *request, struct record_index *index)
{
    store_request_unplan(request);
    for (size_t i = 0; i < request->n_changes; i++)
        record_release(request->steps[i].after);
    for (int kind = 0; kind < STORE_KIND_END; kind++)
        if (request->n_reserved[kind] > 0)
            record_index_unreserve(index, (enum store_kind)kind,
                                   request->n_reserved[kind]);
    pthread_cond_destroy(&request->done);
    memory_free(request->steps);
}

/* ---- planning ---- */

/* The last of the first n steps that changes this key, or NULL. */
static const struct store_step *find_step(const struct store_request *request, size_t n,
                                          enum store_kind kind, const char *key,
                                          uint64_t hash)
{
    while (n-- > 0)
        if (request->steps[n].hash == hash && request->changes[n].kind == kind &&
            strcmp(request->changes[n].key, key) == 0)
            return &request->steps[n];
    return NULL;
}

/* What step i of the request finds, retained. */
static struct record *find_before(const struct store_request *request, size_t i,
                                  struct record_index *index,
                                  const struct store_request *earlier)
{
    const struct store_change *change = &request->changes[i];
    uint64_t hash = request->steps[i].hash;
    const struct store_step *step =
        find_step(request, i, change->kind, change->key, hash);
    for (; !step && earlier; earlier = earlier->previous)
        step = find_step(earlier, earlier->n_changes, change->kind, change->key, hash);
    if (!step)
        return record_index_find(index, change->kind, change->key, hash);
    return step->after ? record_retain(step->after) : NULL;
}

static const char *noun_of(enum store_kind kind)
{
    static const char *const nouns[STORE_KIND_END] = {
        [STORE_DATASET] = "dataset",
        [STORE_MODEL] = "model",
        [STORE_VERSION] = "model version",
        [STORE_ALIAS] = "alias",
        [STORE_JOB] = "job",
        [STORE_IDEMPOTENCY] = "idempotency key",
        [STORE_CHECKPOINT] = "checkpoint",
        [STORE_UPDATE] = "working copy",
    };
    return nouns[kind];
}

static int check_condition(const struct store_change *change, const struct record *before,
                           struct error *err)
{
    const char *noun = noun_of(change->kind);
    switch (change->condition) {
    case STORE_IF_ABSENT:
        return before ? error_set(err, ERROR_CONFLICT, "there is such a %s already", noun)
                      : 0;
    case STORE_IF_PRESENT:
        return before ? 0 : error_set(err, ERROR_NOT_FOUND, "there is no such %s", noun);
    case STORE_IF_REVISION:
        return before && before->shown.revision == change->revision
                   ? 0
                   : error_set(err, ERROR_CONFLICT,
                               "the %s was changed or deleted meanwhile: read it again",
                               noun);
    case STORE_ALWAYS:
        break;
    }
    return 0;
}

/* A record keeps its place, and without a new blob the one it has. */
static void fill(struct record *after, const struct record *before,
                 const struct store_blob_writer *blob, uint64_t *next)
{
    static const struct record nothing;
    struct store_record *shown = &after->shown;
    shown->revision = (*next)++;
    shown->sequence = before ? before->shown.sequence : shown->revision;
    shown->created_at = clock_wall_microseconds();
    if (blob)
        store_blob_describe(blob, after);
    else
        record_take_blob(after, before ? before : &nothing);
    if (before)
        shown->created_at = before->shown.created_at;
}

int store_request_plan(struct store_request *request, struct record_index *index,
                       const struct store_request *earlier, uint64_t *next,
                       struct error *err)
{
    uint64_t first = *next;
    for (size_t i = 0; i < request->n_changes; i++) {
        const struct store_change *change = &request->changes[i];
        struct store_step *step = &request->steps[i];
        step->before = find_before(request, i, index, earlier);
        if (check_condition(change, step->before, err) < 0) {
            store_request_unplan(request);
            *next = first;
            return -1;
        }
        if (step->after)
            fill(step->after, step->before, change->blob, next);
    }
    return 0;
}

void store_request_unplan(struct store_request *request)
{
    for (size_t i = 0; i < request->n_changes; i++) {
        record_release(request->steps[i].before);
        request->steps[i].before = NULL;
    }
}

void store_request_publish(struct store_request *request, struct record_index *index)
{
    for (size_t i = 0; i < request->n_changes; i++) {
        const struct store_step *step = &request->steps[i];
        if (step->after)
            record_index_put(index, record_retain(step->after));
        else if (step->before)
            record_index_remove(index, step->before);
    }
}
