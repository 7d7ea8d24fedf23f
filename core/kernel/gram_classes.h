/*
 * Sums over sparse rows with many sets of weights at once (of a multinomial model: one
 * for each class, or for each pair of classes), once for each instruction set; of rows X̂
 * of n_terms, the intercept's 1 in front of them where there is one,
 *
 *   product: sums[t][q] += Σ_i h[i][q] X̂_it                        q < n_weights
 *   cross:   sums[t(t+1)/2 + u][q] += Σ_i h[i][q] X̂_it X̂_iu        u ≤ t
 *
 * h[n_rows × n_weights], sums[n_terms × n_weights] or [n_terms(n_terms+1)/2 × n_weights],
 * n_weights a multiple of GRAM_CLASSES_WIDTH: vectors are whole. What an entry or a pair
 * of them touches lies side by side, so that of a row of e entries a cross-product takes
 * e(e+1)/2 short vectors, whatever the number of columns.
 *
 * Roofline: a load and a store of the first cache for each vector of a product. Twelve
 * entries and an intercept with 24 weights take 0.16 µs with AVX-512, 0.6 ns a vector,
 * 0.26 µs with AVX2 and 0.93 µs without either (an Intel Xeon that others used, too);
 * beyond the second cache (1540 pairs of terms of 24 weights are 0.3 MB) they wait for
 * memory.
 *
 * A product and a sum are two roundings everywhere, and rows and entries are taken in
 * order: the same bits from each set. Thread-safe, no allocation.
 */
#ifndef LOGITD_CORE_KERNEL_GRAM_CLASSES_H
#define LOGITD_CORE_KERNEL_GRAM_CLASSES_H

#include "core/kernel/gram.h"
#include "core/kernel/instructions.h"

#define GRAM_CLASSES_WIDTH 8U

/* The rows have starts. */
typedef void gram_classes_add_fn(const struct gram_rows *rows, size_t n_weights,
                                 const double *h, double *sums);

struct gram_classes {
    gram_classes_add_fn *product, *cross;
};

const struct gram_classes *gram_classes_of(enum instructions set);

gram_classes_add_fn gram_classes_plain_product, gram_classes_avx2_product,
    gram_classes_avx512_product;
gram_classes_add_fn gram_classes_plain_cross, gram_classes_avx2_cross,
    gram_classes_avx512_cross;

#endif
