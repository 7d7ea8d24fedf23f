/*
 * The coordinates in which a working copy learns, from where the columns lie.
 */
#ifndef LOGITD_CORE_MODEL_ONLINE_BASIS_H
#define LOGITD_CORE_MODEL_ONLINE_BASIS_H

#include "core/model/online.h"

/* What a model's own fit knows of its rows; else what these rows say. */
int online_basis_look(struct typical *typical, const struct model *model,
                      const struct design *rows, struct error *err) MUST_CHECK;

/*
 * Into an all-zero basis. Every column keeps a coefficient of its own, shifted to its
 * mean and scaled by its spread to a length near 1; with sparse rows only those are
 * shifted whose mean is above their spread: they are filled in most rows.
 */
int online_basis_make(struct basis *basis, const struct model *model,
                      const struct typical *typical, const struct online_plan *plan,
                      struct error *err) MUST_CHECK;

/* The mean of ‖û‖² over rows that are like those, intercept included. */
double online_basis_square(const struct basis *basis, const struct typical *typical);

#endif
