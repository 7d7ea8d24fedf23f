/*
 * Counters of answered requests by route and status class, with a histogram of their
 * durations, and helpers to write Prometheus' text format 0.0.4. Labels are bounded:
 * routes are those of the table and "none". Counting is lock-free and thread-safe.
 */
#ifndef LOGITD_API_METRICS_H
#define LOGITD_API_METRICS_H

#include "api/router.h"
#include "core/base/buffer.h"
#include "core/base/latency.h"

struct metrics;

struct metrics *metrics_new(struct error *err) MUST_CHECK;
void metrics_free(struct metrics *metrics);

/* route NULL: none was found. */
void metrics_observe(struct metrics *metrics, const struct route *route, int status,
                     double seconds);
/* logitd_http_requests_total and logitd_http_request_duration_seconds, of routes that
 * were asked. */
void metrics_write(struct metrics *metrics, struct buffer *out);

/* One family: its HELP and TYPE ("gauge", "counter"), then its samples. */
void metrics_write_family(struct buffer *out, const char *name, const char *type,
                          const char *help);
/* label NULL: a sample without labels. Label values must not need escapes. */
void metrics_write_sample(struct buffer *out, const char *name, const char *label,
                          const char *label_value, double value);
/* The samples of a histogram with these labels ("route=\"predict\"", or "": none);
 * nothing where nothing was counted. */
void metrics_write_histogram(struct buffer *out, const char *name, const char *labels,
                             const struct latency_counts *counts);
/* A family of one sample without labels. */
void metrics_write_one(struct buffer *out, const char *name, const char *type,
                       const char *help, double value);

#endif
