/*
 * The models that are being served: name → versions and aliases, in memory. A reader gets
 * a counted reference to an immutable model; publishing, deleting and swapping aliases
 * never disturb it. The store says what exists; this follows it: change the store first,
 * then the registry, holding the service's catalogue lock. Thread-safe; readers wait for
 * nothing but a pointer swap.
 */
#ifndef LOGITD_API_REGISTRY_H
#define LOGITD_API_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/alias_tally.h"
#include "api/alias_target.h"
#include "core/model/model.h"
#include "core/store/store.h"

struct registry;

#define REGISTRY_NAME_BYTES 129 /* of a model or an alias, NUL included */

/* The contract's rule for names: [A-Za-z0-9][A-Za-z0-9._-]{0,127}. */
bool registry_name_is_valid(const char *name);
/* "12" → 12; 0 if it is no version number (leading zeros, signs, too large). */
uint64_t registry_parse_version(const char *text);

struct registry *registry_new(struct error *err) MUST_CHECK;
void registry_free(struct registry *registry);

/* Takes in all versions and aliases of the store. A damaged version is left out and told
 * of; an alias that names it stays. */
int registry_load(struct registry *registry, struct store *store,
                  void (*on_notice)(void *context, const char *message), void *context,
                  struct error *err) MUST_CHECK;

/* What one version is, as found. */
struct registry_found {
    struct model *model; /* retained: model_release it */
    uint64_t version;
};

/* A version by number. 0, or -1 with ERROR_NOT_FOUND that says what is missing. */
int registry_find_version(struct registry *registry, const char *name, uint64_t version,
                          struct registry_found *found, struct error *err) MUST_CHECK;
/* By alias; of a split the version with the largest share. */
int registry_find_alias(struct registry *registry, const char *name, const char *alias,
                        struct registry_found *found, struct error *err) MUST_CHECK;
/* What answers for the bare name: alias `default` where set, else the newest version.
 * Where the alias names a version that was left out, nothing does: another version than
 * the one that was chosen would answer without anybody knowing. */
int registry_find(struct registry *registry, const char *name,
                  struct registry_found *found, struct error *err) MUST_CHECK;

/* What scores beside the version that was found. */
struct registry_shadow {
    struct model *model;       /* retained; NULL: nothing does */
    struct alias_tally *tally; /* of the alias; retained with the model */
};
void registry_shadow_release(struct registry_shadow *shadow); /* all zero is fine */

/* One among many requests: as the two above (alias NULL: what answers for the bare name),
 * but a split is kept to. Requests with the same `key` have the same version, for as long
 * as the alias is not put anew; NULL: the next of random ones. No lock but the readers'.
 */
int registry_choose(struct registry *registry, const char *name, const char *alias,
                    const uint64_t *key, struct registry_found *found,
                    struct registry_shadow *shadow, struct error *err) MUST_CHECK;
/* The alias's counts; false if there is no such alias. */
bool registry_read_tally(struct registry *registry, const char *name, const char *alias,
                         struct alias_tally_counts *counts);

/* A model's versions (ascending) and aliases as they are now; of a model whose versions
 * are all damaged the aliases alone. Free with registry_listing_free. */
struct registry_alias {
    char name[REGISTRY_NAME_BYTES];
    struct alias_target target;
    struct alias_tally *tally; /* the registry's; NULL in a listing */
};
struct registry_listing {
    uint64_t *versions;
    size_t n_versions;
    struct registry_alias *aliases;
    size_t n_aliases;
};
int registry_list(struct registry *registry, const char *name,
                  struct registry_listing *listing, struct error *err) MUST_CHECK;
void registry_listing_free(struct registry_listing *listing);

/* Has it a version that can be served? */
bool registry_has(struct registry *registry, const char *name);
size_t registry_n_versions(struct registry *registry); /* over all models, for metrics */

/* Calls `visit` for each version that is served. The registry is locked meanwhile: to be
 * quick, and not to call it. The model stays where it is retained. */
typedef void registry_visit_fn(void *context, const char *name, uint64_t version,
                               struct model *model);
void registry_visit(struct registry *registry, registry_visit_fn *visit, void *context);

/* Changes; the model is retained by the registry. -1 only without memory: prepare with
 * registry_reserve before the store commits, then publishing one version or alias cannot
 * fail. */
int registry_reserve(struct registry *registry, const char *name,
                     struct error *err) MUST_CHECK;
void registry_publish(struct registry *registry, const char *name, uint64_t version,
                      struct model *model);
void registry_withdraw(struct registry *registry, const char *name, uint64_t version);
void registry_withdraw_model(struct registry *registry, const char *name);
/* The tally, which counts from now on, is taken. */
void registry_set_alias(struct registry *registry, const char *name, const char *alias,
                        const struct alias_target *target, struct alias_tally *tally);
void registry_remove_alias(struct registry *registry, const char *name,
                           const char *alias);

#endif
