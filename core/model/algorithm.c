#include "core/model/algorithm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DENSE_PENALISED 500U
#define DENSE_UNPENALISED 2000U

static bool is_small(const struct algorithm_task *task)
{
    size_t p = task->n_blocks * task->n_terms;
    return p <= (task->is_penalised ? DENSE_PENALISED : DENSE_UNPENALISED);
}

__attribute__((format(printf, 2, 3))) static void say(struct algorithm *algorithm,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(algorithm->because, sizeof(algorithm->because), format, arguments);
    va_end(arguments);
}

#define ABOUT_BYTES 48U

/* "newton: about 0.25 s" */
static const char *about(const char *name, double seconds, char *text)
{
    snprintf(text, ABOUT_BYTES, seconds < 100 ? "%s: about %.2g s" : "%s: about %.0f s",
             name, seconds);
    return text;
}

struct cost_task algorithm_cost_task(const struct algorithm_task *task)
{
    return (struct cost_task){.n_rows = task->n_rows,
                              .n_entries = task->n_entries,
                              .n_blocks = task->n_blocks,
                              .n_terms = task->n_terms,
                              .is_quadratic = task->is_quadratic,
                              .is_dense = is_small(task),
                              .is_finished = !task->is_penalised ||
                                             (task->n_blocks == 1 && is_small(task))};
}

static void choose_by_cost(const struct algorithm_task *task, struct algorithm *algorithm)
{
    const struct cost_task cost = algorithm_cost_task(task);
    double newton = cost_of_newton(&cost), newton_cg = cost_of_newton_cg(&cost);
    bool is_newton = newton <= newton_cg;
    algorithm->solver = solver_find(is_newton ? "newton" : "newton_cg");
    char best[ABOUT_BYTES], other[ABOUT_BYTES];
    about(is_newton ? "newton" : "newton_cg", is_newton ? newton : newton_cg, best);
    about(is_newton ? "newton_cg" : "newton", is_newton ? newton_cg : newton, other);
    say(algorithm, "the cheaper by count, on one core: %s; %s", best, other);
}

static void choose(const struct algorithm_task *task, struct algorithm *algorithm)
{
    if (task->for_corners) {
        algorithm->solver = solver_find(task->for_corners);
        say(algorithm, "a loss with corners: by subgradients, with a step of its own for "
                       "each coefficient");
    } else if (task->has_l1) {
        algorithm->solver = solver_find("coordinate_descent");
        say(algorithm, "the penalty has |w|: coordinate_descent works on the few "
                       "coefficients that are not 0");
    } else if (task->is_firth) {
        algorithm->solver = solver_find("newton");
        say(algorithm, "Firth's penalty is a function of the Hessian, which newton forms "
                       "anyway");
    } else if (task->statistics) {
        algorithm->solver = solver_find("newton");
        say(algorithm, "statistics need the Hessian that newton forms");
    } else {
        choose_by_cost(task, algorithm);
    }
}

/* A first-order method ends as far as it comes by itself. */
static bool is_finished(const struct algorithm_task *task,
                        const struct algorithm *algorithm)
{
    const struct solver *solver = algorithm->solver;
    if (task->has_l1)
        return solver == solver_find("lbfgs");
    /* Of one block of coefficients few enough for a Hessian, one of them costs less than
     * the products of the last steps. */
    if (algorithm->is_chosen && task->n_blocks == 1 && algorithm->is_dense)
        return !solver->needs_hessian && !solver->is_first_order;
    return !solver->needs_hessian && !solver->is_first_order &&
           (task->statistics || !task->is_penalised);
}

static const char *asked_for(const struct algorithm_task *task,
                             const struct algorithm *algorithm)
{
    if (!algorithm->is_finished)
        return "asked for";
    if (task->has_l1)
        return "asked for; the last steps are coordinate_descent's, which make the "
               "certificate exact";
    return task->statistics
               ? "asked for; the last steps are newton's, whose Hessian statistics need"
               : "asked for; the last steps are Newton's, which tell a maximum of the "
                 "likelihood from separation";
}

struct algorithm_task algorithm_task_of(const struct estimate_options *options,
                                        uint64_t n_rows, size_t n_columns,
                                        size_t n_classes)
{
    const struct family_traits *traits = family_traits(options->family);
    bool has_l1 = options->l1 > 0;
    return (struct algorithm_task){
        .name = options->algorithm,
        .n_rows = n_rows,
        .n_entries = options->n_entries,
        .n_blocks =
            traits->of_numbers || traits->of_two_classes ? 1 : n_classes - !has_l1,
        .n_terms = options->intercept + n_columns,
        .statistics = options->statistics && !has_l1,
        .is_penalised = (options->l2 > 0 || has_l1) && !options->factors,
        .has_l1 = has_l1,
        .of_numbers = traits->of_numbers,
        .is_quadratic = traits->of_numbers && !traits->auto_algorithm,
        .n_at_once = options->n_at_once,
        .is_firth = options->firth,
        .for_corners = traits->auto_algorithm};
}

bool algorithm_choose(const struct algorithm_task *task, struct algorithm *algorithm)
{
    struct algorithm made = {.is_chosen = strcmp(task->name, "auto") == 0,
                             .has_l1 = task->has_l1};
    if (made.is_chosen)
        choose(task, &made);
    else
        made.solver = solver_find(task->name);
    if (!made.solver || (task->has_l1 && !made.solver->takes_l1))
        return false;
    made.is_dense = !task->for_corners && !task->has_l1 &&
                    (made.solver->needs_hessian || task->statistics || is_small(task));
    made.is_tallied =
        made.is_dense || (task->has_l1 && task->n_blocks == 1 && is_small(task));
    made.is_scaled = task->has_l1 || (task->is_penalised && !made.is_dense);
    made.is_finished = is_finished(task, &made);
    if (!made.is_chosen)
        say(&made, "%s", asked_for(task, &made));
    *algorithm = made;
    return true;
}

const struct solver *algorithm_finisher(const struct algorithm *algorithm)
{
    if (algorithm->has_l1)
        return solver_find("coordinate_descent");
    return solver_find(algorithm->is_dense ? "newton" : "newton_cg");
}
