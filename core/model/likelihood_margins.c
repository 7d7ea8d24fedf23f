#include "core/model/likelihood_margins.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/gram.h"
#include "core/model/raw_terms.h"

#define LANES 8U
#define WIDTH 8U /* columns of a dense copy that are written side by side */

struct likelihood_margins {
    struct objective_margins margins; /* of what follows */
    struct column_screen screen;
    const struct likelihood *likelihood;
    uint64_t *starts; /* [n + 1] */
    uint32_t *rows;
    double *values;
    double *sums; /* [raw terms] of products by rows; NULL: these are by columns */
    double *x;    /* [n × stride] */
    double *y, *weights, *offset, *quadratic;
};

static bool is_worth_it(const struct likelihood *likelihood)
{
    const struct design *design = likelihood->design;
    const struct basis *basis = likelihood->basis;
    bool is_sparse = design->storage == DESIGN_CSR_F64;
    return likelihood->n_blocks == 1 && !likelihood->loss->in_classes &&
           likelihood->loss->is_smooth && !design->file && basis->n_mixed == 0 &&
           basis->is_sparse == is_sparse &&
           (is_sparse || design->n_rows <= LIKELIHOOD_MARGINS_MOST_DENSE) &&
           basis->n_active >= LIKELIHOOD_MARGINS_LEAST &&
           design->n_rows / LIKELIHOOD_MARGINS_ROWS <= basis->n_active &&
           design_n_entries(design) <= LIKELIHOOD_MARGINS_MOST;
}

void likelihood_margins_free(struct likelihood_margins *margins)
{
    if (!margins)
        return;
    memory_free(margins->starts);
    memory_free(margins->rows);
    memory_free(margins->values);
    memory_free(margins->sums);
    memory_free(margins->x);
    memory_free(margins->y);
    memory_free(margins->weights);
    memory_free(margins->offset);
    memory_free(margins->quadratic);
    column_screen_free(&margins->screen);
    memory_free(margins);
}

/* ---- sparse columns ---- */

/* Of a column that is shifted each row has an entry. */
static bool is_filled(const struct basis_place *place)
{
    return place->centre != 0;
}

/* How many entries each has, behind its own place; then where they begin. */
static void count_entries(struct likelihood_margins *margins)
{
    const struct likelihood *likelihood = margins->likelihood;
    const struct basis *basis = likelihood->basis;
    const struct design *design = likelihood->design;
    uint64_t *starts = margins->starts;
    if (basis->intercept)
        starts[1] = design->n_rows;
    for (size_t j = 0; j < basis->n_columns; j++)
        if (basis->place[j].column != BASIS_ALIASED && is_filled(&basis->place[j]))
            starts[basis->intercept + basis->place[j].column + 1] = design->n_rows;
    for (uint64_t e = design->starts[0]; e < design->starts[design->n_rows]; e++) {
        const struct basis_place *place = &basis->place[design->columns[e]];
        if (place->column != BASIS_ALIASED && !is_filled(place))
            starts[basis->intercept + place->column + 1]++;
    }
    for (size_t j = 0; j < basis->n_terms; j++)
        starts[j + 1] += starts[j];
}

/* The intercept, and columns that are shifted, without their entries. */
static void fill_whole(struct likelihood_margins *margins, size_t term, double value)
{
    uint64_t n_rows = margins->likelihood->design->n_rows;
    for (uint64_t i = 0; i < n_rows; i++) {
        margins->rows[margins->starts[term] + i] = (uint32_t)i;
        margins->values[margins->starts[term] + i] = value;
    }
}

static void fill_shifted(struct likelihood_margins *margins)
{
    const struct basis *basis = margins->likelihood->basis;
    if (basis->intercept)
        fill_whole(margins, 0, 1);
    for (size_t j = 0; j < basis->n_columns; j++)
        if (basis->place[j].column != BASIS_ALIASED && is_filled(&basis->place[j]))
            fill_whole(margins, basis->intercept + basis->place[j].column,
                       -basis->place[j].centre);
}

/* next[n]: where each column goes on. */
static void fill_row(struct likelihood_margins *margins, uint64_t row, uint64_t *next)
{
    const struct basis *basis = margins->likelihood->basis;
    const struct design *design = margins->likelihood->design;
    for (uint64_t e = design->starts[row]; e < design->starts[row + 1]; e++) {
        const struct basis_place *place = &basis->place[design->columns[e]];
        size_t term = basis->intercept + place->column;
        if (place->column == BASIS_ALIASED)
            continue;
        uint64_t at = is_filled(place) ? margins->starts[term] + row : next[term]++;
        margins->rows[at] = (uint32_t)row;
        margins->values[at] = design->values[e] * place->factor - place->centre;
    }
}

static int make_sparse(struct likelihood_margins *margins, struct error *err)
{
    const struct likelihood *likelihood = margins->likelihood;
    size_t n = likelihood->n;
    margins->starts = memory_new(n + 1, sizeof(uint64_t), err);
    if (!margins->starts)
        return -1;
    count_entries(margins);
    size_t n_entries = (size_t)margins->starts[n];
    margins->rows = memory_take_aligned(n_entries, sizeof(uint32_t), err);
    margins->values = memory_take_aligned(n_entries, sizeof(double), err);
    uint64_t *next =
        memory_copy(margins->starts, (n + 1) * sizeof(*margins->starts), err);
    if (margins->rows && margins->values && next) {
        fill_shifted(margins);
        for (uint64_t i = 0; i < likelihood->design->n_rows; i++)
            fill_row(margins, i, next);
    }
    bool made = margins->rows && margins->values && next;
    memory_free(next);
    return made ? 0 : -1;
}

/* Columns are short, and most of a product with all of them would be going from one to
 * the next. */
static void multiply_by_rows(void *context, const double *residual, double *product)
{
    const struct likelihood_margins *margins = context;
    const struct likelihood *likelihood = margins->likelihood;
    struct design_block block;
    design_rows(likelihood->design, 0, (size_t)likelihood->design->n_rows, &block);
    const struct gram_rows rows = {.n_rows = block.n_rows,
                                   .n_columns = likelihood->basis->n_columns,
                                   .starts = block.starts,
                                   .columns = block.columns,
                                   .values = block.values,
                                   .intercept = likelihood->basis->intercept};
    memset(margins->sums, 0, raw_terms_count(likelihood->basis) * sizeof(double));
    gram_add_product(&rows, residual, 1, margins->sums);
    raw_terms_take_gradient(likelihood->basis, margins->sums);
    memcpy(product, margins->sums, likelihood->n * sizeof(double));
}

static int make_product(struct likelihood_margins *margins, struct error *err)
{
    const struct basis *basis = margins->likelihood->basis;
    if (!basis->is_sparse || !raw_terms_serve(basis))
        return 0;
    margins->sums = memory_new_aligned(raw_terms_count(basis), sizeof(double), err);
    if (!margins->sums)
        return -1;
    margins->screen.multiply = multiply_by_rows;
    margins->screen.context = margins;
    return 0;
}

/* ---- dense columns ---- */

static void fill_columns(struct likelihood_margins *margins, size_t first, size_t end)
{
    const struct basis *basis = margins->likelihood->basis;
    const struct design *design = margins->likelihood->design;
    size_t stride = margins->margins.columns.stride;
    for (uint64_t i = 0; i < design->n_rows; i++) {
        const double *x = design->x + i * design->n_columns;
        for (size_t a = first; a < end; a++) {
            size_t column = basis->columns[a];
            margins->x[(basis->intercept + a) * stride + i] =
                x[column] * basis->factor[column] - basis->centre[column];
        }
    }
}

static int make_dense(struct likelihood_margins *margins, struct error *err)
{
    const struct basis *basis = margins->likelihood->basis;
    size_t n_rows = (size_t)margins->likelihood->design->n_rows, n_cells;
    size_t stride = (n_rows + LANES - 1) / LANES * LANES;
    if (!memory_product(basis->n_terms, stride, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    margins->margins.columns.stride = stride;
    margins->x = memory_new_aligned(n_cells, sizeof(double), err);
    if (!margins->x)
        return -1;
    for (size_t i = 0; basis->intercept && i < n_rows; i++)
        margins->x[i] = 1;
    for (size_t first = 0; first < basis->n_active; first += WIDTH)
        fill_columns(margins, first,
                     first + WIDTH < basis->n_active ? first + WIDTH : basis->n_active);
    return 0;
}

/* ---- the objective ---- */

static int copy_rows(struct likelihood_margins *margins, struct error *err)
{
    const struct design *design = margins->likelihood->design;
    size_t n_rows = (size_t)design->n_rows;
    margins->y = memory_new_aligned(n_rows, sizeof(double), err);
    margins->weights = memory_new_aligned(n_rows, sizeof(double), err);
    margins->offset = memory_new_aligned(n_rows, sizeof(double), err);
    if (!margins->y || !margins->weights || !margins->offset)
        return -1;
    for (size_t i = 0; i < n_rows; i++) {
        margins->y[i] = design_label(design, i);
        margins->weights[i] = design_weight(design, i);
        margins->offset[i] = design_offset(design, i);
    }
    return 0;
}

static double loss(void *context, const double *z, double *residual, double *curvature)
{
    const struct likelihood_margins *margins = context;
    const struct likelihood *likelihood = margins->likelihood;
    size_t n_rows = margins->margins.columns.n_rows;
    double sum = likelihood->loss->of_rows(n_rows, z, margins->y, margins->weights,
                                           residual, curvature);
    for (size_t i = 0; i < n_rows; i++) {
        residual[i] /= likelihood->sum_weights;
        curvature[i] /= likelihood->sum_weights;
    }
    return sum / likelihood->sum_weights;
}

/* The penalties may have become others. */
static void tell(struct likelihood_margins *margins, const struct likelihood *likelihood)
{
    const struct basis *basis = likelihood->basis;
    struct objective_margins *told = &margins->margins;
    margins->likelihood = likelihood;
    for (size_t a = 0; likelihood->is_penalised && a < basis->n_active; a++)
        margins->quadratic[basis->intercept + a] = basis->penalty[basis->columns[a]];
    told->columns.n = likelihood->n;
    told->columns.n_rows = (size_t)likelihood->design->n_rows;
    told->columns.starts = margins->starts;
    told->columns.rows = margins->rows;
    told->columns.values = margins->values;
    told->columns.x = margins->x;
    told->offset = margins->offset;
    told->screen = &margins->screen;
    told->quadratic = likelihood->is_penalised ? margins->quadratic : NULL;
    told->loss = loss;
    told->context = margins;
}

static int make(struct likelihood_margins *margins, struct error *err)
{
    bool is_sparse = margins->likelihood->basis->is_sparse;
    if (copy_rows(margins, err) < 0)
        return -1;
    margins->quadratic = memory_new(margins->likelihood->n, sizeof(double), err);
    if (!margins->quadratic)
        return -1;
    if ((is_sparse ? make_sparse : make_dense)(margins, err) < 0)
        return -1;
    tell(margins, margins->likelihood);
    if (column_screen_new(&margins->screen, &margins->margins.columns, err) < 0)
        return -1;
    return make_product(margins, err);
}

int likelihood_margins_find(struct likelihood *likelihood,
                            const struct objective_margins **margins, struct error *err)
{
    *margins = NULL;
    if (!is_worth_it(likelihood))
        return 0;
    if (!likelihood->margins) {
        struct likelihood_margins *made = memory_new(1, sizeof(*made), err);
        if (!made)
            return -1;
        made->likelihood = likelihood;
        if (make(made, err) < 0) {
            likelihood_margins_free(made);
            return -1;
        }
        likelihood->margins = made;
    }
    tell(likelihood->margins, likelihood);
    *margins = &likelihood->margins->margins;
    return 0;
}
