/*
 * What gram_entries_avx2.c and gram_entries_avx512.c are made of: classes in panels of up
 * to four vectors, whose sums stay in registers while the entries of a row pass. The file
 * includes vector_*.h.
 */
#define MOST_VECTORS 4U

/* Of all classes; and which lanes of the panel's last vector are in use. */
struct panel {
    size_t n_blocks;
    MASK last;
};

static inline MASK mask_of(const struct panel *panel, size_t vector, size_t n_vectors)
{
    return vector + 1 < n_vectors ? vector_lanes(LANES) : panel->last;
}

static inline __attribute__((always_inline)) void panel_margins(
    const struct panel *panel, size_t n_vectors, size_t n, const uint32_t *columns,
    const double *values, const double *terms, double *z)
{
    VECTOR sums[MOST_VECTORS];
    for (size_t i = 0; i < n_vectors; i++)
        sums[i] = vector_load_some(z + i * LANES, mask_of(panel, i, n_vectors));
    for (size_t e = 0; e < n; e++) {
        const double *term = terms + (size_t)columns[e] * panel->n_blocks;
        VECTOR value = vector_spread(values[e]);
        for (size_t i = 0; i < n_vectors; i++)
            sums[i] = vector_add(
                sums[i],
                vector_multiply(value, vector_load_some(term + i * LANES,
                                                        mask_of(panel, i, n_vectors))));
    }
    for (size_t i = 0; i < n_vectors; i++)
        vector_store_some(z + i * LANES, mask_of(panel, i, n_vectors), sums[i]);
}

static inline __attribute__((always_inline)) void panel_product(
    const struct panel *panel, size_t n_vectors, size_t n, const uint32_t *columns,
    const double *values, const double *v, double *terms)
{
    VECTOR factors[MOST_VECTORS];
    for (size_t i = 0; i < n_vectors; i++)
        factors[i] = vector_load_some(v + i * LANES, mask_of(panel, i, n_vectors));
    for (size_t e = 0; e < n; e++) {
        double *term = terms + (size_t)columns[e] * panel->n_blocks;
        VECTOR value = vector_spread(values[e]);
        for (size_t i = 0; i < n_vectors; i++) {
            MASK mask = mask_of(panel, i, n_vectors);
            vector_store_some(term + i * LANES, mask,
                              vector_add(vector_load_some(term + i * LANES, mask),
                                         vector_multiply(value, factors[i])));
        }
    }
}

/* The next panel from `first` on; returns its vectors. */
static inline size_t panel_at(size_t n_blocks, size_t first, struct panel *panel)
{
    size_t n = n_blocks - first;
    n = n < MOST_VECTORS * LANES ? n : MOST_VECTORS * LANES;
    *panel =
        (struct panel){.n_blocks = n_blocks, .last = vector_lanes((n - 1) % LANES + 1)};
    return (n - 1) / LANES + 1;
}

static void all_margins(size_t n, const uint32_t *columns, const double *values,
                        size_t n_blocks, const double *terms, double *z)
{
    struct panel panel;
    for (size_t first = 0; first < n_blocks; first += MOST_VECTORS * LANES)
        switch (panel_at(n_blocks, first, &panel)) {
        case 1:
            panel_margins(&panel, 1, n, columns, values, terms + first, z + first);
            break;
        case 2:
            panel_margins(&panel, 2, n, columns, values, terms + first, z + first);
            break;
        case 3:
            panel_margins(&panel, 3, n, columns, values, terms + first, z + first);
            break;
        default:
            panel_margins(&panel, 4, n, columns, values, terms + first, z + first);
        }
}

static void all_product(size_t n, const uint32_t *columns, const double *values,
                        size_t n_blocks, const double *v, double *terms)
{
    struct panel panel;
    for (size_t first = 0; first < n_blocks; first += MOST_VECTORS * LANES)
        switch (panel_at(n_blocks, first, &panel)) {
        case 1:
            panel_product(&panel, 1, n, columns, values, v + first, terms + first);
            break;
        case 2:
            panel_product(&panel, 2, n, columns, values, v + first, terms + first);
            break;
        case 3:
            panel_product(&panel, 3, n, columns, values, v + first, terms + first);
            break;
        default:
            panel_product(&panel, 4, n, columns, values, v + first, terms + first);
        }
}
