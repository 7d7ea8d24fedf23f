#include "core/model/estimation.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/basis_find.h"
#include "core/model/basis_scale.h"
#include "core/model/margin_reach.h"
#include "core/model/null_model.h"
#include "core/model/sample_start.h"
#include "core/model/separation.h"
#include "core/model/start_point.h"

size_t estimation_n_blocks(const struct estimation *estimation)
{
    return estimation->likelihood.n_classes - 1;
}

size_t estimation_n_terms(const struct estimation *estimation)
{
    return estimation_n_blocks(estimation) *
           (estimation->options->intercept + estimation->design->n_columns);
}

int estimation_choose(struct estimation *estimation, struct error *err)
{
    const struct design *design = estimation->design;
    const struct algorithm_task task = algorithm_task_of(
        estimation->options, design->n_rows, design->n_columns, design->n_classes);
    if (!algorithm_choose(&task, &estimation->algorithm))
        return error_set(err, ERROR_INVALID,
                         "there is no algorithm of this name, or none that takes an l1 "
                         "penalty; \"auto\" chooses one");
    estimation->solver = estimation->algorithm.solver;
    return 0;
}

void estimation_null_beta(const struct estimation *estimation, double *beta)
{
    const struct basis *basis = &estimation->basis;
    memset(beta, 0, estimation->likelihood.n * sizeof(*beta));
    for (size_t b = 0; basis->intercept && b < estimation->likelihood.n_blocks; b++) {
        size_t class = b + estimation->likelihood.first_class;
        beta[b * basis->n_terms] = class == 0 ? 0 : estimation->null_terms[class - 1];
    }
}

void estimation_start(struct estimation *estimation)
{
    estimation_null_beta(estimation, estimation->point.beta);
    estimation->point.have = 0;
}

static int keep_null_beta(struct estimation *estimation, struct error *err)
{
    estimation->null_beta = memory_new(estimation->likelihood.n, sizeof(double), err);
    if (!estimation->null_beta)
        return -1;
    estimation_null_beta(estimation, estimation->null_beta);
    return 0;
}

static int make_point(struct estimation *estimation, struct error *err)
{
    size_t n = estimation->likelihood.n;
    bool is_firth = estimation->options->firth;
    if (is_firth && firth_new(&estimation->firth, &estimation->likelihood, err) < 0)
        return -1;
    estimation->objective = is_firth ? firth_objective(&estimation->firth)
                                     : likelihood_objective(&estimation->likelihood);
    estimation->free = memory_new(n, sizeof(size_t), err);
    if (!estimation->free ||
        objective_point_new(&estimation->objective,
                            estimation->algorithm.is_dense ? OBJECTIVE_HESSIAN : 0,
                            &estimation->point, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        estimation->free[i] = i;
    estimation->n_free = n;
    estimation_start(estimation);
    if (start_point_take(estimation, err) < 0 || sample_start_take(estimation, err) < 0)
        return -1;
    return estimation->is_from_sample ? keep_null_beta(estimation, err) : 0;
}

double estimation_mean(const struct estimation *estimation, size_t column)
{
    const struct survey *survey = &estimation->survey;
    const struct basis *basis = &estimation->basis;
    double mean = survey->sums[column] / survey->sum_weights;
    return isfinite(mean) ? mean : basis->centre[column] / basis->factor[column];
}

static int standardise_terms(struct estimation *estimation, struct error *err)
{
    struct basis *basis = &estimation->basis;
    double *means = memory_new(basis->n_columns, sizeof(double), err);
    if (!means)
        return -1;
    for (size_t j = 0; j < basis->n_columns; j++)
        means[j] = estimation_mean(estimation, j);
    basis_refer(basis, means);
    estimation->means = means;
    return 0;
}

static int make_basis(struct estimation *estimation, struct error *err)
{
    if ((estimation->algorithm.is_scaled ? basis_scale : basis_find)(
            &estimation->basis, estimation->design, &estimation->survey,
            estimation->options, estimation->pool, err) < 0)
        return -1;
    return estimation->options->standardize ? standardise_terms(estimation, err) : 0;
}

/* Data may be separated where no penalty holds all coefficients. */
static int find_reach(struct estimation *estimation, struct error *err)
{
    const struct estimate_options *options = estimation->options;
    bool is_held = (options->l2 > 0 || options->l1 > 0) && !options->factors;
    if (is_held || options->firth || !estimation->likelihood.loss->is_logistic)
        return 0;
    estimation->reach = margin_reach_new(&estimation->basis, &estimation->survey,
                                         estimation->likelihood.n_blocks, err);
    return estimation->reach ? 0 : -1;
}

/* Rows of indicators are counted, where Hessians are formed. */
static int plan_tallies(struct estimation *estimation, struct error *err)
{
    return estimation->algorithm.is_tallied
               ? tally_plan_find(&estimation->survey.tallies, estimation->design,
                                 estimation->pool, err)
               : 0;
}

/* With |w| only where it is given away. */
static bool forms_hessian(const struct estimation *estimation)
{
    return estimation->algorithm.is_dense || estimation->survey.tallies;
}

int estimation_prepare(struct estimation *estimation, struct error *err)
{
    if (survey_run(&estimation->survey, estimation->design, estimation->options,
                   estimation->hooks, estimation->pool, err) < 0 ||
        plan_tallies(estimation, err) < 0 || make_basis(estimation, err) < 0 ||
        likelihood_new(&estimation->likelihood, estimation->design, &estimation->basis,
                       &estimation->survey, estimation->options, estimation->hooks,
                       estimation->pool, forms_hessian(estimation), err) < 0 ||
        null_model_fit(estimation, err) < 0)
        return -1;
    if (find_reach(estimation, err) < 0 || make_point(estimation, err) < 0)
        return -1;
    return validation_new(&estimation->validation, &estimation->basis,
                          estimation->survey.n_classes, estimation->options,
                          estimation->hooks, estimation->pool, err);
}

static void turn_sign(double *vector, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vector[i] = -vector[i];
}

/* The quadratic penalty's share of value and gradient, where these are known, is added to
 * them, or taken off: that is its gradient at -β. */
static void add_penalty(struct estimation *estimation, bool is_taken_off)
{
    const struct likelihood *likelihood = &estimation->likelihood;
    struct objective_point *point = &estimation->point;
    if (!likelihood->is_penalised)
        return;
    if (is_taken_off)
        turn_sign(point->beta, likelihood->n);
    double value =
        penalty_add_gradient(&likelihood->penalty, point->beta, point->gradient);
    if (is_taken_off)
        turn_sign(point->beta, likelihood->n);
    point->value += is_taken_off ? -value : value;
}

int estimation_penalise(struct estimation *estimation, bool *stays, struct error *err)
{
    add_penalty(estimation, true);
    *stays = basis_scale_penalise(&estimation->basis, estimation->options);
    if (!*stays)
        return 0;
    if (likelihood_new_penalties(&estimation->likelihood, estimation->options, err) < 0)
        return -1;
    add_penalty(estimation, false);
    estimation->objective = likelihood_objective(&estimation->likelihood);
    estimation->solver = estimation->algorithm.solver;
    estimation->result = (struct solver_result){0};
    estimation->metric_rows = 0;
    estimation->likelihood.n_passes = 0;
    return 0;
}

void estimation_free(struct estimation *estimation)
{
    objective_point_free(&estimation->objective, &estimation->point);
    firth_free(&estimation->firth);
    likelihood_free(&estimation->likelihood);
    validation_free(&estimation->validation);
    basis_free(&estimation->basis);
    survey_free(&estimation->survey);
    separation_free(&estimation->separation);
    memory_free(estimation->free);
    memory_free(estimation->null_beta);
    memory_free(estimation->reach);
    memory_free(estimation->null_terms);
    memory_free(estimation->means);
}
