/*
 * The solver seam: one signature, one row of the solver table an algorithm. A new solver
 * is one file and one row.
 */
#ifndef LOGITD_CORE_OPTIM_SOLVER_H
#define LOGITD_CORE_OPTIM_SOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernel/cholesky.h"
#include "core/optim/objective.h"
#include "core/optim/schedule.h"

/* One learning rate of those to choose from, and what came of it. */
struct solver_trial {
    double learning_rate;
    double loss;   /* where its fit ends; NaN: it diverged */
    bool diverged; /* the objective was not finite any more, or did not fall */
};

/*
 * A choice among learning rates: the fits of all of them run in lock-step, each row being
 * read once for all, and that one goes on whose loss on other rows is least in the end.
 */
struct solver_search {
    size_t n;
    struct solver_trial *trials;    /* [n] the rates; what came of them is written here */
    const struct objective *judged; /* its value at β is the loss */
    uint64_t patience; /* of each fit: see patience.h; then its least loss counts */
};

/* At this tolerance or a smaller one the methods of Newton go on until the decrement is
 * what rounding leaves; at a greater one they stop where it is met. */
#define SOLVER_LAST_DIGITS 1e-8

struct solver_options {
    uint64_t max_iterations;
    /* Over max(1,|J|): on the Newton decrement squared for newton and newton_cg, on the
     * gradient's norm for lbfgs and first-order methods. */
    double tolerance;
    /* Of lbfgs: a matrix near the Hessian where it starts, factored, borrowed. Then the
     * tolerance is on the decrement squared. NULL: it finds one by itself. */
    const struct cholesky *metric;
    /* Of newton: as many times a value with its gradient as a Hessian with them costs, so
     * that one may be worth keeping for several steps; 0: is not known. */
    double hessian_passes;
    /* Of newton: at a loose tolerance the Hessian at the end may be of the point before.
     */
    bool hessian_may_lag;
    /* J may fall without a minimum, so that a small decrement alone is no sign of one:
     * [n] for each coordinate the most by which a unit of it changes the margin of a row.
     * NULL: J has a minimum, or nobody wants to know. */
    const double *reach;
    /* Where J is greater at the point than this value, and not by rounding, the solver
     * starts at this beta [n] instead. NULL: it starts at the point. */
    const double *other_start;
    double other_value;
    /* Of coordinates that end at 0 it is enough to know that the gradient is within their
     * l1: it need not be had. */
    bool bounds_do;
    /* Another solver goes on from there: to end where the tolerance is met, without the
     * last digits. */
    bool is_first_of_two;
    uint64_t seed;
    /* For those that take them. */
    double learning_rate;         /* the schedule's initial one; 0: the method's own */
    struct solver_search *search; /* among rates, in place of one; NULL: none */
    enum schedule schedule;
    uint64_t n_periods;  /* of a cosine schedule; 0 is 1 */
    size_t batch_size;   /* rows, ≥ 1 */
    uint64_t max_epochs; /* of mini-batch methods, whose iterations are epochs */
    double momentum;     /* of sgd: 0 ≤ μ < 1 */
    bool nesterov;       /* apply it as Nesterov does */
    bool averaging;      /* of sgd: end with the mean of the iterates */
};

/* One line of the trace. */
struct solver_step {
    uint64_t iteration;
    double objective;
    double gradient_norm; /* Euclidean */
    double step;          /* step length taken to get here; 0 at the start */
    double seconds;       /* since the start of the solve */
    bool in_epochs;       /* the iteration is an epoch */
    double
        validation_loss; /* of rows held out; set by the caller of solvers alone; NaN */
    const double *beta;  /* [n] where this is; the solver's; NULL: not told */
};

struct solver_watch {
    /* Called after every iteration on the solving thread. Non-zero asks to stop: the
     * solver returns with SOLVER_STOPPED and its best iterate. NULL: nobody watches. */
    int (*on_step)(void *context, const struct solver_step *step);
    void *context;
    /* Asked within what may take long (an evaluation, on any of its threads; a
     * factorisation): shall it be given up? Once true it stays so. NULL: never. */
    bool (*is_over)(void *context);
    /* Checkpoints (checkpoint.h). Between two iterations: is the solver's state to be
     * kept now? Then it is given, borrowed for the call. NULL: never. */
    bool (*wants_state)(void *context);
    void (*keep_state)(void *context, const void *state, size_t n_bytes);
    /* What a solver of the same objective and options had kept, to go on from in place of
     * the point; NULL: there is none. */
    const void *state;
    size_t state_bytes;
    /* Asked by the caller of solvers where on_step or is_over ended the work: is the best
     * iterate to be kept all the same, and for what reason was it stopped ("cancelled",
     * "time_limit")? From then on is_over lets go on what remains to be done. NULL, or
     * NULL said: it is not. */
    const char *(*kept_as)(void *context);
    /* Told by the caller of solvers what it does from now on ("solving"), and of several
     * like it which one, from 1; 0 of 0: it is not one of several. NULL: nobody listens.
     */
    void (*on_stage)(void *context, const char *stage, size_t part, size_t n_parts);
};

/* watch NULL is fine. */
void solver_tell_stage(const struct solver_watch *watch, const char *stage, size_t part,
                       size_t n_parts);

/* For objectives: what is_over says. The evaluation then fails with ERROR_CANCELLED. */
bool solver_is_over(const struct solver_watch *watch);

enum solver_stop {
    SOLVER_TOLERANCE,      /* "tolerance": the certificate holds */
    SOLVER_MAX_ITERATIONS, /* "max_iterations" */
    SOLVER_MAX_EPOCHS,     /* "max_epochs" */
    SOLVER_NO_PROGRESS,    /* "no_progress": no step lowers J in floating point */
    SOLVER_UNBOUNDED,      /* "unbounded": J seems to fall without a minimum; may go on */
    SOLVER_STOPPED,        /* "stopped": by the watch */
    SOLVER_EARLY           /* "early_stopping": of a watch that judges by other rows */
};
const char *solver_stop_word(enum solver_stop stop);

struct solver_result {
    enum solver_stop stop;
    uint64_t n_iterations;
    uint64_t n_evaluations;
    double newton_decrement; /* √(g'H⁻¹g) at the end; NaN if the method has none */
};

/* Starts from point->beta, or goes on from the watch's state; on return (0) the point is
 * the best iterate with value and gradient (and Hessian for newton, which the point has
 * room for, unless it keeps them) valid. -1: ERROR_NON_FINITE names the iteration,
 * ERROR_NO_MEMORY. */
typedef int solver_fn(const struct objective *objective,
                      const struct solver_options *options,
                      const struct solver_watch *watch, struct objective_point *point,
                      struct solver_result *result, struct error *err);

struct solver {
    const char *name; /* as the contract has it */
    bool needs_hessian;
    bool needs_products; /* with it, or blocks of it, which a subspace does not offer */
    bool is_first_order; /* takes a learning rate, or a search; an iteration is a pass
                            over all rows */
    bool in_batches;     /* takes batch_size and max_epochs */
    bool takes_l1;       /* minimises with the objective's l1 */
    bool has_momentum;   /* takes momentum, nesterov and averaging */
    solver_fn *solve;
};

/* The trial with the least loss, the first one of equals; NULL: all have diverged. */
const struct solver_trial *solver_best_trial(const struct solver_search *search);

const struct solver *solver_find(const char *name); /* NULL: none such */
const struct solver *solver_at(size_t i);           /* NULL behind the last */

#endif
