/*
 * How long a fit may still take, from how far it has come. NaN where nothing can be said.
 *
 * A search ends when its gradient's norm is below tolerance·max(1,|J|), or earlier at its
 * limit of epochs. Of the last norms g it is told how they fall: with decreases d of
 * log g that grow from one to the next by more than half, as Newton's method has them
 * near the optimum, they are taken to go on so (at most twice as much each time); else
 * log g is taken to fall in a straight line; of epochs, whose gradients go up and down,
 * only where it falls every time. Else a search is only bounded by its epochs. An
 * iteration takes what the median of the last ones took.
 *
 * Of fits one after the other (a path, folds) each takes what the last one at its place
 * in the path took, or, where there was none, the last one of all.
 *
 * What comes behind the search, statistics above all, is not in it. The caller locks.
 */
#ifndef LOGITD_API_TRAIN_ETA_H
#define LOGITD_API_TRAIN_ETA_H

#include <stddef.h>

#include "core/model/fit.h"
#include "core/optim/solver.h"

#define TRAIN_ETA_WINDOW 8U

struct train_eta {
    const struct fit_request *request;

    /* The last steps, the newest first. */
    struct {
        double seconds, gradient_norm;
    } steps[TRAIN_ETA_WINDOW];
    size_t n_steps;

    /* Of fits one after the other. */
    size_t n_parts; /* in all; 0: it is one fit */
    size_t part;    /* the one under way, from 0 */
    size_t n_places, n_before;
    double part_began_at, rest_seconds; /* of this part and those behind it */
    double latest_seconds;              /* of one part; 0: none has ended */
    double seconds[PATH_MOST_LAMBDAS];  /* by place; 0: not known */
};

void train_eta_start(struct train_eta *eta, const struct fit_request *request);

/* As struct solver_watch tells them; `now` by clock_seconds(). */
void train_eta_stage(struct train_eta *eta, const char *stage, size_t part,
                     size_t n_parts, double now);
/* What is left, in seconds. */
double train_eta_step(struct train_eta *eta, const struct solver_step *step, double now);
/* The same between steps. */
double train_eta_now(const struct train_eta *eta, double now);

#endif
