#include "api/registry.h"

#include <assert.h>
#include <string.h>

#include "api/registry_entries.h"
#include "core/base/memory.h"
#include "core/base/striped_lock.h"
#include "core/text/number.h"

#define DEFAULT_ALIAS "default"

/* The lock is held for a look-up and a counter, never while scoring. */
struct registry {
    struct striped_lock lock;
    struct registry_entries entries;
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

/* ---- changes ---- */

int registry_reserve(struct registry *registry, const char *name, struct error *err)
{
    striped_lock_write(&registry->lock);
    int result = registry_entries_reserve(&registry->entries, name, err);
    striped_lock_write_end(&registry->lock);
    return result;
}

static struct registry_entry *reserved_entry(struct registry *registry, const char *name)
{
    struct registry_entry *entry = registry_entries_any(&registry->entries, name);
    assert(entry && "registry_reserve comes first");
    return entry;
}

void registry_publish(struct registry *registry, const char *name, uint64_t version,
                      struct model *model)
{
    striped_lock_write(&registry->lock);
    registry_entry_insert(reserved_entry(registry, name), version, model);
    striped_lock_write_end(&registry->lock);
}

void registry_withdraw(struct registry *registry, const char *name, uint64_t version)
{
    striped_lock_write(&registry->lock);
    struct registry_entry *entry = registry_entries_find(&registry->entries, name);
    if (entry) {
        registry_entry_withdraw(entry, version);
        if (entry->n_versions == 0 && entry->n_aliases == 0)
            registry_entries_remove(&registry->entries, name);
    }
    striped_lock_write_end(&registry->lock);
}

void registry_withdraw_model(struct registry *registry, const char *name)
{
    striped_lock_write(&registry->lock);
    registry_entries_remove(&registry->entries, name);
    striped_lock_write_end(&registry->lock);
}

void registry_set_alias(struct registry *registry, const char *name, const char *alias,
                        const struct alias_target *target, struct alias_tally *tally)
{
    striped_lock_write(&registry->lock);
    struct registry_alias *known =
        registry_entry_make_alias(reserved_entry(registry, name), alias);
    struct alias_tally *before = known->tally;
    known->target = *target;
    known->tally = tally;
    striped_lock_write_end(&registry->lock);
    alias_tally_release(before);
}

void registry_remove_alias(struct registry *registry, const char *name, const char *alias)
{
    striped_lock_write(&registry->lock);
    struct registry_entry *entry = registry_entries_any(&registry->entries, name);
    struct registry_alias *gone = entry ? registry_entry_alias(entry, alias) : NULL;
    if (gone) {
        alias_tally_release(gone->tally);
        *gone = entry->aliases[--entry->n_aliases];
    }
    striped_lock_write_end(&registry->lock);
}

/* ---- looking ---- */

static int no_model(const char *name, struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "there is no model %s", name);
}

static void take(const struct registry_version *version, struct registry_found *found)
{
    found->model = model_retain(version->model);
    found->version = version->number;
}

int registry_find_version(struct registry *registry, const char *name, uint64_t version,
                          struct registry_found *found, struct error *err)
{
    size_t stripe = striped_lock_read(&registry->lock);
    const struct registry_entry *entry = registry_entries_find(&registry->entries, name);
    const struct registry_version *known =
        entry ? registry_entry_version(entry, version) : NULL;
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

void registry_shadow_release(struct registry_shadow *shadow)
{
    model_release(shadow->model);
    alias_tally_release(shadow->tally);
    *shadow = (struct registry_shadow){0};
}

/* By which number one of a split is chosen. */
enum choice { CHOICE_LARGEST, CHOICE_RANDOM, CHOICE_KEY };
struct request {
    enum choice choice;
    uint64_t key;
    struct registry_shadow *shadow; /* NULL: it is not asked for */
};

static uint64_t choose(const struct registry_alias *alias, const struct request *request)
{
    const struct alias_target *target = &alias->target;
    if (target->n_shares == 1)
        return target->shares[0].version;
    if (request->choice == CHOICE_LARGEST)
        return alias_target_largest(target);
    return alias_target_choose(target,
                               alias_target_draw(request->choice == CHOICE_KEY
                                                     ? request->key
                                                     : alias_tally_next(alias->tally)));
}

static void take_shadow(const struct registry_entry *entry,
                        const struct registry_alias *alias,
                        struct registry_shadow *shadow)
{
    const struct registry_version *version =
        alias->target.shadow ? registry_entry_version(entry, alias->target.shadow) : NULL;
    if (version)
        *shadow = (struct registry_shadow){model_retain(version->model),
                                           alias_tally_retain(alias->tally)};
}

/* alias NULL: the default one, or the newest version. */
static int find(struct registry *registry, const char *name, const char *alias,
                const struct request *request, struct registry_found *found,
                struct error *err)
{
    size_t stripe = striped_lock_read(&registry->lock);
    const struct registry_entry *entry = registry_entries_find(&registry->entries, name);
    const struct registry_alias *known =
        entry ? registry_entry_alias(entry, alias ? alias : DEFAULT_ALIAS) : NULL;
    const struct registry_version *version = NULL;
    bool is_set = known != NULL;
    if (known)
        version = registry_entry_version(entry, choose(known, request));
    else if (entry && !alias)
        version = &entry->versions[entry->n_versions - 1];
    if (version)
        take(version, found);
    if (version && known && request->shadow)
        take_shadow(entry, known, request->shadow);
    striped_lock_read_end(&registry->lock, stripe);
    if (!entry)
        return no_model(name, err);
    return version ? 0 : no_alias(name, alias ? alias : DEFAULT_ALIAS, is_set, err);
}

int registry_find_alias(struct registry *registry, const char *name, const char *alias,
                        struct registry_found *found, struct error *err)
{
    const struct request request = {.choice = CHOICE_LARGEST};
    return find(registry, name, alias, &request, found, err);
}

int registry_find(struct registry *registry, const char *name,
                  struct registry_found *found, struct error *err)
{
    return registry_find_alias(registry, name, NULL, found, err);
}

int registry_choose(struct registry *registry, const char *name, const char *alias,
                    const uint64_t *key, struct registry_found *found,
                    struct registry_shadow *shadow, struct error *err)
{
    const struct request request = {.choice = key ? CHOICE_KEY : CHOICE_RANDOM,
                                    .key = key ? *key : 0,
                                    .shadow = shadow};
    return find(registry, name, alias, &request, found, err);
}

bool registry_read_tally(struct registry *registry, const char *name, const char *alias,
                         struct alias_tally_counts *counts)
{
    size_t stripe = striped_lock_read(&registry->lock);
    const struct registry_entry *entry = registry_entries_any(&registry->entries, name);
    const struct registry_alias *known =
        entry ? registry_entry_alias(entry, alias) : NULL;
    struct alias_tally *tally = known ? alias_tally_retain(known->tally) : NULL;
    striped_lock_read_end(&registry->lock, stripe);
    if (tally)
        *counts = alias_tally_read(tally);
    alias_tally_release(tally);
    return tally != NULL;
}

static int copy_listing(const struct registry_entry *entry,
                        struct registry_listing *listing, struct error *err)
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
    for (size_t i = 0; i < listing->n_aliases; i++)
        listing->aliases[i].tally = NULL;
    return 0;
}

int registry_list(struct registry *registry, const char *name,
                  struct registry_listing *listing, struct error *err)
{
    *listing = (struct registry_listing){0};
    size_t stripe = striped_lock_read(&registry->lock);
    const struct registry_entry *entry = registry_entries_any(&registry->entries, name);
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
    bool has = registry_entries_find(&registry->entries, name) != NULL;
    striped_lock_read_end(&registry->lock, stripe);
    return has;
}

void registry_visit(struct registry *registry, registry_visit_fn *visit, void *context)
{
    size_t stripe = striped_lock_read(&registry->lock);
    for (size_t i = 0; i < registry->entries.n; i++) {
        const struct registry_entry *entry = registry->entries.items[i];
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
    for (size_t i = 0; i < registry->entries.n; i++)
        n += registry->entries.items[i]->n_versions;
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
    registry_entries_free(&registry->entries);
    striped_lock_destroy(&registry->lock);
    memory_free(registry);
}
