#include "core/model/null_model.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/newton.h"

#define MOST_ITERATIONS 200
#define TOLERANCE 1e-16

/* -Σ W_k log(W_k/W); a class without weight adds nothing. */
static void fit_shares(struct estimation *estimation)
{
    const struct survey *survey = &estimation->survey;
    const double *weights = survey->class_weights;
    double loss = 0;
    for (size_t k = 0; k < survey->n_classes; k++) {
        if (weights[k] > 0)
            loss -= weights[k] * log(weights[k] / survey->sum_weights);
        if (k > 0)
            estimation->null_terms[k - 1] =
                weights[k] > 0 && weights[0] > 0 ? log(weights[k] / weights[0]) : 0;
    }
    estimation->null_loss = loss;
}

static int minimise(struct estimation *estimation, struct likelihood *likelihood,
                    struct objective_point *point, struct error *err)
{
    const struct objective objective = likelihood_objective(likelihood);
    const struct solver_options options = {.max_iterations = MOST_ITERATIONS,
                                           .tolerance = TOLERANCE};
    const struct solver_watch watch = {0};
    struct solver_result result;
    if (likelihood->n == 0)
        return objective_evaluate(&objective, point, OBJECTIVE_VALUE, err);
    if (newton_solve(&objective, &options, &watch, point, &result, err) < 0)
        return -1;
    memcpy(estimation->null_terms, point->beta, likelihood->n * sizeof(double));
    return 0;
}

static int fit_intercepts(struct estimation *estimation, const struct basis *basis,
                          struct error *err)
{
    struct estimate_options options = *estimation->options;
    struct likelihood likelihood = {0};
    struct objective_point point = {0};
    options.l2 = options.l1 = 0;
    if (likelihood_new(&likelihood, estimation->design, basis, &estimation->survey,
                       &options, estimation->hooks, estimation->pool, true, err) < 0)
        return -1;
    const struct objective objective = likelihood_objective(&likelihood);
    int status = objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, err);
    if (status == 0)
        status = minimise(estimation, &likelihood, &point, err);
    if (status == 0)
        estimation->null_loss = point.value * estimation->survey.sum_weights;
    objective_point_free(&objective, &point);
    likelihood_free(&likelihood);
    return status;
}

int null_model_fit(struct estimation *estimation, struct error *err)
{
    struct basis basis;
    const struct likelihood_loss *loss = estimation->likelihood.loss;
    estimation->null_loss = NAN;
    estimation->null_terms =
        memory_new(estimation->survey.n_classes + 1, sizeof(double), err);
    if (!estimation->null_terms)
        return -1;
    if (!loss->is_smooth)
        return 0;
    if (loss->is_logistic && estimation->options->intercept &&
        !estimation->survey.has_offset) {
        fit_shares(estimation);
        return 0;
    }
    basis_of_intercept(&basis, estimation->options->intercept,
                       estimation->design->n_columns);
    return fit_intercepts(estimation, &basis, err);
}
