#include "core/kernel/gram_classes.h"
#include "core/kernel/vector_avx512.h"

#include "core/kernel/gram_classes_body.h"

void gram_classes_avx512_product(const struct gram_rows *rows, size_t n_weights,
                                 const double *h, double *sums)
{
    all_panels(rows, false, n_weights, h, sums);
}

void gram_classes_avx512_cross(const struct gram_rows *rows, size_t n_weights,
                               const double *h, double *sums)
{
    all_panels(rows, true, n_weights, h, sums);
}
