#include "core/data/spool_count_body.h"

void spool_count_avx2_cells(const uint64_t *cells, size_t n, struct spool_counts *counts)
{
    count_cells(cells, n, counts);
}

void spool_count_avx2_round(const uint64_t *cells, size_t n, unsigned char *to)
{
    round_cells(cells, n, to);
}

bool spool_count_avx2_singles(const uint64_t *cells, size_t n_rows, size_t stride,
                              unsigned char *to, size_t apart, uint64_t *counts)
{
    return pack_singles(cells, n_rows, stride, to, apart, counts);
}
