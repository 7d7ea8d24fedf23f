/*
 * Between a solver and the caller's watch: keeps the trace, passes steps on, remembers
 * who asked to stop. A fit may run its solver more than once; iterations are counted
 * through.
 */
#ifndef LOGITD_CORE_MODEL_TRACE_H
#define LOGITD_CORE_MODEL_TRACE_H

#include "core/base/checksum.h"
#include "core/model/estimation.h"
#include "core/optim/patience.h"

struct trace {
    const struct solver_watch *watch; /* the caller's */
    struct estimation *estimation;
    const struct likelihood *likelihood;
    double objective_unit, gradient_unit; /* of the response */
    bool looks_for_separation;
    bool is_cancelled; /* the caller asked to stop */
    bool is_separated; /* every row seems to be on its side: complete separation */
    uint64_t first_iteration;
    double start_seconds, first_seconds;
    size_t n_steps, capacity;
    struct report_step *steps;
    uint64_t n_iterations; /* told so far */

    /* The best iterate by objective, where the caller may want it of a fit that he stops;
     * with patience by the loss of the rows held out. Else NULL. */
    double *best; /* [n] */
    double best_value;
    uint64_t best_iteration;
    double *whole; /* [n] for an iterate of the free coordinates alone */

    /* Of rows held out. */
    struct patience patience;
    bool is_enough;     /* their loss has not been lower for so long */
    struct error error; /* that kept it from being told */

    /* Of a fit that goes on where an earlier process left it (resumption.h). */
    char key[CHECKSUM_HEX_BYTES]; /* whose state it is */
    double earlier_seconds;
    const void *state; /* of the solver that runs first; borrowed */
    size_t state_bytes;
};

int trace_new(struct trace *trace, struct estimation *estimation,
              struct error *err) MUST_CHECK;
void trace_free(struct trace *trace);

/* The watch for a solver; a state is given to the first one alone. */
struct solver_watch trace_watch(struct trace *trace);
/* Before the solver runs again, after n_iterations of its last run; from now on on a part
 * of the coordinates? */
void trace_continue(struct trace *trace, uint64_t n_iterations, bool is_restricted);
/* Hands the steps over to the report. */
void trace_report(struct trace *trace, struct report *report);

#endif
