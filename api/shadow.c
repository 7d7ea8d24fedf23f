#include "api/shadow.h"

#include "api/service_internal.h"
#include "api/shadow_compare.h"
#include "core/base/memory.h"

#define MOST_AT_A_TIME 16U

struct shadow {
    struct service *service;
    struct registry_shadow beside;
    struct model *model; /* retained */
    struct shadow_rows rows;
    double *cells, *scores, *offset; /* what rows point to */
    struct predict_entry *entries;
    size_t *ends;
    size_t reserved_bytes;
};

static void skip(struct alias_tally *tally, size_t n_rows)
{
    alias_tally_add(tally, &(struct alias_tally_counts){.n_skipped = n_rows});
}

/* One more of those that wait or run; false: there are too many. */
static bool take_place(struct service *service)
{
    if (atomic_fetch_add(&service->n_shadows, 1) < MOST_AT_A_TIME)
        return true;
    atomic_fetch_sub(&service->n_shadows, 1);
    return false;
}

void shadow_drop(struct shadow *shadow)
{
    if (!shadow)
        return;
    atomic_fetch_sub(&shadow->service->n_shadows, 1);
    budget_release(&shadow->service->budget, shadow->reserved_bytes);
    registry_shadow_release(&shadow->beside);
    model_release(shadow->model);
    memory_free(shadow->cells);
    memory_free(shadow->scores);
    memory_free(shadow->offset);
    memory_free(shadow->entries);
    memory_free(shadow->ends);
    memory_free(shadow);
}

/* ---- keeping ---- */

static int copy_rows(struct shadow *shadow, const struct predict_body *body,
                     const double *scores)
{
    const struct model *model = shadow->model;
    size_t n = body->n_good, n_scores = n * model_n_scores(model);
    bool is_sparse = model->encoding->is_sparse;
    size_t n_cells = is_sparse ? 0 : n * model->encoding->n_inputs;
    size_t n_entries = is_sparse ? body->ends[n - 1] : 0, n_ends = is_sparse ? n : 0;
    size_t n_offset = body->offset ? n : 0;
    size_t n_bytes = (n_cells + n_scores + n_offset) * sizeof(double) +
                     n_entries * sizeof(*body->entries) + n_ends * sizeof(size_t);
    if (budget_reserve(&shadow->service->budget, n_bytes, NULL) < 0)
        return -1;
    shadow->reserved_bytes = n_bytes;
    shadow->scores = memory_copy(scores, n_scores * sizeof(*scores), NULL);
    if (body->offset)
        shadow->offset = memory_copy(body->offset, n * sizeof(*body->offset), NULL);
    if (is_sparse) {
        shadow->entries =
            memory_copy(body->entries, n_entries * sizeof(*body->entries), NULL);
        shadow->ends = memory_copy(body->ends, n * sizeof(*body->ends), NULL);
    } else {
        shadow->cells = memory_copy(body->cells, n_cells * sizeof(*body->cells), NULL);
    }
    shadow->rows = (struct shadow_rows){.n = n,
                                        .cells = shadow->cells,
                                        .entries = shadow->entries,
                                        .ends = shadow->ends,
                                        .offset = shadow->offset,
                                        .scores = shadow->scores};
    bool has_rows = is_sparse ? shadow->entries && shadow->ends : shadow->cells != NULL;
    bool has_offset = shadow->offset || !body->offset;
    return has_rows && has_offset && shadow->scores ? 0 : -1;
}

static struct shadow *make(struct service *service, const struct registry_shadow *beside,
                           struct model *model, const struct predict_body *body,
                           const double *scores)
{
    struct shadow *shadow = memory_new(1, sizeof(*shadow), NULL);
    if (!shadow) {
        atomic_fetch_sub(&service->n_shadows, 1);
        return NULL;
    }
    shadow->service = service;
    shadow->model = model_retain(model);
    if (copy_rows(shadow, body, scores) == 0) {
        shadow->beside = *beside;
        return shadow;
    }
    shadow_drop(shadow);
    return NULL;
}

struct shadow *shadow_keep(struct service *service, struct registry_shadow *beside,
                           struct model *model, const struct predict_body *body,
                           const double *scores)
{
    struct shadow *shadow = NULL;
    if (body->n_good > 0 && take_place(service))
        shadow = make(service, beside, model, body, scores);
    if (!shadow) {
        skip(beside->tally, body->n_good);
        registry_shadow_release(beside);
    }
    *beside = (struct registry_shadow){0};
    return shadow;
}

/* ---- scoring ---- */

static void run(void *context)
{
    struct shadow *shadow = context;
    struct alias_tally_counts counts = {0};
    if (shadow_compare(shadow->model, &shadow->rows, shadow->beside.model, &counts,
                       NULL) == 0)
        alias_tally_add(shadow->beside.tally, &counts);
    else
        skip(shadow->beside.tally, shadow->rows.n);
    shadow_drop(shadow);
}

void shadow_submit(struct shadow *shadow)
{
    if (!shadow)
        return;
    const struct service_options *options = &shadow->service->options;
    if (!options->run_later)
        run(shadow);
    else if (!options->run_later(options->context, run, shadow)) {
        skip(shadow->beside.tally, shadow->rows.n);
        shadow_drop(shadow);
    }
}
