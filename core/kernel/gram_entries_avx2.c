#include "core/kernel/gram_entries.h"
#include "core/kernel/vector_avx2.h"

#include "core/kernel/gram_entries_body.h"

void gram_entries_avx2_margins(size_t n, const uint32_t *columns, const double *values,
                               size_t n_blocks, const double *terms, double *z)
{
    all_margins(n, columns, values, n_blocks, terms, z);
}

void gram_entries_avx2_product(size_t n, const uint32_t *columns, const double *values,
                               size_t n_blocks, const double *v, double *terms)
{
    all_product(n, columns, values, n_blocks, v, terms);
}
