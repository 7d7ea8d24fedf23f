/*
 * Vectors of one double, by the names of vector_avx512.h: for files that are compiled for
 * every machine.
 */
#ifndef LOGITD_CORE_KERNEL_VECTOR_PLAIN_H
#define LOGITD_CORE_KERNEL_VECTOR_PLAIN_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VECTOR double
#define LANES 1U

static inline VECTOR vector_spread(double value)
{
    return value;
}

static inline VECTOR vector_load(const double *from)
{
    return *from;
}

static inline void vector_store(double *to, VECTOR vector)
{
    *to = vector;
}

static inline VECTOR vector_add(VECTOR a, VECTOR b)
{
    return a + b;
}

static inline VECTOR vector_subtract(VECTOR a, VECTOR b)
{
    return a - b;
}

static inline VECTOR vector_multiply(VECTOR a, VECTOR b)
{
    return a * b;
}

/* a·b + sum: rounded twice, as a machine does that cannot fuse them. */
static inline VECTOR vector_add_product(VECTOR a, VECTOR b, VECTOR sum)
{
    return a * b + sum;
}

/* a·b - c, rounded once. */
static inline VECTOR vector_product_less(VECTOR a, VECTOR b, VECTOR c)
{
    return fma(a, b, -c);
}

/* The greater and the lesser of two; of one that is no number, the second. */
static inline VECTOR vector_greater(VECTOR a, VECTOR b)
{
    return a > b ? a : b;
}

static inline VECTOR vector_lesser(VECTOR a, VECTOR b)
{
    return a < b ? a : b;
}

static inline VECTOR vector_divide(VECTOR a, VECTOR b)
{
    return a / b;
}

static inline VECTOR vector_size(VECTOR a)
{
    return fabs(a);
}

/* Where the sign of z is -, a; else b. */
static inline VECTOR vector_by_sign(VECTOR z, VECTOR a, VECTOR b)
{
    return signbit(z) ? a : b;
}

/* 2ⁿ, n in -1022…1023, from the bits of a number whose last ones are those of n. */
static inline VECTOR vector_power(VECTOR shifted)
{
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof(bits));
    bits = (bits + 1023) << 52;
    memcpy(&shifted, &bits, sizeof(bits));
    return shifted;
}

#endif
