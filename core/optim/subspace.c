#include "core/optim/subspace.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"

int subspace_new(struct subspace *subspace, const struct objective *whole,
                 const double *beta, const size_t *coordinates, size_t n,
                 struct error *err)
{
    struct subspace made = {.whole = whole, .n = n};
    made.coordinates = memory_new(n, sizeof(*coordinates), err);
    if (!made.coordinates ||
        objective_point_new(whole, OBJECTIVE_HESSIAN, &made.at, err) < 0) {
        subspace_free(&made);
        return -1;
    }
    memcpy(made.coordinates, coordinates, n * sizeof(*coordinates));
    memcpy(made.at.beta, beta, whole->n * sizeof(*beta));
    *subspace = made;
    return 0;
}

void subspace_free(struct subspace *subspace)
{
    if (subspace->whole)
        objective_point_free(subspace->whole, &subspace->at);
    memory_free(subspace->coordinates);
    *subspace = (struct subspace){0};
}

void subspace_gather(const struct subspace *subspace, const double *whole, double *values)
{
    for (size_t i = 0; i < subspace->n; i++)
        values[i] = whole[subspace->coordinates[i]];
}

void subspace_scatter(const struct subspace *subspace, const double *values,
                      double *whole)
{
    for (size_t i = 0; i < subspace->n; i++)
        whole[subspace->coordinates[i]] = values[i];
}

static void gather_hessian(const struct subspace *subspace, double *hessian)
{
    for (size_t i = 0; i < subspace->n; i++) {
        const double *row =
            subspace->at.hessian + subspace->coordinates[i] * subspace->whole->n;
        for (size_t j = 0; j <= i; j++)
            hessian[i * subspace->n + j] = row[subspace->coordinates[j]];
    }
}

static int evaluate(void *context, struct objective_point *point, unsigned want,
                    struct error *err)
{
    struct subspace *subspace = context;
    subspace_scatter(subspace, point->beta, subspace->at.beta);
    subspace->at.have = 0;
    if (objective_evaluate(subspace->whole, &subspace->at, want, err) < 0)
        return -1;
    point->value = subspace->at.value;
    if (want & OBJECTIVE_GRADIENT)
        subspace_gather(subspace, subspace->at.gradient, point->gradient);
    if (want & OBJECTIVE_HESSIAN)
        gather_hessian(subspace, point->hessian);
    return 0;
}

static size_t n_rows(void *context)
{
    const struct objective *whole = ((const struct subspace *)context)->whole;
    return whole->ops->n_rows(whole->context);
}

static int rows_gradient(void *context, const double *beta, const size_t *order, size_t n,
                         double *gradient, struct error *err)
{
    struct subspace *subspace = context;
    const struct objective *whole = subspace->whole;
    subspace_scatter(subspace, beta, subspace->at.beta);
    subspace->at.have = 0;
    if (whole->ops->rows_gradient(whole->context, subspace->at.beta, order, n,
                                  subspace->at.gradient, err) < 0)
        return -1;
    subspace_gather(subspace, subspace->at.gradient, gradient);
    return 0;
}

/* A part of a matrix has no greater eigenvalue than the whole. */
static int greatest_curvature(void *context, double *curvature, struct error *err)
{
    const struct objective *whole = ((const struct subspace *)context)->whole;
    return whole->ops->greatest_curvature(whole->context, curvature, err);
}

static const struct objective_ops ops = {.evaluate = evaluate};
static const struct objective_ops ops_of_rows = {.evaluate = evaluate,
                                                 .n_rows = n_rows,
                                                 .rows_gradient = rows_gradient,
                                                 .greatest_curvature =
                                                     greatest_curvature};

struct objective subspace_objective(struct subspace *subspace)
{
    bool has_rows = subspace->whole->ops->n_rows && subspace->whole->ops->rows_gradient &&
                    subspace->whole->ops->greatest_curvature;
    return (struct objective){
        .n = subspace->n, .ops = has_rows ? &ops_of_rows : &ops, .context = subspace};
}
