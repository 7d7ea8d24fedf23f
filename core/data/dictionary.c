#include "core/data/dictionary.h"

#include <assert.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/random.h"

#define LEAST_SLOTS 16U
#define MOST_TEXTS (UINT32_C(1) << 30)

struct dictionary_slot {
    uint32_t index; /* DICTIONARY_NONE: free */
    uint32_t
        hash; /* its high half, to pass over most others without looking at their text */
};

static uint64_t hash_of(const struct dictionary *dictionary, const char *text, size_t n)
{
    return hash_bytes(dictionary->key, text, n);
}

/* The slot that has this text, or the free one where it belongs. There are slots. */
static struct dictionary_slot *slot_of(const struct dictionary *dictionary,
                                       const char *text, size_t n_bytes, uint64_t hash)
{
    uint32_t mask = dictionary->n_slots - 1;
    for (uint32_t at = (uint32_t)hash & mask;; at = (at + 1) & mask) {
        struct dictionary_slot *slot = &dictionary->slots[at];
        size_t n;
        if (slot->index == DICTIONARY_NONE)
            return slot;
        if (slot->hash != (uint32_t)(hash >> 32))
            continue;
        const char *other = dictionary_text(dictionary, slot->index, &n);
        if (n == n_bytes && (n == 0 || memcmp(other, text, n) == 0))
            return slot;
    }
}

/* ---- growing ---- */

static int grow_slots(struct dictionary *dictionary, struct error *err)
{
    struct dictionary larger = *dictionary;
    larger.n_slots = dictionary->n_slots > 0 ? 2 * dictionary->n_slots : LEAST_SLOTS;
    if (dictionary->n_slots == 0 && random_bytes(larger.key, sizeof(larger.key), err) < 0)
        return -1;
    larger.slots = memory_new(larger.n_slots, sizeof(*larger.slots), err);
    if (!larger.slots)
        return -1;
    memset(larger.slots, 0xff, larger.n_slots * sizeof(*larger.slots));
    for (uint32_t i = 0; i < dictionary->n; i++) {
        size_t n_bytes;
        const char *text = dictionary_text(dictionary, i, &n_bytes);
        uint64_t hash = hash_of(&larger, text, n_bytes);
        *slot_of(&larger, text, n_bytes, hash) =
            (struct dictionary_slot){i, (uint32_t)(hash >> 32)};
    }
    memory_free(dictionary->slots);
    *dictionary = larger;
    return 0;
}

static int grow_starts(struct dictionary *dictionary, struct error *err)
{
    uint32_t capacity = dictionary->capacity > 0 ? 2 * dictionary->capacity : 8;
    size_t *starts =
        memory_resize(dictionary->starts, (size_t)capacity + 1, sizeof(*starts), err);
    if (!starts)
        return -1;
    starts[dictionary->n] = dictionary->n_text_bytes;
    dictionary->starts = starts;
    dictionary->capacity = capacity;
    return 0;
}

static int grow_texts(struct dictionary *dictionary, size_t n_bytes, struct error *err)
{
    size_t needed, capacity = dictionary->texts_capacity;
    if (!memory_sum(dictionary->n_text_bytes, n_bytes, &needed) ||
        !memory_sum(needed, needed / 2 + 64, &capacity))
        return error_no_memory(err, SIZE_MAX);
    char *texts = memory_resize(dictionary->texts, capacity, 1, err);
    if (!texts)
        return -1;
    dictionary->texts = texts;
    dictionary->texts_capacity = capacity;
    return 0;
}

/* Room for one more text of n_bytes; slots stay at most half full. */
static int make_room(struct dictionary *dictionary, size_t n_bytes, struct error *err)
{
    if (dictionary->n >= MOST_TEXTS)
        return error_set(err, ERROR_TOO_LARGE, "more than %u distinct texts", MOST_TEXTS);
    if (dictionary->n_slots / 2 <= dictionary->n && grow_slots(dictionary, err) < 0)
        return -1;
    if (dictionary->n == dictionary->capacity && grow_starts(dictionary, err) < 0)
        return -1;
    if (dictionary->texts_capacity - dictionary->n_text_bytes <= n_bytes &&
        grow_texts(dictionary, n_bytes + 1, err) < 0)
        return -1;
    return 0;
}

/* ---- what others call ---- */

uint32_t dictionary_add(struct dictionary *dictionary, const char *text, size_t n_bytes,
                        struct error *err)
{
    uint32_t found = dictionary_find(dictionary, text, n_bytes);
    if (found != DICTIONARY_NONE)
        return found;
    if (make_room(dictionary, n_bytes, err) < 0)
        return DICTIONARY_NONE;
    uint64_t hash = hash_of(dictionary, text, n_bytes);
    *slot_of(dictionary, text, n_bytes, hash) =
        (struct dictionary_slot){dictionary->n, (uint32_t)(hash >> 32)};
    char *copy = dictionary->texts + dictionary->n_text_bytes;
    if (n_bytes > 0)
        memcpy(copy, text, n_bytes);
    copy[n_bytes] = '\0';
    dictionary->n_text_bytes += n_bytes + 1;
    dictionary->starts[dictionary->n + 1] = dictionary->n_text_bytes;
    return dictionary->n++;
}

uint32_t dictionary_find(const struct dictionary *dictionary, const char *text,
                         size_t n_bytes)
{
    if (dictionary->n == 0)
        return DICTIONARY_NONE;
    return slot_of(dictionary, text, n_bytes, hash_of(dictionary, text, n_bytes))->index;
}

const char *dictionary_text(const struct dictionary *dictionary, uint32_t i,
                            size_t *n_bytes)
{
    assert(i < dictionary->n);
    *n_bytes = dictionary->starts[i + 1] - dictionary->starts[i] - 1;
    return dictionary->texts + dictionary->starts[i];
}

void dictionary_free(struct dictionary *dictionary)
{
    memory_free(dictionary->texts);
    memory_free(dictionary->starts);
    memory_free(dictionary->slots);
    *dictionary = (struct dictionary){0};
}
