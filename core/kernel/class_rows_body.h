/*
 * What class_rows_avx2.c and class_rows_avx512.c are made of. The file includes
 * vector_*.h, and defines by its number of registers MOST_VECTORS of classes in a panel
 * of margins, ROWS_OF_TWO, and MOST_CLASSES in a panel of a product.
 */
#define MOST_ROWS 8U /* of margins at once */
#define LINE 8U      /* numbers of one */
#define COLUMN_VECTORS 2U
#define WHOLLY _Pragma("GCC unroll 16")

/* ---- margins ---- */

/* Some classes, from the first one on: vectors of which the last may have idle lanes. */
struct panel {
    size_t n_columns, stride, n_blocks, z_stride;
    MASK last;
};

/* Of the rows to come: as many streams as there are rows are more than the processor
 * foresees. */
static inline __attribute__((always_inline)) void call_for_line(size_t n_rows,
                                                                size_t stride,
                                                                const double *x)
{
    for (size_t r = 0; r < n_rows; r++)
        _mm_prefetch((const char *)(x + r * stride), _MM_HINT_T0);
}

/* x, terms and z are where these rows and classes begin. */
static inline __attribute__((always_inline)) void panel_margins(
    const struct panel *panel, size_t n_rows, size_t n_vectors, const double *x,
    const double *terms, double *z)
{
    VECTOR sums[MOST_ROWS * MOST_VECTORS];
    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = 0; i < n_vectors; i++)
            sums[r * n_vectors + i] =
                vector_load_some(z + r * panel->z_stride + i * LANES,
                                 i + 1 < n_vectors ? vector_lanes(LANES) : panel->last);
    for (size_t j = 0; j < panel->n_columns; j++, terms += panel->n_blocks) {
        VECTOR term[MOST_VECTORS];
        if (j % LINE == 0)
            call_for_line(n_rows, panel->stride, x + n_rows * panel->stride + j);
        for (size_t i = 0; i < n_vectors; i++)
            term[i] = vector_load_some(
                terms + i * LANES, i + 1 < n_vectors ? vector_lanes(LANES) : panel->last);
        for (size_t r = 0; r < n_rows; r++) {
            VECTOR cell = vector_spread(x[r * panel->stride + j]);
            for (size_t i = 0; i < n_vectors; i++)
                sums[r * n_vectors + i] =
                    vector_add_product(cell, term[i], sums[r * n_vectors + i]);
        }
    }
    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = 0; i < n_vectors; i++)
            vector_store_some(z + r * panel->z_stride + i * LANES,
                              i + 1 < n_vectors ? vector_lanes(LANES) : panel->last,
                              sums[r * n_vectors + i]);
}

static inline __attribute__((always_inline)) void all_rows(const struct panel *panel,
                                                           size_t at_once,
                                                           size_t n_vectors,
                                                           size_t n_rows, const double *x,
                                                           const double *terms, double *z)
{
    size_t i = 0;
    for (; i + at_once <= n_rows; i += at_once)
        panel_margins(panel, at_once, n_vectors, x + i * panel->stride, terms,
                      z + i * panel->z_stride);
    for (; i < n_rows; i++)
        panel_margins(panel, 1, n_vectors, x + i * panel->stride, terms,
                      z + i * panel->z_stride);
}

static void all_margins(size_t n_rows, size_t n_columns, const double *x, size_t stride,
                        size_t n_blocks, const double *terms, double *z, size_t z_stride)
{
    for (size_t first = 0, n; first < n_blocks; first += n) {
        n = n_blocks - first;
        n = n < MOST_VECTORS * LANES ? n : MOST_VECTORS * LANES;
        const struct panel panel = {n_columns, stride, n_blocks, z_stride,
                                    vector_lanes((n - 1) % LANES + 1)};
        switch ((n - 1) / LANES + 1) {
        case 1:
            all_rows(&panel, 8, 1, n_rows, x, terms + first, z + first);
            break;
        case 2:
            all_rows(&panel, 4 * ROWS_OF_TWO, 2, n_rows, x, terms + first, z + first);
            break;
        default:
            all_rows(&panel, 4, 3, n_rows, x, terms + first, z + first);
        }
    }
}

/* ---- products ---- */

/* Some columns: two vectors of them, whose masks say which are there. */
struct columns {
    size_t n_rows, stride, n_blocks, v_stride;
    MASK masks[COLUMN_VECTORS];
};

/* sums[k × COLUMN_VECTORS × LANES] += those of n classes. */
static inline __attribute__((always_inline)) void columns_product(
    const struct columns *columns, size_t n, const double *x, const double *v,
    double *sums)
{
    VECTOR low[MOST_CLASSES], high[MOST_CLASSES];
    WHOLLY for (size_t k = 0; k < n; k++)
    {
        low[k] = vector_load_some(sums + COLUMN_VECTORS * k * LANES, vector_lanes(LANES));
        high[k] = vector_load_some(sums + (COLUMN_VECTORS * k + 1) * LANES,
                                   vector_lanes(LANES));
    }
    for (size_t i = 0; i < columns->n_rows;
         i++, x += columns->stride, v += columns->v_stride) {
        VECTOR first = vector_load_some(x, columns->masks[0]);
        VECTOR second = vector_load_some(x + LANES, columns->masks[1]);
        WHOLLY for (size_t k = 0; k < n; k++)
        {
            VECTOR factor = vector_spread(v[k]);
            low[k] = vector_add_product(first, factor, low[k]);
            high[k] = vector_add_product(second, factor, high[k]);
        }
    }
    WHOLLY for (size_t k = 0; k < n; k++)
    {
        vector_store_some(sums + COLUMN_VECTORS * k * LANES, vector_lanes(LANES), low[k]);
        vector_store_some(sums + (COLUMN_VECTORS * k + 1) * LANES, vector_lanes(LANES),
                          high[k]);
    }
}

#define CLASSES(n)                                                                       \
    case n:                                                                              \
        columns_product(columns, n, x, v, sums);                                         \
        break

static void product_of(const struct columns *columns, size_t n, const double *x,
                       const double *v, double *sums)
{
    switch (n) {
        CLASSES(1);
        CLASSES(2);
        CLASSES(3);
        CLASSES(4);
        CLASSES(5);
#if MOST_CLASSES > 6
        CLASSES(6);
        CLASSES(7);
        CLASSES(8);
        CLASSES(9);
        CLASSES(10);
        CLASSES(11);
#endif
    default:
        columns_product(columns, MOST_CLASSES, x, v, sums);
    }
}

/* Of n classes and the columns that are there of these. */
static void put_sums(const double *sums, size_t n_columns, size_t n, size_t n_blocks,
                     double *terms)
{
    for (size_t j = 0; j < n_columns; j++, terms += n_blocks)
        for (size_t k = 0; k < n; k++)
            terms[k] += sums[COLUMN_VECTORS * k * LANES + j];
}

static void all_product(size_t n_rows, size_t n_columns, const double *x, size_t stride,
                        size_t n_blocks, const double *v, size_t v_stride, double *terms)
{
    /* Panels of about the same number of classes. */
    size_t n_panels = (n_blocks + MOST_CLASSES - 1) / MOST_CLASSES;
    double sums[COLUMN_VECTORS * MOST_CLASSES * LANES];
    struct columns columns = {
        .n_rows = n_rows, .stride = stride, .n_blocks = n_blocks, .v_stride = v_stride};
    for (size_t j = 0; j < n_columns; j += COLUMN_VECTORS * LANES) {
        size_t left = n_columns - j;
        columns.masks[0] = vector_lanes(left);
        columns.masks[1] = vector_lanes(left < LANES ? 0 : left - LANES);
        left = left < COLUMN_VECTORS * LANES ? left : COLUMN_VECTORS * LANES;
        for (size_t p = 0; p < n_panels; p++) {
            size_t first = p * n_blocks / n_panels;
            size_t n = (p + 1) * n_blocks / n_panels - first;
            memset(sums, 0, COLUMN_VECTORS * n * LANES * sizeof(*sums));
            product_of(&columns, n, x + j, v + first, sums);
            put_sums(sums, left, n, n_blocks, terms + j * n_blocks + first);
        }
    }
}
