/*
 * What a fit may take of the machine.
 */
#ifndef LOGITD_CORE_MODEL_FIT_ROOM_H
#define LOGITD_CORE_MODEL_FIT_ROOM_H

#include "core/base/budget.h"

/* Borrowed. */
struct fit_room {
    struct budget *budget; /* of memory */
    /* A nameless file for a design that the budget cannot hold, or -1; the caller closes
     * it. NULL: there are none, and such a fit is refused. */
    int (*scratch_file)(void *context, struct error *err);
    void *context;
};

#endif
