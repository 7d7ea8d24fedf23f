#include "server/process_metrics.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/metrics.h"

/* /proc/self/statm: pages, of all and resident. */
static bool read_resident(double *bytes)
{
    unsigned long pages, resident;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return false;
    bool is_read = fscanf(file, "%lu %lu", &pages, &resident) == 2;
    fclose(file);
    *bytes = is_read ? (double)resident * (double)sysconf(_SC_PAGESIZE) : 0;
    return is_read;
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + 1e-6 * (double)time->tv_usec;
}

void process_metrics_write(struct buffer *out)
{
    struct rusage usage;
    double resident;
    if (read_resident(&resident))
        metrics_write_one(out, "process_resident_memory_bytes", "gauge",
                          "Resident memory.", resident);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        metrics_write_one(out, "process_cpu_seconds_total", "counter",
                          "Time of processors, user and system.",
                          seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime));
}
