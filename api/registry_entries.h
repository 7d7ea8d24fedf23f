/*
 * What a registry holds, without its lock: one array of entries in the order of their
 * names, which are few and change rarely. For registry.c, which sees to it that nobody
 * reads while another writes.
 */
#ifndef LOGITD_API_REGISTRY_ENTRIES_H
#define LOGITD_API_REGISTRY_ENTRIES_H

#include "api/registry_entry.h"

struct registry_entries {
    struct registry_entry **items; /* sorted by name */
    size_t n, capacity;
};

/* What is held by the entries is released with them. */
void registry_entries_free(struct registry_entries *entries);

/* The entry of a name, and the same if it has a version; else NULL. */
struct registry_entry *registry_entries_any(const struct registry_entries *entries,
                                            const char *name);
struct registry_entry *registry_entries_find(const struct registry_entries *entries,
                                             const char *name);

/* Makes the entry where there is none, with room for one more version and alias. */
int registry_entries_reserve(struct registry_entries *entries, const char *name,
                             struct error *err) MUST_CHECK;

/* Releases the entry with all that it holds, if there is one. */
void registry_entries_remove(struct registry_entries *entries, const char *name);

#endif
