/*
 * Where a search of coordinate_descent.c is, for its several ways of going on from there.
 */
#ifndef LOGITD_CORE_OPTIM_COORDINATE_SEARCH_H
#define LOGITD_CORE_OPTIM_COORDINATE_SEARCH_H

#include "core/optim/column_descent.h"
#include "core/optim/solver.h"
#include "core/optim/working_set.h"

/* Tolerances up to this are met to rounding. */
#define COORDINATE_SEARCH_EXACT 1e-8

/* In rounds (coordinate_rounds.h), by columns and by parts; the last of them was all that
 * mattered; with the whole. The numbers are kept in checkpoints. */
enum coordinate_phase {
    COORDINATE_BY_PARTS,
    COORDINATE_SETTLED,
    COORDINATE_BY_THE_WHOLE,
    COORDINATE_BY_COLUMNS
};

struct coordinate_search {
    const struct objective *objective;
    const struct solver_options *options;
    const struct solver_watch *watch;
    struct objective_point here, trial; /* with the curvature */
    struct working_set set;
    struct column_descent columns; /* all zero: not by columns */
    double value;                  /* F here */
    double decrement;              /* λ here */
    double step;                   /* t that led here */
    double start_seconds;
    size_t phase;
    size_t n_by_columns; /* steps */
    bool is_told;        /* here */
    struct solver_result result;
};

/* The coordinates that tell of here: NULL of all of them, or those that do not stay 0. */
struct l1_among coordinate_search_among(const struct coordinate_search *search);

/* As evaluation_try. */
int coordinate_search_evaluate(struct coordinate_search *search,
                               struct objective_point *point, unsigned want, bool *finite,
                               struct error *why, struct error *err) MUST_CHECK;
/* The trial is where it goes on. */
void coordinate_search_accept(struct coordinate_search *search);
/* Tells each point once. */
bool coordinate_search_told_to_stop(struct coordinate_search *search);

#endif
