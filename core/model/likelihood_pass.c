#include "core/model/likelihood_pass.h"

#include <string.h>

#include "core/model/class_pairs.h"
#include "core/model/raw_terms.h"
#include "core/model/stretch.h"
#include "core/model/term_order.h"
#include "core/optim/solver.h"

size_t likelihood_pass_n_terms(const struct likelihood *likelihood)
{
    return likelihood->is_raw ? likelihood_n_raw(likelihood) : likelihood->n;
}

static const double *order_vector(struct likelihood *likelihood, bool is_raw, size_t k,
                                  const double *vector)
{
    const struct basis *basis = likelihood->basis;
    size_t n_blocks = likelihood->n_blocks, n_terms = basis->n_terms;
    double *to = likelihood->by_terms + k * likelihood_pass_n_terms(likelihood);
    if (is_raw) {
        double *raw = likelihood->raw + k * likelihood_pass_n_terms(likelihood);
        for (size_t b = 0; b < n_blocks; b++)
            raw_terms_of(basis, vector + b * n_terms, raw + b * raw_terms_count(basis));
        vector = raw;
        n_terms = raw_terms_count(basis);
    }
    if (n_blocks == 1)
        return vector;
    term_order_by_terms(n_blocks, n_terms, vector, to);
    return to;
}

void likelihood_pass_order(struct likelihood *likelihood, struct likelihood_pass *pass)
{
    for (size_t k = 0; k < pass->n_vectors; k++)
        pass->by_terms[k] =
            pass->vectors[k] ? order_vector(likelihood, pass->is_raw, k, pass->vectors[k])
                             : NULL;
    if (pass->in_tallies)
        tallies_set_vector(&likelihood->tallies, pass->by_terms[0]);
}

void likelihood_pass_take(const struct likelihood *likelihood, const double *sums,
                          double share, double *vector)
{
    term_order_by_blocks(likelihood->n_blocks, likelihood->basis->n_terms, sums, share,
                         likelihood->sum_weights, vector);
}

void likelihood_pass_add(const struct likelihood_pass *pass, struct likelihood_room *room,
                         double *sums)
{
    for (size_t k = 0; k < pass->n_vectors; k++)
        pass->add(pass->likelihood, room, pass->by_terms[k], pass->want,
                  sums + k * pass->n_sums);
}

static bool load(const struct likelihood_pass *pass, struct row_chunk *chunk,
                 const struct design_block *rows, size_t *next)
{
    const struct likelihood *likelihood = pass->likelihood;
    bool is_whole = likelihood->design->n_blocks == 1;
    if (pass->is_raw || pass->is_viewed)
        return row_chunk_view(chunk, rows, next);
    return (is_whole ? row_chunk_load_whole : row_chunk_load)(chunk, likelihood->basis,
                                                              rows, next);
}

static void add_block(const struct likelihood_pass *pass, size_t block, size_t worker,
                      double *sums)
{
    const struct likelihood *likelihood = pass->likelihood;
    struct likelihood_room *room = &likelihood->rooms[worker];
    struct design_block rows;
    size_t next = 0;
    design_block(likelihood->design, block, &rows);
    room->kept = pass->kept ? likelihood_kept(likelihood, pass->kept, &rows) : NULL;
    while (!solver_is_over(&likelihood->hooks->watch) &&
           load(pass, &room->chunk, &rows, &next)) {
        likelihood_pass_add(pass, room, sums);
        if (room->kept)
            room->kept += room->chunk.n_rows * likelihood_n_kept(likelihood);
    }
}

static size_t stretch_blocks_of(const struct likelihood_pass *pass)
{
    return pass->in_tallies ? pass->likelihood->tallies.stretch_blocks
                            : pass->likelihood->stretch_blocks;
}

static void add_stretch(void *context, size_t stretch, size_t worker, double *sums)
{
    const struct likelihood_pass *pass = context;
    const struct likelihood *likelihood = pass->likelihood;
    size_t block, end;
    stretch_find(likelihood->design, stretch_blocks_of(pass), stretch, &block, &end);
    for (; block < end; block++)
        add_block(pass, block, worker, sums);
}

int likelihood_pass_check(const struct likelihood *likelihood, struct error *err)
{
    return solver_is_over(&likelihood->hooks->watch)
               ? error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked")
               : 0;
}

static bool has_derivatives(unsigned want)
{
    return want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN);
}

/* What the pool adds up. */
static size_t n_sums_of(const struct likelihood_pass *pass)
{
    const struct tallies *tallies = &pass->likelihood->tallies;
    if (!pass->in_tallies)
        return pass->n_vectors * pass->n_sums;
    return LIKELIHOOD_TALLIES +
           (has_derivatives(pass->want)
                ? tallies_n_sums(tallies, pass->want & OBJECTIVE_HESSIAN)
                : 0);
}

/* To sums by raw terms. */
static void leave_tallies(struct likelihood *likelihood,
                          const struct likelihood_pass *pass)
{
    double *gradient = likelihood->sums + LIKELIHOOD_N_SUMS;
    memcpy(likelihood->sums, likelihood->tally_sums, LIKELIHOOD_N_SUMS * sizeof(double));
    if (has_derivatives(pass->want))
        tallies_take(
            &likelihood->tallies, likelihood->tally_sums + LIKELIHOOD_TALLIES, gradient,
            pass->want & OBJECTIVE_HESSIAN ? gradient + raw_terms_count(likelihood->basis)
                                           : NULL);
}

int likelihood_pass_run(struct likelihood *likelihood, struct likelihood_pass *pass,
                        struct error *err)
{
    size_t n_stretches = stretch_count(likelihood->design, stretch_blocks_of(pass));
    double *sums = pass->in_tallies ? likelihood->tally_sums : likelihood->sums;
    if (pass->in_tallies && (pass->want & OBJECTIVE_HESSIAN) &&
        tallies_prepare_hessian(&likelihood->tallies, likelihood->pool, err) < 0)
        return -1;
    likelihood_pass_order(likelihood, pass);
    likelihood->n_passes++;
    if (pool_sum(likelihood->pool, n_stretches, n_sums_of(pass), add_stretch, pass, sums,
                 err) < 0)
        return -1;
    if (pass->in_tallies)
        leave_tallies(likelihood, pass);
    return likelihood_pass_check(likelihood, err);
}

bool likelihood_pass_takes_raw(const struct likelihood *likelihood, unsigned want)
{
    return likelihood->is_raw &&
           (likelihood->is_paired || !likelihood->loss->in_classes ||
            !(want & OBJECTIVE_HESSIAN));
}

/* Of several blocks the same as likelihood_pass_take, from terms of rows as they lie. */
static void take_raw_blocks(struct likelihood *likelihood, const double *sums,
                            double *vector)
{
    const struct basis *basis = likelihood->basis;
    size_t n_raw = raw_terms_count(basis), n_terms = basis->n_terms;
    term_order_by_blocks(likelihood->n_blocks, n_raw, sums, 1, likelihood->sum_weights,
                         likelihood->raw);
    for (size_t b = 0; b < likelihood->n_blocks; b++) {
        raw_terms_take_gradient(basis, likelihood->raw + b * n_raw);
        memcpy(vector + b * n_terms, likelihood->raw + b * n_raw,
               n_terms * sizeof(*vector));
    }
}

void likelihood_pass_take_derivative(struct likelihood *likelihood, bool is_raw,
                                     double *sums, double *vector)
{
    if (is_raw && likelihood->n_blocks > 1) {
        take_raw_blocks(likelihood, sums, vector);
        return;
    }
    if (is_raw)
        raw_terms_take_gradient(likelihood->basis, sums);
    likelihood_pass_take(likelihood, sums, 1, vector);
}

void likelihood_pass_leave_raw_hessian(struct likelihood *likelihood, double *sums)
{
    const struct basis *basis = likelihood->basis;
    size_t n_raw = raw_terms_count(basis), n = likelihood->n;
    raw_terms_take_hessian(basis, sums + n_raw, likelihood->raw);
    memmove(sums + n, sums + n_raw, n * n * sizeof(*sums));
}

size_t likelihood_pass_n_sums(const struct likelihood *likelihood, bool is_raw,
                              unsigned want)
{
    size_t n = is_raw ? likelihood_n_raw(likelihood) : likelihood->n;
    if (is_raw && likelihood->is_paired && (want & OBJECTIVE_HESSIAN))
        return class_pairs_n_sums(likelihood);
    return LIKELIHOOD_N_SUMS + (want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN) ? n : 0) +
           (want & OBJECTIVE_HESSIAN ? n * n : 0);
}
