#include "core/model/validation.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

static bool is_among_rates(const struct estimate_options *options, double rate)
{
    for (size_t k = 0; k < options->n_rates; k++)
        if (options->rates[k] == rate)
            return true;
    return false;
}

static int make_search(struct validation *validation,
                       const struct estimate_options *options, struct error *err)
{
    double initial = options->solver.learning_rate;
    bool has_another = initial > 0 && !is_among_rates(options, initial);
    size_t n = options->n_rates + has_another;
    if (options->n_rates == 0)
        return 0;
    struct solver_trial *trials = memory_new(n, sizeof(*trials), err);
    if (!trials)
        return -1;
    for (size_t k = 0; k < n; k++)
        trials[k] = (struct solver_trial){
            .learning_rate = k < options->n_rates ? options->rates[k] : initial,
            .loss = NAN};
    validation->search = (struct solver_search){.n = n,
                                                .trials = trials,
                                                .judged = &validation->objective,
                                                .patience = options->patience};
    return 0;
}

int validation_new(struct validation *validation, const struct basis *basis,
                   size_t n_classes, const struct estimate_options *options,
                   const struct estimate_hooks *hooks, struct pool *pool,
                   struct error *err)
{
    const struct design *held_out = options->held_out;
    struct estimate_options unpenalised = *options; /* l1 is no part of J anyway, and
                                                     * tells how many blocks there are */
    if (!held_out)
        return 0;
    const struct survey survey = {.n_classes = n_classes,
                                  .sum_weights = held_out->sum_weights};
    unpenalised.l2 = 0;
    if (likelihood_new(&validation->likelihood, held_out, basis, &survey, &unpenalised,
                       hooks, pool, false, err) < 0)
        return -1;
    validation->held_out = held_out;
    validation->objective = likelihood_objective(&validation->likelihood);
    if (objective_point_new(&validation->objective, 0, &validation->point, err) < 0)
        return -1;
    return make_search(validation, options, err);
}

void validation_free(struct validation *validation)
{
    if (validation->held_out)
        objective_point_free(&validation->objective, &validation->point);
    likelihood_free(&validation->likelihood);
    memory_free(validation->search.trials);
    *validation = (struct validation){0};
}

int validation_judge(struct validation *validation, const double *beta, double *loss,
                     struct error *err)
{
    struct objective_point *point = &validation->point;
    *loss = NAN;
    if (!validation->held_out)
        return 0;
    memcpy(point->beta, beta, validation->objective.n * sizeof(*beta));
    if (objective_evaluate_several(&validation->objective, &point, 1, OBJECTIVE_VALUE,
                                   err) < 0)
        return -1;
    *loss = isfinite(point->value) ? point->value : (double)NAN;
    return 0;
}

int validation_report_trials(const struct validation *validation, struct report *report,
                             struct error *err)
{
    const struct solver_search *search = &validation->search;
    report->trials = memory_new(search->n, sizeof(*report->trials), err);
    if (!report->trials)
        return -1;
    for (size_t k = 0; k < search->n; k++)
        report->trials[k] =
            (struct report_trial){.learning_rate = search->trials[k].learning_rate,
                                  .validation_loss = search->trials[k].loss,
                                  .diverged = search->trials[k].diverged};
    report->n_trials = search->n;
    return 0;
}
