#include "api/idempotency.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/pack.h"

#define HEADER "Idempotency-Key"
#define KEY_MOST_BYTES 255
#define KEPT_MICROSECONDS (INT64_C(24) * 60 * 60 * 1000000)

void idempotency_free(struct idempotency *idempotency)
{
    for (size_t i = 0; i < idempotency->n_purged; i++)
        store_release(idempotency->purged[i]);
    buffer_free(&idempotency->meta);
    *idempotency = (struct idempotency){0};
}

void idempotency_free_answer(struct idempotency_answer *answer)
{
    memory_free(answer->subject);
    memory_free(answer->body);
    *answer = (struct idempotency_answer){0};
}

/* ---- keys ---- */

/* NUL-terminated parts, so that no two lists of parts look the same. */
static void add_part(struct checksum_sha256 *sum, const char *text)
{
    checksum_sha256_add(sum, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void hash_key(struct idempotency *idempotency, const struct request *request,
                     const char *key)
{
    struct checksum_sha256 sum;
    unsigned char digest[CHECKSUM_SHA256_BYTES];
    checksum_sha256_start(&sum);
    add_part(&sum, request->principal.name);
    add_part(&sum, key);
    checksum_sha256_finish(&sum, digest);
    checksum_hex(digest, idempotency->key);
}

static void hash_content(struct idempotency *idempotency, const struct request *request)
{
    struct checksum_sha256 sum;
    checksum_sha256_start(&sum);
    add_part(&sum, request_method_word(request->method));
    add_part(&sum, request->path);
    checksum_sha256_add(&sum, request->body, request->body_bytes);
    checksum_sha256_finish(&sum, idempotency->content);
}

int idempotency_start(struct idempotency *idempotency, const struct request *request,
                      struct error *err)
{
    const char *key = request_header(request, HEADER);
    if (!key)
        return 0;
    if (key[0] == '\0' || strlen(key) > KEY_MOST_BYTES) {
        error_set(err, ERROR_INVALID, "the key must have 1 to %d bytes", KEY_MOST_BYTES);
        error_place(err, "header " HEADER);
        return -1;
    }
    idempotency->is_asked = true;
    hash_key(idempotency, request, key);
    hash_content(idempotency, request);
    return 0;
}

/* ---- looking ---- */

static bool is_stale(const struct store_record *record)
{
    return clock_wall_microseconds() - record->created_at > KEPT_MICROSECONDS;
}

static int read_answer(const struct idempotency *idempotency,
                       const struct store_record *record,
                       struct idempotency_answer *answer, struct error *err)
{
    struct pack_reader in = {.bytes = record->meta, .n_bytes = record->meta_bytes};
    struct idempotency_answer found = {0};
    struct error why = {0};
    size_t n_bytes;
    const void *content = pack_read_bytes(&in, &n_bytes);
    bool is_same = content && n_bytes == sizeof(idempotency->content) &&
                   memcmp(content, idempotency->content, n_bytes) == 0;
    found.status = (int)pack_read_u32(&in);
    found.subject = pack_read_string(&in, &why);
    found.body = pack_read_string(&in, &why);
    if (!error_is_set(&why) && pack_check_end(&in, &why) == 0 && !is_same)
        error_set(
            &why, ERROR_INVALID,
            "the idempotency key was used with another request in the last 24 hours");
    if (error_is_set(&why)) {
        idempotency_free_answer(&found);
        return error_copy(err, &why);
    }
    *answer = found;
    return 0;
}

int idempotency_find(struct idempotency *idempotency, struct store *store,
                     struct idempotency_answer *answer, struct error *err)
{
    if (!idempotency->is_asked)
        return 0;
    const struct store_record *record =
        store_find(store, STORE_IDEMPOTENCY, idempotency->key);
    int result = 0;
    idempotency->stale_revision = 0;
    if (record && is_stale(record))
        idempotency->stale_revision = record->revision;
    else if (record)
        result = read_answer(idempotency, record, answer, err) < 0 ? -1 : 1;
    store_release(record);
    return result;
}

/* ---- remembering ---- */

static bool accept_stale(void *context, const struct store_record *record)
{
    const struct idempotency *idempotency = context;
    return is_stale(record) && strcmp(record->key, idempotency->key) != 0;
}

static void find_purged(struct idempotency *idempotency, struct store *store)
{
    const struct store_query query = {
        .kind = STORE_IDEMPOTENCY, .accept = accept_stale, .context = idempotency};
    bool has_more;
    if (idempotency->n_purged == 0)
        idempotency->n_purged = store_list(store, &query, IDEMPOTENCY_MAX_PURGED,
                                           idempotency->purged, &has_more);
}

int idempotency_remember(struct idempotency *idempotency, struct store *store, int status,
                         const char *subject, const char *body,
                         struct store_change *changes, size_t *n_changes,
                         struct error *err)
{
    struct buffer *meta = &idempotency->meta;
    *n_changes = 0;
    if (!idempotency->is_asked)
        return 0;
    buffer_clear(meta);
    pack_bytes(meta, idempotency->content, sizeof(idempotency->content));
    pack_u32(meta, (uint32_t)status);
    pack_string(meta, subject);
    pack_string(meta, body);
    if (buffer_check(meta, err) < 0)
        return -1;
    if (idempotency->stale_revision > 0)
        changes[(*n_changes)++] =
            (struct store_change){.deletes = true,
                                  .kind = STORE_IDEMPOTENCY,
                                  .key = idempotency->key,
                                  .condition = STORE_IF_REVISION,
                                  .revision = idempotency->stale_revision};
    changes[(*n_changes)++] = (struct store_change){.kind = STORE_IDEMPOTENCY,
                                                    .key = idempotency->key,
                                                    .meta = meta->bytes,
                                                    .meta_bytes = meta->n_bytes,
                                                    .condition = STORE_IF_ABSENT};
    find_purged(idempotency, store);
    for (size_t i = 0; i < idempotency->n_purged; i++)
        changes[(*n_changes)++] =
            (struct store_change){.deletes = true,
                                  .kind = STORE_IDEMPOTENCY,
                                  .key = idempotency->purged[i]->key};
    return 0;
}
