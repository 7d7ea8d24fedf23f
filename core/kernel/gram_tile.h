/*
 * The inner loops of weighted cross-products, once for each instruction set. Rows
 * x[n_rows × …] with this stride are taken in panels of eight columns.
 *
 *   weigh:  weighted[8r+k] = h_r x[r·stride + k],   sums[k] = Σ_r weighted[8r+k], k in
 * 0…7
 *   strip:  sums[k·8·n_panels + l] = Σ_r weighted[8r+k] x[r·stride + l],
 *           k in 0…n_used-1, l in 0…8·n_panels-1
 *
 * While a tile multiplies it calls for memory that will be read soon, a line a row: the
 * multipliers do not wait for it, and who reads it then finds it in the second cache.
 *
 * Sums stay in registers, in tiles of 8×24 with AVX-512 and 4×12 with AVX2, so that there
 * are as many chains as the multipliers have in flight, and a load serves several
 * products. Of the strip's sums those of k ≥ n_used may be anything. The vectors'
 * products are fused with their sums.
 *
 * Roofline: the multipliers. A strip reaches 80 to 93 % of their peak with AVX-512;
 * cross-products as a whole, of which the lower triangle alone is counted, 60 to 65 %
 * with 23 columns and more, 50 to 55 % with AVX2, and 30 % with 10 columns, where half of
 * the panels is padding (build/kernel-bench, an Intel Xeon that others used, too).
 *
 * Pure functions: thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_GRAM_TILE_H
#define LOGITD_CORE_KERNEL_GRAM_TILE_H

#include <stddef.h>

#include "core/kernel/instructions.h"

#define GRAM_TILE_WIDTH 8U
#define GRAM_TILE_MOST_PANELS 6U /* of a strip */

/* What to call for next; as it is called for there is less. Need not be anybody's. */
struct gram_tile_ahead {
    const char *at;
    size_t n_lines; /* of GRAM_TILE_LINE bytes; 0: nothing */
};

#define GRAM_TILE_LINE 64U

typedef void gram_tile_weigh_fn(size_t n_rows, const double *h, const double *x,
                                size_t stride, double *weighted, double *sums);
/* n_used in 1…8, n_panels in 1…GRAM_TILE_MOST_PANELS. */
typedef void gram_tile_strip_fn(size_t n_rows, const double *weighted, size_t n_used,
                                const double *x, size_t stride, size_t n_panels,
                                struct gram_tile_ahead *ahead, double *sums);

/* gram[l] += sign · sums[l], l in 0…n-1. */
typedef void gram_tile_add_fn(size_t n, const double *sums, double sign, double *gram);

struct gram_tile {
    gram_tile_weigh_fn *weigh;
    gram_tile_strip_fn *strip;
    gram_tile_add_fn *add;
};

/* For tiles: from one line to the next; and the state behind n of them. */
static inline size_t gram_tile_step(const struct gram_tile_ahead *ahead)
{
    return ahead->n_lines > 0 ? GRAM_TILE_LINE : 0;
}

static inline void gram_tile_called(struct gram_tile_ahead *ahead, size_t n)
{
    size_t called = n < ahead->n_lines ? n : ahead->n_lines;
    ahead->at += GRAM_TILE_LINE * called;
    ahead->n_lines -= called;
}

const struct gram_tile *gram_tile_of(enum instructions set);

gram_tile_weigh_fn gram_tile_plain_weigh, gram_tile_avx2_weigh, gram_tile_avx512_weigh;
gram_tile_strip_fn gram_tile_plain_strip, gram_tile_avx2_strip, gram_tile_avx512_strip;
gram_tile_add_fn gram_tile_plain_add, gram_tile_avx2_add, gram_tile_avx512_add;

#endif
