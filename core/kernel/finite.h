/*
 * Copies numbers and looks at each on the way: as fast as a copy alone. The loops are
 * compiled once for each instruction set.
 *
 * Thread-safe, no allocation. The two do not overlap.
 */
#ifndef LOGITD_CORE_KERNEL_FINITE_H
#define LOGITD_CORE_KERNEL_FINITE_H

#include <stdbool.h>
#include <stddef.h>

/* n doubles from any address: are all of them finite? All are copied in any case. */
typedef bool finite_copy_fn(double *to, const void *from, size_t n);

finite_copy_fn finite_copy;

finite_copy_fn finite_plain_copy, finite_avx2_copy, finite_avx512_copy;

#endif
