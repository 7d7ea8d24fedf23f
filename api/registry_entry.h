/*
 * One name of a registry: its versions in ascending order, and its aliases. Like
 * registry_entries.h without a lock.
 */
#ifndef LOGITD_API_REGISTRY_ENTRY_H
#define LOGITD_API_REGISTRY_ENTRY_H

#include "api/registry.h"

struct registry_version {
    uint64_t number;
    struct model *model; /* retained */
};

/* Without a version: reserved, or aliases of damaged versions. */
struct registry_entry {
    char name[REGISTRY_NAME_BYTES];
    struct registry_version *versions;
    size_t n_versions, versions_capacity;
    struct registry_alias *aliases;
    size_t n_aliases, aliases_capacity;
};

/* Without versions and aliases. */
struct registry_entry *registry_entry_new(const char *name, struct error *err) MUST_CHECK;
/* Releases what it holds. */
void registry_entry_free(struct registry_entry *entry);

/* Room for one more version and alias. */
int registry_entry_reserve(struct registry_entry *entry, struct error *err) MUST_CHECK;

/* NULL if there is none. */
const struct registry_version *registry_entry_version(const struct registry_entry *entry,
                                                      uint64_t number);
struct registry_alias *registry_entry_alias(const struct registry_entry *entry,
                                            const char *alias);

/* There is room (registry_entry_reserve). The model is retained. */
void registry_entry_insert(struct registry_entry *entry, uint64_t number,
                           struct model *model);
void registry_entry_withdraw(struct registry_entry *entry, uint64_t number);
/* The alias of this name, made without a target where there is none. */
struct registry_alias *registry_entry_make_alias(struct registry_entry *entry,
                                                 const char *alias);

#endif
