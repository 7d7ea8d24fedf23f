/*
 * The basis for fits in which every column keeps a coefficient of its own: columns
 * shifted and scaled, none mixed with others. It takes the survey, or where that does not
 * tell the spreads one pass over the rows, and nothing d×d: for penalties with |w|, which
 * hold in no other coordinates, and for many columns under a penalty, which tells the
 * coefficients of columns that depend on each other.
 *
 * Of a sparse design rows stay sparse in it: a column is shifted only where half of the
 * weight or more is in rows that have an entry of it. One with a mean that is far from 0
 * in units of its spread is such a column, and no other one needs it.
 */
#ifndef LOGITD_CORE_MODEL_BASIS_SCALE_H
#define LOGITD_CORE_MODEL_BASIS_SCALE_H

#include "core/base/pool.h"
#include "core/model/basis.h"
#include "core/model/survey.h"

/* Into an all-zero basis; a column that does not vary and is under no penalty is aliased.
 */
int basis_scale(struct basis *basis, const struct design *design,
                const struct survey *survey, const struct estimate_options *options,
                struct pool *pool, struct error *err) MUST_CHECK;

/* Other penalties, on the same columns. False: one outweighs the data so far that it sets
 * the scale of its column; such a basis must be made anew. */
bool basis_scale_penalise(struct basis *basis,
                          const struct estimate_options *options) MUST_CHECK;

#endif
