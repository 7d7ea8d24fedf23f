#include "api/model_publish.h"

#include "api/model_path.h"
#include "api/model_record.h"
#include "api/service_internal.h"
#include "core/model/model_file.h"

struct publication {
    struct service *service;
    const char *name;
    struct model *model;
    model_publish_fn *more;
    void *context;
    uint64_t version;
    char key[MODEL_PATH_KEY_BYTES];
};

/* The next number is above every one that was ever given, and above those that are there
 * even if the model's record was lost. */
static int find_number(struct publication *publication, struct error *err)
{
    struct service *service = publication->service;
    struct registry_listing listing = {0};
    struct error why = {0};
    uint64_t highest = model_record_highest(service->store, publication->name);
    if (registry_list(service->registry, publication->name, &listing, &why) < 0 &&
        why.code != ERROR_NOT_FOUND)
        return error_copy(err, &why);
    if (listing.n_versions > 0 && listing.versions[listing.n_versions - 1] > highest)
        highest = listing.versions[listing.n_versions - 1];
    registry_listing_free(&listing);
    publication->version = highest + 1;
    model_path_version_key(publication->name, publication->version, publication->key);
    return 0;
}

static struct store_blob_writer *seal(const struct publication *publication,
                                      struct error *err)
{
    struct store *store = publication->service->store;
    struct buffer bytes = BUFFER_EMPTY;
    struct store_blob_writer *blob = NULL;
    model_file_write(publication->model, &bytes);
    if (buffer_check(&bytes, err) == 0)
        blob = store_blob_begin(store, STORE_VERSION, STORE_DIGEST_PAYLOAD, err);
    if (blob && (store_blob_write(blob, bytes.bytes, bytes.n_bytes, err) < 0 ||
                 store_blob_seal(blob, publication->key, NULL, 0, err) < 0)) {
        store_blob_abandon(blob);
        blob = NULL;
    }
    buffer_free(&bytes);
    return blob;
}

/* Takes the blob on success. */
static int commit(const struct publication *publication, struct store_blob_writer *blob,
                  struct error *err)
{
    struct buffer highest = BUFFER_EMPTY;
    struct store_change changes[2 + MODEL_PUBLISH_MOST] = {
        {.kind = STORE_VERSION,
         .key = publication->key,
         .blob = blob,
         .condition = STORE_IF_ABSENT}};
    size_t n_more = 0;
    model_record_pack(publication->version, &highest);
    changes[1] = (struct store_change){.kind = STORE_MODEL,
                                       .key = publication->name,
                                       .meta = highest.bytes,
                                       .meta_bytes = highest.n_bytes};
    int result = buffer_check(&highest, err);
    if (result == 0 && publication->more)
        result = publication->more(publication->context, publication->key, changes + 2,
                                   &n_more, err);
    if (result == 0)
        result = store_commit(publication->service->store, changes, 2 + n_more, err);
    buffer_free(&highest);
    return result;
}

/* With the catalogue held. */
static int keep(struct publication *publication, struct error *err)
{
    struct registry *registry = publication->service->registry;
    if (find_number(publication, err) < 0 ||
        registry_reserve(registry, publication->name, err) < 0)
        return -1;
    struct store_blob_writer *blob = seal(publication, err);
    if (!blob)
        return -1;
    if (commit(publication, blob, err) < 0) {
        store_blob_abandon(blob);
        return -1;
    }
    registry_publish(registry, publication->name, publication->version,
                     publication->model);
    return 0;
}

int model_publish(struct service *service, const char *name, struct model *model,
                  model_publish_fn *more, void *context, uint64_t *version,
                  struct error *err)
{
    struct publication publication = {.service = service,
                                      .name = name,
                                      .model = model,
                                      .more = more,
                                      .context = context};
    pthread_mutex_lock(&service->catalogue);
    int result = keep(&publication, err);
    pthread_mutex_unlock(&service->catalogue);
    if (result == 0)
        *version = publication.version;
    return result;
}
