/*
 * What gram.h does with rows that are sparse. Called by gram.c; see there.
 *
 * Numbers of a term for all classes lie side by side, so that an entry of a row touches
 * a line or a few of memory, however many classes there are.
 */
#ifndef LOGITD_CORE_KERNEL_GRAM_SPARSE_H
#define LOGITD_CORE_KERNEL_GRAM_SPARSE_H

#include "core/kernel/gram.h"

void gram_sparse_add(const struct gram_rows *rows, const double *h, double sign,
                     double *gram, size_t stride);
void gram_sparse_add_margins(const struct gram_rows *rows, const double *beta,
                             size_t n_blocks, double *z, size_t z_stride);
void gram_sparse_add_product(const struct gram_rows *rows, const double *v,
                             size_t n_blocks, size_t v_stride, double *product);
void gram_sparse_add_squares(const struct gram_rows *rows, const double *h,
                             size_t n_blocks, size_t h_stride, double *squares);
void gram_sparse_add_sizes(const struct gram_rows *rows, const double *beta,
                           size_t n_blocks, double *sizes);

#endif
