/*
 * What the files of narrow_rows.h are made of. The file includes vector_*.h, and defines
 *
 *   sum_of      of a vector's lanes
 *   WIDEST      columns of a tile of sums that stays in registers, of which it has up to
 *               HIGHEST lines
 *   PANEL       columns that are turned at once, at most
 *   turn        n ≤ PANEL columns, from the j-th on, of LANES rows
 *   add_wrong   adds 1 where a margin is not strictly on the side of its label
 */
#include <math.h>
#include <string.h>

#include "core/kernel/loss_rows_body.h"
#include "core/kernel/narrow_rows.h"
#include "core/kernel/vector_exponential.h"

#define INLINE_ALWAYS static inline __attribute__((always_inline))

#define MOST_AT_ONCE 256U /* rows whose columns are had, where these are so few */
#define LEAST_AT_ONCE 128U
#define CELLS 3328U /* 26 KiB, which stay in the first cache */
#define HIGHEST 4U
#define LINE 8U    /* numbers of the cache's, of which eight rows have `stride` */
#define FAR 1000.0 /* a margin of which e^-|z| is nothing */
#define MOST_TERMS (NARROW_ROWS_MOST_COLUMNS + 1)
#define VECTORS (PARTS / LANES) /* of a sum by parts */

/* Of the rows at hand; see narrow_rows.h. */
struct narrow_rows_room {
    double columns[CELLS]; /* of ones, then u, by columns of so many rows: */
    size_t at_once;
    double z[MOST_AT_ONCE], residual[MOST_AT_ONCE], curvature[MOST_AT_ONCE];
    double y[MOST_AT_ONCE], offset[MOST_AT_ONCE], weights[MOST_AT_ONCE];
    /* Sums so far, by parts. */
    double loss_parts[PARTS], wrong_parts[PARTS];
    double product[PARTS], product_low[PARTS];           /* together Π (1+e) */
    double lanes[(MOST_TERMS + 1) * MOST_TERMS * LANES]; /* of the tiles, by lanes */
};

_Static_assert(sizeof(struct narrow_rows_room) <= NARROW_ROWS_SCRATCH * sizeof(double),
               "the scratch is too small");

/* ---- columns ---- */

/* Behind the last row come copies of it. */
INLINE_ALWAYS void find_rows(const struct narrow_rows *rows, size_t first,
                             const double **row)
{
    size_t last = rows->n_rows - 1;
    for (size_t r = 0; r < LANES; r++)
        row[r] = rows->x + (first + r < last ? first + r : last) * rows->stride;
}

/* The same, where there are so many. */
INLINE_ALWAYS void find_whole_rows(const struct narrow_rows *rows, size_t first,
                                   const double **row)
{
    for (size_t r = 0; r < LANES; r++)
        row[r] = rows->x + (first + r) * rows->stride;
}

/* Columns from j on, of which there are n_turned, of LANES rows. */
INLINE_ALWAYS void turn_rows(const struct narrow_rows *rows, const double *const *row,
                             size_t j, size_t n_turned, double *columns, size_t stride)
{
    VECTOR column[PANEL];
    turn(row, j, n_turned, column);
    for (size_t k = 0; k < n_turned; k++) {
        VECTOR u = column[k];
        if (rows->factor)
            u = vector_subtract(vector_multiply(u, vector_spread(rows->factor[j + k])),
                                vector_spread(rows->centre[j + k]));
        vector_store(columns + (j + k) * stride, u);
    }
}

INLINE_ALWAYS void take_panel(const struct narrow_rows *rows, size_t first, size_t n,
                              size_t j, size_t n_turned, double *columns, size_t stride)
{
    size_t n_left = rows->n_rows - first, i = 0;
    const double *row[LANES];
    for (; i < n && i + LANES <= n_left; i += LANES) {
        find_whole_rows(rows, first + i, row);
        turn_rows(rows, row, j, n_turned, columns + i, stride);
    }
    for (; i < n; i += LANES) {
        find_rows(rows, first + i, row);
        turn_rows(rows, row, j, n_turned, columns + i, stride);
    }
}

#define TAKE(n_turned)                                                                   \
    case n_turned:                                                                       \
        take_panel(rows, first, n, j, n_turned, columns, room->at_once);                 \
        break

/* u of n rows from the first on, by columns. */
static void take_columns(const struct narrow_rows *rows, size_t first, size_t n,
                         struct narrow_rows_room *room)
{
    double *columns = room->columns + room->at_once;
    for (size_t j = 0; j < rows->n_columns; j += PANEL)
        switch (rows->n_columns - j < PANEL ? rows->n_columns - j : PANEL) {
            TAKE(1);
#if PANEL > 1
            TAKE(2);
            TAKE(3);
            TAKE(4);
#endif
#if PANEL > 4
            TAKE(5);
            TAKE(6);
            TAKE(7);
            TAKE(8);
#endif
        }
}

/* Σ_k beta_k u_k of n rows, and of whatever is behind them. */
static void find_margins(struct narrow_rows_room *room, const double *terms,
                         const double *beta, size_t n_terms, size_t n)
{
    enum { SIDE_BY_SIDE = 4 };
    for (size_t i = 0; i < n; i += SIDE_BY_SIDE * LANES) {
        const double *column = terms + i;
        VECTOR sum[SIDE_BY_SIDE];
        for (size_t s = 0; s < SIDE_BY_SIDE; s++)
            sum[s] = vector_spread(0);
        for (size_t k = 0; k < n_terms; k++, column += room->at_once)
            for (size_t s = 0; s < SIDE_BY_SIDE; s++)
                sum[s] = vector_add_product(vector_spread(beta[k]),
                                            vector_load(column + s * LANES), sum[s]);
        for (size_t s = 0; s < SIDE_BY_SIDE; s++)
            vector_store(room->z + i + s * LANES, sum[s]);
    }
}

/* ---- losses ---- */

/* Sums so far, in registers. */
struct losing {
    VECTOR loss, wrong;
    VECTOR product, low; /* product + low = Π (1+e) */
};

/* product·(1+e), 1+e = whole + lost. */
INLINE_ALWAYS void multiply_whole(struct losing *sums, VECTOR whole, VECTOR lost)
{
    VECTOR high = vector_multiply(sums->product, whole);
    VECTOR rounded = vector_product_less(sums->product, whole, high);
    rounded = vector_add_product(sums->product, lost, rounded);
    sums->low = vector_add_product(sums->low, whole, rounded);
    sums->product = high;
}

/* As loss_rows_group, of weights of 1, and loss_rows_misplaced. */
INLINE_ALWAYS void lose(VECTOR z, VECTOR y, VECTOR offset, struct losing *sums,
                        VECTOR *residual, VECTOR *curvature)
{
    const VECTOR one = vector_spread(1);
    sums->wrong = add_wrong(y, z, sums->wrong);
    z = vector_add(z, offset);
    VECTOR e = vector_exponential(vector_size(z)), whole = vector_add(one, e);
    VECTOR lost = vector_subtract(e, vector_subtract(whole, one));
    VECTOR large = vector_divide(one, whole), small = vector_multiply(e, large);
    VECTOR success = vector_by_sign(z, small, large);
    VECTOR failure = vector_by_sign(z, large, small), not_y = vector_subtract(one, y);
    VECTOR above = vector_greater(z, vector_spread(0)), below = vector_subtract(above, z);
    *residual = vector_product_less(not_y, success, vector_multiply(y, failure));
    *curvature = vector_multiply(large, small);
    sums->loss = vector_add_product(not_y, above, sums->loss);
    sums->loss = vector_add_product(y, below, sums->loss);
    multiply_whole(sums, whole, lost);
}

/* While the multipliers are busy it calls for the rows to come, which are `ahead`. */
static void lose_unweighted(struct narrow_rows_room *room, const double *y,
                            const double *offset, size_t n, const double *ahead,
                            size_t stride)
{
    struct losing sums[VECTORS];
    for (size_t v = 0; v < VECTORS; v++)
        sums[v] = (struct losing){vector_load(room->loss_parts + v * LANES),
                                  vector_load(room->wrong_parts + v * LANES),
                                  vector_load(room->product + v * LANES),
                                  vector_load(room->product_low + v * LANES)};
    for (size_t i = 0; i < n; i += PARTS) {
        for (size_t line = 0; line < stride; line++, ahead += LINE)
            __builtin_prefetch(ahead, 0, 2);
        for (size_t v = 0; v < VECTORS; v++) {
            size_t at = i + v * LANES;
            VECTOR residual, curvature;
            lose(vector_load(room->z + at), vector_load(y + at), vector_load(offset + at),
                 &sums[v], &residual, &curvature);
            vector_store(room->residual + at, residual);
            vector_store(room->curvature + at, curvature);
        }
    }
    for (size_t v = 0; v < VECTORS; v++) {
        vector_store(room->loss_parts + v * LANES, sums[v].loss);
        vector_store(room->wrong_parts + v * LANES, sums[v].wrong);
        vector_store(room->product + v * LANES, sums[v].product);
        vector_store(room->product_low + v * LANES, sums[v].low);
    }
}

/* Of n rows, a multiple of GROUP. */
static void lose_weighted(struct narrow_rows_room *room, const double *y,
                          const double *offset, const double *weights, size_t n)
{
    double loss[GROUP];
    for (size_t i = 0; i < n; i += GROUP) {
        for (size_t k = 0; k < GROUP; k++) {
            room->wrong_parts[k % PARTS] +=
                loss_rows_wrong(room->z[i + k], y[i + k], weights[i + k]);
            room->z[i + k] += offset[i + k];
        }
        loss_rows_group(room->z + i, y + i, weights + i, room->residual + i,
                        room->curvature + i, loss);
        loss_rows_add(loss, room->loss_parts);
    }
}

/* Rows behind the last one that add nothing: as sure as can be, and right. */
static void pad(struct narrow_rows_room *room, size_t n, size_t n_padded)
{
    for (size_t i = n; i < n_padded; i++) {
        room->z[i] = FAR;
        room->y[i] = 1;
        room->offset[i] = room->weights[i] = 0;
    }
}

static void lose_rows(const struct narrow_rows *rows, size_t first, size_t n,
                      struct narrow_rows_room *room)
{
    size_t whole = rows->weights ? GROUP : PARTS;
    size_t n_padded = (n + whole - 1) / whole * whole;
    const double *y = rows->y + first;
    const double *weights = rows->weights ? rows->weights + first : NULL;
    const double *offset = rows->offset ? rows->offset + first : room->offset;
    if (n < n_padded) {
        memcpy(room->y, y, n * sizeof(double));
        if (rows->offset)
            memcpy(room->offset, offset, n * sizeof(double));
        if (weights)
            memcpy(room->weights, weights, n * sizeof(double));
        pad(room, n, n_padded);
        y = room->y;
        offset = room->offset;
        weights = weights ? room->weights : NULL;
    }
    if (weights)
        lose_weighted(room, y, offset, weights, n_padded);
    else
        lose_unweighted(room, y, offset, n_padded, rows->x + (first + n) * rows->stride,
                        rows->stride);
    for (size_t i = n; i < n_padded; i++)
        room->residual[i] = room->curvature[i] = 0;
}

/* ---- products ---- */

/* Of n rows: lines of weighted columns with others, which follow each other. There are
 * n_terms sums to a line. */
struct products {
    const double *weights[HIGHEST], *line[HIGHEST], *columns;
    size_t n, at_once, n_terms;
    double *lanes;
};

INLINE_ALWAYS void tile(const struct products *of, size_t height, size_t width)
{
    VECTOR sum[HIGHEST * WIDEST];
    for (size_t k = 0; k < height; k++)
        for (size_t l = 0; l < width; l++)
            sum[k * width + l] = vector_load(of->lanes + (k * of->n_terms + l) * LANES);
    for (size_t i = 0; i < of->n; i += LANES) {
        VECTOR column[WIDEST];
        for (size_t l = 0; l < width; l++)
            column[l] = vector_load(of->columns + l * of->at_once + i);
        for (size_t k = 0; k < height; k++) {
            VECTOR line = vector_multiply(vector_load(of->weights[k] + i),
                                          vector_load(of->line[k] + i));
            for (size_t l = 0; l < width; l++)
                sum[k * width + l] =
                    vector_add_product(line, column[l], sum[k * width + l]);
        }
    }
    for (size_t k = 0; k < height; k++)
        for (size_t l = 0; l < width; l++)
            vector_store(of->lanes + (k * of->n_terms + l) * LANES, sum[k * width + l]);
}

#define TILE(height, width)                                                              \
    case WIDEST *(height) + (width)-1:                                                   \
        tile(of, height, width);                                                         \
        break
#if WIDEST > 3
#define WIDE_TILES(height)                                                               \
    TILE(height, 4);                                                                     \
    TILE(height, 5);                                                                     \
    TILE(height, 6)
#else
#define WIDE_TILES(height)
#endif
#define TILES(height)                                                                    \
    TILE(height, 1);                                                                     \
    TILE(height, 2);                                                                     \
    TILE(height, 3);                                                                     \
    WIDE_TILES(height)

static void any_tile(const struct products *of, size_t height, size_t width)
{
    switch (WIDEST * height + width - 1) {
        TILES(1);
        TILES(2);
        TILES(3);
        TILES(4);
    }
}

/* Lines of sums from j on: h·u_j, or behind the last one r. */
static void find_lines(const struct narrow_rows_room *room, const double *terms, size_t j,
                       size_t height, struct products *of)
{
    for (size_t k = 0; k < height; k++) {
        bool is_last = j + k == of->n_terms;
        of->weights[k] = is_last ? room->residual : room->curvature;
        of->line[k] = is_last ? room->columns : terms + (j + k) * of->at_once;
    }
}

/* These with all columns up to the last one's, in tiles about equally wide. */
static void add_lines(struct narrow_rows_room *room, const double *terms, size_t j,
                      size_t height, struct products *of)
{
    size_t n_columns = j + height < of->n_terms ? j + height : of->n_terms;
    size_t n_tiles = (n_columns + WIDEST - 1) / WIDEST;
    find_lines(room, terms, j, height, of);
    for (size_t l = 0, width; l < n_columns; l += width, n_tiles--) {
        width = (n_columns - l + n_tiles - 1) / n_tiles;
        of->columns = terms + l * of->at_once;
        of->lanes = room->lanes + (j * of->n_terms + l) * LANES;
        any_tile(of, height, width);
    }
}

static void add_products(struct narrow_rows_room *room, const double *terms,
                         size_t n_terms, size_t first, size_t n)
{
    struct products of = {.n = (n + LANES - 1) / LANES * LANES,
                          .at_once = room->at_once,
                          .n_terms = n_terms};
    for (size_t j = first, height; j <= n_terms; j += height) {
        height = n_terms + 1 - j < HIGHEST ? n_terms + 1 - j : HIGHEST;
        add_lines(room, terms, j, height, &of);
    }
}

/* ---- all of them ---- */

static void start(struct narrow_rows_room *room, const struct narrow_rows *rows,
                  size_t n_terms)
{
    room->at_once =
        (rows->n_columns + 1) * MOST_AT_ONCE <= CELLS ? MOST_AT_ONCE : LEAST_AT_ONCE;
    for (size_t k = 0; k < PARTS; k++) {
        room->loss_parts[k] = room->wrong_parts[k] = room->product_low[k] = 0;
        room->product[k] = 1;
    }
    for (size_t i = 0; i < room->at_once; i++) {
        room->offset[i] = 0;
        room->columns[i] = 1;
    }
    memset(room->lanes, 0, (n_terms + 1) * n_terms * LANES * sizeof(double));
}

/* A line of lanes, folded. */
static void fold_line(const double *lanes, size_t n, double *to)
{
    for (size_t k = 0; k < n; k++)
        to[k] += sum_of(vector_load(lanes + k * LANES));
}

static void end(const struct narrow_rows_room *room, const struct narrow_rows *rows,
                size_t n_terms, const struct narrow_rows_sums *sums)
{
    const double *lanes = room->lanes;
    double loss = loss_rows_sum(room->loss_parts);
    for (size_t k = 0; !rows->weights && k < PARTS; k++)
        loss += log1p((room->product[k] - 1) + room->product_low[k]);
    *sums->loss += loss;
    *sums->misplaced += loss_rows_sum(room->wrong_parts);
    for (size_t j = 0; sums->hessian && j < n_terms; j++)
        fold_line(lanes + j * n_terms * LANES, j + 1, sums->hessian + j * n_terms);
    if (sums->gradient)
        fold_line(lanes + n_terms * n_terms * LANES, n_terms, sums->gradient);
}

static void add_all(const struct narrow_rows *rows, const double *beta, double *scratch,
                    const struct narrow_rows_sums *sums)
{
    struct narrow_rows_room *room = (struct narrow_rows_room *)(void *)scratch;
    size_t n_terms = rows->intercept + rows->n_columns;
    start(room, rows, n_terms);
    const double *terms = room->columns + (rows->intercept ? 0 : room->at_once);
    for (size_t first = 0, n; first < rows->n_rows; first += n) {
        n = rows->n_rows - first < room->at_once ? rows->n_rows - first : room->at_once;
        take_columns(rows, first, n, room);
        find_margins(room, terms, beta, n_terms, n);
        lose_rows(rows, first, n, room);
        if (sums->curvature)
            memcpy(sums->curvature + first, room->curvature, n * sizeof(double));
        if (sums->gradient)
            add_products(room, terms, n_terms, sums->hessian ? 0 : n_terms, n);
    }
    end(room, rows, n_terms, sums);
}
