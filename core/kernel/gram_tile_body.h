/*
 * What gram_tile_avx2.c and gram_tile_avx512.c are made of. The file includes vector_*.h,
 * and defines by its number of registers MOST_HEIGHT and WIDEST of a tile (weighted
 * columns, vectors), and how many SETS of so many sums there are for rows in turn, so
 * that the multipliers have chains enough.
 */
#define INLINE_ALWAYS static inline __attribute__((always_inline))

/* A factor serves all vectors of the row, which stay in registers. */
INLINE_ALWAYS void add_row(const double *weighted, const double *x, size_t height,
                           size_t width, VECTOR *sum)
{
    VECTOR row[WIDEST];
    for (size_t l = 0; l < width; l++)
        row[l] = vector_load(x + LANES * l);
    for (size_t k = 0; k < height; k++) {
        VECTOR factor = vector_spread(weighted[k]);
        for (size_t l = 0; l < width; l++)
            sum[k * width + l] = vector_add_product(factor, row[l], sum[k * width + l]);
    }
}

/* height × width vectors of sums; of small ones several sets, for rows in turn. */
INLINE_ALWAYS void tile(size_t n_rows, const double *weighted, const double *x,
                        size_t stride, size_t height, size_t width,
                        struct gram_tile_ahead *ahead, double *sums, size_t sums_stride)
{
    const size_t n_sums = height * width;
    const size_t n_sets = SETS(n_sums);
    VECTOR sum[MOST_HEIGHT * WIDEST];
    const size_t step = gram_tile_step(ahead);
    const char *line = ahead->at;
    size_t r = 0;
    for (size_t i = 0; i < n_sets * n_sums; i++)
        sum[i] = vector_spread(0);
    for (; r + n_sets <= n_rows; r += n_sets)
        for (size_t s = 0; s < n_sets; s++, weighted += GRAM_TILE_WIDTH, x += stride) {
            _mm_prefetch(line, _MM_HINT_T1);
            line += step;
            add_row(weighted, x, height, width, sum + s * n_sums);
        }
    for (; r < n_rows; r++, weighted += GRAM_TILE_WIDTH, x += stride)
        add_row(weighted, x, height, width, sum);
    gram_tile_called(ahead, n_rows);
    for (size_t s = 1; s < n_sets; s++)
        for (size_t i = 0; i < n_sums; i++)
            sum[i] = vector_add(sum[i], sum[s * n_sums + i]);
    for (size_t k = 0; k < height; k++)
        for (size_t l = 0; l < width; l++)
            vector_store(sums + sums_stride * k + LANES * l, sum[k * width + l]);
}

#define TILE(height, width)                                                              \
    case WIDEST *(height) + (width)-1:                                                   \
        tile(n_rows, weighted, x, stride, height, width, ahead, sums, sums_stride);      \
        break
#define TILES(height)                                                                    \
    TILE(height, 1);                                                                     \
    TILE(height, 2);                                                                     \
    TILE(height, 3)

static void any_tile(size_t n_rows, const double *weighted, const double *x,
                     size_t stride, size_t height, size_t width,
                     struct gram_tile_ahead *ahead, double *sums, size_t sums_stride)
{
    switch (WIDEST * height + width - 1) {
        TILES(1);
        TILES(2);
        TILES(3);
        TILES(4);
#if MOST_HEIGHT > 4
        TILES(5);
        TILES(6);
        TILES(7);
        TILES(8);
#endif
    }
}

/* Tiles of two vectors rather than of three and one. */
static size_t width_of(size_t n_left)
{
    return n_left <= WIDEST ? n_left : n_left == WIDEST + 1 ? 2 : WIDEST;
}

static void all_tiles(size_t n_rows, const double *weighted, size_t n_used,
                      const double *x, size_t stride, size_t n_panels,
                      struct gram_tile_ahead *ahead, double *sums)
{
    size_t sums_stride = GRAM_TILE_WIDTH * n_panels, n_vectors = sums_stride / LANES;
    for (size_t k = 0; k < n_used; k += MOST_HEIGHT)
        for (size_t v = 0, width; v < n_vectors; v += width) {
            width = width_of(n_vectors - v);
            any_tile(n_rows, weighted + k, x + LANES * v, stride,
                     n_used - k < MOST_HEIGHT ? n_used - k : MOST_HEIGHT, width, ahead,
                     sums + sums_stride * k + LANES * v, sums_stride);
        }
}

static void add_all(size_t n, const double *sums, double sign, double *gram)
{
    VECTOR factor = vector_spread(sign);
    for (size_t l = 0; l < n; l += LANES) {
        MASK lanes = vector_lanes(n - l);
        VECTOR old = vector_load_some(gram + l, lanes);
        VECTOR sum = vector_load_some(sums + l, lanes);
        vector_store_some(gram + l, lanes, vector_add_product(factor, sum, old));
    }
}
