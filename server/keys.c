/*
 * A set of keys is immutable but for its rates and counted: the file's, and one for every
 * request under way. One lock guards the current set, the counts and the rates; hashing
 * is done outside of it.
 */
#include "server/keys.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "core/base/checksum.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "server/keys_file.h"
#include "server/rate.h"

#define SCHEME "Bearer"

struct keys_set {
    struct keys *keys;
    size_t n_references;
    struct keys_file file;
    struct rate *rates; /* of each entry */
};

struct keys {
    pthread_mutex_t lock;
    char *path;
    struct keys_set *set;
};

/* ---- sets ---- */

static void set_free(struct keys_set *set)
{
    if (!set)
        return;
    keys_file_free(&set->file);
    memory_free(set->rates);
    memory_free(set);
}

static struct keys_set *set_read(struct keys *keys, struct error *err)
{
    struct keys_set *set = memory_new(1, sizeof(*set), err);
    if (!set)
        return NULL;
    *set = (struct keys_set){.keys = keys, .n_references = 1};
    if (keys_file_read(keys->path, &set->file, err) == 0)
        set->rates = memory_new(set->file.n_entries, sizeof(*set->rates), err);
    if (!set->rates) {
        set_free(set);
        return NULL;
    }
    for (size_t i = 0; i < set->file.n_entries; i++)
        set->rates[i] =
            rate_start(set->file.entries[i].requests_per_second, clock_seconds());
    return set;
}

/* Under the lock. */
static void set_release(struct keys_set *set)
{
    if (--set->n_references == 0)
        set_free(set);
}

/* A name that stays does not get a new second's worth of requests. */
static void keep_rates(struct keys_set *set, const struct keys_set *old)
{
    double now = clock_seconds();
    for (size_t i = 0; i < set->file.n_entries; i++)
        for (size_t j = 0; j < old->file.n_entries; j++)
            if (strcmp(set->file.entries[i].name, old->file.entries[j].name) == 0) {
                double per_second = set->rates[i].per_second;
                set->rates[i] = old->rates[j];
                rate_change(&set->rates[i], per_second, now);
            }
}

/* ---- opening and reading again ---- */

struct keys *keys_open(const char *path, struct error *err)
{
    struct keys *keys = memory_new(1, sizeof(*keys), err);
    if (!keys)
        return NULL;
    pthread_mutex_init(&keys->lock, NULL);
    keys->path = memory_copy_string(path, err);
    if (keys->path)
        keys->set = set_read(keys, err);
    if (keys->set)
        return keys;
    keys_close(keys);
    return NULL;
}

void keys_close(struct keys *keys)
{
    if (!keys)
        return;
    set_free(keys->set);
    pthread_mutex_destroy(&keys->lock);
    memory_free(keys->path);
    memory_free(keys);
}

int keys_reload(struct keys *keys, struct error *err)
{
    struct keys_set *set = set_read(keys, err);
    if (!set)
        return -1;
    pthread_mutex_lock(&keys->lock);
    keep_rates(set, keys->set);
    set_release(keys->set);
    keys->set = set;
    pthread_mutex_unlock(&keys->lock);
    return 0;
}

/* ---- checking a request ---- */

/* What follows "Bearer " (RFC 6750); NULL for another scheme or none. */
static const char *bearer_token(const char *authorization)
{
    size_t n = strlen(SCHEME);
    if (!authorization || strncasecmp(authorization, SCHEME, n) != 0 ||
        authorization[n] != ' ')
        return NULL;
    authorization += n;
    return authorization + strspn(authorization, " ");
}

/* Takes the same time whether the first byte differs or the last, or none. */
static bool equal(const unsigned char *a, const unsigned char *b)
{
    unsigned difference = 0;
    for (size_t i = 0; i < CHECKSUM_SHA256_BYTES; i++)
        difference |= (unsigned)(a[i] ^ b[i]);
    /* Opaque to the compiler, which might else leave the loop early. */
    __asm__ volatile("" : "+r"(difference));
    return difference == 0;
}

/* The entry with this hash, n_entries if there is none; looks at every one. */
static size_t find_entry(const struct keys_file *file, const unsigned char *sha256)
{
    size_t found = file->n_entries;
    for (size_t i = 0; i < file->n_entries; i++)
        if (equal(file->entries[i].sha256, sha256))
            found = i;
    return found;
}

/* Under the lock. */
static enum keys_verdict check_token(struct keys_set *set, const unsigned char *sha256,
                                     struct keys_grant *grant, unsigned *retry_seconds)
{
    size_t at = find_entry(&set->file, sha256);
    if (at == set->file.n_entries)
        return KEYS_WRONG;
    if (!rate_take(&set->rates[at], clock_seconds(), retry_seconds))
        return KEYS_TOO_MANY;
    const struct keys_file_entry *entry = &set->file.entries[at];
    set->n_references++;
    grant->held = set;
    grant->principal = (struct principal){
        .name = entry->name, .scopes = entry->scopes, .n_jobs_most = entry->n_jobs_most};
    return KEYS_GRANTED;
}

enum keys_verdict keys_check(struct keys *keys, const char *authorization,
                             struct keys_grant *grant, unsigned *retry_seconds)
{
    unsigned char sha256[CHECKSUM_SHA256_BYTES];
    struct checksum_sha256 sum;
    *grant = (struct keys_grant){0};
    *retry_seconds = 0;
    if (!keys) {
        grant->principal.scopes = SCOPE_PREDICT | SCOPE_TRAIN | SCOPE_ADMIN;
        return KEYS_GRANTED;
    }
    const char *token = bearer_token(authorization);
    if (!token)
        return KEYS_MISSING;
    checksum_sha256_start(&sum);
    checksum_sha256_add(&sum, token, strlen(token));
    checksum_sha256_finish(&sum, sha256);
    pthread_mutex_lock(&keys->lock);
    enum keys_verdict verdict = check_token(keys->set, sha256, grant, retry_seconds);
    pthread_mutex_unlock(&keys->lock);
    return verdict;
}

void keys_release(struct keys_grant *grant)
{
    struct keys_set *set = grant->held;
    if (!set)
        return;
    struct keys *keys = set->keys;
    pthread_mutex_lock(&keys->lock);
    set_release(set);
    pthread_mutex_unlock(&keys->lock);
    *grant = (struct keys_grant){0};
}
