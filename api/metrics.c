#include "api/metrics.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/text/number.h"

#define REQUESTS "logitd_http_requests_total"
#define DURATION "logitd_http_request_duration_seconds"
#define N_CLASSES 5 /* 1xx … 5xx */

/* Of one route; aligned so that routes do not share cache lines. */
struct tally {
    _Alignas(64) atomic_ullong n_by_class[N_CLASSES];
    struct latency latency;
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

static unsigned long long counted(atomic_ullong *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_observe(struct metrics *metrics, const struct route *route, int status,
                     double seconds)
{
    struct tally *tally =
        &metrics->tallies[route ? router_index(route) : metrics->n_tallies - 1];
    int class = status / 100;
    if (class < 1 || class > N_CLASSES)
        class = N_CLASSES;
    atomic_fetch_add_explicit(&tally->n_by_class[class - 1], 1, memory_order_relaxed);
    latency_count(&tally->latency, seconds);
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

/* "name_suffix", and the labels in braces if there are any. */
static void append_name(struct buffer *out, const char *name, const char *suffix,
                        const char *labels)
{
    buffer_printf(out, "%s_%s", name, suffix);
    if (labels[0])
        buffer_printf(out, "{%s}", labels);
}

static void append_bucket(struct buffer *out, const char *name, const char *labels,
                          double bound, unsigned long long n)
{
    buffer_printf(out, "%s_bucket{%s%sle=\"", name, labels, labels[0] ? "," : "");
    if (isinf(bound))
        buffer_append_string(out, "+Inf");
    else
        append_number(out, bound);
    buffer_printf(out, "\"} %llu\n", n);
}

void metrics_write_histogram(struct buffer *out, const char *name, const char *labels,
                             const struct latency_counts *counts)
{
    unsigned long long n = 0;
    if (counts->n_all == 0)
        return;
    for (size_t i = 0; i <= LATENCY_N_BOUNDS; i++) {
        n += counts->n[i];
        append_bucket(out, name, labels,
                      i < LATENCY_N_BOUNDS ? latency_bounds[i] : (double)INFINITY, n);
    }
    append_name(out, name, "sum", labels);
    buffer_append_byte(out, ' ');
    append_number(out, counts->seconds);
    buffer_append_byte(out, '\n');
    append_name(out, name, "count", labels);
    buffer_printf(out, " %llu\n", n);
}

static void write_duration(struct tally *tally, const char *route, struct buffer *out)
{
    const struct latency_counts counts = latency_read(&tally->latency);
    char labels[96];
    snprintf(labels, sizeof(labels), "route=\"%s\"", route);
    metrics_write_histogram(out, DURATION, labels, &counts);
}

void metrics_write(struct metrics *metrics, struct buffer *out)
{
    metrics_write_family(out, REQUESTS, "counter", "Answered requests.");
    for (size_t i = 0; i < metrics->n_tallies; i++)
        write_counts(&metrics->tallies[i], route_name(i), out);
    metrics_write_family(out, DURATION, "histogram",
                         "Time from the request's head to the answer.");
    for (size_t i = 0; i < metrics->n_tallies; i++)
        write_duration(&metrics->tallies[i], route_name(i), out);
}
