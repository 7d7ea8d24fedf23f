/*
 * Going on with a search that ended with its process: what the search remembers beside
 * its solver's state (core/optim/checkpoint.h), as bytes, and back.
 *
 * Everything before the search (survey, basis, null model) is computed again: it gives
 * the same bits. Only what is searched in all coordinates is kept; where the data turn
 * out to be separated, the state before that stays the last one, and the proof is made
 * again.
 */
#ifndef LOGITD_CORE_MODEL_RESUMPTION_H
#define LOGITD_CORE_MODEL_RESUMPTION_H

#include "core/model/trace.h"

/* Appends the search as it is, with the state of its solver. Errors stick in `out`. */
void resumption_pack(const struct trace *trace, const void *state, size_t n_bytes,
                     struct buffer *out);

/*
 * Before the search: if the caller's watch has a state, and it is one of this search (of
 * the same program, options, objective and start), moves the estimation and the trace to
 * where it was, and leaves the solver's state for the trace's watch. Else changes
 * nothing. -1 only without memory.
 */
int resumption_start(struct trace *trace, struct error *err) MUST_CHECK;

#endif
