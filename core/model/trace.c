#include "core/model/trace.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/model/resumption.h"

#define MOST_STEPS 2000U /* that a report lists */

static double unit_of(double told)
{
    return told > 0 ? told : 1;
}

int trace_new(struct trace *trace, struct estimation *estimation, struct error *err)
{
    uint64_t most = estimation->options->solver.max_iterations;
    double start = clock_seconds();
    struct trace made = {.watch = &estimation->hooks->watch,
                         .estimation = estimation,
                         .best_value = INFINITY,
                         .patience = patience_start(estimation->options->patience),
                         .likelihood = &estimation->likelihood,
                         .looks_for_separation = estimation->options->l2 == 0 &&
                                                 estimation->options->l1 == 0 &&
                                                 !estimation->options->firth &&
                                                 estimation->options->patience == 0 &&
                                                 estimation->likelihood.loss->is_logistic,
                         .objective_unit = unit_of(estimation->hooks->objective_unit),
                         .gradient_unit = unit_of(estimation->hooks->gradient_unit),
                         .start_seconds = start,
                         .first_seconds = start,
                         .capacity = most < MOST_STEPS ? (size_t)most + 1 : MOST_STEPS};
    bool keeps_best = made.watch->kept_as || made.patience.most > 0;
    made.steps = memory_new(made.capacity, sizeof(*made.steps), err);
    made.whole = memory_new(estimation->likelihood.n, sizeof(*made.whole), err);
    if (keeps_best)
        made.best = memory_new(estimation->likelihood.n, sizeof(*made.best), err);
    if (!made.steps || !made.whole || (keeps_best && !made.best)) {
        trace_free(&made);
        return -1;
    }
    *trace = made;
    return 0;
}

void trace_free(struct trace *trace)
{
    memory_free(trace->steps);
    memory_free(trace->best);
    memory_free(trace->whole);
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
                                 .seconds = step->seconds,
                                 .validation_loss = step->validation_loss};
}

/* A solver may have been given the free coordinates alone. */
static const double *whole_iterate(const struct trace *trace,
                                   const struct solver_step *step)
{
    const struct estimation *estimation = trace->estimation;
    size_t n = estimation->likelihood.n;
    if (estimation->n_free == n)
        return step->beta;
    memcpy(trace->whole, estimation->point.beta, n * sizeof(*trace->whole));
    for (size_t i = 0; i < estimation->n_free; i++)
        trace->whole[estimation->free[i]] = step->beta[i];
    return trace->whole;
}

/* By the loss of rows held out, where that decides when to stop. */
static void keep_best(struct trace *trace, const struct solver_step *step, double loss)
{
    bool by_loss = trace->patience.most > 0;
    double value = by_loss ? loss : step->objective;
    if (!trace->best || !step->beta ||
        !(by_loss ? patience_improves(&trace->patience, loss)
                  : value < trace->best_value))
        return;
    trace->best_value = value;
    trace->best_iteration = step->iteration;
    memcpy(trace->best, whole_iterate(trace, step),
           trace->estimation->likelihood.n * sizeof(*trace->best));
}

/* What the rows held out say of a step. -1: that could not be told. */
static int judge(struct trace *trace, const struct solver_step *step, double *loss)
{
    struct validation *validation = &trace->estimation->validation;
    if (validation_judge(validation, whole_iterate(trace, step), loss, &trace->error) < 0)
        return -1;
    if (validation->held_out && step->iteration == 0 && isnan(*loss)) {
        error_set(&trace->error, ERROR_NON_FINITE,
                  "iteration 0: the loss of the rows held out is not finite; rescale the "
                  "columns or leave out extreme values");
        error_place(&trace->error, "/validation");
        return -1;
    }
    return 0;
}

static int on_step(void *context, const struct solver_step *made)
{
    struct trace *trace = context;
    struct solver_step step = *made;
    double loss;
    if (step.iteration == 0 && trace->n_steps > 0)
        return 0; /* where the last run ended */
    step.iteration += trace->first_iteration;
    if (judge(trace, &step, &loss) < 0)
        return 1;
    step.objective *= trace->objective_unit;
    step.gradient_norm *= trace->gradient_unit;
    step.seconds += trace->first_seconds - trace->start_seconds;
    trace->n_iterations = step.iteration;
    step.validation_loss = loss * trace->objective_unit;
    keep_step(trace, &step);
    keep_best(trace, &step, loss);
    if (trace->watch->on_step && trace->watch->on_step(trace->watch->context, &step) != 0)
        trace->is_cancelled = true;
    else if (trace->looks_for_separation && trace->likelihood->misplaced_weight == 0)
        trace->is_separated = true;
    trace->is_enough = patience_is_over(&trace->patience);
    return trace->is_cancelled || trace->is_separated || trace->is_enough;
}

static bool is_over(void *context)
{
    const struct trace *trace = context;
    return solver_is_over(trace->watch);
}

/* ---- checkpoints ---- */

/* What is left of a fit after a proof of separation is done again from before it. */
static bool wants_state(void *context)
{
    const struct trace *trace = context;
    const struct solver_watch *watch = trace->watch;
    return watch->wants_state && !trace->estimation->separation.is_proved &&
           trace->estimation->n_free == trace->estimation->likelihood.n &&
           watch->wants_state(watch->context);
}

static void keep_state(void *context, const void *state, size_t n_bytes)
{
    const struct trace *trace = context;
    struct buffer packed = BUFFER_EMPTY;
    buffer_reserve(&packed, n_bytes); /* most of it; to grow seldom */
    resumption_pack(trace, state, n_bytes, &packed);
    if (!packed.failed)
        trace->watch->keep_state(trace->watch->context, packed.bytes, packed.n_bytes);
    buffer_free(&packed);
}

struct solver_watch trace_watch(struct trace *trace)
{
    const struct solver_watch watch = {.on_step = on_step,
                                       .context = trace,
                                       .is_over = is_over,
                                       .wants_state = wants_state,
                                       .keep_state = keep_state,
                                       .state = trace->state,
                                       .state_bytes = trace->state_bytes};
    trace->state = NULL;
    return watch;
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
