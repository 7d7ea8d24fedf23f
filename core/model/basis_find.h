/*
 * Finds the basis of a design: from its survey where a sample of the rows will do
 * (basis_sample.h); else by a pass for cross-products, and one more each time that
 * columns turn out to be all but dependent on others.
 *
 * Aliased, as in R's glm: a column that is, to 1e-11 of its length, a combination of the
 * intercept and columns before it, where no penalty decides between them. Of equal
 * columns the later one is aliased.
 */
#ifndef LOGITD_CORE_MODEL_BASIS_FIND_H
#define LOGITD_CORE_MODEL_BASIS_FIND_H

#include "core/base/pool.h"
#include "core/data/design.h"
#include "core/model/basis.h"
#include "core/model/survey.h"

/* The same bits for any pool. ERROR_NO_MEMORY. */
int basis_find(struct basis *basis, const struct design *design,
               const struct survey *survey, const struct estimate_options *options,
               struct pool *pool, struct error *err) MUST_CHECK;

#endif
