#include "core/model/basis_scale.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/model/basis_column.h"
#include "core/model/stretch.h"

#define FILLED 0.5 /* share of the weight from which on a sparse column is shifted */

struct scaling {
    struct basis *basis;
    const struct design *design;
    const struct survey *survey;
    double *sums; /* [3 × d] Σ ω v, Σ ω v²; and of entries Σ ω */
    size_t stretch_blocks;
};

/* Of columns as they are placed. */
static void add_cell(const struct basis *basis, size_t j, double x, double weight,
                     double *sums)
{
    size_t d = basis->n_columns;
    double v = x * basis->factor[j] - basis->centre[j];
    sums[j] += weight * v;
    sums[d + j] += weight * v * v;
}

static void add_squares(const struct scaling *scaling, size_t block, double *sums)
{
    const struct basis *basis = scaling->basis;
    size_t d = basis->n_columns;
    struct design_block rows;
    design_block(scaling->design, block, &rows);
    for (size_t i = 0; i < rows.n_rows; i++) {
        double weight = rows.weights ? rows.weights[i] : 1;
        for (size_t j = 0; rows.x && weight > 0 && j < d; j++)
            add_cell(basis, j, rows.x[i * d + j], weight, sums);
        for (size_t e = rows.starts ? rows.starts[i] : 0;
             rows.starts && weight > 0 && e < rows.starts[i + 1]; e++) {
            add_cell(basis, rows.columns[e], rows.values[e], weight, sums);
            sums[2 * d + rows.columns[e]] += weight;
        }
    }
}

static void add_stretch(void *context, size_t stretch, size_t worker, double *sums)
{
    const struct scaling *scaling = context;
    size_t block, end;
    (void)worker;
    stretch_find(scaling->design, scaling->stretch_blocks, stretch, &block, &end);
    for (; block < end; block++)
        add_squares(scaling, block, sums);
}

/* The weight of the rows in which it is 0 without an entry: of a column that is filled
 * everywhere not a rounding either. */
static double weight_of_zeros(const struct scaling *scaling, size_t j)
{
    const struct survey *survey = scaling->survey;
    if (!survey->n_filled || survey->n_filled[j] == survey->n_weighted)
        return 0;
    return fmax(0,
                survey->sum_weights - scaling->sums[2 * scaling->basis->n_columns + j]);
}

/* Its spread, and a length near 1. One that is hardly filled stays where it is. */
static void scale_column(struct scaling *scaling, size_t j)
{
    struct basis *basis = scaling->basis;
    double all = scaling->survey->sum_weights, zeros = weight_of_zeros(scaling, j);
    double centre = basis->centre[j];
    double mean = (scaling->sums[j] - zeros * centre) / all;
    double whole = (scaling->sums[basis->n_columns + j] + zeros * centre * centre) / all;
    double spread = sqrt(fmax(0, whole - mean * mean));
    basis->spread[j] = spread > BASIS_COLUMN_CONSTANT ? spread : 0;
    if (zeros > (1 - FILLED) * all) {
        basis->centre[j] = 0;
        whole += 2 * mean * centre + centre * centre;
    }
    basis_column_rescale(basis, j, basis_column_power(sqrt(whole)));
}

/* From the survey alone. False where that does not tell all of them. */
static bool scale_by_survey(const struct scaling *scaling)
{
    struct basis *basis = scaling->basis;
    const struct survey *survey = scaling->survey;
    double n = survey->n_weighted;
    if (survey->n_filled && scaling->design->weights)
        return false; /* the weight of its entries is not known */
    for (size_t j = 0; j < basis->n_columns; j++) {
        bool is_filled = !survey->n_filled || survey->n_filled[j] >= FILLED * n;
        double length = basis_column_survey(basis, survey, j, is_filled);
        if (isnan(length))
            return false;
        basis_column_rescale(basis, j, basis_column_power(length));
    }
    return true;
}

static bool varies(const struct scaling *scaling, size_t j)
{
    const struct survey *survey = scaling->survey;
    return scaling->basis->intercept ? scaling->basis->spread[j] > 0
                                     : survey->least[j] != 0 || survey->greatest[j] != 0;
}

/* Those that vary, or are under a penalty, which then says 0. */
static void keep_columns(struct scaling *scaling)
{
    struct basis *basis = scaling->basis;
    for (size_t j = 0; j < basis->n_columns; j++) {
        basis->aliased[j] =
            !varies(scaling, j) && basis->penalty[j] == 0 && basis->l1[j] == 0;
        if (basis->aliased[j])
            continue;
        basis->columns[basis->n_active++] = j;
    }
    basis->n_terms = basis->n_active + basis->intercept;
    basis_refer(basis, NULL);
}

static int scale_by_pass(struct scaling *scaling, struct pool *pool, struct error *err)
{
    struct basis *basis = scaling->basis;
    size_t d = basis->n_columns, n_sums = (scaling->survey->n_filled ? 3 : 2) * d;
    for (size_t j = 0; j < d; j++)
        basis_column_place(basis, scaling->survey, j, true);
    scaling->stretch_blocks = stretch_blocks(scaling->design, d);
    scaling->sums = memory_new_aligned(3 * d, sizeof(double), err);
    if (!scaling->sums)
        return -1;
    int status = pool_sum(pool, stretch_count(scaling->design, scaling->stretch_blocks),
                          n_sums, add_stretch, scaling, scaling->sums, err);
    for (size_t j = 0; status == 0 && j < d; j++)
        scale_column(scaling, j);
    memory_free(scaling->sums);
    return status;
}

static int scale(struct scaling *scaling, const struct estimate_options *options,
                 struct pool *pool, struct error *err)
{
    struct basis *basis = scaling->basis;
    if (!scale_by_survey(scaling) && scale_by_pass(scaling, pool, err) < 0)
        return -1;
    basis_column_penalise_all(basis, options);
    keep_columns(scaling);
    return scaling->design->storage == DESIGN_CSR_F64 ? basis_make_sparse(basis, err) : 0;
}

int basis_scale(struct basis *basis, const struct design *design,
                const struct survey *survey, const struct estimate_options *options,
                struct pool *pool, struct error *err)
{
    struct basis made = {0};
    struct scaling scaling = {.basis = &made, .design = design, .survey = survey};
    int status = basis_new(&made, options->intercept, design->n_columns, err);
    if (status == 0)
        status = scale(&scaling, options, pool, err);
    if (status < 0) {
        basis_free(&made);
        return -1;
    }
    *basis = made;
    return 0;
}

bool basis_scale_penalise(struct basis *basis, const struct estimate_options *options)
{
    return basis_column_penalise_all(basis, options);
}
