#include "core/model/curvature_bound.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/eigen.h"
#include "core/optim/solver.h"

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

int curvature_bound(struct likelihood *likelihood, double *greatest, struct error *err)
{
    size_t n = likelihood->basis->n_terms, n_cells;
    *greatest = 0;
    if (n == 0)
        return 0;
    if (!memory_product(n, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    double *matrix = memory_new_aligned(n_cells, sizeof(double), err);
    int status = matrix ? bound(likelihood, matrix, greatest, err) : -1;
    memory_free(matrix);
    return status;
}
