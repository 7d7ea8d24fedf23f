#include "api/dialect/v2_catalogue.h"

#include "api/service_internal.h"

#define PAGE 256 /* models that are listed at once */

int v2_catalogue_visit_model(struct service *service, const char *name,
                             v2_catalogue_fn *visit, void *context, struct error *err)
{
    struct registry_listing listing;
    struct registry_found found;
    if (registry_list(service->registry, name, &listing, err) < 0)
        return -1;
    for (size_t i = 0; i < listing.n_versions; i++) {
        uint64_t version = listing.versions[i];
        if (registry_find_version(service->registry, name, version, &found, NULL) < 0)
            continue;
        visit(context, name, version, found.model);
        model_release(found.model);
    }
    size_t n_versions = listing.n_versions;
    registry_listing_free(&listing);
    return n_versions > 0
               ? 0
               : error_set(err, ERROR_NOT_FOUND, "no version of the model can be served");
}

/* A page, behind the record `last`, which is then that of its end; n: how many. */
static int visit_page(struct service *service, const struct store_record **last,
                      size_t *n, v2_catalogue_fn *visit, void *context, struct error *err)
{
    const struct store_record *records[PAGE];
    struct error why = {0};
    const struct store_query query = {.kind = STORE_MODEL,
                                      .after = *last ? (*last)->key : NULL};
    bool has_more;
    *n = store_list(service->store, &query, PAGE, records, &has_more);
    for (size_t i = 0; i < *n; i++) {
        if (!error_is_set(&why) &&
            v2_catalogue_visit_model(service, records[i]->key, visit, context, &why) <
                0 &&
            why.code == ERROR_NOT_FOUND)
            error_clear(&why);
        if (i + 1 < *n)
            store_release(records[i]);
    }
    store_release(*last);
    *last = *n > 0 ? records[*n - 1] : NULL;
    return error_is_set(&why) ? error_copy(err, &why) : 0;
}

int v2_catalogue_visit(struct service *service, v2_catalogue_fn *visit, void *context,
                       struct error *err)
{
    const struct store_record *last = NULL;
    size_t n = PAGE;
    int result = 0;
    while (result == 0 && n == PAGE)
        result = visit_page(service, &last, &n, visit, context, err);
    store_release(last);
    return result;
}
