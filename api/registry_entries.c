#include "api/registry_entries.h"

#include <string.h>

#include "core/base/memory.h"

/* ---- names ---- */

/* Where the name is, or would have to be inserted. */
static size_t position(const struct registry_entries *entries, const char *name,
                       bool *found)
{
    size_t low = 0, high = entries->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(entries->items[middle]->name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

struct registry_entry *registry_entries_any(const struct registry_entries *entries,
                                            const char *name)
{
    bool found;
    size_t at = position(entries, name, &found);
    return found ? entries->items[at] : NULL;
}

struct registry_entry *registry_entries_find(const struct registry_entries *entries,
                                             const char *name)
{
    struct registry_entry *entry = registry_entries_any(entries, name);
    return entry && entry->n_versions > 0 ? entry : NULL;
}

void registry_entries_remove(struct registry_entries *entries, const char *name)
{
    bool found;
    size_t at = position(entries, name, &found);
    if (!found)
        return;
    registry_entry_free(entries->items[at]);
    entries->n--;
    memmove(entries->items + at, entries->items + at + 1,
            (entries->n - at) * sizeof(*entries->items));
}

void registry_entries_free(struct registry_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++)
        registry_entry_free(entries->items[i]);
    memory_free(entries->items);
}

/* ---- room for what is to come ---- */

static int grow(struct registry_entries *entries, struct error *err)
{
    if (entries->n < entries->capacity)
        return 0;
    size_t larger = entries->capacity ? entries->capacity * 2 : 4;
    struct registry_entry **moved =
        memory_resize(entries->items, larger, sizeof(*entries->items), err);
    if (!moved)
        return -1;
    entries->items = moved;
    entries->capacity = larger;
    return 0;
}

static struct registry_entry *make(struct registry_entries *entries, const char *name,
                                   struct error *err)
{
    bool found;
    size_t at = position(entries, name, &found);
    if (found)
        return entries->items[at];
    if (grow(entries, err) < 0)
        return NULL;
    struct registry_entry *entry = registry_entry_new(name, err);
    if (!entry)
        return NULL;
    memmove(entries->items + at + 1, entries->items + at,
            (entries->n - at) * sizeof(*entries->items));
    entries->items[at] = entry;
    entries->n++;
    return entry;
}

int registry_entries_reserve(struct registry_entries *entries, const char *name,
                             struct error *err)
{
    struct registry_entry *entry = make(entries, name, err);
    return entry ? registry_entry_reserve(entry, err) : -1;
}
