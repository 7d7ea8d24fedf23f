#include "core/model/likelihood.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/class_pairs.h"
#include "core/model/curvature_bound.h"
#include "core/model/likelihood_block.h"
#include "core/model/likelihood_margins.h"
#include "core/model/likelihood_part.h"
#include "core/model/likelihood_pass.h"
#include "core/model/preconditioner.h"
#include "core/model/raw_terms.h"
#include "core/model/term_metric.h"
#include "core/model/term_names.h"
#include "core/optim/solver.h"
#include "core/optim/vectors.h"

bool likelihood_is_together(const struct likelihood *likelihood)
{
    return likelihood->design->n_blocks > 1 || likelihood->loss->in_classes;
}

struct likelihood_room *likelihood_own_room(const struct likelihood *likelihood)
{
    return &likelihood->rooms[pool_n_threads(likelihood->pool) - 1];
}

size_t likelihood_n_kept(const struct likelihood *likelihood)
{
    return likelihood->loss->in_classes ? likelihood->n_classes : 1;
}

size_t likelihood_n_raw(const struct likelihood *likelihood)
{
    return likelihood->n_blocks * raw_terms_count(likelihood->basis);
}

double *likelihood_kept(const struct likelihood *likelihood, void *state,
                        const struct design_block *rows)
{
    size_t n = likelihood_n_kept(likelihood);
    double *kept = (double *)state + rows->first_row * n;
    design_array_touch(likelihood->design, kept, rows->n_rows * n * sizeof(*kept));
    return kept;
}

bool likelihood_is_flat(const struct likelihood *likelihood, const double *beta)
{
    const struct basis *basis = likelihood->basis;
    bool is_flat = true;
    for (size_t i = 0; is_flat && i < likelihood->n; i++)
        is_flat = beta[i] == 0 || i % basis->n_terms < basis->intercept;
    return is_flat;
}

double likelihood_penalty(const struct likelihood *likelihood, const double *beta)
{
    return likelihood->is_penalised
               ? penalty_add_gradient(&likelihood->penalty, beta, NULL)
               : 0;
}

/* ---- the objective ---- */

static int fail_non_finite(const struct likelihood *likelihood, size_t coefficient,
                           struct error *err)
{
    const struct basis *basis = likelihood->basis;
    size_t term = coefficient % basis->n_terms;
    error_set(err, ERROR_NON_FINITE, "a derivative of the objective is not finite");
    term_names_place(likelihood->hooks,
                     term < basis->intercept ? TERM_NAMES_INTERCEPT
                                             : basis->columns[term - basis->intercept],
                     err);
    return -1;
}

static int check_gradient(const struct likelihood *likelihood, const double *gradient,
                          struct error *err)
{
    if (vectors_all_finite(gradient, likelihood->n))
        return 0;
    for (size_t i = 0; i < likelihood->n; i++)
        if (!isfinite(gradient[i]))
            return fail_non_finite(likelihood, i, err);
    return 0;
}

static int check_finite(const struct likelihood *likelihood,
                        const struct objective_point *point, unsigned want,
                        struct error *err)
{
    size_t n = likelihood->n;
    if ((want & OBJECTIVE_GRADIENT) &&
        check_gradient(likelihood, point->gradient, err) < 0)
        return -1;
    for (size_t i = 0; (want & OBJECTIVE_HESSIAN) && i < n; i++)
        for (size_t j = 0; j <= i; j++)
            if (!isfinite(point->hessian[i * n + j]))
                return fail_non_finite(likelihood, i, err);
    if (!isfinite(point->value))
        return error_set(err, ERROR_NON_FINITE, "the objective is not finite");
    return 0;
}

static void take_sums(struct likelihood *likelihood, double *sums,
                      struct objective_point *point, unsigned want)
{
    size_t n = likelihood->n;
    bool is_raw = likelihood_pass_takes_raw(likelihood, want);
    point->value = sums[LIKELIHOOD_LOSS] / likelihood->sum_weights;
    likelihood->misplaced_weight = sums[LIKELIHOOD_MISPLACED];
    sums += LIKELIHOOD_N_SUMS;
    if (want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN))
        likelihood_pass_take_derivative(likelihood, is_raw, sums, point->gradient);
    if (!(want & OBJECTIVE_HESSIAN))
        return;
    if (is_raw && likelihood->is_paired) {
        class_pairs_take(likelihood, sums - LIKELIHOOD_N_SUMS, point->hessian);
    } else {
        if (is_raw)
            likelihood_pass_leave_raw_hessian(likelihood, sums);
        sums += n;
        for (size_t i = 0; i < n * n; i++)
            point->hessian[i] = sums[i] / likelihood->sum_weights;
    }
    if (likelihood->loss->complete)
        likelihood->loss->complete(likelihood, point->hessian);
}

static void add_penalty(const struct likelihood *likelihood,
                        struct objective_point *point, unsigned want)
{
    bool has_gradient = want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN);
    if (!likelihood->is_penalised)
        return;
    point->value += penalty_add_gradient(&likelihood->penalty, point->beta,
                                         has_gradient ? point->gradient : NULL);
    if (want & OBJECTIVE_HESSIAN)
        penalty_add_hessian(&likelihood->penalty, point->hessian);
}

static struct likelihood_pass pass_at(const struct likelihood *likelihood,
                                      const double *const *betas, size_t n_betas,
                                      bool is_raw, unsigned want)
{
    bool in_tallies = is_raw && likelihood->tallies.plan;
    return (struct likelihood_pass){
        .likelihood = likelihood,
        .add = in_tallies ? likelihood->loss->add_tallied : likelihood->loss->add,
        .vectors = betas,
        .n_vectors = n_betas,
        .n_sums = likelihood_pass_n_sums(likelihood, is_raw, want),
        .want = want,
        .is_raw = is_raw,
        .in_tallies = in_tallies,
        .is_viewed = likelihood->is_viewed};
}

/* Whatever is wanted, the value comes along. */
static int evaluate(void *context, struct objective_point *point, unsigned want,
                    struct error *err)
{
    struct likelihood *likelihood = context;
    const double *const beta = point->beta;
    struct likelihood_pass pass =
        pass_at(likelihood, &beta, 1, likelihood_pass_takes_raw(likelihood, want), want);
    pass.kept = want & OBJECTIVE_CURVATURE ? point->state : NULL;
    if (likelihood_pass_run(likelihood, &pass, err) < 0)
        return -1;
    take_sums(likelihood, likelihood->sums, point, want);
    add_penalty(likelihood, point, want);
    return check_finite(likelihood, point, want, err);
}

/* As many as the room for sums is for. */
static int evaluate_together(struct likelihood *likelihood,
                             struct objective_point *const *points, size_t n_points,
                             unsigned want, struct error *err)
{
    const double *betas[LIKELIHOOD_MOST_AT_ONCE];
    struct likelihood_pass pass = pass_at(
        likelihood, betas, n_points, likelihood_pass_takes_raw(likelihood, want), want);
    for (size_t k = 0; k < n_points; k++)
        betas[k] = points[k]->beta;
    if (likelihood_pass_run(likelihood, &pass, err) < 0)
        return -1;
    for (size_t k = 0; k < n_points; k++) {
        take_sums(likelihood, likelihood->sums + k * pass.n_sums, points[k], want);
        add_penalty(likelihood, points[k], want);
    }
    return 0;
}

static int evaluate_several(void *context, struct objective_point *const *points,
                            size_t n_points, unsigned want, struct error *err)
{
    struct likelihood *likelihood = context;
    for (size_t first = 0, n; first < n_points; first += n) {
        n = n_points - first;
        n = n < likelihood->n_at_once ? n : likelihood->n_at_once;
        if (evaluate_together(likelihood, points + first, n, want, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- some of the rows ---- */

struct rows_pass {
    struct likelihood_pass pass;
    const size_t *order;
    size_t n_rows;
};

/* DESIGN_BLOCK_ROWS rows of the order, whatever blocks of the design they are in. */
static void add_rows(void *context, size_t block, size_t worker, double *sums)
{
    const struct rows_pass *rows = context;
    const struct likelihood *likelihood = rows->pass.likelihood;
    struct likelihood_room *room = &likelihood->rooms[worker];
    size_t next = block * DESIGN_BLOCK_ROWS, end = next + DESIGN_BLOCK_ROWS;
    room->kept = NULL;
    if (end > rows->n_rows)
        end = rows->n_rows;
    while (!solver_is_over(&likelihood->hooks->watch) &&
           row_chunk_gather(&room->chunk, likelihood->basis, likelihood->design,
                            rows->order, end, &next))
        likelihood_pass_add(&rows->pass, room, sums);
}

/* A small batch is not worth waking other threads for. */
static int sum_rows(struct likelihood *likelihood, struct rows_pass *rows,
                    struct error *err)
{
    size_t n = rows->pass.n_vectors * rows->pass.n_sums;
    size_t n_blocks = (rows->n_rows + DESIGN_BLOCK_ROWS - 1) / DESIGN_BLOCK_ROWS;
    likelihood->n_passes += (double)rows->n_rows / (double)likelihood->design->n_rows;
    if (n_blocks > 1)
        return pool_sum(likelihood->pool, n_blocks, n, add_rows, rows, likelihood->sums,
                        err);
    memset(likelihood->sums, 0, n * sizeof(double));
    add_rows(rows, 0, pool_n_threads(likelihood->pool) - 1, likelihood->sums);
    return 0;
}

/* J is a mean by weight: rows stand for all rows by their number. */
static void take_rows(const struct likelihood *likelihood, const struct rows_pass *rows,
                      size_t k, double *gradient)
{
    double share = (double)likelihood->design->n_rows / (double)rows->n_rows;
    const double *sums = likelihood->sums + k * rows->pass.n_sums + LIKELIHOOD_N_SUMS;
    likelihood_pass_take(likelihood, sums, share, gradient);
    if (likelihood->is_penalised)
        penalty_add_gradient(&likelihood->penalty, rows->pass.vectors[k], gradient);
}

/* At as many β as the room for sums is for. */
static int rows_together(struct likelihood *likelihood, const double *const *betas,
                         size_t n_betas, const size_t *order, size_t n_rows,
                         double *const *gradients, struct error *err)
{
    struct rows_pass rows = {
        .pass = pass_at(likelihood, betas, n_betas, false, OBJECTIVE_GRADIENT),
        .order = order,
        .n_rows = n_rows};
    likelihood_pass_order(likelihood, &rows.pass);
    if (sum_rows(likelihood, &rows, err) < 0 ||
        likelihood_pass_check(likelihood, err) < 0)
        return -1;
    for (size_t k = 0; k < n_betas; k++)
        take_rows(likelihood, &rows, k, gradients[k]);
    return 0;
}

static int rows_gradients(void *context, const double *const *betas, size_t n_betas,
                          const size_t *order, size_t n_rows, double *const *gradients,
                          struct error *err)
{
    struct likelihood *likelihood = context;
    for (size_t first = 0, n; first < n_betas; first += n) {
        n = n_betas - first;
        n = n < likelihood->n_at_once ? n : likelihood->n_at_once;
        if (rows_together(likelihood, betas + first, n, order, n_rows, gradients + first,
                          err) < 0)
            return -1;
    }
    return 0;
}

static int rows_gradient(void *context, const double *beta, const size_t *order,
                         size_t n_rows, double *gradient, struct error *err)
{
    struct likelihood *likelihood = context;
    if (rows_together(likelihood, &beta, 1, order, n_rows, &gradient, err) < 0)
        return -1;
    return check_gradient(likelihood, gradient, err);
}

static size_t n_rows(void *context)
{
    return (size_t)((const struct likelihood *)context)->design->n_rows;
}

static int greatest_curvature(void *context, double *curvature, struct error *err)
{
    return curvature_bound(context, curvature, err);
}

/* ---- the Hessian without its matrix ---- */

/* Σ over rows of what `add` makes of the point's state and a vector, by mean weight; a
 * sum of squares, without a vector, is of terms in the basis alone. */
static int sum_curvature(struct likelihood *likelihood, likelihood_chunk_fn *add,
                         const struct objective_point *point, const double *vector,
                         double *result, struct error *err)
{
    bool is_raw = likelihood->is_raw && vector;
    struct likelihood_pass pass = {.likelihood = likelihood,
                                   .add = add,
                                   .vectors = &vector,
                                   .n_vectors = 1,
                                   .n_sums = is_raw ? likelihood_pass_n_terms(likelihood)
                                                    : likelihood->n,
                                   .is_raw = is_raw,
                                   .kept = point->state};
    if (likelihood_pass_run(likelihood, &pass, err) < 0)
        return -1;
    likelihood_pass_take_derivative(likelihood, is_raw, likelihood->sums, result);
    return 0;
}

static int hessian_product(void *context, struct objective_point *point, const double *v,
                           double *product, struct error *err)
{
    struct likelihood *likelihood = context;
    if (sum_curvature(likelihood, likelihood->loss->add_product, point, v, product, err) <
        0)
        return -1;
    if (likelihood->is_penalised)
        penalty_add_gradient(&likelihood->penalty, v, product);
    return check_gradient(likelihood, product, err);
}

static int hessian_diagonal(void *context, struct objective_point *point,
                            double *diagonal, struct error *err)
{
    struct likelihood *likelihood = context;
    if (sum_curvature(likelihood, likelihood->loss->add_diagonal, point, NULL, diagonal,
                      err) < 0)
        return -1;
    if (likelihood->is_penalised)
        penalty_add_diagonal(&likelihood->penalty, diagonal);
    return check_gradient(likelihood, diagonal, err);
}

static int hessian_block(void *context, struct objective_point *point, const size_t *set,
                         size_t n_set, double *matrix, struct error *err)
{
    return likelihood_block_find(context, point, set, n_set, matrix, err);
}

static int find_margins(void *context, const struct objective_margins **margins,
                        struct error *err)
{
    return likelihood_margins_find(context, margins, err);
}

static int new_part(void *context, const size_t *set, size_t n_set,
                    struct objective *part, bool *made, struct error *err)
{
    return likelihood_part_new(context, set, n_set, part, made, err);
}

static void free_part(void *context, struct objective *part)
{
    (void)context;
    likelihood_part_free(part);
}

static int new_state(void *context, void **state, struct error *err)
{
    const struct likelihood *likelihood = context;
    size_t n_cells;
    if (!memory_product((size_t)likelihood->design->n_rows, likelihood_n_kept(likelihood),
                        &n_cells))
        return error_no_memory(err, SIZE_MAX);
    *state = design_array_take(likelihood->design, n_cells, sizeof(double), err);
    return *state ? 0 : -1;
}

static void free_state(void *context, void *state)
{
    const struct likelihood *likelihood = context;
    design_array_free(likelihood->design, state);
}

static const struct objective_ops ops_with_corners = {.evaluate = evaluate,
                                                      .n_rows = n_rows,
                                                      .rows_gradient = rows_gradient,
                                                      .greatest_curvature =
                                                          greatest_curvature};

static const struct objective_ops ops = {.evaluate = evaluate,
                                         .hessian_product = hessian_product,
                                         .hessian_diagonal = hessian_diagonal,
                                         .hessian_block = hessian_block,
                                         .find_margins = find_margins,
                                         .new_part = new_part,
                                         .free_part = free_part,
                                         .n_rows = n_rows,
                                         .rows_gradient = rows_gradient,
                                         .evaluate_several = evaluate_several,
                                         .rows_gradients = rows_gradients,
                                         .greatest_curvature = greatest_curvature,
                                         .new_state = new_state,
                                         .free_state = free_state};

/* Of many terms no matrix of them all is formed to precondition with. */
static const struct objective_preconditioner *preconditioner_for(
    const struct likelihood *likelihood)
{
    const struct basis *basis = likelihood->basis;
    if (!likelihood->loss->is_smooth)
        return NULL;
    return (likelihood->n_blocks > 1 || basis->is_sparse) &&
                   preconditioner_cells(likelihood->design->n_rows, basis->n_terms,
                                        likelihood->n_blocks, basis->is_sparse) == 0
               ? &term_metric_of_likelihood
               : &preconditioner_of_likelihood;
}

struct objective likelihood_objective(struct likelihood *likelihood)
{
    return (struct objective){.n = likelihood->n,
                              .ops =
                                  likelihood->loss->is_smooth ? &ops : &ops_with_corners,
                              .context = likelihood,
                              .l1 = likelihood->l1,
                              .is_quadratic = likelihood->loss->is_quadratic,
                              .gives_hessian = likelihood->tallies.plan != NULL,
                              .preconditioner = preconditioner_for(likelihood)};
}

void likelihood_free(struct likelihood *likelihood)
{
    size_t n_threads = likelihood->rooms ? pool_n_threads(likelihood->pool) : 0;
    for (size_t t = 0; t < n_threads; t++)
        likelihood_room_free(&likelihood->rooms[t]);
    memory_free(likelihood->rooms);
    memory_free(likelihood->sums);
    memory_free(likelihood->by_terms);
    memory_free(likelihood->raw);
    memory_free(likelihood->tally_sums);
    tallies_free(&likelihood->tallies);
    memory_free(likelihood->l1);
    likelihood_block_free(likelihood->block, n_threads);
    likelihood_margins_free(likelihood->margins);
    penalty_free(&likelihood->penalty);
    *likelihood = (struct likelihood){0};
}
