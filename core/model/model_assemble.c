#include "core/model/model_assemble.h"

#include "core/base/memory.h"

size_t model_assemble_code(size_t class, size_t reference)
{
    return class == reference ? 0 : class < reference ? class + 1 : class;
}

size_t model_assemble_class(size_t code, size_t reference)
{
    return code == 0 ? reference : code <= reference ? code - 1 : code;
}

void model_assemble_codes(const struct model_parts *parts, double *y_of_class)
{
    for (size_t k = 0; k < parts->n_classes; k++)
        y_of_class[k] = family_traits(parts->family)->of_two_classes
                            ? k == parts->positive
                            : (double)model_assemble_code(k, parts->reference);
}

static int copy_classes(struct model *model, const struct model_parts *parts,
                        struct error *err)
{
    model->classes = memory_new(parts->n_classes, sizeof(*model->classes), err);
    if (!model->classes)
        return -1;
    model->n_classes = parts->n_classes;
    for (size_t k = 0; k < parts->n_classes; k++) {
        const struct level *class = &parts->classes[k];
        model->classes[k] = memory_copy_text(class->text, class->n_bytes, err);
        if (!model->classes[k])
            return -1;
    }
    return 0;
}

static int map_blocks(struct model *model, const struct estimate *estimate,
                      struct error *err)
{
    model->n_blocks = estimate->n_blocks;
    model->n_terms = estimate->n_terms;
    model->block_class = memory_new(model->n_blocks, sizeof(*model->block_class), err);
    if (!model->block_class)
        return -1;
    for (size_t b = 0; b < model->n_blocks; b++)
        model->block_class[b] = model->family == FAMILY_MULTINOMIAL
                                    ? model_assemble_class(b + 1, model->reference)
                                    : model->positive;
    return 0;
}

/* ---- what predicting uses ---- */

/* Row `row` of weights and intercepts from a block of the solution. */
static void put_block(struct model *model, const double *block, size_t row)
{
    size_t n_columns = model->n_terms - model->intercept;
    model->intercepts[row] = model->intercept ? block[0] : 0;
    for (size_t j = 0; j < n_columns; j++)
        model->weights[row * n_columns + j] = block[j + model->intercept];
}

/* Subtracts the mean over classes from one weight of each. */
static void centre(double *weights, size_t n_classes, size_t stride)
{
    double sum = 0;
    for (size_t k = 0; k < n_classes; k++)
        sum += weights[k * stride];
    for (size_t k = 0; k < n_classes; k++)
        weights[k * stride] -= sum / (double)n_classes;
}

/* Of a multinomial model, from the differences to the reference. */
static void put_differences(struct model *model, const double *solution)
{
    size_t n_columns = model->n_terms - model->intercept;
    for (size_t b = 0; b < model->n_blocks; b++)
        put_block(model, solution + b * model->n_terms, model->block_class[b]);
    centre(model->intercepts, model->n_classes, 1);
    for (size_t j = 0; j < n_columns; j++)
        centre(model->weights + j, model->n_classes, n_columns);
}

/* Of one with l1, whose weights are told as they were solved: what is 0 stays 0. */
static void put_classes(struct model *model, const double *classes)
{
    for (size_t k = 0; k < model->n_classes; k++)
        put_block(model, classes + k * model->n_terms,
                  model_assemble_class(k, model->reference));
}

static int make_weights(struct model *model, const struct estimate *estimate,
                        struct error *err)
{
    size_t n_columns = model->n_terms - model->intercept, n_weights;
    size_t n_rows = model_n_scores(model);
    if (!memory_product(n_rows, n_columns, &n_weights))
        return error_no_memory(err, SIZE_MAX);
    model->weights = memory_new_aligned(n_weights, sizeof(double), err);
    model->intercepts = memory_new_aligned(n_rows, sizeof(double), err);
    if (!model->weights || !model->intercepts)
        return -1;
    if (n_rows == 1)
        put_block(model, estimate->solution, 0);
    else if (estimate->classes)
        put_classes(model, estimate->classes);
    else
        put_differences(model, estimate->solution);
    return 0;
}

struct model *model_assemble(const struct model_parts *parts, struct error *err)
{
    struct estimate *estimate = parts->estimate;
    struct model *model = memory_new(1, sizeof(*model), err);
    if (!model)
        return NULL;
    atomic_init(&model->n_references, 1);
    model->family = parts->family;
    model->positive = parts->positive;
    model->reference = parts->reference;
    model->intercept = parts->intercept;
    if (copy_classes(model, parts, err) < 0 || map_blocks(model, estimate, err) < 0 ||
        make_weights(model, estimate, err) < 0) {
        model_release(model);
        return NULL;
    }
    model->encoding = parts->encoding;
    model->coefficients = estimate->coefficients;
    model->covariance = estimate->covariance;
    model->means = estimate->means;
    model->scales = estimate->scales;
    estimate->means = estimate->scales = NULL;
    model->typical = estimate->typical;
    model->report = estimate->report;
    estimate->coefficients = NULL;
    estimate->covariance = NULL;
    estimate->typical = (struct typical){0};
    estimate->report = (struct report){0};
    return model;
}
