/*
 * How often a model has answered, and how long it took: the one thing of a model that
 * changes. Since the process began; lock-free and thread-safe.
 */
#ifndef LOGITD_CORE_MODEL_USAGE_H
#define LOGITD_CORE_MODEL_USAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/latency.h"

struct usage { /* all zero at first */
    atomic_ullong n_answered, n_failed, n_rows;
    struct latency latency; /* of answered requests */
    atomic_ullong read_ns, score_ns, write_ns, failed_ns;
    atomic_llong last_microseconds; /* wall clock */
};

/* One request, with the seconds that its steps took. */
struct usage_request {
    double read_seconds, score_seconds, write_seconds;
    size_t n_rows;
};
void usage_count_answered(struct usage *usage, const struct usage_request *request);
void usage_count_failed(struct usage *usage, double seconds);

/* Read one after the other while others count: each is true of about the same moment. */
struct usage_counts {
    uint64_t n_answered, n_failed, n_rows;
    struct latency_counts latency;
    uint64_t read_ns, score_ns, write_ns, failed_ns;
    int64_t last_microseconds; /* since 1970, of an answered request; 0: none */
};
struct usage_counts usage_read(struct usage *usage);

#endif
