/*
 * The inner loops of sparse rows with several blocks of coefficients, once for each
 * instruction set; of the n entries of one row,
 *
 *   margins: z[k] += Σ_e values[e] terms[columns[e]·K + k]           k < K
 *   product: terms[columns[e]·K + k] += values[e] v[k]               each e in turn
 *
 * A product and a sum are two roundings everywhere, and entries are taken in order: the
 * same bits from each set.
 *
 * Thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_GRAM_ENTRIES_H
#define LOGITD_CORE_KERNEL_GRAM_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "core/kernel/instructions.h"

typedef void gram_entries_margins_fn(size_t n, const uint32_t *columns,
                                     const double *values, size_t n_blocks,
                                     const double *terms, double *z);
typedef void gram_entries_product_fn(size_t n, const uint32_t *columns,
                                     const double *values, size_t n_blocks,
                                     const double *v, double *terms);

struct gram_entries {
    gram_entries_margins_fn *margins;
    gram_entries_product_fn *product;
};

const struct gram_entries *gram_entries_of(enum instructions instructions);

gram_entries_margins_fn gram_entries_plain_margins, gram_entries_avx2_margins,
    gram_entries_avx512_margins;
gram_entries_product_fn gram_entries_plain_product, gram_entries_avx2_product,
    gram_entries_avx512_product;

#endif
