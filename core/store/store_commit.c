/* A commit as callers see it: hands a request to the writer and tidies up after it. */
#include "core/store/store.h"

#include "core/store/disk.h"
#include "core/store/store_blob.h"
#include "core/store/store_internal.h"

/* Files of blobs that no record has any more; what fails is left to the next start. */
static void remove_blobs(struct store *store, const struct store_request *request)
{
    for (size_t i = 0; i < request->n_changes; i++) {
        const struct store_step *step = &request->steps[i];
        if (!step->before || !step->before->shown.has_blob ||
            (step->after && record_shares_blob(step->before, step->after)))
            continue;
        const struct blob_format_name name = blob_format_name(step->before->blob_id);
        (void)!disk_remove(store->directory.blobs, name.text, NULL);
    }
    disk_reserve_take(&store->reserve);
}

static void settle_blobs(const struct store_request *request)
{
    for (size_t i = 0; i < request->n_changes; i++) {
        struct store_blob_writer *blob = request->changes[i].blob;
        if (blob && request->result == 0)
            store_blob_hand_over(blob);
        else if (blob && request->in_doubt)
            store_blob_leave(blob);
    }
}

int store_commit(struct store *store, const struct store_change *changes,
                 size_t n_changes, struct error *err)
{
    struct store_request request;
    if (store_writer_check(&store->writer, err) < 0 ||
        store_request_start(&request, &store->index, changes, n_changes, err) < 0)
        return -1;
    int result = store_writer_run(&store->writer, &request, err);
    if (result == 0)
        remove_blobs(store, &request);
    settle_blobs(&request);
    store_request_free(&request, &store->index);
    return result;
}
