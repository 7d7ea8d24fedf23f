/* What the process takes of the machine, by the names that Prometheus' clients use. */
#ifndef LOGITD_SERVER_PROCESS_METRICS_H
#define LOGITD_SERVER_PROCESS_METRICS_H

#include "core/base/buffer.h"

/* Appends Prometheus' text form. What /proc does not tell is left out. Thread-safe. */
void process_metrics_write(struct buffer *out);

#endif
