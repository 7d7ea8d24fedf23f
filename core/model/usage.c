#include "core/model/usage.h"

#include "core/base/clock.h"

static void add(atomic_ullong *counter, unsigned long long n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static unsigned long long nanoseconds(double seconds)
{
    return seconds > 0 ? (unsigned long long)(seconds * 1e9) : 0;
}

void usage_count_answered(struct usage *usage, const struct usage_request *request)
{
    add(&usage->n_answered, 1);
    add(&usage->n_rows, request->n_rows);
    latency_count(&usage->latency, request->read_seconds + request->score_seconds +
                                       request->write_seconds);
    add(&usage->read_ns, nanoseconds(request->read_seconds));
    add(&usage->score_ns, nanoseconds(request->score_seconds));
    add(&usage->write_ns, nanoseconds(request->write_seconds));
    atomic_store_explicit(&usage->last_microseconds, clock_wall_microseconds(),
                          memory_order_relaxed);
}

void usage_count_failed(struct usage *usage, double seconds)
{
    add(&usage->n_failed, 1);
    add(&usage->failed_ns, nanoseconds(seconds));
}

static uint64_t counted(atomic_ullong *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

struct usage_counts usage_read(struct usage *usage)
{
    return (struct usage_counts){
        .n_answered = counted(&usage->n_answered),
        .n_failed = counted(&usage->n_failed),
        .n_rows = counted(&usage->n_rows),
        .latency = latency_read(&usage->latency),
        .read_ns = counted(&usage->read_ns),
        .score_ns = counted(&usage->score_ns),
        .write_ns = counted(&usage->write_ns),
        .failed_ns = counted(&usage->failed_ns),
        .last_microseconds =
            atomic_load_explicit(&usage->last_microseconds, memory_order_relaxed),
    };
}
