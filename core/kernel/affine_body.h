/* What the files of affine.h are made of, once for each instruction set. */
#ifndef LOGITD_CORE_KERNEL_AFFINE_BODY_H
#define LOGITD_CORE_KERNEL_AFFINE_BODY_H

#include <stddef.h>

#define LANES 8U

static inline void affine_lanes(const double *restrict x, const double *restrict factor,
                                const double *restrict centre, double *restrict u)
{
    for (size_t k = 0; k < LANES; k++)
        u[k] = x[k] * factor[k] - centre[k];
}

/* Eight columns at a time; the last eight overlap those before. */
static inline void affine_wide_row(size_t d, const double *x, const double *factor,
                                   const double *centre, double *u)
{
    size_t last = d - LANES;
    for (size_t j = 0; j < last; j += LANES)
        affine_lanes(x + j, factor + j, centre + j, u + j);
    affine_lanes(x + last, factor + last, centre + last, u + last);
}

static inline void affine_all(size_t n_rows, size_t d, const double *x,
                              const double *factor, const double *centre, double *u)
{
    for (size_t i = 0; i < n_rows; i++, x += d, u += d)
        if (d >= LANES)
            affine_wide_row(d, x, factor, centre, u);
        else
            for (size_t j = 0; j < d; j++)
                u[j] = x[j] * factor[j] - centre[j];
}

#endif
