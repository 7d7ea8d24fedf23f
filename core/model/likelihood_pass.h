/*
 * One pass over the rows of a likelihood: what each chunk of them adds, for one vector or
 * several, summed up by the pool's fixed tree into likelihood->sums.
 */
#ifndef LOGITD_CORE_MODEL_LIKELIHOOD_PASS_H
#define LOGITD_CORE_MODEL_LIKELIHOOD_PASS_H

#include "core/model/likelihood.h"

struct likelihood_pass {
    const struct likelihood *likelihood;
    likelihood_chunk_fn *add;
    const double *const *vectors; /* β, or what the Hessian is multiplied with: a chunk of
                                     rows serves all of them once it is loaded */
    size_t n_vectors;
    size_t n_sums; /* of each */
    unsigned want;
    bool is_raw;     /* rows are taken as they lie, and so are the sums at first */
    bool in_tallies; /* and these are by places at first (tallies.h); of one vector */
    bool is_viewed;  /* rows are taken as they lie, by who puts them into the basis */
    double *kept;    /* the point's state, or NULL */
    const double *by_terms[LIKELIHOOD_MOST_AT_ONCE]; /* the vectors, ordered */
};

/* Terms of the vectors that a pass takes and sums up, at most. */
size_t likelihood_pass_n_terms(const struct likelihood *likelihood);
/* Sums of an evaluation, for one vector. */
size_t likelihood_pass_n_sums(const struct likelihood *likelihood, bool is_raw,
                              unsigned want);
/* Does an evaluation have rows as they lie? Of classes no Hessian is summed up of them.
 */
bool likelihood_pass_takes_raw(const struct likelihood *likelihood, unsigned want);

/* All rows. ERROR_CANCELLED where the watch gave up. */
int likelihood_pass_run(struct likelihood *likelihood, struct likelihood_pass *pass,
                        struct error *err) MUST_CHECK;

/* What that is made of, for who takes some of the rows: the vectors are put in order,
 * each chunk in the room is added, and in the end rows may have been left out. */
void likelihood_pass_order(struct likelihood *likelihood, struct likelihood_pass *pass);
void likelihood_pass_add(const struct likelihood_pass *pass, struct likelihood_room *room,
                         double *sums);
int likelihood_pass_check(const struct likelihood *likelihood,
                          struct error *err) MUST_CHECK;

/* Mean by weight of a vector of sums, by blocks; of rows that stand for `share` times as
 * many. */
void likelihood_pass_take(const struct likelihood *likelihood, const double *sums,
                          double share, double *vector);
/* The same of all rows, which may have been taken as they lie. */
void likelihood_pass_take_derivative(struct likelihood *likelihood, bool is_raw,
                                     double *sums, double *vector);
/* Sums of a gradient and a Hessian: from terms of rows as they lie to the basis's. */
void likelihood_pass_leave_raw_hessian(struct likelihood *likelihood, double *sums);

#endif
