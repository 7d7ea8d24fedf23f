#include "api/serving.h"

#include <string.h>

#include "api/service_internal.h"
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/model/predict.h"

/* The same for the same text, in every process: the key is no secret, but digits of π. */
static uint64_t hash_key(const char *text)
{
    static const uint64_t key[2] = {0x243f6a8885a308d3, 0x13198a2e03707344};
    return hash_bytes(key, text, strlen(text));
}

static int choose(struct serving *serving, const struct request *request,
                  const char *alias, struct error *err)
{
    const char *text = request_header(request, "X-Split-Key");
    uint64_t key = text ? hash_key(text) : 0;
    return registry_choose(serving->service->registry, serving->name, alias,
                           text ? &key : NULL, &serving->found, &serving->beside, err);
}

int serving_open(struct service *service, const struct request *request,
                 enum model_path_by by, const char *model, const char *which,
                 struct serving *serving, struct error *err)
{
    serving->service = service;
    serving->name = model;
    serving->budget = &service->budget;
    serving->opened_at = clock_seconds();
    if (by == MODEL_PATH_BY_VERSION)
        return model_path_lookup(service, by, model, which, &serving->found, err);
    return choose(serving, request, by == MODEL_PATH_BY_ALIAS ? which : NULL, err);
}

static void count(struct serving *serving)
{
    struct usage *usage = &serving->found.model->usage;
    double now = clock_seconds();
    const struct usage_request request = {
        .read_seconds = serving->read_at - serving->opened_at,
        .score_seconds = serving->scored_at - serving->read_at,
        .write_seconds = now - serving->scored_at,
        .n_rows = serving->n_rows,
    };
    if (serving->is_answered)
        usage_count_answered(usage, &request);
    else
        usage_count_failed(usage, now - serving->opened_at);
}

void serving_close(struct serving *serving)
{
    if (serving->found.model)
        count(serving);
    if (serving->is_answered)
        shadow_submit(serving->shadow);
    else
        shadow_drop(serving->shadow);
    registry_shadow_release(&serving->beside);
    if (serving->scores != serving->few)
        memory_free(serving->scores);
    if (serving->budget)
        budget_release(serving->budget, serving->reserved_bytes);
    model_release(serving->found.model);
    *serving = (struct serving){0};
}

static int make_scores(struct serving *serving, size_t n_rows, struct error *err)
{
    serving->n_scores = model_n_scores(serving->found.model);
    size_t n_values = n_rows * serving->n_scores;
    serving->n_rows = n_rows;
    if (n_values <= SERVING_FEW) {
        serving->scores = serving->few;
        return 0;
    }
    if (budget_reserve(serving->budget, n_values * sizeof(double), err) < 0)
        return -1;
    serving->reserved_bytes = n_values * sizeof(double);
    serving->scores = memory_new_aligned(n_values, sizeof(double), err);
    return serving->scores ? 0 : -1;
}

/* And counts where their cells lie. */
static void score_rows(struct model *model, const struct predict_body *body,
                       double *scores)
{
    size_t n = body->n_good;
    if (n > 0 && model->encoding->is_sparse) {
        predict_scores_sparse(model, body->entries, body->ends, n, body->offset, scores);
        drift_count_sparse(&model->drift, &model->baseline, body->entries, body->ends, n);
    } else if (n > 0) {
        predict_scores(model, body->cells, n, body->offset, scores);
        drift_count(&model->drift, &model->baseline, body->cells, n);
    }
}

int serving_score(struct serving *serving, const struct predict_body *body,
                  struct error *err)
{
    serving->read_at = clock_seconds();
    if (make_scores(serving, body->n_good, err) < 0)
        return -1;
    score_rows(serving->found.model, body, serving->scores);
    serving->scored_at = clock_seconds();
    if (serving->beside.model)
        serving->shadow = shadow_keep(serving->service, &serving->beside,
                                      serving->found.model, body, serving->scores);
    return 0;
}

const double *serving_scores_of(const struct serving *serving, size_t good)
{
    return serving->scores + good * serving->n_scores;
}
