/*
 * The basis of basis_find from the survey alone, where some of the rows show that nothing
 * in it is to be aliased or mixed. What is left of a column once those before it are
 * projected out is a Schur complement of the cross-products, and grows with them in
 * Loewner's order; so all rows together leave at least what the sample leaves. It costs
 * no pass over the rows; where the sample does not tell, one is needed.
 */
#ifndef LOGITD_CORE_MODEL_BASIS_SAMPLE_H
#define LOGITD_CORE_MODEL_BASIS_SAMPLE_H

#include "core/base/pool.h"
#include "core/data/design.h"
#include "core/model/basis.h"
#include "core/model/survey.h"

/* What must be left of each column: a share of its squared length, with that of the
 * penalty, which stands for so much curvature of a row. */
struct basis_sample_limits {
    double left;
    double curvature;
};

/* Into a fresh basis_new; *is_found false: it is not to be used, and nothing is known.
 * The same bits for any pool. ERROR_NO_MEMORY, ERROR_CANCELLED. */
int basis_sample(struct basis *basis, const struct design *design,
                 const struct survey *survey, const struct estimate_options *options,
                 const struct basis_sample_limits *limits, struct pool *pool,
                 bool *is_found, struct error *err) MUST_CHECK;

#endif
