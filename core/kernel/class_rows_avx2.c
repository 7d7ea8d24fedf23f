#include <string.h>

#include "core/kernel/class_rows.h"
#include "core/kernel/vector_avx2.h"

#define MOST_VECTORS 3U
#define ROWS_OF_TWO 1U /* fours of rows beside two vectors */
#define MOST_CLASSES 6

#include "core/kernel/class_rows_body.h"

void class_rows_avx2_margins(size_t n_rows, size_t n_columns, const double *x,
                             size_t stride, size_t n_blocks, const double *terms,
                             double *z, size_t z_stride)
{
    all_margins(n_rows, n_columns, x, stride, n_blocks, terms, z, z_stride);
}

void class_rows_avx2_product(size_t n_rows, size_t n_columns, const double *x,
                             size_t stride, size_t n_blocks, const double *v,
                             size_t v_stride, double *terms)
{
    all_product(n_rows, n_columns, x, stride, n_blocks, v, v_stride, terms);
}
