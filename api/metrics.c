#include "api/metrics.h"

#include <math.h>
#include <stdatomic.h>

#include "core/base/memory.h"
#include "core/text/number.h"

#define REQUESTS "logitd_http_requests_total"
#define DURATION "logitd_http_request_duration_seconds"
#define N_CLASSES 5 /* 1xx … 5xx */

/* Upper bounds in seconds; a last bucket has none. A prediction takes some 20 µs. */
static const double bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                1,      2.5,     5,      10,    30};
#define N_BOUNDS (sizeof(bounds) / sizeof(*bounds))

/* Of one route; aligned so that routes do not share cache lines. */
struct tally {
    _Alignas(64) atomic_ullong n_by_class[N_CLASSES];
    atomic_ullong n_by_bucket[N_BOUNDS + 1];
    atomic_ullong nanoseconds;
};

struct metrics {
    size_t n_tallies; /* one a route, and one for none */
    struct tally *tallies;
};

struct metrics *metrics_new(struct error *err)
{
    struct metrics *metrics = memory_new(1, sizeof(*metrics), err);
    if (!metrics)
        return NULL;
    metrics->n_tallies = router_n_routes() + 1;
    metrics->tallies =
        memory_new_aligned(metrics->n_tallies, sizeof(*metrics->tallies), err);
    if (!metrics->tallies) {
        memory_free(metrics);
        return NULL;
    }
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    memory_free(metrics->tallies);
    memory_free(metrics);
}

static void count(atomic_ullong *counter, unsigned long long n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static unsigned long long counted(atomic_ullong *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static size_t bucket_of(double seconds)
{
    size_t i = 0;
    while (i < N_BOUNDS && seconds > bounds[i])
        i++;
    return i;
}

void metrics_observe(struct metrics *metrics, const struct route *route, int status,
                     double seconds)
{
    struct tally *tally =
        &metrics->tallies[route ? router_index(route) : metrics->n_tallies - 1];
    int class = status / 100;
    if (class < 1 || class > N_CLASSES)
        class = N_CLASSES;
    count(&tally->n_by_class[class - 1], 1);
    count(&tally->n_by_bucket[bucket_of(seconds)], 1);
    count(&tally->nanoseconds, (unsigned long long)(fmax(seconds, 0) * 1e9));
}

/* ---- text ---- */

static void append_number(struct buffer *out, double value)
{
    char text[NUMBER_TEXT_BYTES];
    buffer_append(out, text, number_write(value, text));
}

void metrics_write_family(struct buffer *out, const char *name, const char *type,
                          const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_write_sample(struct buffer *out, const char *name, const char *label,
                          const char *label_value, double value)
{
    buffer_append_string(out, name);
    if (label)
        buffer_printf(out, "{%s=\"%s\"}", label, label_value);
    buffer_append_byte(out, ' ');
    append_number(out, value);
    buffer_append_byte(out, '\n');
}

void metrics_write_one(struct buffer *out, const char *name, const char *type,
                       const char *help, double value)
{
    metrics_write_family(out, name, type, help);
    metrics_write_sample(out, name, NULL, NULL, value);
}

static const char *route_name(size_t i)
{
    const struct route *route = router_at(i);
    return route ? route->name : "none";
}

static void write_counts(struct tally *tally, const char *route, struct buffer *out)
{
    for (int class = 1; class <= N_CLASSES; class ++) {
        unsigned long long n = counted(&tally->n_by_class[class - 1]);
        if (n > 0)
            buffer_printf(out, REQUESTS "{route=\"%s\",status=\"%dxx\"} %llu\n", route,
                          class, n);
    }
}

static void write_histogram(struct tally *tally, const char *route, struct buffer *out)
{
    unsigned long long n = 0;
    for (size_t i = 0; i <= N_BOUNDS; i++)
        n += counted(&tally->n_by_bucket[i]);
    if (n == 0)
        return;
    n = 0;
    for (size_t i = 0; i < N_BOUNDS; i++) {
        n += counted(&tally->n_by_bucket[i]);
        buffer_printf(out, DURATION "_bucket{route=\"%s\",le=\"", route);
        append_number(out, bounds[i]);
        buffer_printf(out, "\"} %llu\n", n);
    }
    n += counted(&tally->n_by_bucket[N_BOUNDS]);
    buffer_printf(out, DURATION "_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", route, n);
    buffer_printf(out, DURATION "_sum{route=\"%s\"} ", route);
    append_number(out, (double)counted(&tally->nanoseconds) * 1e-9);
    buffer_printf(out, "\n" DURATION "_count{route=\"%s\"} %llu\n", route, n);
}

void metrics_write(struct metrics *metrics, struct buffer *out)
{
    metrics_write_family(out, REQUESTS, "counter", "Answered requests.");
    for (size_t i = 0; i < metrics->n_tallies; i++)
        write_counts(&metrics->tallies[i], route_name(i), out);
    metrics_write_family(out, DURATION, "histogram",
                         "Time from the request's head to the answer.");
    for (size_t i = 0; i < metrics->n_tallies; i++)
        write_histogram(&metrics->tallies[i], route_name(i), out);
}
