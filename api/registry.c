#include "api/registry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/alias_record.h"
#include "core/base/memory.h"
#include "core/base/striped_lock.h"
#include "core/model/model_file.h"
#include "core/text/number.h"

#define DEFAULT_ALIAS "default"

/*
 * Names are few and change rarely: one array sorted by name, each entry with its versions
 * in ascending order. The lock is held for a look-up and a counter, never while scoring.
 */
struct version {
    uint64_t number;
    struct model *model; /* retained */
};

struct entry {
    char name[REGISTRY_NAME_BYTES];
    struct version *versions;
    size_t n_versions, versions_capacity;
    struct registry_alias *aliases;
    size_t n_aliases, aliases_capacity;
};

struct registry {
    struct striped_lock lock;
    struct entry **entries; /* sorted by name; without a version: reserved, or aliases of
                               damaged versions */
    size_t n_entries, entries_capacity;
};

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool registry_name_is_valid(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= REGISTRY_NAME_BYTES || !is_name_character(name[0]))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!is_name_character(name[i]) && !strchr("._-", name[i]))
            return false;
    return true;
}

uint64_t registry_parse_version(const char *text)
{
    size_t n = strlen(text);
    int64_t number;
    if (n == 0 || text[0] < '1' || text[0] > '9')
        return 0;
    return number_parse_integer(text, n, 1, INT64_MAX, &number) ? (uint64_t)number : 0;
}

/* ---- entries ---- */

/* Where the name is, or would have to be inserted. */
static size_t entry_position(const struct registry *registry, const char *name,
                             bool *found)
{
    size_t low = 0, high = registry->n_entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(registry->entries[middle]->name, name);
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

static struct entry *entry_any(const struct registry *registry, const char *name)
{
    bool found;
    size_t at = entry_position(registry, name, &found);
    return found ? registry->entries[at] : NULL;
}

/* NULL if there is none with a version. */
static struct entry *entry_find(const struct registry *registry, const char *name)
{
    struct entry *entry = entry_any(registry, name);
    return entry && entry->n_versions > 0 ? entry : NULL;
}

static void entry_free(struct entry *entry)
{
    for (size_t i = 0; i < entry->n_versions; i++)
        model_release(entry->versions[i].model);
    memory_free(entry->versions);
    memory_free(entry->aliases);
    memory_free(entry);
}

static size_t version_position(const struct entry *entry, uint64_t number)
{
    size_t i = entry->n_versions;
    while (i > 0 && entry->versions[i - 1].number >= number)
        i--;
    return i;
}

static const struct version *version_find(const struct entry *entry, uint64_t number)
{
    size_t i = version_position(entry, number);
    return i < entry->n_versions && entry->versions[i].number == number
               ? &entry->versions[i]
               : NULL;
}

static struct registry_alias *alias_find(const struct entry *entry, const char *alias)
{
    for (size_t i = 0; i < entry->n_aliases; i++)
        if (strcmp(entry->aliases[i].name, alias) == 0)
            return &entry->aliases[i];
    return NULL;
}

/* ---- room for what is to come ---- */

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

static struct entry *entry_make(struct registry *registry, const char *name,
                                struct error *err)
{
    bool found;
    size_t at = entry_position(registry, name, &found);
    if (found)
        return registry->entries[at];
    if (grow((void **)&registry->entries, &registry->entries_capacity,
             registry->n_entries, sizeof(*registry->entries), err) < 0)
        return NULL;
    struct entry *entry = memory_new(1, sizeof(*entry), err);
    if (!entry)
        return NULL;
    snprintf(entry->name, sizeof(entry->name), "%s", name);
    memmove(registry->entries + at + 1, registry->entries + at,
            (registry->n_entries - at) * sizeof(*registry->entries));
    registry->entries[at] = entry;
    registry->n_entries++;
    return entry;
}

int registry_reserve(struct registry *registry, const char *name, struct error *err)
{
    striped_lock_write(&registry->lock);
    int result = -1;
    struct entry *entry = entry_make(registry, name, err);
    if (entry &&
        grow((void **)&entry->versions, &entry->versions_capacity, entry->n_versions,
             sizeof(*entry->versions), err) == 0 &&
        grow((void **)&entry->aliases, &entry->aliases_capacity, entry->n_aliases,
             sizeof(*entry->aliases), err) == 0)
        result = 0;
    striped_lock_write_end(&registry->lock);
    return result;
}

/* ---- changes ---- */

static struct entry *reserved_entry(struct registry *registry, const char *name)
{
    struct entry *entry = entry_any(registry, name);
    assert(entry && "registry_reserve comes first");
    return entry;
}

void registry_publish(struct registry *registry, const char *name, uint64_t version,
                      struct model *model)
{
    striped_lock_write(&registry->lock);
    struct entry *entry = reserved_entry(registry, name);
    assert(entry->n_versions < entry->versions_capacity);
    size_t at = version_position(entry, version);
    memmove(entry->versions + at + 1, entry->versions + at,
            (entry->n_versions - at) * sizeof(*entry->versions));
    entry->versions[at] = (struct version){version, model_retain(model)};
    entry->n_versions++;
    striped_lock_write_end(&registry->lock);
}

static void entry_remove(struct registry *registry, const char *name)
{
    bool found;
    size_t at = entry_position(registry, name, &found);
    if (!found)
        return;
    entry_free(registry->entries[at]);
    registry->n_entries--;
    memmove(registry->entries + at, registry->entries + at + 1,
            (registry->n_entries - at) * sizeof(*registry->entries));
}

void registry_withdraw(struct registry *registry, const char *name, uint64_t version)
{
    striped_lock_write(&registry->lock);
    struct entry *entry = entry_find(registry, name);
    const struct version *gone = entry ? version_find(entry, version) : NULL;
    if (gone) {
        size_t at = (size_t)(gone - entry->versions);
        model_release(gone->model);
        entry->n_versions--;
        memmove(entry->versions + at, entry->versions + at + 1,
                (entry->n_versions - at) * sizeof(*entry->versions));
        if (entry->n_versions == 0 && entry->n_aliases == 0)
            entry_remove(registry, name);
    }
    striped_lock_write_end(&registry->lock);
}

void registry_withdraw_model(struct registry *registry, const char *name)
{
    striped_lock_write(&registry->lock);
    entry_remove(registry, name);
    striped_lock_write_end(&registry->lock);
}

void registry_set_alias(struct registry *registry, const char *name, const char *alias,
                        uint64_t version)
{
    striped_lock_write(&registry->lock);
    struct entry *entry = reserved_entry(registry, name);
    struct registry_alias *known = alias_find(entry, alias);
    if (!known) {
        assert(entry->n_aliases < entry->aliases_capacity);
        known = &entry->aliases[entry->n_aliases++];
        snprintf(known->name, sizeof(known->name), "%s", alias);
    }
    known->version = version;
    striped_lock_write_end(&registry->lock);
}

void registry_remove_alias(struct registry *registry, const char *name, const char *alias)
{
    striped_lock_write(&registry->lock);
    struct entry *entry = entry_any(registry, name);
    struct registry_alias *gone = entry ? alias_find(entry, alias) : NULL;
    if (gone)
        *gone = entry->aliases[--entry->n_aliases];
    striped_lock_write_end(&registry->lock);
}

/* ---- looking ---- */

static int no_model(const char *name, struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "there is no model %s", name);
}

static void take(const struct version *version, struct registry_found *found)
{
    found->model = model_retain(version->model);
    found->version = version->number;
}

int registry_find_version(struct registry *registry, const char *name, uint64_t version,
                          struct registry_found *found, struct error *err)
{
    size_t stripe = striped_lock_read(&registry->lock);
    const struct entry *entry = entry_find(registry, name);
    const struct version *known = entry ? version_find(entry, version) : NULL;
    if (known)
        take(known, found);
    striped_lock_read_end(&registry->lock, stripe);
    if (!entry)
        return no_model(name, err);
    if (!known)
        return error_set(err, ERROR_NOT_FOUND, "model %s has no version %llu", name,
                         (unsigned long long)version);
    return 0;
}

static int no_alias(const char *name, const char *alias, bool is_set, struct error *err)
{
    return is_set
               ? error_set(err, ERROR_NOT_FOUND,
                           "alias %s of model %s names a version that is not there: "
                           "move the alias, or name a version",
                           alias, name)
               : error_set(err, ERROR_NOT_FOUND, "model %s has no alias %s", name, alias);
}

int registry_find_alias(struct registry *registry, const char *name, const char *alias,
                        struct registry_found *found, struct error *err)
{
    size_t stripe = striped_lock_read(&registry->lock);
    const struct entry *entry = entry_find(registry, name);
    const struct registry_alias *known = entry ? alias_find(entry, alias) : NULL;
    const struct version *version = known ? version_find(entry, known->version) : NULL;
    bool is_set = known != NULL;
    if (version)
        take(version, found);
    striped_lock_read_end(&registry->lock, stripe);
    if (!entry)
        return no_model(name, err);
    return version ? 0 : no_alias(name, alias, is_set, err);
}

int registry_find(struct registry *registry, const char *name,
                  struct registry_found *found, struct error *err)
{
    size_t stripe = striped_lock_read(&registry->lock);
    const struct entry *entry = entry_find(registry, name);
    const struct registry_alias *alias = entry ? alias_find(entry, DEFAULT_ALIAS) : NULL;
    const struct version *version = NULL;
    if (alias)
        version = version_find(entry, alias->version);
    else if (entry)
        version = &entry->versions[entry->n_versions - 1];
    if (version)
        take(version, found);
    striped_lock_read_end(&registry->lock, stripe);
    if (!entry)
        return no_model(name, err);
    return version ? 0 : no_alias(name, DEFAULT_ALIAS, true, err);
}

static int copy_listing(const struct entry *entry, struct registry_listing *listing,
                        struct error *err)
{
    listing->versions = memory_new(entry->n_versions, sizeof(*listing->versions), err);
    listing->aliases = memory_new(entry->n_aliases, sizeof(*listing->aliases), err);
    if (!listing->versions || !listing->aliases) {
        registry_listing_free(listing);
        return -1;
    }
    for (size_t i = 0; i < entry->n_versions; i++)
        listing->versions[i] = entry->versions[i].number;
    listing->n_versions = entry->n_versions;
    if (entry->n_aliases > 0)
        memcpy(listing->aliases, entry->aliases,
               entry->n_aliases * sizeof(*entry->aliases));
    listing->n_aliases = entry->n_aliases;
    return 0;
}

int registry_list(struct registry *registry, const char *name,
                  struct registry_listing *listing, struct error *err)
{
    *listing = (struct registry_listing){0};
    size_t stripe = striped_lock_read(&registry->lock);
    const struct entry *entry = entry_any(registry, name);
    bool is_empty = !entry || (entry->n_versions == 0 && entry->n_aliases == 0);
    int result = is_empty ? no_model(name, err) : copy_listing(entry, listing, err);
    striped_lock_read_end(&registry->lock, stripe);
    return result;
}

void registry_listing_free(struct registry_listing *listing)
{
    memory_free(listing->versions);
    memory_free(listing->aliases);
    *listing = (struct registry_listing){0};
}

bool registry_has(struct registry *registry, const char *name)
{
    size_t stripe = striped_lock_read(&registry->lock);
    bool has = entry_find(registry, name) != NULL;
    striped_lock_read_end(&registry->lock, stripe);
    return has;
}

void registry_visit(struct registry *registry, registry_visit_fn *visit, void *context)
{
    size_t stripe = striped_lock_read(&registry->lock);
    for (size_t i = 0; i < registry->n_entries; i++) {
        const struct entry *entry = registry->entries[i];
        for (size_t v = 0; v < entry->n_versions; v++)
            visit(context, entry->name, entry->versions[v].number,
                  entry->versions[v].model);
    }
    striped_lock_read_end(&registry->lock, stripe);
}

size_t registry_n_versions(struct registry *registry)
{
    size_t n = 0;
    size_t stripe = striped_lock_read(&registry->lock);
    for (size_t i = 0; i < registry->n_entries; i++)
        n += registry->entries[i]->n_versions;
    striped_lock_read_end(&registry->lock, stripe);
    return n;
}

/* ---- start and end ---- */

struct registry *registry_new(struct error *err)
{
    struct registry *registry = memory_new(1, sizeof(*registry), err);
    if (registry && striped_lock_init(&registry->lock, err) < 0) {
        memory_free(registry);
        return NULL;
    }
    return registry;
}

void registry_free(struct registry *registry)
{
    if (!registry)
        return;
    for (size_t i = 0; i < registry->n_entries; i++)
        entry_free(registry->entries[i]);
    memory_free(registry->entries);
    striped_lock_destroy(&registry->lock);
    memory_free(registry);
}

struct loading {
    struct registry *registry;
    struct store *store;
    void (*on_notice)(void *context, const char *message);
    void *context;
};

/* "name/7" or "name@alias" → name, and what is behind the separator; NULL if there is
 * none. */
static const char *split_key(const char *key, char separator,
                             char name[REGISTRY_NAME_BYTES])
{
    const char *at = strrchr(key, separator);
    if (!at || at == key || (size_t)(at - key) >= REGISTRY_NAME_BYTES)
        return NULL;
    memcpy(name, key, (size_t)(at - key));
    name[at - key] = '\0';
    return at + 1;
}

static struct model *read_model(struct store *store, const struct store_record *record,
                                struct error *err)
{
    struct store_blob blob = {0};
    if (store_blob_open(store, record, &blob, err) < 0)
        return NULL;
    struct model *model = model_file_read(blob.bytes, blob.n_bytes, err);
    store_blob_close(&blob);
    return model;
}

/* A version that cannot be read is left out; only lack of memory ends the start. */
static int load_version(const struct loading *loading, const struct store_record *record,
                        struct error *err)
{
    char name[REGISTRY_NAME_BYTES];
    const char *number = split_key(record->key, '/', name);
    uint64_t version = number ? registry_parse_version(number) : 0;
    struct error why = {0};
    struct model *model = version ? read_model(loading->store, record, &why) : NULL;
    if (!model) {
        char notice[512];
        snprintf(notice, sizeof(notice), "model version %s is left out: %s", record->key,
                 version ? why.message : "its key is not understood");
        loading->on_notice(loading->context, notice);
        return why.code == ERROR_NO_MEMORY ? error_copy(err, &why) : 0;
    }
    int result = registry_reserve(loading->registry, name, err);
    if (result == 0)
        registry_publish(loading->registry, name, version, model);
    model_release(model);
    return result;
}

static int load_alias(const struct loading *loading, const struct store_record *record,
                      struct error *err)
{
    char name[REGISTRY_NAME_BYTES];
    const char *alias = split_key(record->key, '@', name);
    uint64_t version = alias_record_version(record);
    if (!alias || version == 0) {
        loading->on_notice(loading->context, "an alias that cannot be read is left out");
        return 0;
    }
    if (registry_reserve(loading->registry, name, err) < 0)
        return -1;
    registry_set_alias(loading->registry, name, alias, version);
    return 0;
}

#define LOAD_AT_ONCE 256
static int load_all(const struct loading *loading, enum store_kind kind,
                    int (*load)(const struct loading *, const struct store_record *,
                                struct error *),
                    struct error *err)
{
    const struct store_record *records[LOAD_AT_ONCE];
    struct store_query query = {.kind = kind};
    const struct store_record *last = NULL;
    bool has_more = true;
    int result = 0;
    while (has_more && result == 0) {
        size_t n = store_list(loading->store, &query, LOAD_AT_ONCE, records, &has_more);
        store_release(last);
        last = n > 0 ? store_retain(records[n - 1]) : NULL;
        query.after = last ? last->key : NULL;
        for (size_t i = 0; i < n; i++) {
            if (result == 0)
                result = load(loading, records[i], err);
            store_release(records[i]);
        }
    }
    store_release(last);
    return result;
}

int registry_load(struct registry *registry, struct store *store,
                  void (*on_notice)(void *context, const char *message), void *context,
                  struct error *err)
{
    struct loading loading = {registry, store, on_notice, context};
    if (load_all(&loading, STORE_VERSION, load_version, err) < 0)
        return -1;
    return load_all(&loading, STORE_ALIAS, load_alias, err);
}
