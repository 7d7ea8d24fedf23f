/*
 * What this process may use of the machine: processors and memory, with the limits that a
 * container or service manager has set through control groups (version 2 or 1), and
 * descriptors.
 */
#ifndef LOGITD_SERVER_MACHINE_H
#define LOGITD_SERVER_MACHINE_H

#include <stddef.h>

struct machine {
    size_t n_cores; /* at least 1 */
    size_t memory_bytes;
};

/* `root` is put in front of /proc and /sys; "" but in tests. What cannot be read does not
 * limit. */
struct machine machine_read(const char *root);

/* Raises the limit of open descriptors to what the process may have; returns it. */
size_t machine_raise_descriptors(void);

#endif
