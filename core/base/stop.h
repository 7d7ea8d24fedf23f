/*
 * Somebody who may ask for work to be given up, as a thing that can be handed down: for
 * arithmetic that takes long within one call. All zero: nobody.
 */
#ifndef LOGITD_CORE_BASE_STOP_H
#define LOGITD_CORE_BASE_STOP_H

#include <stdbool.h>

#include "core/base/error.h"

struct stop {
    bool (*is_asked)(void *context); /* cheap, on any thread; NULL: never */
    void *context;
};

/* stop NULL is fine. */
bool stop_is_asked(const struct stop *stop);
/* -1 with ERROR_CANCELLED if it is. */
int stop_check(const struct stop *stop, struct error *err) MUST_CHECK;

#endif
