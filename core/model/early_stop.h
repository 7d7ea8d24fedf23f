/*
 * The end of a search with early stopping: the iterate with the least loss on held-out
 * rows is the one that is kept, whatever ended the search.
 */
#ifndef LOGITD_CORE_MODEL_EARLY_STOP_H
#define LOGITD_CORE_MODEL_EARLY_STOP_H

#include "core/model/trace.h"

/* Moves the estimation there, with SOLVER_EARLY as reason and no decrement, unless it is
 * as good where it is; without patience does nothing. */
int early_stop_settle(struct trace *trace, struct error *err) MUST_CHECK;

#endif
