/*
 * Seeded random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). Counter-based: the i-th number of a stream is a
 * pure function of (seed, stream, i), so jumping ahead is free and a shuffle does not
 * depend on threads. A struct random belongs to one thread; copying it forks the
 * sequence.
 */
#ifndef LOGITD_CORE_BASE_RANDOM_H
#define LOGITD_CORE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t seed;
    uint64_t stream;
    uint64_t position; /* of the next 64-bit number */
};

struct random random_start(uint64_t seed, uint64_t stream);
void random_jump(struct random *random, uint64_t n_numbers);

uint64_t random_u64(struct random *random);
/* Uniform on [0, n), without bias (Lemire 2019); n > 0. May consume more than one number.
 */
uint64_t random_below(struct random *random, uint64_t n);
/* Uniform on [0, 1), a multiple of 2^-53. */
double random_uniform(struct random *random);
/* Standard normal (Marsaglia's polar method; the same on every machine). */
double random_normal(struct random *random);
/* Fisher–Yates: order[0..n-1] becomes a random permutation of itself. */
void random_shuffle(struct random *random, size_t *order, size_t n);

/* The generator itself: counter[4] becomes four random words under key[2]. A struct
 * random runs it over counter = (position / 2, stream) with key = seed and takes two
 * numbers from each. */
void random_philox(uint32_t *counter, const uint32_t *key);

/* n bytes from the operating system, for ids and keys. -1 with ERROR_IO if there are
 * none. */
struct error;
int random_bytes(void *bytes, size_t n, struct error *err)
    __attribute__((warn_unused_result));

#endif
