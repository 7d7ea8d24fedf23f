/* The registry filled from the store, at every start. */
#include <stdio.h>
#include <string.h>

#include "api/alias_record.h"
#include "api/registry.h"
#include "core/model/model_file.h"

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
    struct error why = {0};
    struct model *model = model_file_read(blob.bytes, blob.n_bytes, &why);
    if (store_blob_check(&blob, "its file", err) < 0 || !model) {
        error_copy(err, &why);
        model_release(model);
        model = NULL;
    }
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
    struct alias_target target;
    if (!alias || !alias_record_unpack(record, &target)) {
        loading->on_notice(loading->context, "an alias that cannot be read is left out");
        return 0;
    }
    struct alias_tally *tally = alias_tally_new(err);
    if (!tally || registry_reserve(loading->registry, name, err) < 0) {
        alias_tally_release(tally);
        return -1;
    }
    registry_set_alias(loading->registry, name, alias, &target, tally);
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
