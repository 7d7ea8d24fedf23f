#include "core/base/stop.h"

#include <stddef.h>

bool stop_is_asked(const struct stop *stop)
{
    return stop && stop->is_asked && stop->is_asked(stop->context);
}

int stop_check(const struct stop *stop, struct error *err)
{
    return stop_is_asked(stop) ? error_set(err, ERROR_CANCELLED, "the work was stopped")
                               : 0;
}
