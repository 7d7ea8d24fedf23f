/*
 * The likelihood of a design made in memory (made_design.h), with all that it stands on.
 */
#ifndef LOGITD_TESTS_SUPPORT_MADE_LIKELIHOOD_H
#define LOGITD_TESTS_SUPPORT_MADE_LIKELIHOOD_H

#include "core/model/likelihood.h"

/* basis_find or basis_scale. */
typedef int made_likelihood_basis_fn(struct basis *basis, const struct design *design,
                                     const struct survey *survey,
                                     const struct estimate_options *options,
                                     struct pool *pool, struct error *err);

struct made_likelihood { /* all zero: none */
    struct pool *pool;   /* two threads */
    struct survey survey;
    struct basis basis;
    struct likelihood likelihood;
    struct objective objective;
};

/* Borrows design and options. */
void made_likelihood_new(struct made_likelihood *made, const struct design *design,
                         const struct estimate_options *options,
                         made_likelihood_basis_fn *find_basis, bool has_hessian);
void made_likelihood_free(struct made_likelihood *made);

#endif
