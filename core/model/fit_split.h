/*
 * The rows of a fit divided by the level that their cell in one column has: some are held
 * out, the others, or some of them, are fitted to.
 */
#ifndef LOGITD_CORE_MODEL_FIT_SPLIT_H
#define LOGITD_CORE_MODEL_FIT_SPLIT_H

#include "core/model/fit.h"

/*
 * Held against the rows of that column: reports levels that no row has, levels that are
 * in both lists, and that no row is left to be fitted to ("/validation/level",
 * "/validation/train/1"). Returns how many problems; -1 with err set without memory.
 */
long fit_split_check(const struct fit_split *split, const struct table *table,
                     size_t column, fit_problem_fn *problem, void *context,
                     struct error *err) MUST_CHECK;

/*
 * Of the rows that are kept (1 in keep), those that are held out become 0 there and 1 in
 * held_out, and those that are in neither list 0 in both. Both are [n_rows of the table],
 * held_out all zero before. ERROR_NO_ROWS where missing cells have left none of the one
 * or the other; the first problem of fit_split_check.
 */
int fit_split_rows(const struct fit_split *split, const struct table *table,
                   size_t column, unsigned char *keep, unsigned char *held_out,
                   struct error *err) MUST_CHECK;

#endif
