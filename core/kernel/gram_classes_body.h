/*
 * What gram_classes_avx2.c and gram_classes_avx512.c are made of: weights in panels of up
 * to four vectors, which stay in registers while the entries of a row pass. The file
 * includes vector_*.h.
 */
#define MOST_VECTORS 4U
#define INLINE_ALWAYS static inline __attribute__((always_inline))

/* Some rows, and some of their weights. */
struct panel {
    const struct gram_rows *rows;
    size_t n_weights; /* of all panels */
    const double *h;
    double *sums;
};

/* to[n_vectors] += a·factors[n_vectors] */
INLINE_ALWAYS void add_scaled(size_t n_vectors, double a, const VECTOR *factors,
                              double *to)
{
    VECTOR value = vector_spread(a);
    for (size_t i = 0; i < n_vectors; i++)
        vector_store(to + i * LANES, vector_add(vector_load(to + i * LANES),
                                                vector_multiply(value, factors[i])));
}

/* One entry of a row, with those up to it. */
INLINE_ALWAYS void cross_entry(const struct panel *panel, size_t n_vectors,
                               const uint32_t *columns, const double *values, size_t e,
                               const VECTOR *weights)
{
    VECTOR shares[MOST_VECTORS];
    size_t intercept = panel->rows->intercept, term = columns[e] + intercept;
    double *line = panel->sums + term * (term + 1) / 2 * panel->n_weights;
    for (size_t i = 0; i < n_vectors; i++)
        shares[i] = vector_multiply(vector_spread(values[e]), weights[i]);
    if (intercept)
        add_scaled(n_vectors, 1, shares, line);
    line += intercept * panel->n_weights;
    for (size_t f = 0; f <= e; f++)
        add_scaled(n_vectors, values[f], shares, line + columns[f] * panel->n_weights);
}

INLINE_ALWAYS void add_row(const struct panel *panel, bool is_crossed, size_t n_vectors,
                           size_t r, const double *h)
{
    const struct gram_rows *rows = panel->rows;
    const uint32_t *columns = rows->columns + rows->starts[r];
    const double *values = rows->values + rows->starts[r];
    size_t n = rows->starts[r + 1] - rows->starts[r], intercept = rows->intercept;
    VECTOR weights[MOST_VECTORS];
    for (size_t i = 0; i < n_vectors; i++)
        weights[i] = vector_load(h + i * LANES);
    if (intercept)
        add_scaled(n_vectors, 1, weights, panel->sums);
    for (size_t e = 0; e < n; e++)
        if (is_crossed)
            cross_entry(panel, n_vectors, columns, values, e, weights);
        else
            add_scaled(n_vectors, values[e], weights,
                       panel->sums + (columns[e] + intercept) * panel->n_weights);
}

INLINE_ALWAYS void all_rows(const struct panel *panel, bool is_crossed, size_t n_vectors)
{
    const double *h = panel->h;
    for (size_t r = 0; r < panel->rows->n_rows; r++, h += panel->n_weights)
        add_row(panel, is_crossed, n_vectors, r, h);
}

INLINE_ALWAYS void all_panels(const struct gram_rows *rows, bool is_crossed,
                              size_t n_weights, const double *h, double *sums)
{
    for (size_t first = 0, n; first < n_weights; first += n * LANES) {
        const struct panel panel = {rows, n_weights, h + first, sums + first};
        n = (n_weights - first) / LANES;
        n = n < MOST_VECTORS ? n : MOST_VECTORS;
        switch (n) {
        case 1:
            all_rows(&panel, is_crossed, 1);
            break;
        case 2:
            all_rows(&panel, is_crossed, 2);
            break;
        case 3:
            all_rows(&panel, is_crossed, 3);
            break;
        default:
            all_rows(&panel, is_crossed, 4);
        }
    }
}
