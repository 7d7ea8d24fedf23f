#include "core/base/latency.h"

#include <stddef.h>

const double latency_bounds[LATENCY_N_BOUNDS] = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};

static void add(atomic_ullong *counter, unsigned long long n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void latency_count(struct latency *latency, double seconds)
{
    size_t i = 0;
    while (i < LATENCY_N_BOUNDS && seconds > latency_bounds[i])
        i++;
    add(&latency->n[i], 1);
    add(&latency->nanoseconds, seconds > 0 ? (unsigned long long)(seconds * 1e9) : 0);
}

struct latency_counts latency_read(struct latency *latency)
{
    struct latency_counts counts = {0};
    for (size_t i = 0; i <= LATENCY_N_BOUNDS; i++) {
        counts.n[i] = atomic_load_explicit(&latency->n[i], memory_order_relaxed);
        counts.n_all += counts.n[i];
    }
    counts.seconds =
        1e-9 * (double)atomic_load_explicit(&latency->nanoseconds, memory_order_relaxed);
    return counts;
}
