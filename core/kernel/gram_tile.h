/*
 * The inner loops of weighted cross-products, once for each instruction set. Of panels of
 * eight columns [n_rows × 8], each on a 64-byte boundary, over rows r:
 *
 *   product:  sums[8·k + l] = Σ_r a[8r+k] b[8r+l]          k, l in 0…7
 *   weigh:    weighted[8r+k] = h_r a[8r+k],   sums[k] = Σ_r weighted[8r+k]
 *
 * All 64 sums stay in registers. The vectors' products are fused with their sums.
 *
 * Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_GRAM_TILE_H
#define LOGITD_CORE_KERNEL_GRAM_TILE_H

#include <stddef.h>

#include "core/kernel/instructions.h"

#define GRAM_TILE_WIDTH 8U
#define GRAM_TILE_SUMS 64U

typedef void gram_tile_product_fn(size_t n_rows, const double *a, const double *b,
                                  double *sums);
typedef void gram_tile_weigh_fn(size_t n_rows, const double *h, const double *a,
                                double *weighted, double *sums);

struct gram_tile {
    gram_tile_product_fn *product;
    gram_tile_weigh_fn *weigh;
};

const struct gram_tile *gram_tile_of(enum instructions set);

gram_tile_product_fn gram_tile_plain_product, gram_tile_avx2_product,
    gram_tile_avx512_product;
gram_tile_weigh_fn gram_tile_plain_weigh, gram_tile_avx2_weigh, gram_tile_avx512_weigh;

#endif
