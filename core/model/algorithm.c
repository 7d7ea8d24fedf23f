#include "core/model/algorithm.h"

#include <string.h>

#define NEWTON_ITERATIONS 8.0
#define NEWTON_CG_PRODUCTS 150.0
#define VECTOR_COST 4.0 /* of an operation with a vector, in those with a matrix */

#define DENSE_PENALISED 500U
#define DENSE_UNPENALISED 2000U

static bool is_newton_cheaper(const struct algorithm_task *task)
{
    double m = (double)task->n_rows, b = (double)task->n_blocks;
    double d = (double)task->n_terms, p = b * d;
    double newton = NEWTON_ITERATIONS * (m * d * d * b * (b + 1) / 2 + p * p * p / 3);
    double newton_cg = NEWTON_CG_PRODUCTS * VECTOR_COST * 4 * m * d * b;
    return newton <= newton_cg;
}

static void choose(const struct algorithm_task *task, struct algorithm *algorithm)
{
    if (task->for_corners) {
        algorithm->solver = solver_find(task->for_corners);
        algorithm->because = "a loss with corners: by subgradients, with a step of its "
                             "own for each coefficient";
        return;
    }
    if (task->has_l1) {
        algorithm->solver = solver_find("coordinate_descent");
        algorithm->because = "the penalty has |w|: coordinate_descent works on the few "
                             "coefficients that are not 0";
        return;
    }
    bool is_cheaper = is_newton_cheaper(task);
    algorithm->solver =
        solver_find(task->statistics || is_cheaper ? "newton" : "newton_cg");
    algorithm->because =
        is_cheaper ? "few coefficients: by newton, which takes the fewest iterations, "
                     "its Hessian costs little"
        : task->statistics
            ? "statistics need the Hessian that newton forms"
            : "many coefficients and no statistics: products with the Hessian cost "
              "less than the Hessian";
}

/* A first-order method ends as far as it comes by itself. */
static bool is_finished(const struct algorithm_task *task,
                        const struct algorithm *algorithm)
{
    const struct solver *solver = algorithm->solver;
    if (task->has_l1)
        return solver == solver_find("lbfgs");
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
        .n_blocks = traits->of_numbers || traits->of_two_classes ? 1 : n_classes - 1,
        .n_terms = options->intercept + n_columns,
        .statistics = options->statistics && !has_l1,
        .is_penalised = (options->l2 > 0 || has_l1) && !options->factors,
        .has_l1 = has_l1,
        .for_corners = traits->auto_algorithm};
}

bool algorithm_choose(const struct algorithm_task *task, struct algorithm *algorithm)
{
    size_t p = task->n_blocks * task->n_terms;
    struct algorithm made = {.is_chosen = strcmp(task->name, "auto") == 0,
                             .has_l1 = task->has_l1};
    if (made.is_chosen)
        choose(task, &made);
    else
        made.solver = solver_find(task->name);
    if (!made.solver || (task->has_l1 && !made.solver->takes_l1))
        return false;
    made.is_dense =
        !task->for_corners && !task->has_l1 &&
        (made.solver->needs_hessian || made.solver->is_first_order || task->statistics ||
         p <= (task->is_penalised ? DENSE_PENALISED : DENSE_UNPENALISED));
    made.is_scaled = task->has_l1 || (task->is_penalised && !made.is_dense);
    made.is_finished = is_finished(task, &made);
    if (!made.is_chosen)
        made.because = asked_for(task, &made);
    *algorithm = made;
    return true;
}

const struct solver *algorithm_finisher(const struct algorithm *algorithm)
{
    if (algorithm->has_l1)
        return solver_find("coordinate_descent");
    return solver_find(algorithm->is_dense ? "newton" : "newton_cg");
}
