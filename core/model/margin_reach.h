/*
 * How far a coefficient in the basis moves the margin of a row: the greatest |u| of its
 * column over the rows with weight, from the survey, without a pass over them. Of mixed
 * columns a bound from those that they are mixed of; 1 of the intercept.
 */
#ifndef LOGITD_CORE_MODEL_MARGIN_REACH_H
#define LOGITD_CORE_MODEL_MARGIN_REACH_H

#include "core/model/basis.h"
#include "core/model/survey.h"

/* Of a column of the design on its own, shifted and scaled, before it is mixed. */
double margin_reach_of(const struct basis *basis, const struct survey *survey, size_t j);

/* [n_blocks × basis->n_terms], to be freed with memory_free. NULL: ERROR_NO_MEMORY. */
double *margin_reach_new(const struct basis *basis, const struct survey *survey,
                         size_t n_blocks, struct error *err);

#endif
