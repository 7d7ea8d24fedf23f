/*
 * What an estimate tells beside the outcome of its search (outcome.h): the algorithm,
 * what the rows were like, the run, what rows held out say of its end.
 */
#ifndef LOGITD_CORE_MODEL_ESTIMATE_REPORT_H
#define LOGITD_CORE_MODEL_ESTIMATE_REPORT_H

#include "core/model/trace.h"

/* Of a prepared estimation, with room for its results. */
int estimate_report_begin(struct estimation *estimation, struct error *err) MUST_CHECK;

/* Of the trace's estimation, whose search has ended and has its outcome. The steps of the
 * trace become the report's, also where this fails. */
int estimate_report_end(struct trace *trace, struct error *err) MUST_CHECK;

#endif
