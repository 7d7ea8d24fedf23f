#include "core/kernel/gram.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/class_rows.h"
#include "core/kernel/gram_sparse.h"
#include "core/kernel/gram_tile.h"
#include "core/kernel/row_products.h"

#define FEW_ROWS 64U
/* Of so many columns a vector that is 0 but for one in so many is not read whole. */
#define MANY_COLUMNS 256U
#define FEW_SHARE 16U
#define MOST_FEW 1024U

static double sum_of(const double *values, size_t n, size_t stride)
{
    double sum = 0;
    if (stride == 1)
        return row_products_of(instructions_best())->total(n, values);
    for (size_t i = 0; i < n; i++)
        sum += values[i * stride];
    return sum;
}

/* ---- cross-products ---- */

size_t gram_stride(size_t n_columns)
{
    return (n_columns + GRAM_TILE_WIDTH - 1) / GRAM_TILE_WIDTH * GRAM_TILE_WIDTH;
}

bool gram_scratch(size_t n_rows, size_t *n_cells)
{
    return memory_product(n_rows, GRAM_TILE_WIDTH, n_cells);
}

/* Of a strip of sums, what lies in the lower triangle of the d columns. */
static void add_strip(const struct gram_tile *tile, const double *sums, size_t row,
                      size_t column, size_t width, size_t d, double sign, double *gram,
                      size_t stride)
{
    gram += row * stride + column;
    for (size_t k = row; k < row + GRAM_TILE_WIDTH && k < d; k++) {
        size_t n = k + 1 - column < width ? k + 1 - column : width;
        tile->add(n, sums, sign, gram);
        sums += width;
        gram += stride;
    }
}

/* The products of eight columns with the ones in front. */
static void add_ones(const double *sums, size_t row, size_t d, double sign, double *gram,
                     size_t stride)
{
    for (size_t k = 0; k < GRAM_TILE_WIDTH && row + k < d; k++)
        gram[(1 + row + k) * stride] += sign * sums[k];
}

/* The products of eight columns, weighted, with those up to them. */
static void add_panel(const struct gram_rows *rows, const struct gram_tile *tile,
                      const double *weighted, size_t row, struct gram_tile_ahead *ahead,
                      double sign, double *gram, size_t stride)
{
    double sums[GRAM_TILE_WIDTH * GRAM_TILE_WIDTH * GRAM_TILE_MOST_PANELS];
    size_t d = rows->n_columns, n_used = d - row;
    size_t end = row + GRAM_TILE_WIDTH, width;
    n_used = n_used < GRAM_TILE_WIDTH ? n_used : GRAM_TILE_WIDTH;
    for (size_t column = 0; column < end; column += width) {
        width = GRAM_TILE_WIDTH * GRAM_TILE_MOST_PANELS;
        width = end - column < width ? end - column : width;
        tile->strip(rows->n_rows, weighted, n_used, rows->x + column, rows->stride,
                    width / GRAM_TILE_WIDTH, ahead, sums);
        add_strip(tile, sums, row, column, width, d, sign, gram, stride);
    }
}

static void add_dense(const struct gram_rows *rows, const double *h, double sign,
                      double *weighted, double *gram, size_t stride)
{
    const struct gram_tile *tile = gram_tile_of(instructions_best());
    struct gram_tile_ahead ahead = {rows->ahead, rows->n_ahead / GRAM_TILE_LINE};
    double *columns = gram + (rows->intercept ? stride + 1 : 0);
    if (rows->intercept)
        gram[0] += sign * sum_of(h, rows->n_rows, 1);
    for (size_t row = 0; row < rows->n_columns; row += GRAM_TILE_WIDTH) {
        double sums[GRAM_TILE_WIDTH];
        tile->weigh(rows->n_rows, h, rows->x + row, rows->stride, weighted, sums);
        if (rows->intercept)
            add_ones(sums, row, rows->n_columns, sign, gram, stride);
        add_panel(rows, tile, weighted, row, &ahead, sign, columns, stride);
    }
}

void gram_add(const struct gram_rows *rows, const double *h, double sign, double *scratch,
              double *gram, size_t stride)
{
    if (rows->starts)
        gram_sparse_add(rows, h, sign, gram, stride);
    else
        add_dense(rows, h, sign, scratch, gram, stride);
}

/* Of factors that do not lie side by side, some at a time. */
static void add_scattered_product(const struct gram_rows *rows, const double *v,
                                  size_t v_stride, double *product)
{
    const struct row_products *kernel = row_products_of(instructions_best());
    double gathered[FEW_ROWS];
    for (size_t i = 0, n; i < rows->n_rows; i += n) {
        n = rows->n_rows - i < FEW_ROWS ? rows->n_rows - i : FEW_ROWS;
        for (size_t k = 0; k < n; k++)
            gathered[k] = v[(i + k) * v_stride];
        kernel->sum(n, rows->n_columns, rows->x + i * rows->stride, rows->stride,
                    gathered, product);
    }
}

void gram_add_product(const struct gram_rows *rows, const double *v, size_t v_stride,
                      double *product)
{
    if (rows->starts) {
        gram_sparse_add_product(rows, v, 1, v_stride, product);
        return;
    }
    if (rows->intercept)
        *product++ += sum_of(v, rows->n_rows, v_stride);
    if (v_stride == 1)
        row_products_of(instructions_best())
            ->sum(rows->n_rows, rows->n_columns, rows->x, rows->stride, v, product);
    else
        add_scattered_product(rows, v, v_stride, product);
}

void gram_add_squares(const struct gram_rows *rows, const double *h, double *squares)
{
    if (rows->starts) {
        gram_sparse_add_squares(rows, h, 1, 1, squares);
        return;
    }
    const double *x = rows->x;
    if (rows->intercept)
        *squares++ += sum_of(h, rows->n_rows, 1);
    for (size_t i = 0; i < rows->n_rows; i++, x += rows->stride)
        for (size_t j = 0; j < rows->n_columns; j++)
            squares[j] += h[i] * x[j] * x[j];
}

/* The places of what is not 0, and how many; more than `most`: they are more. */
static size_t find_places(const double *beta, size_t n, size_t most, uint32_t *places)
{
    size_t n_places = 0;
    for (size_t j = 0; j < n && n_places <= most; j++) {
        places[n_places] = (uint32_t)j;
        n_places += beta[j] != 0;
    }
    return n_places;
}

/* Of few columns alone, where the others' beta is 0. False: of too many. */
static bool add_few_margins(const struct gram_rows *rows, const double *beta, double *z)
{
    uint32_t places[MOST_FEW + 1];
    size_t d = rows->n_columns,
           most = d / FEW_SHARE < MOST_FEW ? d / FEW_SHARE : MOST_FEW;
    if (d < MANY_COLUMNS || d > UINT32_MAX)
        return false;
    size_t n = find_places(beta, d, most, places);
    for (size_t i = 0; n <= most && i < rows->n_rows; i++) {
        const double *x = rows->x + i * rows->stride;
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += x[places[k]] * beta[places[k]];
        z[i] += sum;
    }
    return n <= most;
}

/* To sums that do not lie side by side, some at a time. */
static void add_scattered_margins(const struct gram_rows *rows, const double *beta,
                                  double *z, size_t z_stride)
{
    const struct row_products *kernel = row_products_of(instructions_best());
    double first = rows->intercept ? *beta++ : 0, sums[FEW_ROWS];
    for (size_t i = 0, n; i < rows->n_rows; i += n) {
        n = rows->n_rows - i < FEW_ROWS ? rows->n_rows - i : FEW_ROWS;
        for (size_t k = 0; k < n; k++)
            sums[k] = first;
        kernel->margins(n, rows->n_columns, rows->x + i * rows->stride, rows->stride,
                        beta, sums);
        for (size_t k = 0; k < n; k++)
            z[(i + k) * z_stride] += sums[k];
    }
}

void gram_add_margins(const struct gram_rows *rows, const double *beta, double *z,
                      size_t z_stride)
{
    if (rows->starts) {
        gram_sparse_add_margins(rows, beta, 1, z, z_stride);
        return;
    }
    if (z_stride == 1) {
        double first = rows->intercept ? *beta++ : 0;
        for (size_t i = 0; i < rows->n_rows; i++)
            z[i] += first;
        if (!add_few_margins(rows, beta, z))
            row_products_of(instructions_best())
                ->margins(rows->n_rows, rows->n_columns, rows->x, rows->stride, beta, z);
    } else {
        add_scattered_margins(rows, beta, z, z_stride);
    }
}

void gram_add_margins_classes(const struct gram_rows *rows, const double *beta,
                              size_t n_blocks, double *z, size_t z_stride)
{
    if (rows->starts) {
        gram_sparse_add_margins(rows, beta, n_blocks, z, z_stride);
        return;
    }
    for (size_t i = 0; rows->intercept && i < rows->n_rows; i++)
        for (size_t l = 0; l < n_blocks; l++)
            z[i * z_stride + l] += beta[l];
    class_rows_of(instructions_best())
        ->margins(rows->n_rows, rows->n_columns, rows->x, rows->stride, n_blocks,
                  beta + (rows->intercept ? n_blocks : 0), z, z_stride);
}

void gram_add_product_classes(const struct gram_rows *rows, const double *v,
                              size_t n_blocks, size_t v_stride, double *product)
{
    if (rows->starts) {
        gram_sparse_add_product(rows, v, n_blocks, v_stride, product);
        return;
    }
    for (size_t l = 0; rows->intercept && l < n_blocks; l++)
        *product++ += sum_of(v + l, rows->n_rows, v_stride);
    class_rows_of(instructions_best())
        ->product(rows->n_rows, rows->n_columns, rows->x, rows->stride, n_blocks, v,
                  v_stride, product);
}

void gram_add_squares_classes(const struct gram_rows *rows, const double *h,
                              size_t n_blocks, size_t h_stride, double *squares)
{
    if (rows->starts) {
        gram_sparse_add_squares(rows, h, n_blocks, h_stride, squares);
        return;
    }
    const double *x = rows->x;
    for (size_t k = 0; rows->intercept && k < n_blocks; k++)
        *squares++ += sum_of(h + k, rows->n_rows, h_stride);
    for (size_t i = 0; i < rows->n_rows; i++, h += h_stride, x += rows->stride)
        for (size_t j = 0; j < rows->n_columns; j++)
            for (size_t k = 0; k < n_blocks; k++)
                squares[j * n_blocks + k] += h[k] * x[j] * x[j];
}

void gram_add_sizes(const struct gram_rows *rows, const double *beta, size_t n_blocks,
                    double *sizes)
{
    if (rows->starts) {
        gram_sparse_add_sizes(rows, beta, n_blocks, sizes);
        return;
    }
    size_t d = rows->n_columns;
    const double *terms = beta + (rows->intercept ? n_blocks : 0);
    for (size_t i = 0; i < rows->n_rows; i++) {
        for (size_t k = 0; rows->intercept && k < n_blocks; k++)
            sizes[i] += fabs(beta[k]);
        for (size_t j = 0; j < d; j++)
            for (size_t k = 0; k < n_blocks; k++)
                sizes[i] += fabs(rows->x[i * rows->stride + j] * terms[j * n_blocks + k]);
    }
}
