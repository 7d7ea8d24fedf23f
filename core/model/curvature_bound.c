#include "core/model/curvature_bound.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/eigen.h"
#include "core/optim/solver.h"

#define MOST_TERMS 2000U /* for a matrix of them */

/* What is summed up over the rows, in chunks. */
struct summing {
    const struct likelihood *likelihood;
    void (*add)(const struct likelihood *likelihood, const struct likelihood_room *room,
                double *sums);
};

static void add_block(void *context, size_t block, size_t worker, double *sums)
{
    const struct summing *summing = context;
    const struct likelihood *likelihood = summing->likelihood;
    struct likelihood_room *room = &likelihood->rooms[worker];
    struct design_block rows;
    size_t next = 0;
    design_block(likelihood->design, block, &rows);
    while (!solver_is_over(&likelihood->hooks->watch) &&
           row_chunk_load(&room->chunk, likelihood->basis, &rows, &next))
        summing->add(likelihood, room, sums);
}

/* Rows may have been left out where it is over. */
static int sum_up(struct summing *summing, size_t n, double *sums, struct error *err)
{
    const struct likelihood *likelihood = summing->likelihood;
    if (pool_sum(likelihood->pool, likelihood->design->n_blocks, n, add_block, summing,
                 sums, err) < 0)
        return -1;
    return solver_is_over(&likelihood->hooks->watch)
               ? error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked")
               : 0;
}

/* ---- by the matrix ---- */

static void add_gram(const struct likelihood *likelihood,
                     const struct likelihood_room *room, double *sums)
{
    struct gram_rows rows = row_chunk_rows(&room->chunk, likelihood->basis);
    gram_add(&rows, room->chunk.weights, 1, room->weighted_u, sums,
             likelihood->basis->n_terms);
}

static int bound(struct likelihood *likelihood, double *matrix, double *greatest,
                 struct error *err)
{
    size_t n = likelihood->basis->n_terms;
    double share = likelihood->loss->greatest_curvature, least;
    struct summing summing = {likelihood, add_gram};
    if (sum_up(&summing, n * n, matrix, err) < 0)
        return -1;
    for (size_t i = 0; i < n * n; i++)
        matrix[i] *= share / likelihood->sum_weights;
    if (likelihood->is_penalised)
        penalty_add_block(&likelihood->penalty, matrix);
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(matrix[i]))
            return error_set(err, ERROR_NON_FINITE,
                             "the curvature of the objective is not finite; rescale the "
                             "columns or leave out extreme values");
    const struct stop stop = pool_stop(likelihood->pool);
    return eigen_extremes(n, matrix, &stop, &least, greatest, err);
}

/* ---- by the trace ---- */

static void add_squares(const struct likelihood *likelihood,
                        const struct likelihood_room *room, double *sums)
{
    struct gram_rows rows = row_chunk_rows(&room->chunk, likelihood->basis);
    gram_add_squares(&rows, room->chunk.weights, sums);
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
    struct summing summing = {likelihood, add_squares};
    int status = squares ? sum_up(&summing, n, squares, err) : -1;
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
    likelihood->n_passes++;
    if (n > MOST_TERMS)
        return bound_by_trace(likelihood, greatest, err);
    if (!memory_product(n, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    double *matrix = memory_new_aligned(n_cells, sizeof(double), err);
    int status = matrix ? bound(likelihood, matrix, greatest, err) : -1;
    memory_free(matrix);
    return status;
}
