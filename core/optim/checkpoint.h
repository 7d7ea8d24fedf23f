/*
 * A solver's state between two iterations, as bytes, so that it can go on later as if it
 * had never stopped: with the same bits.
 *
 * A solver lists what it remembers once, in one function that is called for keeping and
 * for going on alike (a visit). What it can compute again from that, it does, by the same
 * steps as before: a point, say, with its Hessian.
 */
#ifndef LOGITD_CORE_OPTIM_CHECKPOINT_H
#define LOGITD_CORE_OPTIM_CHECKPOINT_H

#include "core/optim/solver.h"

struct checkpoint; /* one visit */

/* Names each part by one of the calls below, always the same in the same order. */
typedef void checkpoint_visit_fn(void *solver, struct checkpoint *visit);

void checkpoint_number(struct checkpoint *visit, const char *name, double *number);
void checkpoint_numbers(struct checkpoint *visit, const char *name, double *numbers,
                        size_t n);
void checkpoint_count(struct checkpoint *visit, const char *name, uint64_t *count);
void checkpoint_size(struct checkpoint *visit, const char *name, size_t *size);
void checkpoint_flag(struct checkpoint *visit, const char *name, bool *flag);
/* A time by clock_seconds(): kept as how long ago it was. */
void checkpoint_start(struct checkpoint *visit, const char *name, double *start_seconds);

/* Between two iterations: keeps the state where the watch wants it. Changes nothing of
 * the solver; what cannot be kept for want of memory is not kept. */
void checkpoint_offer(const struct solver_watch *watch, checkpoint_visit_fn *visit,
                      void *solver);

/* At the start, once the solver's arrays are there: true if it is now where the watch's
 * state says. State of another solver, of other sizes, or none: false, and nothing has
 * changed. */
bool checkpoint_resume(const struct solver_watch *watch, checkpoint_visit_fn *visit,
                       void *solver);

#endif
