#include "core/model/interruption.h"

#include <math.h>
#include <string.h>

int interruption_keep(struct trace *trace, const struct error *why, struct error *err)
{
    struct estimation *estimation = trace->estimation;
    const struct solver_watch *watch = trace->watch;
    bool is_stopped = why->code == ERROR_CANCELLED && isfinite(trace->best_value);
    const char *reason =
        is_stopped && trace->best ? watch->kept_as(watch->context) : NULL;
    if (!reason)
        return error_copy(err, why);
    estimation->stopped_as = reason;
    estimation->result = (struct solver_result){.stop = SOLVER_STOPPED,
                                                .n_iterations = trace->n_iterations,
                                                .newton_decrement = NAN};
    memcpy(estimation->point.beta, trace->best,
           estimation->likelihood.n * sizeof(*trace->best));
    estimation->point.have = 0;
    return objective_evaluate(&estimation->objective, &estimation->point,
                              OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, err);
}
