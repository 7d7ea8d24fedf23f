/*
 * The way to the estimates: runs the solver until there is a minimum of J, or of what is
 * left of J in the limit where the data are separated.
 */
#ifndef LOGITD_CORE_MODEL_SEARCH_H
#define LOGITD_CORE_MODEL_SEARCH_H

#include "core/model/estimation.h"
#include "core/model/trace.h"

/* From the estimation's point on; leaves there the last one, evaluated, with result, free
 * coordinates and separation. ERROR_CANCELLED where the watch asked to stop; the solver's
 * errors. */
int search_run(struct estimation *estimation, struct trace *trace,
               struct error *err) MUST_CHECK;

#endif
