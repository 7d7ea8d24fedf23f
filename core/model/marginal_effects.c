#include "core/model/marginal_effects.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/distribution.h"
#include "core/kernel/product.h"
#include "core/model/level_effects.h"
#include "core/model/row_scores.h"
#include "core/model/term_rows.h"

struct effects {
    const struct estimation *estimation;
    const struct inference *inference;
    size_t n_blocks, n_terms, n; /* in the basis */
    struct row_scores *rooms;
    double *sums; /* M [n_blocks × n_blocks], then D [the same × n] */
    struct level_effects levels;
    struct term_rows terms;
    double *gradient; /* [n] */
    double *total;    /* [n] of the classes told, for class 0 */
};

size_t marginal_effects_cells(size_t n_blocks, size_t n_terms, size_t n_levels)
{
    size_t n, n_pairs, n_slopes, n_differences;
    return memory_product(n_blocks, n_terms, &n) && memory_sum(n, 1, &n) &&
                   memory_product(n_blocks, n_blocks, &n_pairs) &&
                   memory_product(n_pairs, n, &n_slopes) &&
                   memory_product(n_levels, n_blocks, &n_differences) &&
                   memory_product(n_differences, n, &n_differences) &&
                   memory_sum(n_slopes, n_differences, &n)
               ? n
               : SIZE_MAX;
}

/* ---- the sums of derivatives ---- */

/* ∂²p_k/∂η_l∂η_m. */
static double second_slope(size_t n_classes, const double *p, size_t k, size_t l,
                           size_t m)
{
    double by_l = k == l ? row_scores_slope(n_classes, p, k, k) : -p[k] * p[l];
    double share = p[k] > 0 ? by_l / p[k] : (double)(k == l);
    return row_scores_slope(n_classes, p, k, m) * share -
           p[k] * row_scores_slope(n_classes, p, l, m);
}

static void add_pair(const struct effects *effects, struct row_scores *rows, size_t k,
                     size_t l, double *sums)
{
    const struct row_chunk *chunk = &rows->chunk;
    const struct gram_rows of_u = row_chunk_rows(chunk, &effects->estimation->basis);
    size_t pair = (k - 1) * effects->n_blocks + l - 1;
    double *by_beta = sums + effects->n_blocks * effects->n_blocks + pair * effects->n;
    for (size_t i = 0; i < chunk->n_rows; i++)
        sums[pair] +=
            chunk->weights[i] *
            row_scores_slope(rows->n_classes, rows->p + i * rows->n_classes, k, l);
    for (size_t m = 1; m < rows->n_classes; m++) {
        for (size_t i = 0; i < chunk->n_rows; i++)
            rows->spare[i] =
                chunk->weights[i] *
                second_slope(rows->n_classes, rows->p + i * rows->n_classes, k, l, m);
        gram_add_product(&of_u, rows->spare, 1, by_beta + (m - 1) * effects->n_terms);
    }
}

static void add_block(void *context, size_t block, size_t worker, double *sums)
{
    const struct effects *effects = context;
    const struct estimation *estimation = effects->estimation;
    struct row_scores *rows = &effects->rooms[worker];
    struct design_block source;
    size_t next = 0;
    design_block(estimation->design, block, &source);
    while (!solver_is_over(&estimation->hooks->watch) &&
           row_chunk_load(&rows->chunk, &estimation->basis, &source, &next)) {
        row_scores_find(rows, estimation->point.beta);
        for (size_t k = 1; k < rows->n_classes; k++)
            for (size_t l = 1; l <= k && !pool_is_over(estimation->pool); l++)
                add_pair(effects, rows, k, l, sums);
    }
}

/* M and D do not change with the order of k and l. */
static void mirror(struct effects *effects)
{
    size_t n_blocks = effects->n_blocks, n = effects->n;
    double *by_beta = effects->sums + n_blocks * n_blocks;
    for (size_t k = 0; k < n_blocks; k++)
        for (size_t l = 0; l < k; l++) {
            size_t from = k * n_blocks + l, to = l * n_blocks + k;
            effects->sums[to] = effects->sums[from];
            memcpy(by_beta + to * n, by_beta + from * n, n * sizeof(*by_beta));
        }
}

static int sum_slopes(struct effects *effects, struct error *err)
{
    const struct estimation *estimation = effects->estimation;
    size_t n_pairs = effects->n_blocks * effects->n_blocks;
    size_t n_sums = n_pairs * (1 + effects->n);
    effects->sums = memory_new_aligned(n_sums, sizeof(double), err);
    effects->rooms = row_scores_rooms(estimation, err);
    if (!effects->sums || !effects->rooms ||
        pool_sum(estimation->pool, estimation->design->n_blocks, n_sums, add_block,
                 effects, effects->sums, err) < 0)
        return -1;
    if (solver_is_over(&estimation->hooks->watch))
        return error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked");
    for (size_t i = 0; i < n_sums; i++)
        effects->sums[i] /= estimation->survey.sum_weights;
    mirror(effects);
    return 0;
}

/* ---- effects ---- */

static bool has_estimate(const struct effects *effects, size_t column)
{
    const struct estimation *estimation = effects->estimation;
    const struct estimate *estimate = estimation->estimate;
    for (size_t b = 0; b < estimate->n_blocks; b++)
        if (isnan(estimate
                      ->coefficients[b * estimate->n_terms + estimation->basis.intercept +
                                     column]
                      .estimate))
            return false;
    return true;
}

/* β_lj in the unit of the basis' columns, which factor_of takes off again. */
static double unit_coefficient(const struct effects *effects, size_t block, size_t term)
{
    const double *row = effects->terms.rows + term * effects->n_terms;
    const double *beta = effects->estimation->point.beta + block * effects->n_terms;
    double sum = 0;
    for (size_t i = 0; i < effects->n_terms; i++)
        sum += row[i] * beta[i];
    return sum;
}

/* E_kj, and its gradient; class k ≥ 1. */
static double derivative(struct effects *effects, size_t k, size_t column)
{
    const struct basis *basis = &effects->estimation->basis;
    size_t term = basis->intercept + column, n = effects->n, n_blocks = effects->n_blocks;
    const double *row = effects->terms.rows + term * effects->n_terms;
    double unit = basis_unit(basis, term), effect = 0;
    memset(effects->gradient, 0, n * sizeof(double));
    for (size_t l = 0; l < n_blocks; l++) {
        size_t pair = (k - 1) * n_blocks + l;
        const double *by_beta = effects->sums + n_blocks * n_blocks + pair * n;
        double beta = unit * unit_coefficient(effects, l, term);
        double slope = effects->sums[pair];
        effect += beta * slope;
        for (size_t i = 0; i < n; i++)
            effects->gradient[i] += beta * by_beta[i];
        for (size_t i = 0; i < effects->n_terms; i++)
            effects->gradient[l * effects->n_terms + i] += unit * slope * row[i];
    }
    return effect;
}

static double find_effect(struct effects *effects, size_t k, size_t column)
{
    return level_effects_has(&effects->levels, column)
               ? level_effects_difference(&effects->levels, k, column, effects->gradient)
               : derivative(effects, k, column);
}

static void tell(const struct effects *effects, size_t class, size_t column,
                 double effect, const double *gradient)
{
    const struct estimation *estimation = effects->estimation;
    struct addenda *addenda = &estimation->estimate->report.addenda;
    struct addenda_effect *told = &addenda->effects[addenda->n_effects++];
    double variance =
        product_quadratic(effects->n, effects->inference->in_basis, gradient);
    double error = has_estimate(effects, column) ? sqrt(fmax(0, variance)) : NAN;
    double reach = distribution_normal_reach(estimation->options->confidence) * error;
    effect = has_estimate(effects, column) ? effect : NAN;
    *told = (struct addenda_effect){.class = class,
                                    .column = column,
                                    .is_difference =
                                        level_effects_has(&effects->levels, column),
                                    .effect = effect,
                                    .std_error = error,
                                    .z = effect / error,
                                    .p_value = distribution_normal_p(effect / error),
                                    .ci_low = effect - reach,
                                    .ci_high = effect + reach};
}

/* Of all classes the effects add up to 0; so class 0 comes last to be known and first to
 * be told. */
static void tell_column(struct effects *effects, size_t column)
{
    struct addenda *addenda = &effects->estimation->estimate->report.addenda;
    size_t n_classes = effects->n_blocks + 1, first = addenda->n_effects;
    double sum = 0;
    memset(effects->total, 0, effects->n * sizeof(double));
    if (n_classes > 2) /* its place */
        tell(effects, 0, column, 0, effects->total);
    for (size_t k = 1; k < n_classes; k++) {
        double effect = find_effect(effects, k, column);
        tell(effects, k, column, effect, effects->gradient);
        sum -= effect;
        for (size_t i = 0; i < effects->n; i++)
            effects->total[i] -= effects->gradient[i];
    }
    if (n_classes == 2)
        return;
    size_t end = addenda->n_effects;
    addenda->n_effects = first;
    tell(effects, 0, column, sum, effects->total);
    addenda->n_effects = end;
}

static int make_effects(struct effects *effects, struct error *err)
{
    const struct estimation *estimation = effects->estimation;
    struct addenda *addenda = &estimation->estimate->report.addenda;
    size_t n_columns = estimation->design->n_columns, n_effects;
    if (!memory_product(n_columns, effects->n_blocks + 1, &n_effects))
        return error_no_memory(err, SIZE_MAX);
    effects->gradient = memory_new(effects->n, sizeof(double), err);
    effects->total = memory_new(effects->n, sizeof(double), err);
    addenda->effects = memory_new(n_effects, sizeof(*addenda->effects), err);
    if (!effects->gradient || !effects->total || !addenda->effects ||
        term_rows_new(&effects->terms, &estimation->basis, err) < 0 ||
        level_effects_run(&effects->levels, estimation, err) < 0)
        return -1;
    return sum_slopes(effects, err);
}

static void free_effects(struct effects *effects)
{
    row_scores_free_rooms(effects->rooms, effects->estimation);
    level_effects_free(&effects->levels);
    term_rows_free(&effects->terms);
    memory_free(effects->sums);
    memory_free(effects->gradient);
    memory_free(effects->total);
}

int marginal_effects_run(const struct estimation *estimation,
                         const struct inference *inference, struct error *err)
{
    struct effects effects = {.estimation = estimation,
                              .inference = inference,
                              .n_blocks = estimation->likelihood.n_blocks,
                              .n_terms = estimation->basis.n_terms,
                              .n = estimation->likelihood.n};
    int status = make_effects(&effects, err);
    for (size_t j = 0; status == 0 && j < estimation->design->n_columns; j++)
        tell_column(&effects, j);
    free_effects(&effects);
    return status;
}
