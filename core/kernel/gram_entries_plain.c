#include "core/kernel/gram_entries.h"

/* to[n] += a·from[n] */
static inline void add_scaled(size_t n, double a, const double *restrict from,
                              double *restrict to)
{
    for (size_t k = 0; k < n; k++)
        to[k] += a * from[k];
}

void gram_entries_plain_margins(size_t n, const uint32_t *columns, const double *values,
                                size_t n_blocks, const double *terms, double *z)
{
    for (size_t e = 0; e < n; e++)
        add_scaled(n_blocks, values[e], terms + (size_t)columns[e] * n_blocks, z);
}

void gram_entries_plain_product(size_t n, const uint32_t *columns, const double *values,
                                size_t n_blocks, const double *v, double *terms)
{
    for (size_t e = 0; e < n; e++)
        add_scaled(n_blocks, values[e], v, terms + (size_t)columns[e] * n_blocks);
}
