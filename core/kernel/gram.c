#include "core/kernel/gram.h"

#include <math.h>
#include <string.h>

#include <cblas.h>

#include "core/base/memory.h"
#include "core/kernel/gram_sparse.h"
#include "core/kernel/gram_tile.h"

static double sum_of(const double *values, size_t n, size_t stride)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i * stride];
    return sum;
}

/* ---- cross-products ---- */

static size_t n_panels(size_t n_columns)
{
    return (n_columns + GRAM_TILE_WIDTH - 1) / GRAM_TILE_WIDTH;
}

bool gram_scratch(size_t n_rows, size_t n_columns, size_t *n_cells)
{
    size_t n_padded;
    return memory_sum(n_columns, 2 * (size_t)GRAM_TILE_WIDTH, &n_padded) &&
           memory_product(n_rows, GRAM_TILE_WIDTH * (n_panels(n_columns) + 1), n_cells);
}

/* Eight columns from this one on. Behind the last column stands what follows in memory:
 * it only reaches sums that nobody takes. */
static void pack_panel(const struct gram_rows *rows, size_t first, double *panel)
{
    size_t d = rows->n_columns, left = d - first;
    const double *x = rows->x + first;
    for (size_t i = 0; i + 1 < rows->n_rows && d >= GRAM_TILE_WIDTH; i++)
        memcpy(panel + i * GRAM_TILE_WIDTH, x + i * d, GRAM_TILE_WIDTH * sizeof(*x));
    for (size_t i = d < GRAM_TILE_WIDTH ? 0 : rows->n_rows - 1; i < rows->n_rows; i++)
        memcpy(panel + i * GRAM_TILE_WIDTH, x + i * d,
               (left < GRAM_TILE_WIDTH ? left : GRAM_TILE_WIDTH) * sizeof(*x));
}

void gram_pack(const struct gram_rows *rows, double *packed)
{
    if (rows->starts)
        return;
    for (size_t first = 0; rows->n_rows > 0 && first < rows->n_columns;
         first += GRAM_TILE_WIDTH)
        pack_panel(rows, first, packed + first * rows->n_rows);
}

/* Of a tile, what lies in the lower triangle of the d columns. */
static void add_tile(const double *sums, size_t row, size_t column, size_t d, double sign,
                     double *gram, size_t stride)
{
    bool is_whole = column < row && row + GRAM_TILE_WIDTH <= d;
    gram += row * stride + column;
    for (size_t k = 0; k < GRAM_TILE_WIDTH && row + k < d; k++, gram += stride)
        if (is_whole)
            for (size_t l = 0; l < GRAM_TILE_WIDTH; l++)
                gram[l] += sign * sums[GRAM_TILE_WIDTH * k + l];
        else
            for (size_t l = 0; l < GRAM_TILE_WIDTH && column + l <= row + k; l++)
                gram[l] += sign * sums[GRAM_TILE_WIDTH * k + l];
}

/* The products of eight columns with the ones in front. */
static void add_ones(const double *sums, size_t row, size_t d, double sign, double *gram,
                     size_t stride)
{
    for (size_t k = 0; k < GRAM_TILE_WIDTH && row + k < d; k++)
        gram[(1 + row + k) * stride] += sign * sums[k];
}

void gram_add_packed(const struct gram_rows *rows, double *packed, const double *h,
                     double sign, double *gram, size_t stride)
{
    if (rows->starts) {
        gram_sparse_add(rows, h, sign, gram, stride);
        return;
    }
    const struct gram_tile *tile = gram_tile_of(instructions_best());
    size_t d = rows->n_columns, n = rows->n_rows;
    double sums[GRAM_TILE_SUMS], *weighted = packed + n * GRAM_TILE_WIDTH * n_panels(d);
    double *columns = gram + (rows->intercept ? stride + 1 : 0);
    if (rows->intercept)
        gram[0] += sign * sum_of(h, n, 1);
    for (size_t row = 0; row < d; row += GRAM_TILE_WIDTH) {
        tile->weigh(n, h, packed + row * n, weighted, sums);
        if (rows->intercept)
            add_ones(sums, row, d, sign, gram, stride);
        for (size_t column = 0; column <= row; column += GRAM_TILE_WIDTH) {
            tile->product(n, weighted, packed + column * n, sums);
            add_tile(sums, row, column, d, sign, columns, stride);
        }
    }
}

void gram_add(const struct gram_rows *rows, const double *h, double sign, double *scratch,
              double *gram, size_t stride)
{
    gram_pack(rows, scratch);
    gram_add_packed(rows, scratch, h, sign, gram, stride);
}

void gram_add_product(const struct gram_rows *rows, const double *v, size_t v_stride,
                      double *product)
{
    if (rows->starts) {
        gram_sparse_add_product(rows, v, 1, v_stride, product);
        return;
    }
    blasint d = (blasint)rows->n_columns;
    if (rows->intercept)
        *product++ += sum_of(v, rows->n_rows, v_stride);
    if (d > 0)
        cblas_dgemv(CblasRowMajor, CblasTrans, (blasint)rows->n_rows, d, 1, rows->x, d, v,
                    (blasint)v_stride, 1, product, 1);
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
    for (size_t i = 0; i < rows->n_rows; i++)
        for (size_t j = 0; j < rows->n_columns; j++, x++)
            squares[j] += h[i] * *x * *x;
}

void gram_add_margins(const struct gram_rows *rows, const double *beta, double *z,
                      size_t z_stride)
{
    if (rows->starts) {
        gram_sparse_add_margins(rows, beta, 1, z, z_stride);
        return;
    }
    blasint d = (blasint)rows->n_columns;
    if (rows->intercept) {
        for (size_t i = 0; i < rows->n_rows; i++)
            z[i * z_stride] += beta[0];
        beta++;
    }
    if (d > 0)
        cblas_dgemv(CblasRowMajor, CblasNoTrans, (blasint)rows->n_rows, d, 1, rows->x, d,
                    beta, 1, 1, z, (blasint)z_stride);
}

void gram_add_margins_classes(const struct gram_rows *rows, const double *beta,
                              size_t n_blocks, double *z, size_t z_stride)
{
    if (rows->starts) {
        gram_sparse_add_margins(rows, beta, n_blocks, z, z_stride);
        return;
    }
    blasint n = (blasint)rows->n_rows, d = (blasint)rows->n_columns;
    blasint k = (blasint)n_blocks;
    if (n == 0 || k == 0)
        return;
    for (size_t i = 0; rows->intercept && i < rows->n_rows; i++)
        for (size_t l = 0; l < n_blocks; l++)
            z[i * z_stride + l] += beta[l];
    if (d > 0)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, k, d, 1, rows->x, d,
                    beta + (rows->intercept ? n_blocks : 0), k, 1, z, (blasint)z_stride);
}

void gram_add_product_classes(const struct gram_rows *rows, const double *v,
                              size_t n_blocks, size_t v_stride, double *product)
{
    if (rows->starts) {
        gram_sparse_add_product(rows, v, n_blocks, v_stride, product);
        return;
    }
    blasint n = (blasint)rows->n_rows, d = (blasint)rows->n_columns;
    blasint k = (blasint)n_blocks;
    if (n == 0 || k == 0)
        return;
    for (size_t l = 0; rows->intercept && l < n_blocks; l++)
        *product++ += sum_of(v + l, rows->n_rows, v_stride);
    if (d > 0)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d, k, n, 1, rows->x, d, v,
                    (blasint)v_stride, 1, product, k);
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
    for (size_t i = 0; i < rows->n_rows; i++, h += h_stride)
        for (size_t j = 0; j < rows->n_columns; j++, x++)
            for (size_t k = 0; k < n_blocks; k++)
                squares[j * n_blocks + k] += h[k] * *x * *x;
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
                sizes[i] += fabs(rows->x[i * d + j] * terms[j * n_blocks + k]);
    }
}
