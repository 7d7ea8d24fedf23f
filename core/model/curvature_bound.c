#include "core/model/curvature_bound.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/eigen.h"
#include "core/optim/solver.h"

#define MOST_TERMS 2000U /* for a matrix of them */

static void add_block(void *context, size_t block, size_t worker, double *sums)
{
    const struct likelihood *likelihood = context;
    struct likelihood_room *room = &likelihood->rooms[worker];
    struct design_block rows;
    size_t next = 0;
    design_block(likelihood->design, block, &rows);
    while (!solver_is_over(&likelihood->hooks->watch) &&
           row_chunk_load(&room->chunk, likelihood->basis, &rows, &next)) {
        struct gram_rows loaded = row_chunk_rows(&room->chunk, likelihood->basis);
        gram_add(&loaded, room->chunk.weights, 1, room->weighted_u, sums,
                 likelihood->basis->n_terms);
    }
}

static int bound(struct likelihood *likelihood, double *matrix, double *greatest,
                 struct error *err)
{
    size_t n = likelihood->basis->n_terms;
    double share = likelihood->loss->greatest_curvature, least;
    if (pool_sum(likelihood->pool, likelihood->design->n_blocks, n * n, add_block,
                 likelihood, matrix, err) < 0)
        return -1;
    if (solver_is_over(&likelihood->hooks->watch)) /* rows may have been left out */
        return error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked");
    for (size_t i = 0; i < n * n; i++)
        matrix[i] *= share / likelihood->sum_weights;
    if (likelihood->is_penalised)
        penalty_add_block(&likelihood->penalty, matrix);
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(matrix[i]))
            return error_set(err, ERROR_NON_FINITE,
                             "the curvature of the objective is not finite; rescale the "
                             "columns or leave out extreme values");
    return eigen_extremes(n, matrix, &least, greatest, err);
}

/* ---- by the trace ---- */

static void add_squares(void *context, size_t block, size_t worker, double *sums)
{
    const struct likelihood *likelihood = context;
    struct likelihood_room *room = &likelihood->rooms[worker];
    struct design_block rows;
    size_t next = 0;
    design_block(likelihood->design, block, &rows);
    while (!solver_is_over(&likelihood->hooks->watch) &&
           row_chunk_load(&room->chunk, likelihood->basis, &rows, &next)) {
        struct gram_rows loaded = row_chunk_rows(&room->chunk, likelihood->basis);
        gram_add_squares(&loaded, room->chunk.weights, sums);
    }
}

/* No eigenvalue of a penalty is greater. */
static double bound_penalty(const struct likelihood *likelihood)
{
    const struct penalty *penalty = &likelihood->penalty;
    double greatest = 0, sum = 0;
    if (!likelihood->is_penalised)
        return 0;
    for (size_t i = 0; i < likelihood->basis->n_active; i++) {
        greatest = fmax(greatest, penalty->diagonal[i]);
        sum += penalty->diagonal[i];
    }
    return penalty->matrix ? sum : greatest;
}

static int bound_by_trace(struct likelihood *likelihood, double *greatest,
                          struct error *err)
{
    size_t n = likelihood->basis->n_terms;
    double *squares = memory_new_aligned(n, sizeof(double), err), sum = 0;
    int status = squares ? pool_sum(likelihood->pool, likelihood->design->n_blocks, n,
                                    add_squares, likelihood, squares, err)
                         : -1;
    if (status == 0 && solver_is_over(&likelihood->hooks->watch))
        status = error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked");
    for (size_t i = 0; status == 0 && i < n; i++)
        sum += squares[i];
    memory_free(squares);
    *greatest = likelihood->loss->greatest_curvature * sum / likelihood->sum_weights +
                bound_penalty(likelihood);
    return status;
}

/* ---- by the matrix, or by that ---- */

int curvature_bound(struct likelihood *likelihood, double *greatest, struct error *err)
{
    size_t n = likelihood->basis->n_terms, n_cells;
    *greatest = 0;
    if (n == 0)
        return 0;
    if (n > MOST_TERMS)
        return bound_by_trace(likelihood, greatest, err);
    if (!memory_product(n, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    double *matrix = memory_new_aligned(n_cells, sizeof(double), err);
    int status = matrix ? bound(likelihood, matrix, greatest, err) : -1;
    memory_free(matrix);
    return status;
}
