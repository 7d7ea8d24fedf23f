/*
 * Sums of terms, and what the operators of a formula make of them: R's algebra. A term is
 * a set of factors, which are numbers here. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_FORMULA_ALGEBRA_H
#define LOGITD_CORE_DATA_FORMULA_ALGEBRA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/data/dictionary.h"

#define FORMULA_ALGEBRA_MAX_FACTORS 32U /* of a term */

struct formula_algebra {     /* all zero: there is no term yet */
    struct dictionary terms; /* each as the bytes of its factors, ascending */
    uint32_t *stamps;        /* of each term, the last pass that met it */
    size_t n_stamps;
    uint32_t pass;
    uint64_t work;
    size_t position; /* in the formula, for messages */
};

struct formula_sum { /* all zero: of no terms */
    size_t n, capacity;
    uint32_t *terms; /* in order; of those of the algebra */
    int intercept;   /* 1: with it, -1: without, 0: it does not say */
    bool has_offset;
};

void formula_algebra_free(struct formula_algebra *algebra);
void formula_algebra_free_sum(struct formula_sum *sum);

/*
 * All change `left` in place and leave `right` alone. ERROR_BAD_FORMULA at the algebra's
 * position where there would be too many terms, or factors in one, or too much work.
 */
int formula_algebra_add_factor(struct formula_algebra *algebra, struct formula_sum *left,
                               uint32_t factor, struct error *err) MUST_CHECK;
int formula_algebra_add(struct formula_algebra *algebra, struct formula_sum *left,
                        const struct formula_sum *right, struct error *err) MUST_CHECK;
int formula_algebra_subtract(struct formula_algebra *algebra, struct formula_sum *left,
                             const struct formula_sum *right,
                             struct error *err) MUST_CHECK;
/* left:right, left*right, left/right, left^exponent */
int formula_algebra_interact(struct formula_algebra *algebra, struct formula_sum *left,
                             const struct formula_sum *right,
                             struct error *err) MUST_CHECK;
int formula_algebra_cross(struct formula_algebra *algebra, struct formula_sum *left,
                          const struct formula_sum *right, struct error *err) MUST_CHECK;
int formula_algebra_nest(struct formula_algebra *algebra, struct formula_sum *left,
                         const struct formula_sum *right, struct error *err) MUST_CHECK;
int formula_algebra_raise(struct formula_algebra *algebra, struct formula_sum *left,
                          double exponent, struct error *err) MUST_CHECK;
/* Each term once, where it comes first. */
int formula_algebra_distinct(struct formula_algebra *algebra, struct formula_sum *sum,
                             struct error *err) MUST_CHECK;

/* Its factors, ascending [FORMULA_ALGEBRA_MAX_FACTORS]; returns how many. */
size_t formula_algebra_factors(const struct formula_algebra *algebra, uint32_t term,
                               uint32_t *factors);

#endif
