#include "api/serving.h"

#include "api/service_internal.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/model/predict.h"

int serving_open(struct service *service, enum model_path_by by, const char *model,
                 const char *which, struct serving *serving, struct error *err)
{
    serving->name = model;
    serving->budget = &service->budget;
    serving->opened_at = clock_seconds();
    return model_path_lookup(service, by, model, which, &serving->found, err);
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
    if (serving->scored_at > 0 && !serving->failed)
        usage_count_answered(usage, &request);
    else
        usage_count_failed(usage, now - serving->opened_at);
}

void serving_close(struct serving *serving)
{
    if (serving->found.model)
        count(serving);
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
    if (budget_reserve(serving->budget, n_values * sizeof(double), err) < 0)
        return -1;
    serving->reserved_bytes = n_values * sizeof(double);
    serving->scores = memory_new_aligned(n_values, sizeof(double), err);
    if (!serving->scores)
        return -1;
    serving->n_rows = n_rows;
    return 0;
}

int serving_score(struct serving *serving, const struct predict_body *body,
                  struct error *err)
{
    const struct model *model = serving->found.model;
    serving->read_at = clock_seconds();
    if (make_scores(serving, body->n_good, err) < 0)
        return -1;
    if (body->n_good > 0 && model->encoding->is_sparse)
        predict_scores_sparse(model, body->entries, body->ends, body->n_good,
                              serving->scores);
    else if (body->n_good > 0)
        predict_scores(model, body->cells, body->n_good, NULL, serving->scores);
    if (!model->encoding->is_sparse)
        drift_count(&serving->found.model->drift, &model->baseline, body->cells,
                    body->n_good);
    serving->scored_at = clock_seconds();
    return 0;
}

const double *serving_scores_of(const struct serving *serving, size_t good)
{
    return serving->scores + good * serving->n_scores;
}
