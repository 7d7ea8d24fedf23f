#include "server/rate.h"

#include <math.h>

static double capacity(const struct rate *rate)
{
    return rate->per_second > 1 ? rate->per_second : 1;
}

static void fill(struct rate *rate, double now)
{
    double tokens = rate->tokens + (now - rate->filled_at) * rate->per_second;
    rate->tokens = fmin(tokens, capacity(rate));
    rate->filled_at = now;
}

struct rate rate_start(double per_second, double now)
{
    struct rate rate = {.per_second = per_second, .filled_at = now};
    rate.tokens = capacity(&rate);
    return rate;
}

bool rate_take(struct rate *rate, double now, unsigned *retry_seconds)
{
    if (rate->per_second <= 0)
        return true;
    fill(rate, now);
    if (rate->tokens >= 1) {
        rate->tokens -= 1;
        return true;
    }
    *retry_seconds = (unsigned)ceil((1 - rate->tokens) / rate->per_second);
    return false;
}

void rate_change(struct rate *rate, double per_second, double now)
{
    if (rate->per_second <= 0) { /* there was no limit: nothing has been counted */
        *rate = rate_start(per_second, now);
        return;
    }
    fill(rate, now);
    rate->per_second = per_second;
    rate->tokens = fmin(rate->tokens, capacity(rate));
}
