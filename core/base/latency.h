/*
 * How long things took: counts between fixed bounds, and the sum. Lock-free and
 * thread-safe.
 */
#ifndef LOGITD_CORE_BASE_LATENCY_H
#define LOGITD_CORE_BASE_LATENCY_H

#include <stdatomic.h>
#include <stdint.h>

/* Upper bounds in seconds, which belong to what they bound; beyond the last there is one
 * more count. A prediction takes some 20 µs. */
#define LATENCY_N_BOUNDS 17U
extern const double latency_bounds[LATENCY_N_BOUNDS];

struct latency { /* all zero at first */
    atomic_ullong n[LATENCY_N_BOUNDS + 1];
    atomic_ullong nanoseconds;
};

void latency_count(struct latency *latency, double seconds);

/* Read one after the other while others count: each is true of about the same moment. */
struct latency_counts {
    uint64_t n[LATENCY_N_BOUNDS + 1];
    uint64_t n_all;
    double seconds; /* of all of them together */
};
struct latency_counts latency_read(struct latency *latency);

#endif
