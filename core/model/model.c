#include "core/model/model.h"

#include "core/base/memory.h"

size_t model_n_scores(const struct model *model)
{
    return model->family == FAMILY_MULTINOMIAL ? model->n_classes : 1;
}

struct model *model_retain(struct model *model)
{
    atomic_fetch_add_explicit(&model->n_references, 1, memory_order_relaxed);
    return model;
}

static void free_model(struct model *model)
{
    for (size_t k = 0; model->classes && k < model->n_classes; k++)
        memory_free(model->classes[k]);
    memory_free(model->classes);
    encoding_free(model->encoding);
    memory_free(model->block_class);
    memory_free(model->coefficients);
    memory_free(model->covariance);
    memory_free(model->means);
    memory_free(model->scales);
    memory_free(model->weights);
    memory_free(model->intercepts);
    typical_free(&model->typical);
    baseline_free(&model->baseline);
    drift_free(&model->drift);
    report_free(&model->report);
    memory_free(model->roles.target);
    memory_free(model->roles.weights);
    memory_free(model->roles.trials);
    memory_free(model->roles.offset);
    memory_free(model->roles.formula);
    memory_free(model->dataset);
    memory_free(model->dataset_sha256);
    memory_free(model->metadata);
    memory_free(model);
}

void model_release(struct model *model)
{
    if (model &&
        atomic_fetch_sub_explicit(&model->n_references, 1, memory_order_acq_rel) == 1)
        free_model(model);
}
