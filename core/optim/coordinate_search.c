#include "core/optim/coordinate_search.h"

#include "core/base/clock.h"
#include "core/optim/evaluation.h"
#include "core/optim/l1.h"

struct l1_among coordinate_search_among(const struct coordinate_search *search)
{
    return search->columns.margins ? column_descent_among(&search->columns)
                                   : (struct l1_among){.n = search->objective->n};
}

int coordinate_search_evaluate(struct coordinate_search *search,
                               struct objective_point *point, unsigned want, bool *finite,
                               struct error *why, struct error *err)
{
    return evaluation_try(search->objective, point, want, &search->result, finite, why,
                          err);
}

void coordinate_search_accept(struct coordinate_search *search)
{
    struct objective_point left = search->here;
    search->here = search->trial;
    search->trial = left;
    search->value =
        search->here.value + l1_value_among(search->objective, search->here.beta,
                                            coordinate_search_among(search));
    search->result.n_iterations++;
    search->is_told = false;
}

bool coordinate_search_told_to_stop(struct coordinate_search *search)
{
    const struct solver_watch *watch = search->watch;
    if (!watch || !watch->on_step || search->is_told)
        return false;
    search->is_told = true;
    const struct solver_step step = {
        .iteration = search->result.n_iterations,
        .objective = search->value,
        .gradient_norm = l1_slopes_norm_among(search->objective, &search->here,
                                              coordinate_search_among(search)),
        .step = search->step,
        .seconds = clock_seconds() - search->start_seconds,
        .beta = search->here.beta};
    return watch->on_step(watch->context, &step) != 0;
}
