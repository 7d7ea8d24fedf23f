/*
 * Metrics of versions in Prometheus' text form, with the labels model and version: of
 * those USAGE_METRICS_MOST versions that answered last, so that there is a bound.
 */
#ifndef LOGITD_API_USAGE_METRICS_H
#define LOGITD_API_USAGE_METRICS_H

#include "api/registry.h"
#include "core/base/buffer.h"

#define USAGE_METRICS_MOST 100U
/* Before so many were counted, chance alone makes an index look like a shift. */
#define USAGE_METRICS_LEAST_ROWS 200U

struct store;

/* Without memory what there is no memory for is left out. */
void usage_metrics_write(struct registry *registry, struct store *store,
                         struct buffer *out);

#endif
