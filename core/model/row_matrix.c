#include "core/model/row_matrix.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/product.h"
#include "core/model/raw_terms.h"

#define MOST_DENSE_ROWS 512U
#define MOST_SPARSE_ROWS 4096U
#define MOST_CELLS (1U << 22) /* 32 MiB of dense rows */
#define FEWER 2U              /* rows than columns, for dense rows to be worth K */

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
    return n_rows > 0 && n_rows <= MOST_DENSE_ROWS && n_rows <= n_columns / FEWER &&
           n_columns <= MOST_CELLS / n_rows;
}

size_t row_matrix_cells(uint64_t n_rows, size_t n_columns)
{
    return are_few(n_rows, n_columns) ? (size_t)n_rows * (n_columns + (size_t)n_rows) : 0;
}

bool row_matrix_serves(const struct likelihood *likelihood)
{
    const struct design *design = likelihood->design;
    size_t n = likelihood->basis->n_active;
    if (likelihood->n_blocks > 1 || !likelihood->loss->is_logistic ||
        likelihood->loss->in_classes || likelihood->l1 || !is_held(likelihood))
        return false;
    if (design->storage == DESIGN_CSR_F64)
        return likelihood->is_raw && design->n_rows <= MOST_SPARSE_ROWS &&
               design->n_rows < n;
    return are_few(design->n_rows, n);
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

static int make_dense(struct row_matrix *matrix, struct error *err)
{
    size_t m = matrix->n_rows, n = matrix->n_active;
    matrix->rows = memory_new_aligned(m * n, sizeof(double), err);
    matrix->cells = memory_new_aligned(m * m, sizeof(double), err);
    if (!matrix->rows || !matrix->cells)
        return -1;
    take_rows(matrix);
    matrix->n_passes++;
    product_of_rows(m, n, matrix->rows, matrix->cells);
    return 0;
}

/* ---- sparse rows ---- */

/* As they lie, all at once. */
static struct gram_rows sparse_rows(const struct row_matrix *matrix)
{
    const struct likelihood *likelihood = matrix->likelihood;
    struct design_block block;
    design_rows(likelihood->design, 0, matrix->n_rows, &block);
    return (struct gram_rows){.n_rows = matrix->n_rows,
                              .n_columns = likelihood->basis->n_columns,
                              .starts = block.starts,
                              .columns = block.columns,
                              .values = block.values,
                              .intercept = likelihood->basis->intercept};
}

/* U'v, in front of the sums over raw terms; first the intercept's, where there is one. */
static double *sparse_gradient(struct row_matrix *matrix, const double *v)
{
    const struct basis *basis = matrix->likelihood->basis;
    const struct gram_rows rows = sparse_rows(matrix);
    matrix->n_passes++;
    memset(matrix->sums, 0, raw_terms_count(basis) * sizeof(double));
    gram_add_product(&rows, v, 1, matrix->sums);
    raw_terms_take_gradient(basis, matrix->sums);
    return matrix->sums + basis->intercept;
}

static void sparse_multiply(struct row_matrix *matrix, const double *v, double *out)
{
    const struct basis *basis = matrix->likelihood->basis;
    const struct gram_rows rows = sparse_rows(matrix);
    double *w = sparse_gradient(matrix, v);
    for (size_t i = 0; i < matrix->n_active; i++)
        w[i] *= matrix->root[i] * matrix->root[i];
    if (basis->intercept)
        matrix->sums[0] = 0;
    raw_terms_of(basis, matrix->sums, matrix->raw);
    memset(out, 0, rows.n_rows * sizeof(*out));
    gram_add_margins(&rows, matrix->raw, out, 1);
}

/* ---- the whole ---- */

int row_matrix_new(struct row_matrix *matrix, const struct likelihood *likelihood,
                   struct error *err)
{
    const struct basis *basis = likelihood->basis;
    struct row_matrix made = {.likelihood = likelihood,
                              .n_rows = (size_t)likelihood->design->n_rows,
                              .n_active = basis->n_active};
    bool is_sparse = likelihood->design->storage == DESIGN_CSR_F64;
    made.root = memory_new(made.n_active, sizeof(double), err);
    made.sums = memory_new_aligned(raw_terms_count(basis), sizeof(double), err);
    made.raw = memory_new_aligned(raw_terms_count(basis), sizeof(double), err);
    int status = made.root && made.sums && made.raw ? 0 : -1;
    for (size_t i = 0; status == 0 && i < made.n_active; i++)
        made.root[i] = 1 / sqrt(likelihood->penalty.diagonal[i]);
    if (status == 0 && !is_sparse)
        status = make_dense(&made, err);
    if (status < 0) {
        row_matrix_free(&made);
        return -1;
    }
    *matrix = made;
    return 0;
}

void row_matrix_free(struct row_matrix *matrix)
{
    memory_free(matrix->rows);
    memory_free(matrix->root);
    memory_free(matrix->cells);
    memory_free(matrix->sums);
    memory_free(matrix->raw);
    *matrix = (struct row_matrix){0};
}

void row_matrix_multiply(struct row_matrix *matrix, const double *v, double *out)
{
    if (matrix->cells)
        product_by_vector(matrix->n_rows, matrix->n_rows, matrix->cells, v, out);
    else
        sparse_multiply(matrix, v, out);
}

void row_matrix_gradient(struct row_matrix *matrix, const double *v, double *gradient)
{
    size_t n = matrix->n_active;
    matrix->n_passes += matrix->rows != NULL;
    if (matrix->rows) {
        product_by_transpose(matrix->n_rows, n, matrix->rows, v, gradient);
        for (size_t i = 0; i < n; i++)
            gradient[i] /= matrix->root[i];
        return;
    }
    memcpy(gradient, sparse_gradient(matrix, v), n * sizeof(*gradient));
}

void row_matrix_weights(struct row_matrix *matrix, const double *v, double *w)
{
    row_matrix_gradient(matrix, v, w);
    for (size_t i = 0; i < matrix->n_active; i++)
        w[i] *= matrix->root[i] * matrix->root[i];
}
