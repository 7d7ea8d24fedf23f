/* What the files of finite.h are made of, once for each instruction set. */
#ifndef LOGITD_CORE_KERNEL_FINITE_BODY_H
#define LOGITD_CORE_KERNEL_FINITE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LANES 8U

/* A number is not finite where all bits of its exponent are set, and then one more
 * carries into the sign. */
static inline uint64_t finite_carry(uint64_t bits)
{
    return (bits & 0x7ff0000000000000U) + 0x0010000000000000U;
}

static inline void finite_lanes(double *to, const char *from, uint64_t carried[LANES])
{
    uint64_t bits[LANES];
    memcpy(bits, from, sizeof(bits));
    for (size_t k = 0; k < LANES; k++)
        carried[k] |= finite_carry(bits[k]);
    memcpy(to, bits, sizeof(bits));
}

static inline bool finite_all(double *to, const char *from, size_t n)
{
    uint64_t carried[LANES] = {0}, any = 0, bits;
    size_t i = 0;
    for (; n - i >= LANES; i += LANES)
        finite_lanes(to + i, from + i * sizeof(double), carried);
    for (; i < n; i++) {
        memcpy(&bits, from + i * sizeof(double), sizeof(bits));
        memcpy(to + i, &bits, sizeof(bits));
        any |= finite_carry(bits);
    }
    for (size_t k = 0; k < LANES; k++)
        any |= carried[k];
    return any >> 63 == 0;
}

#endif
