#include "tests/support/made_likelihood.h"

#include <check.h>

void made_likelihood_new(struct made_likelihood *made, const struct design *design,
                         const struct estimate_options *options,
                         made_likelihood_basis_fn *find_basis, bool has_hessian)
{
    static const struct estimate_hooks hooks = {0};
    *made = (struct made_likelihood){.pool = pool_new(2, 0, NULL)};
    ck_assert_int_eq(survey_run(&made->survey, design, options, &hooks, made->pool, NULL),
                     0);
    ck_assert_int_eq(
        find_basis(&made->basis, design, &made->survey, options, made->pool, NULL), 0);
    ck_assert_int_eq(likelihood_new(&made->likelihood, design, &made->basis,
                                    &made->survey, options, &hooks, made->pool,
                                    has_hessian, NULL),
                     0);
    made->objective = likelihood_objective(&made->likelihood);
}

void made_likelihood_free(struct made_likelihood *made)
{
    likelihood_free(&made->likelihood);
    basis_free(&made->basis);
    survey_free(&made->survey);
    pool_free(made->pool);
    *made = (struct made_likelihood){0};
}
