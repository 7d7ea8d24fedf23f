#include "api/registry_entry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"

/* ---- versions ---- */

static size_t version_position(const struct registry_entry *entry, uint64_t number)
{
    size_t i = entry->n_versions;
    while (i > 0 && entry->versions[i - 1].number >= number)
        i--;
    return i;
}

const struct registry_version *registry_entry_version(const struct registry_entry *entry,
                                                      uint64_t number)
{
    size_t i = version_position(entry, number);
    return i < entry->n_versions && entry->versions[i].number == number
               ? &entry->versions[i]
               : NULL;
}

void registry_entry_insert(struct registry_entry *entry, uint64_t number,
                           struct model *model)
{
    assert(entry->n_versions < entry->versions_capacity);
    size_t at = version_position(entry, number);
    memmove(entry->versions + at + 1, entry->versions + at,
            (entry->n_versions - at) * sizeof(*entry->versions));
    entry->versions[at] = (struct registry_version){number, model_retain(model)};
    entry->n_versions++;
}

void registry_entry_withdraw(struct registry_entry *entry, uint64_t number)
{
    const struct registry_version *gone = registry_entry_version(entry, number);
    if (!gone)
        return;
    size_t at = (size_t)(gone - entry->versions);
    model_release(gone->model);
    entry->n_versions--;
    memmove(entry->versions + at, entry->versions + at + 1,
            (entry->n_versions - at) * sizeof(*entry->versions));
}

/* ---- aliases ---- */

struct registry_alias *registry_entry_alias(const struct registry_entry *entry,
                                            const char *alias)
{
    for (size_t i = 0; i < entry->n_aliases; i++)
        if (strcmp(entry->aliases[i].name, alias) == 0)
            return &entry->aliases[i];
    return NULL;
}

struct registry_alias *registry_entry_make_alias(struct registry_entry *entry,
                                                 const char *alias)
{
    struct registry_alias *known = registry_entry_alias(entry, alias);
    if (known)
        return known;
    assert(entry->n_aliases < entry->aliases_capacity);
    known = &entry->aliases[entry->n_aliases++];
    *known = (struct registry_alias){0};
    snprintf(known->name, sizeof(known->name), "%s", alias);
    return known;
}

/* ---- the entry ---- */

struct registry_entry *registry_entry_new(const char *name, struct error *err)
{
    struct registry_entry *entry = memory_new(1, sizeof(*entry), err);
    if (entry)
        snprintf(entry->name, sizeof(entry->name), "%s", name);
    return entry;
}

void registry_entry_free(struct registry_entry *entry)
{
    for (size_t i = 0; i < entry->n_versions; i++)
        model_release(entry->versions[i].model);
    for (size_t i = 0; i < entry->n_aliases; i++)
        alias_tally_release(entry->aliases[i].tally);
    memory_free(entry->versions);
    memory_free(entry->aliases);
    memory_free(entry);
}

static int grow(void **array, size_t *capacity, size_t n, size_t size, struct error *err)
{
    if (n < *capacity)
        return 0;
    size_t larger = *capacity ? *capacity * 2 : 4;
    void *moved = memory_resize(*array, larger, size, err);
    if (!moved)
        return -1;
    *array = moved;
    *capacity = larger;
    return 0;
}

int registry_entry_reserve(struct registry_entry *entry, struct error *err)
{
    if (grow((void **)&entry->versions, &entry->versions_capacity, entry->n_versions,
             sizeof(*entry->versions), err) < 0)
        return -1;
    return grow((void **)&entry->aliases, &entry->aliases_capacity, entry->n_aliases,
                sizeof(*entry->aliases), err);
}
