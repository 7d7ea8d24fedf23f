#include "core/model/basis_scale.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/model/basis_column.h"

/* A spread below this share of the greatest value is rounding of the mean. */
#define CONSTANT 1e-14

struct scaling {
    struct basis *basis;
    const struct design *design;
};

/* Σ ω v and Σ ω v², of columns as they are placed. */
static void add_squares(void *context, size_t block, size_t worker, double *sums)
{
    const struct scaling *scaling = context;
    const struct basis *basis = scaling->basis;
    size_t d = basis->n_columns;
    struct design_block rows;
    (void)worker;
    design_block(scaling->design, block, &rows);
    for (size_t i = 0; i < rows.n_rows; i++) {
        double weight = rows.weights ? rows.weights[i] : 1;
        const double *x = rows.x + i * d;
        for (size_t j = 0; weight > 0 && j < d; j++) {
            double v = x[j] * basis->factor[j] - basis->centre[j];
            sums[j] += weight * v;
            sums[d + j] += weight * v * v;
        }
    }
}

/* Its spread, and a length near 1. */
static void scale_column(struct basis *basis, double sum, double square,
                         double sum_weights, size_t j)
{
    double mean = sum / sum_weights, whole = square / sum_weights;
    double spread = sqrt(fmax(0, whole - mean * mean));
    basis->spread[j] = spread > CONSTANT ? spread : 0;
    basis_column_rescale(basis, j, basis_column_power(sqrt(whole)));
}

/* Those that vary, or are under a penalty, which then says 0. */
static void keep_columns(struct basis *basis)
{
    for (size_t j = 0; j < basis->n_columns; j++) {
        bool varies = basis->spread[j] > 0 || !basis->intercept;
        basis->aliased[j] = !varies && basis->penalty[j] == 0 && basis->l1[j] == 0;
        if (basis->aliased[j])
            continue;
        basis->shift[basis->n_active] = basis->centre[j];
        basis->columns[basis->n_active++] = j;
    }
    basis->n_terms = basis->n_active + basis->intercept;
}

static int scale(struct scaling *scaling, const struct survey *survey,
                 const struct estimate_options *options, struct pool *pool, double *sums,
                 struct error *err)
{
    struct basis *basis = scaling->basis;
    size_t d = basis->n_columns;
    for (size_t j = 0; j < d; j++)
        basis_column_place(basis, survey, j, true);
    if (pool_sum(pool, scaling->design->n_blocks, 2 * d, add_squares, scaling, sums,
                 err) < 0)
        return -1;
    for (size_t j = 0; j < d; j++) {
        scale_column(basis, sums[j], sums[d + j], survey->sum_weights, j);
        basis_column_penalise(basis, options, j);
    }
    keep_columns(basis);
    return 0;
}

int basis_scale(struct basis *basis, const struct design *design,
                const struct survey *survey, const struct estimate_options *options,
                struct pool *pool, struct error *err)
{
    struct basis made = {0};
    struct scaling scaling = {.basis = &made, .design = design};
    double *sums = memory_new_aligned(2 * design->n_columns, sizeof(double), err);
    int status = sums ? basis_new(&made, options->intercept, design->n_columns, err) : -1;
    if (status == 0)
        status = scale(&scaling, survey, options, pool, sums, err);
    memory_free(sums);
    if (status < 0) {
        basis_free(&made);
        return -1;
    }
    *basis = made;
    return 0;
}
