#include "core/base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The one piece of state: the wall clock may be set back, what we have told may not. */
static _Atomic int64_t latest;

int64_t clock_wall_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t value = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    int64_t seen = atomic_load(&latest);
    while (seen < value && !atomic_compare_exchange_weak(&latest, &seen, value))
        ;
    return seen < value ? value : seen;
}

char *clock_text(int64_t wall_microseconds, char *text)
{
    time_t seconds = (time_t)(wall_microseconds / 1000000);
    int64_t rest = wall_microseconds % 1000000;
    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    struct tm parts;
    gmtime_r(&seconds, &parts);
    size_t n = strftime(text, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + n, CLOCK_TEXT_BYTES - n, ".%06dZ", (int)rest);
    return text;
}
