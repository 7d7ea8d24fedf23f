/*
 * A fit that is told to stop before its end, and whose best iterate is wanted all the
 * same: a model without a certificate, which says so.
 */
#ifndef LOGITD_CORE_MODEL_INTERRUPTION_H
#define LOGITD_CORE_MODEL_INTERRUPTION_H

#include "core/model/trace.h"

/*
 * After the search failed with `why`: if it was stopped and the caller keeps what there
 * is, moves the estimation to the best iterate and evaluates it there, which takes one
 * pass over the rows. -1 with `why` itself if there is nothing to keep, or nobody wants
 * it.
 */
int interruption_keep(struct trace *trace, const struct error *why,
                      struct error *err) MUST_CHECK;

#endif
