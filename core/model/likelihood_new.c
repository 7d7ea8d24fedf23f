#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/narrow_rows.h"
#include "core/model/class_pairs.h"
#include "core/model/likelihood_pass.h"
#include "core/model/multinomial.h"
#include "core/model/one_margin.h"
#include "core/model/raw_terms.h"
#include "core/model/stretch.h"

/* The most numbers that a pass adds up; false: more than can be counted. */
static bool count_sums(const struct likelihood *likelihood, size_t *n_cells)
{
    size_t n = likelihood_pass_n_terms(likelihood);
    size_t n_gradient = LIKELIHOOD_N_SUMS + n, n_hessian = 0, n_several;
    if (!memory_product(likelihood->n_at_once, n_gradient, &n_several) ||
        (likelihood->has_hessian && !memory_product(n, n, &n_hessian)) ||
        !memory_sum(n_hessian, n_gradient, n_cells))
        return false;
    *n_cells = n_several > *n_cells ? n_several : *n_cells;
    return true;
}

static int make_raw(struct likelihood *likelihood, struct error *err)
{
    size_t n_cells;
    if (!likelihood->is_raw)
        return 0;
    if (!memory_product(likelihood->n_at_once, likelihood_n_raw(likelihood), &n_cells))
        return error_no_memory(err, SIZE_MAX);
    likelihood->raw = memory_new_aligned(n_cells, sizeof(double), err);
    return likelihood->raw ? 0 : -1;
}

/* Where Hessians are summed up of rows as they lie, and there is a plan that pays. */
static int make_tallies(struct likelihood *likelihood, const struct tally_plan *plan,
                        struct error *err)
{
    const struct design *design = likelihood->design;
    if (!plan || !likelihood->is_raw || !likelihood->has_hessian ||
        !likelihood->loss->add_tallied || likelihood->n_at_once > 1 ||
        !tally_plan_pays(plan, design->n_rows, design_n_entries(design)))
        return 0;
    if (tallies_new(&likelihood->tallies, plan, design, likelihood->basis->intercept,
                    likelihood->pool, err) < 0)
        return -1;
    likelihood->tally_sums = memory_new_aligned(
        LIKELIHOOD_TALLIES + tallies_n_sums(&likelihood->tallies, true), sizeof(double),
        err);
    return likelihood->tally_sums ? 0 : -1;
}

static int make_rooms(struct likelihood *likelihood, struct error *err)
{
    size_t n_threads = pool_n_threads(likelihood->pool), n_cells = 0, n_vectors = 0;
    size_t n = likelihood_pass_n_terms(likelihood);
    if (!count_sums(likelihood, &n_cells) ||
        !memory_product(likelihood->n_blocks == 1 ? 0 : n, likelihood->n_at_once,
                        &n_vectors))
        return error_no_memory(err, SIZE_MAX);
    likelihood->by_terms = memory_new_aligned(n_vectors, sizeof(double), err);
    likelihood->sums = memory_new_aligned(n_cells, sizeof(double), err);
    likelihood->rooms = memory_new(n_threads, sizeof(*likelihood->rooms), err);
    if (!likelihood->sums || !likelihood->rooms || !likelihood->by_terms)
        return -1;
    size_t first = likelihood_is_together(likelihood) ? 0 : n_threads - 1;
    for (size_t t = first; t < n_threads; t++)
        if (likelihood_room_new(likelihood, likelihood->basis, &likelihood->rooms[t],
                                err) < 0)
            return -1;
    return 0;
}

static const struct likelihood_loss *loss_of(enum family family)
{
    const struct likelihood_loss *loss = one_margin_loss(family);
    return loss ? loss : &multinomial_loss;
}

/* Weight of |coefficient|. */
static double l1_of(const struct likelihood *likelihood, size_t block, size_t term)
{
    const struct basis *basis = likelihood->basis;
    bool is_held = block + likelihood->first_class == 0;
    if (term < basis->intercept)
        return is_held ? INFINITY : 0;
    size_t column = basis->columns[term - basis->intercept];
    bool is_free = basis->l1[column] == 0 && basis->penalty[column] == 0;
    return is_held && is_free ? INFINITY : basis->l1[column];
}

static int make_l1(struct likelihood *likelihood, struct error *err)
{
    const struct basis *basis = likelihood->basis;
    likelihood->l1 = memory_new_aligned(likelihood->n, sizeof(double), err);
    if (!likelihood->l1)
        return -1;
    for (size_t k = 0; k < likelihood->n_blocks; k++)
        for (size_t i = 0; i < basis->n_terms; i++)
            likelihood->l1[k * basis->n_terms + i] = l1_of(likelihood, k, i);
    return 0;
}

static int make_penalties(struct likelihood *likelihood,
                          const struct estimate_options *options, struct error *err)
{
    bool has_columns = likelihood->basis->n_active > 0;
    likelihood->is_penalised = options->l2 > 0 && has_columns;
    if (likelihood->is_penalised &&
        penalty_new(&likelihood->penalty, likelihood->basis, likelihood->n_blocks,
                    likelihood->loss->in_classes && likelihood->first_class == 1,
                    err) < 0)
        return -1;
    return options->l1 > 0 && has_columns ? make_l1(likelihood, err) : 0;
}

int likelihood_new_penalties(struct likelihood *likelihood,
                             const struct estimate_options *options, struct error *err)
{
    penalty_free(&likelihood->penalty);
    memory_free(likelihood->l1);
    likelihood->l1 = NULL;
    return make_penalties(likelihood, options, err);
}

/* Of classes a pass has products alone, for which dense rows serve as well. Where the
 * data may be separated margins of 0 are to be told from others, as they are in the
 * basis. */
static bool takes_raw(const struct likelihood *likelihood,
                      const struct estimate_options *options)
{
    const struct basis *basis = likelihood->basis;
    bool is_held = options->l2 > 0 && !options->factors;
    size_t n;
    return likelihood->loss->in_classes
               ? is_held && raw_terms_serve_products(basis) &&
                     memory_product(likelihood->n_blocks, raw_terms_count(basis), &n)
               : likelihood->design->storage == DESIGN_CSR_F64 && raw_terms_serve(basis);
}

static bool is_narrow(const struct likelihood *likelihood)
{
    const struct basis *basis = likelihood->basis;
    return likelihood->loss->is_logistic && !likelihood->loss->in_classes &&
           !likelihood->is_raw && !basis->is_sparse && basis->n_active > 0 &&
           basis->n_active <= NARROW_ROWS_MOST_COLUMNS;
}

/* Is each of the basis's columns one of the design, and no row without weight? */
static bool is_viewed(const struct likelihood *likelihood)
{
    const struct basis *basis = likelihood->basis;
    const struct design *design = likelihood->design;
    return likelihood->is_narrow && design->storage == DESIGN_DENSE_F64 &&
           !design->weights && basis->n_mixed == 0 && basis->n_active == basis->n_columns;
}

static size_t n_at_once(const struct estimate_options *options)
{
    size_t n = options->n_at_once;
    return n < 1 ? 1 : n > LIKELIHOOD_MOST_AT_ONCE ? LIKELIHOOD_MOST_AT_ONCE : n;
}

int likelihood_new(struct likelihood *likelihood, const struct design *design,
                   const struct basis *basis, const struct survey *survey,
                   const struct estimate_options *options,
                   const struct estimate_hooks *hooks, struct pool *pool,
                   bool has_hessian, struct error *err)
{
    const struct likelihood_loss *loss = loss_of(options->family);
    size_t n_classes = loss->in_classes ? survey->n_classes : 2;
    size_t first = loss->in_classes && options->l1 > 0 && basis->n_active > 0 ? 0 : 1;
    struct likelihood made = {.design = design,
                              .basis = basis,
                              .hooks = hooks,
                              .pool = pool,
                              .options = options,
                              .loss = loss,
                              .has_hessian = has_hessian,
                              .n_at_once = n_at_once(options),
                              .n_classes = n_classes,
                              .first_class = first,
                              .n_blocks = n_classes - first,
                              .sum_weights = survey->sum_weights};
    if (!memory_product(made.n_blocks, basis->n_terms, &made.n))
        return error_no_memory(err, SIZE_MAX);
    made.stretch_blocks =
        stretch_blocks(made.design, basis->n_terms * (has_hessian ? basis->n_terms : 1));
    made.is_raw = takes_raw(&made, options);
    made.is_paired = class_pairs_serve(&made);
    made.is_narrow = is_narrow(&made);
    made.is_viewed = is_viewed(&made);
    if (make_rooms(&made, err) < 0 || make_raw(&made, err) < 0 ||
        make_tallies(&made, survey->tallies, err) < 0 ||
        make_penalties(&made, options, err) < 0) {
        likelihood_free(&made);
        return -1;
    }
    *likelihood = made;
    return 0;
}
