#include "api/update_copy.h"

#include "core/model/online_pack.h"

/* ---- the record ---- */

void update_copy_free(struct update_copy *copy)
{
    store_release(copy->stored);
    *copy = (struct update_copy){0};
}

void update_copy_pack(const struct update_copy *copy, struct buffer *meta)
{
    pack_u64(meta, copy->revision);
    pack_u64(meta, copy->from);
    pack_u64(meta, copy->published);
    pack_u64(meta, (uint64_t)copy->created_at);
    pack_u64(meta, (uint64_t)copy->updated_at);
    online_pack_head(&copy->head, meta);
}

static bool unpack(struct update_copy *copy)
{
    struct pack_reader in = {.bytes = copy->stored->meta,
                             .n_bytes = copy->stored->meta_bytes};
    struct error ignored = {0};
    copy->revision = pack_read_u64(&in);
    copy->from = pack_read_u64(&in);
    copy->published = pack_read_u64(&in);
    copy->created_at = (int64_t)pack_read_u64(&in);
    copy->updated_at = (int64_t)pack_read_u64(&in);
    online_pack_read_head(&copy->head, &in);
    return pack_check_end(&in, &ignored) == 0;
}

struct update_copy update_copy_find(struct store *store, const char *model)
{
    struct update_copy copy = {.stored = store_find(store, STORE_UPDATE, model)};
    if (copy.stored && (copy.stored->damaged || !unpack(&copy)))
        copy = (struct update_copy){.stored = copy.stored, .is_damaged = true};
    return copy;
}

static int fail_damaged(struct error *err)
{
    return error_set(err, ERROR_CONFLICT,
                     "the working copy was found damaged; \"reset\":true begins anew");
}

int update_copy_check(const struct update_copy *copy, struct error *err)
{
    return copy->is_damaged ? fail_damaged(err) : 0;
}

uint64_t update_copy_base(const struct update_copy *copy)
{
    return copy->published ? copy->published : copy->from;
}

bool update_copy_needs(struct store *store, const char *model, uint64_t version)
{
    struct update_copy copy = update_copy_find(store, model);
    bool needs = copy.stored && !copy.is_damaged && update_copy_base(&copy) == version;
    update_copy_free(&copy);
    return needs;
}

/* ---- the numbers ---- */

int update_copy_open(struct store *store, const struct update_copy *copy,
                     const struct model *model, struct online *online, struct error *err)
{
    struct store_blob blob = {0};
    struct error why = {0};
    if (store_blob_open(store, copy->stored, &blob, &why) < 0)
        return why.code == ERROR_CORRUPT ? fail_damaged(err) : error_copy(err, &why);
    struct pack_reader in = {.bytes = blob.bytes, .n_bytes = blob.n_bytes};
    online->model = model;
    online->head = copy->head;
    int result = online_pack_read_numbers(online, &in, &why);
    if (result == 0)
        result = pack_check_end(&in, &why);
    int is_whole = store_blob_check(&blob, "the working copy", err);
    store_blob_close(&blob);
    if (result == 0 || is_whole < 0)
        return is_whole;
    return why.code == ERROR_CORRUPT ? fail_damaged(err) : error_copy(err, &why);
}

struct store_blob_writer *update_copy_seal(struct store *store, const char *model,
                                           const struct online *online,
                                           const struct buffer *meta, struct error *err)
{
    struct buffer numbers = BUFFER_EMPTY;
    struct store_blob_writer *blob = NULL;
    online_pack_numbers(online, &numbers);
    if (buffer_check(&numbers, err) == 0)
        blob = store_blob_begin(store, STORE_UPDATE, STORE_DIGEST_PAYLOAD, err);
    if (blob && (store_blob_write(blob, numbers.bytes, numbers.n_bytes, err) < 0 ||
                 store_blob_seal(blob, model, meta->bytes, meta->n_bytes, err) < 0)) {
        store_blob_abandon(blob);
        blob = NULL;
    }
    buffer_free(&numbers);
    return blob;
}

/* ---- changes ---- */

struct store_change update_copy_put(const struct update_copy *copy, const char *model,
                                    const struct buffer *meta,
                                    struct store_blob_writer *blob)
{
    return (struct store_change){.kind = STORE_UPDATE,
                                 .key = model,
                                 .meta = meta->bytes,
                                 .meta_bytes = meta->n_bytes,
                                 .blob = blob,
                                 .condition =
                                     copy->stored ? STORE_IF_REVISION : STORE_IF_ABSENT,
                                 .revision = copy->stored ? copy->stored->revision : 0};
}

size_t update_copy_remove(struct store *store, const char *model,
                          struct store_change *change)
{
    const struct store_record *stored = store_find(store, STORE_UPDATE, model);
    if (!stored)
        return 0;
    store_release(stored);
    *change = (struct store_change){.deletes = true, .kind = STORE_UPDATE, .key = model};
    return 1;
}
