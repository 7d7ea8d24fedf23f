/*
 * Rows dealt out into folds for cross-validation: of each class as evenly as can be, in
 * an order drawn from a seed.
 */
#ifndef LOGITD_CORE_DATA_FOLDS_H
#define LOGITD_CORE_DATA_FOLDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/data/design.h"

#define FOLDS_MOST 255U

/*
 * fold_of[n_rows of the design] in 0…n_folds-1, 2 ≤ n_folds ≤ FOLDS_MOST. Classes are the
 * design's; without them (shares, numbers) all rows are of one. Rows without weight are
 * dealt out like others after those that have it, so that they change nothing. The sizes
 * of folds differ by one row a class at most, and where the last class ended the next
 * goes on, so that all of them together differ by one. Depends on labels, weights being 0
 * or not, and the seed. ERROR_INVALID where a class has fewer rows with a weight than
 * there are folds. Of counts, which are shares of two classes, all rows are of one.
 */
int folds_deal(const struct design *design, size_t n_folds, uint64_t seed,
               unsigned char *fold_of, struct error *err) MUST_CHECK;

/*
 * Folds that were dealt out by somebody else: each has rows with a weight, and whichever
 * is left out, every class is among the others. ERROR_INVALID else.
 */
int folds_check(const struct design *design, const unsigned char *fold_of, size_t n_folds,
                struct error *err) MUST_CHECK;

#endif
