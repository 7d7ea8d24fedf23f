#include "core/model/row_matrix.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/raw_terms.h"
#include "core/model/row_slices.h"
#include "core/optim/vectors.h"

#define MOST_DENSE_ROWS 2048U
#define MOST_COPIED_ROWS 512U
#define MOST_SPARSE_ROWS 4096U
#define MOST_CELLS (1U << 22) /* 32 MiB of a copy of dense rows */
#define LINE_VALUES 8U        /* in a line of the cache */
#define MOST_SHIFT 32.0       /* in units of the spread: three digits of products */

/* ---- may it be done ---- */

static bool is_held(const struct likelihood *likelihood)
{
    const double *diagonal = likelihood->penalty.diagonal;
    bool is = likelihood->is_penalised && !likelihood->penalty.matrix;
    for (size_t i = 0; is && i < likelihood->basis->n_active; i++)
        is = diagonal[i] > 0;
    return is;
}

/* Dense ones. */
static bool are_few(uint64_t n_rows, size_t n_columns)
{
    return n_rows > 0 && n_rows <= MOST_DENSE_ROWS && n_rows <= n_columns;
}

static bool may_be_copied(uint64_t n_rows, size_t n_columns)
{
    return n_rows <= MOST_COPIED_ROWS && n_columns <= MOST_CELLS / n_rows;
}

size_t row_matrix_cells(uint64_t n_rows, size_t n_columns)
{
    if (!are_few(n_rows, n_columns))
        return 0;
    return (size_t)n_rows *
           (may_be_copied(n_rows, n_columns) ? n_columns + (size_t)n_rows : n_rows);
}

/* M of the i-th active column. */
static double metric_of(const struct likelihood *likelihood, size_t i)
{
    double factor = likelihood->basis->factor[likelihood->basis->columns[i]];
    return factor * factor / likelihood->penalty.diagonal[i];
}

/* May K be had of rows as they lie? Where columns are far from 0 little would be left of
 * it. */
static bool lie_well(const struct likelihood *likelihood)
{
    const struct basis *basis = likelihood->basis;
    bool is = basis->n_active == basis->n_columns && basis->n_mixed == 0 &&
              raw_terms_are_in_range(basis);
    for (size_t j = 0; is && j < basis->n_columns; j++)
        is = fabs(basis->centre[j]) <= MOST_SHIFT * basis->spread[j] &&
             metric_of(likelihood, j) == metric_of(likelihood, 0);
    return is;
}

/* Many of them only as they lie, in memory. */
static bool serves_dense(const struct likelihood *likelihood)
{
    const struct design *design = likelihood->design;
    size_t n = likelihood->basis->n_active;
    return are_few(design->n_rows, n) &&
           (may_be_copied(design->n_rows, n) || (!design->file && lie_well(likelihood)));
}

bool row_matrix_serves(const struct likelihood *likelihood)
{
    const struct design *design = likelihood->design;
    if (likelihood->n_blocks > 1 || !likelihood->loss->is_logistic ||
        likelihood->loss->in_classes || likelihood->l1 || !is_held(likelihood))
        return false;
    if (design->storage == DESIGN_CSR_F64)
        return likelihood->is_raw && design->n_rows <= MOST_SPARSE_ROWS &&
               design->n_rows < likelihood->basis->n_active;
    return serves_dense(likelihood);
}

/* ---- columns as given ---- */

static void find_metric(struct row_matrix *matrix)
{
    const struct basis *basis = matrix->likelihood->basis;
    for (size_t i = 0; i < matrix->n_active; i++) {
        size_t j = basis->columns[i];
        matrix->metric[j] = metric_of(matrix->likelihood, i);
        matrix->centre[j] = basis->intercept ? basis->centre[j] / basis->factor[j] : 0;
        matrix->centre_square +=
            matrix->centre[j] * matrix->centre[j] * matrix->metric[j];
    }
    bool is_same = true;
    for (size_t j = 0; j < basis->n_columns; j++)
        is_same &= matrix->metric[j] == matrix->metric[0];
    matrix->same_metric = is_same ? matrix->metric[0] : 0;
}

/* ---- dense rows ---- */

static void take_rows(struct row_matrix *matrix)
{
    const struct likelihood *likelihood = matrix->likelihood;
    size_t n = matrix->n_active;
    for (size_t i = 0; i < likelihood->design->n_blocks; i++) {
        struct design_block block;
        design_block(likelihood->design, i, &block);
        double *rows = matrix->rows + block.first_row * n;
        basis_rows(likelihood->basis, block.n_rows, block.x, rows, n);
        for (size_t r = 0; r < block.n_rows; r++, rows += n)
            for (size_t j = 0; j < n; j++)
                rows[j] *= matrix->root[j];
    }
}

static struct row_slices slices_of(const struct row_matrix *matrix)
{
    return (struct row_slices){.pool = matrix->likelihood->pool,
                               .x = matrix->x,
                               .n_rows = matrix->n_rows,
                               .n_columns = matrix->n_active};
}

/* As they are in the basis. */
static int copy_rows(struct row_matrix *matrix, struct error *err)
{
    size_t m = matrix->n_rows, n = matrix->n_active;
    matrix->root = memory_new(n, sizeof(double), err);
    matrix->rows = memory_new_aligned(m * n, sizeof(double), err);
    if (!matrix->root || !matrix->rows)
        return -1;
    for (size_t i = 0; i < n; i++)
        matrix->root[i] = 1 / sqrt(matrix->likelihood->penalty.diagonal[i]);
    take_rows(matrix);
    matrix->x = matrix->rows;
    const struct row_slices slices = slices_of(matrix);
    row_slices_square(&slices, 1, NULL, 0, matrix->cells);
    return 0;
}

static void take_as_they_lie(struct row_matrix *matrix)
{
    struct design_block all;
    design_rows(matrix->likelihood->design, 0, matrix->n_rows, &all);
    matrix->x = all.x;
    const struct row_slices slices = slices_of(matrix);
    row_slices_multiply(&slices, matrix->centre, matrix->cross);
    row_slices_square(&slices, matrix->same_metric, matrix->cross, matrix->centre_square,
                      matrix->cells);
    for (size_t i = 0; i < matrix->n_rows; i++)
        matrix->cross[i] *= matrix->same_metric;
}

static int make_dense(struct row_matrix *matrix, struct error *err)
{
    size_t m = matrix->n_rows;
    matrix->cells = memory_new_aligned(m * m, sizeof(double), err);
    matrix->moved = memory_new_aligned(m, sizeof(double), err);
    if (!matrix->cells || !matrix->moved)
        return -1;
    matrix->n_passes++;
    if (lie_well(matrix->likelihood))
        take_as_they_lie(matrix);
    else if (copy_rows(matrix, err) < 0)
        return -1;
    for (size_t i = 0; i < m; i++)
        matrix->diagonal[i] = matrix->cells[i * (m + 1)];
    return pool_check(matrix->likelihood->pool, err);
}

/* U'v */
static void dense_slopes(struct row_matrix *matrix, const double *v, double *slopes)
{
    const struct basis *basis = matrix->likelihood->basis;
    double sum = vectors_sum(v, matrix->n_rows);
    matrix->n_passes++;
    const struct row_slices slices = slices_of(matrix);
    row_slices_transpose(&slices, v, slopes);
    for (size_t i = 0; i < matrix->n_active; i++)
        slopes[i] = matrix->rows
                        ? slopes[i] / matrix->root[i]
                        : basis->factor[i] * (slopes[i] - matrix->centre[i] * sum);
}

/* Kv by the rows. */
static void dense_margins(struct row_matrix *matrix, const double *v, double *out)
{
    const struct row_slices slices = slices_of(matrix);
    double sum = vectors_sum(v, matrix->n_rows), shift = 0;
    matrix->n_passes += 2;
    row_slices_transpose(&slices, v, matrix->terms);
    for (size_t j = 0; !matrix->rows && j < matrix->n_active; j++) {
        matrix->terms[j] =
            matrix->same_metric * (matrix->terms[j] - matrix->centre[j] * sum);
        shift += matrix->centre[j] * matrix->terms[j];
    }
    row_slices_multiply(&slices, matrix->terms, out);
    for (size_t i = 0; i < matrix->n_rows; i++)
        out[i] -= shift;
}

/* ---- sparse rows ---- */

/* As they lie, all at once. */
static struct gram_rows entries_of(const struct likelihood *likelihood)
{
    struct design_block block;
    size_t n_rows = (size_t)likelihood->design->n_rows;
    design_rows(likelihood->design, 0, n_rows, &block);
    return (struct gram_rows){.n_rows = n_rows,
                              .n_columns = likelihood->basis->n_columns,
                              .starts = block.starts,
                              .columns = block.columns,
                              .values = block.values};
}

static void find_diagonal(struct row_matrix *matrix)
{
    const struct gram_rows *rows = &matrix->entries;
    for (size_t i = 0; i < matrix->n_rows; i++) {
        double square = 0, cross = 0;
        for (size_t e = rows->starts[i]; e < rows->starts[i + 1]; e++) {
            size_t j = rows->columns[e];
            double scaled = rows->values[e] * matrix->metric[j];
            square += scaled * rows->values[e];
            cross += scaled * matrix->centre[j];
        }
        matrix->cross[i] = cross;
        matrix->diagonal[i] = fmax(0, square - 2 * cross + matrix->centre_square);
    }
}

static void make_sparse(struct row_matrix *matrix)
{
    matrix->entries = entries_of(matrix->likelihood);
    find_diagonal(matrix);
    matrix->n_passes++;
}

static void find_terms(struct row_matrix *matrix, const double *v)
{
    size_t d = matrix->entries.n_columns;
    matrix->n_passes++;
    memset(matrix->terms, 0, d * sizeof(*matrix->terms));
    gram_add_product(&matrix->entries, v, 1, matrix->terms);
    for (size_t j = 0; j < d; j++)
        matrix->terms[j] *= matrix->metric[j];
    matrix->sum = vectors_sum(v, matrix->n_rows);
}

/* out = Kv where terms, sum and cross = c'v are v's. */
static void find_margins(const struct row_matrix *matrix, const double *terms, double sum,
                         double cross, double *out)
{
    double shift = sum * matrix->centre_square - cross;
    for (size_t i = 0; i < matrix->n_rows; i++)
        out[i] = shift - sum * matrix->cross[i];
    gram_add_margins(&matrix->entries, terms, out, 1);
}

static void sparse_multiply(struct row_matrix *matrix, const double *v, double *out)
{
    find_terms(matrix, v);
    find_margins(matrix, matrix->terms, matrix->sum,
                 vectors_dot(matrix->cross, v, matrix->n_rows), out);
}

/* (U'v)_i of the last v. */
static double sparse_slope(const struct row_matrix *matrix, size_t i)
{
    const struct basis *basis = matrix->likelihood->basis;
    size_t j = basis->columns[i];
    return basis->factor[j] *
           (matrix->terms[j] / matrix->metric[j] - matrix->centre[j] * matrix->sum);
}

/* ---- the whole ---- */

static int make(struct row_matrix *matrix, struct error *err)
{
    size_t d = matrix->likelihood->basis->n_columns, m = matrix->n_rows;
    bool is_sparse = matrix->likelihood->design->storage == DESIGN_CSR_F64;
    matrix->diagonal = memory_new_aligned(m, sizeof(double), err);
    matrix->metric = memory_new(d, sizeof(double), err);
    matrix->centre = memory_new(d, sizeof(double), err);
    matrix->cross = memory_new(m, sizeof(double), err);
    matrix->terms = memory_new_aligned(d, sizeof(double), err);
    if (!matrix->diagonal || !matrix->metric || !matrix->centre || !matrix->cross ||
        !matrix->terms)
        return -1;
    find_metric(matrix);
    if (!is_sparse)
        return make_dense(matrix, err);
    matrix->moved = memory_new_aligned(d, sizeof(double), err);
    if (!matrix->moved)
        return -1;
    make_sparse(matrix);
    return 0;
}

int row_matrix_new(struct row_matrix *matrix, const struct likelihood *likelihood,
                   struct error *err)
{
    struct row_matrix made = {.likelihood = likelihood,
                              .n_rows = (size_t)likelihood->design->n_rows,
                              .n_active = likelihood->basis->n_active};
    if (make(&made, err) < 0) {
        row_matrix_free(&made);
        return -1;
    }
    *matrix = made;
    return 0;
}

void row_matrix_free(struct row_matrix *matrix)
{
    memory_free(matrix->diagonal);
    memory_free(matrix->rows);
    memory_free(matrix->root);
    memory_free(matrix->cells);
    memory_free(matrix->metric);
    memory_free(matrix->centre);
    memory_free(matrix->cross);
    memory_free(matrix->terms);
    memory_free(matrix->moved);
    *matrix = (struct row_matrix){0};
}

void row_matrix_multiply(struct row_matrix *matrix, const double *v, double *out)
{
    const struct row_slices cells = {.pool = matrix->likelihood->pool,
                                     .x = matrix->cells,
                                     .n_rows = matrix->n_rows,
                                     .n_columns = matrix->n_rows};
    if (matrix->cells)
        row_slices_multiply(&cells, v, out);
    else
        sparse_multiply(matrix, v, out);
}

void row_matrix_multiply_closely(struct row_matrix *matrix, const double *v, double *out)
{
    if (matrix->cells)
        dense_margins(matrix, v, out);
    else
        sparse_multiply(matrix, v, out);
}

double row_matrix_last_norm(struct row_matrix *matrix, const double *v)
{
    double sum = 0;
    if (matrix->cells)
        dense_slopes(matrix, v, matrix->terms);
    for (size_t i = 0; i < matrix->n_active; i++) {
        double slope = matrix->cells ? matrix->terms[i] : sparse_slope(matrix, i);
        sum += slope * slope;
    }
    return sqrt(sum);
}

void row_matrix_slopes(struct row_matrix *matrix, const double *v, double *slopes)
{
    if (matrix->cells) {
        dense_slopes(matrix, v, slopes);
        return;
    }
    find_terms(matrix, v);
    for (size_t i = 0; i < matrix->n_active; i++)
        slopes[i] = sparse_slope(matrix, i);
}

/* ---- α that is moved ---- */

/* (MX'α)'x */
static double entries_product(const struct row_matrix *matrix, size_t i)
{
    const struct gram_rows *rows = &matrix->entries;
    double a = 0, b = 0, c = 0, d = 0;
    size_t e = rows->starts[i], end = rows->starts[i + 1];
    for (; e + 4 <= end; e += 4) {
        a += rows->values[e] * matrix->moved[rows->columns[e]];
        b += rows->values[e + 1] * matrix->moved[rows->columns[e + 1]];
        c += rows->values[e + 2] * matrix->moved[rows->columns[e + 2]];
        d += rows->values[e + 3] * matrix->moved[rows->columns[e + 3]];
    }
    for (; e < end; e++)
        a += rows->values[e] * matrix->moved[rows->columns[e]];
    return (a + b) + (c + d);
}

void row_matrix_expect(const struct row_matrix *matrix, size_t i)
{
    const struct gram_rows *rows = &matrix->entries;
    size_t e = matrix->cells ? 0 : rows->starts[i];
    size_t end = matrix->cells ? 0 : rows->starts[i + 1];
    for (; e < end; e += LINE_VALUES) {
        __builtin_prefetch(rows->values + e);
        __builtin_prefetch(rows->columns + e);
    }
}

double row_matrix_margin(const struct row_matrix *matrix, size_t i)
{
    if (matrix->cells)
        return matrix->moved[i];
    return entries_product(matrix, i) - matrix->moved_sum * matrix->cross[i] -
           matrix->moved_cross + matrix->moved_sum * matrix->centre_square;
}

void row_matrix_margins(const struct row_matrix *matrix, double *out)
{
    if (matrix->cells)
        memcpy(out, matrix->moved, matrix->n_rows * sizeof(*out));
    else
        find_margins(matrix, matrix->moved, matrix->moved_sum, matrix->moved_cross, out);
}

static void move_entries(struct row_matrix *matrix, size_t i, double amount)
{
    const struct gram_rows *rows = &matrix->entries;
    size_t e = rows->starts[i], end = rows->starts[i + 1];
    double by_same = amount * matrix->same_metric;
    for (; by_same != 0 && e < end; e++)
        matrix->moved[rows->columns[e]] += by_same * rows->values[e];
    for (; e < end; e++)
        matrix->moved[rows->columns[e]] +=
            amount * matrix->metric[rows->columns[e]] * rows->values[e];
    matrix->moved_sum += amount;
    matrix->moved_cross += amount * matrix->cross[i];
}

void row_matrix_move(struct row_matrix *matrix, size_t i, double amount)
{
    if (matrix->cells)
        for (size_t k = 0; k < matrix->n_rows; k++)
            matrix->moved[k] += amount * matrix->cells[i * matrix->n_rows + k];
    else
        move_entries(matrix, i, amount);
}

/* ---- coefficients ---- */

void row_matrix_weights(struct row_matrix *matrix, const double *v, double *w)
{
    const double *diagonal = matrix->likelihood->penalty.diagonal;
    row_matrix_slopes(matrix, v, w);
    for (size_t i = 0; i < matrix->n_active; i++)
        w[i] /= diagonal[i];
}
