/*
 * Sparse designs of coded factors: numbers in front, then each factor's levels as columns
 * of ones and zeros.
 */
#ifndef LOGITD_TESTS_SUPPORT_CODED_DESIGN_H
#define LOGITD_TESTS_SUPPORT_CODED_DESIGN_H

#include "core/data/design.h"

struct coded_factors {
    size_t n_numbers, n_factors;
    size_t n_levels[32];
    bool lacks_first; /* of all but the first factor the first level has no column */
};

/* Binary labels of either class, without weights and offset. Free with design_free. */
void coded_design_new(struct design *design, const struct coded_factors *factors,
                      size_t n_rows);

/* The level of a row that it was made of. */
size_t coded_design_level(const struct coded_factors *factors, size_t row, size_t factor);
/* The column of a level; SIZE_MAX: it has none. */
size_t coded_design_column(const struct coded_factors *factors, size_t factor,
                           size_t level);

#endif
