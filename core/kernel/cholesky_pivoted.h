/*
 * Cholesky's factorisation with pivots, the greatest first, block by block as LAPACK's
 * dpstrf (Lucas, "LAPACK-style codes for level 2 and 3 pivoted Cholesky factorizations",
 * 2004), so that it can be stopped: n³/3 flops, and the question after every column.
 */
#ifndef LOGITD_CORE_KERNEL_CHOLESKY_PIVOTED_H
#define LOGITD_CORE_KERNEL_CHOLESKY_PIVOTED_H

#include <stddef.h>

#include "core/base/stop.h"

/*
 * a[n × n] row-major, lower triangle, becomes L with P'AP = LL', where row i of LL' is
 * row order[i] of A. Ends before the first pivot that is not above `least`, and returns
 * how many there were; what is behind them means nothing. scratch[2n]. Once `stop` is
 * asked (NULL is fine) the result means nothing.
 */
size_t cholesky_pivoted_factor(size_t n, double *a, double least, int *order,
                               double *scratch, const struct stop *stop);

#endif
