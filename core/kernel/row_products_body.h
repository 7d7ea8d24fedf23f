/*
 * What row_products_avx2.c and row_products_avx512.c are made of. The file includes
 * vector_*.h, and defines sum_of (the lanes of a vector), and by its number of registers
 * MOST_SUMS, and MOST_IN_PAIRS of vectors of which there are two sets of sums.
 */
#define PARTS 4U  /* of a total, that do not wait for each other */
#define WIDEST 8U /* vectors of sums that are held at once */

static inline void add_first(double *to, size_t n, VECTOR sum)
{
    MASK lanes = vector_lanes(n);
    vector_store_some(to, lanes, vector_add(vector_load_some(to, lanes), sum));
}

/* width vectors of sums; of few several sets, for rows in turn. */
static inline __attribute__((always_inline)) void sum_columns(
    size_t n_rows, const double *x, size_t stride, const double *v, size_t width,
    size_t d, double *product)
{
    const size_t n_sets = width == 1               ? 8
                          : width == 2             ? 4
                          : width <= MOST_IN_PAIRS ? 2
                                                   : 1;
    VECTOR sum[MOST_SUMS];
    size_t r = 0;
    for (size_t i = 0; i < n_sets * width; i++)
        sum[i] = vector_spread(0);
    for (; r + n_sets <= n_rows; r += n_sets)
        for (size_t s = 0; s < n_sets; s++, x += stride)
            for (size_t k = 0; k < width; k++)
                sum[s * width + k] =
                    vector_add_product(vector_spread(v[r + s]),
                                       vector_load(x + LANES * k), sum[s * width + k]);
    for (; r < n_rows; r++, x += stride)
        for (size_t k = 0; k < width; k++)
            sum[k] = vector_add_product(vector_spread(v[r]), vector_load(x + LANES * k),
                                        sum[k]);
    for (size_t s = 1; s < n_sets; s++)
        for (size_t k = 0; k < width; k++)
            sum[k] = vector_add(sum[k], sum[s * width + k]);
    for (size_t k = 0; k < width; k++)
        add_first(product + LANES * k, d - LANES * k, sum[k]);
}

#define SUM(width)                                                                       \
    case width:                                                                          \
        sum_columns(n_rows, x + j, stride, v, width, d - j, product + j);                \
        break

static void all_sums(size_t n_rows, size_t d, const double *x, size_t stride,
                     const double *v, double *product)
{
    for (size_t j = 0; j < d; j += LANES * WIDEST) {
        size_t width = (d - j + LANES - 1) / LANES;
        switch (width < WIDEST ? width : WIDEST) {
            SUM(1);
            SUM(2);
            SUM(3);
            SUM(4);
            SUM(5);
            SUM(6);
            SUM(7);
            SUM(8);
        }
    }
}

static double all_total(size_t n_rows, const double *v)
{
    VECTOR part[PARTS];
    size_t i = 0;
    for (size_t k = 0; k < PARTS; k++)
        part[k] = vector_spread(0);
    for (; i + PARTS * LANES <= n_rows; i += PARTS * LANES)
        for (size_t k = 0; k < PARTS; k++)
            part[k] = vector_add(part[k], vector_load(v + i + LANES * k));
    for (; i < n_rows; i += LANES)
        part[0] = vector_add(part[0], vector_load_some(v + i, vector_lanes(n_rows - i)));
    VECTOR sum = vector_add(vector_add(part[0], part[1]), vector_add(part[2], part[3]));
    return sum_of(sum);
}
