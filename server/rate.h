/*
 * A token bucket: how often somebody may come. It fills at `per_second` and holds one
 * second's worth (at least one), so that a burst of that size passes. The caller locks
 * and tells the time, by any clock that does not go back.
 */
#ifndef LOGITD_SERVER_RATE_H
#define LOGITD_SERVER_RATE_H

#include <stdbool.h>

struct rate {
    double per_second; /* 0: no limit */
    double tokens;
    double filled_at; /* seconds */
};

struct rate rate_start(double per_second, double now); /* full */

/* Takes a token; false, with the whole seconds until there will be one, if there is none.
 */
bool rate_take(struct rate *rate, double now, unsigned *retry_seconds);

/* Another limit from now on; what has been used up stays used up. */
void rate_change(struct rate *rate, double per_second, double now);

#endif
