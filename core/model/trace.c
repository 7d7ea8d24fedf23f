#include "core/model/trace.h"

#include "core/base/clock.h"
#include "core/base/memory.h"

#define MOST_STEPS 2000U /* that a report lists */

int trace_new(struct trace *trace, const struct estimation *estimation, struct error *err)
{
    uint64_t most = estimation->options->solver.max_iterations;
    double start = clock_seconds();
    struct trace made = {.watch = &estimation->hooks->watch,
                         .likelihood = &estimation->likelihood,
                         .looks_for_separation =
                             estimation->options->l2 == 0 && estimation->options->l1 == 0,
                         .start_seconds = start,
                         .first_seconds = start,
                         .capacity = most < MOST_STEPS ? (size_t)most + 1 : MOST_STEPS};
    made.steps = memory_new(made.capacity, sizeof(*made.steps), err);
    if (!made.steps)
        return -1;
    *trace = made;
    return 0;
}

void trace_free(struct trace *trace)
{
    memory_free(trace->steps);
    *trace = (struct trace){0};
}

static void keep_step(struct trace *trace, const struct solver_step *step)
{
    if (trace->n_steps < trace->capacity)
        trace->steps[trace->n_steps++] =
            (struct report_step){.iteration = step->iteration,
                                 .objective = step->objective,
                                 .gradient_norm = step->gradient_norm,
                                 .step = step->step,
                                 .seconds = step->seconds};
}

static int on_step(void *context, const struct solver_step *made)
{
    struct trace *trace = context;
    struct solver_step step = *made;
    if (step.iteration == 0 && trace->n_steps > 0)
        return 0; /* where the last run ended */
    step.iteration += trace->first_iteration;
    step.seconds += trace->first_seconds - trace->start_seconds;
    keep_step(trace, &step);
    if (trace->watch->on_step && trace->watch->on_step(trace->watch->context, &step) != 0)
        trace->is_cancelled = true;
    else if (trace->looks_for_separation && trace->likelihood->misplaced_weight == 0)
        trace->is_separated = true;
    return trace->is_cancelled || trace->is_separated;
}

struct solver_watch trace_watch(struct trace *trace)
{
    return (struct solver_watch){.on_step = on_step, .context = trace};
}

void trace_continue(struct trace *trace, uint64_t n_iterations, bool is_restricted)
{
    trace->first_iteration += n_iterations;
    trace->first_seconds = clock_seconds();
    trace->is_separated = false;
    trace->looks_for_separation &= !is_restricted;
}

void trace_report(struct trace *trace, struct report *report)
{
    report->n_steps = trace->n_steps;
    report->trace = trace->steps;
    trace->steps = NULL;
}
