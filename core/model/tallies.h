/*
 * The rows of a design as places in a plan's tables and numbers (tally_plan.h), and sums
 * by these on their way to raw terms (raw_terms.h): what a factor's level adds up to is
 * the sum over the places that have it, and so for two levels of different factors.
 *
 * A pass adds up, in this order: by places of the parts, and numbers, the gradient; by
 * all places, and by places of the parts and numbers, and by two numbers, the Hessian.
 */
#ifndef LOGITD_CORE_MODEL_TALLIES_H
#define LOGITD_CORE_MODEL_TALLIES_H

#include "core/model/tally_plan.h"

struct tallies {
    const struct tally_plan *plan; /* borrowed; NULL: there are none */
    const struct design *design;   /* the same */
    bool intercept;
    /* Of all rows: places in the parts, places in all tables once a Hessian was wanted,
     * and numbers; NULL: the plan has none. */
    uint16_t *parts, *places;
    bool has_places;
    double *numbers;
    double *of_place;      /* [n_part_places] sums of a vector's numbers */
    double *of_number;     /* [TALLY_NUMBERS] of a vector */
    size_t stretch_blocks; /* of the design, whose sums are added up at once */
};

/* Of all rows of the design, by a plan that holds for them. */
int tallies_new(struct tallies *tallies, const struct tally_plan *plan,
                const struct design *design, bool intercept, struct pool *pool,
                struct error *err) MUST_CHECK;
void tallies_free(struct tallies *tallies); /* all-zero is fine */

/* The vector of raw terms that margins are made with until the next one. */
void tallies_set_vector(struct tallies *tallies, const double *raw);

/* Before a pass that adds to a Hessian: places are found at the first one. */
int tallies_prepare_hessian(struct tallies *tallies, struct pool *pool,
                            struct error *err) MUST_CHECK;

/* Any of the rows, by the parts or by all tables. */
struct tally_rows tallies_parts(const struct tallies *tallies, uint64_t first,
                                size_t n_rows);
struct tally_rows tallies_rows(const struct tallies *tallies, uint64_t first,
                               size_t n_rows);

/* Sums by numbers begin on a line of memory where what a pass adds up does.
 * How much that is, of a gradient and with it, if wanted, of a Hessian. */
size_t tallies_n_sums(const struct tallies *tallies, bool with_hessian);

/* Of rows by the parts. */
void tallies_add_margins(const struct tallies *tallies, const struct tally_rows *rows,
                         double *z);
/* Sums begin with the gradient's; the Hessian's follow, of rows by all tables. */
void tallies_add_gradient(const struct tallies *tallies, const struct tally_rows *rows,
                          const double *v, double *sums);
void tallies_add_hessian(const struct tallies *tallies, const struct tally_rows *rows,
                         const double *h, double *sums);

/* From sums to those by raw terms: gradient[raw terms] and, if not NULL, hessian[raw
 * terms²], lower triangle. */
void tallies_take(const struct tallies *tallies, const double *sums, double *gradient,
                  double *hessian);

/* Bytes of a design's row at most. */
#define TALLIES_ROW_BYTES                                                                \
    (2 * TALLY_MOST_TABLES * sizeof(uint16_t) + TALLY_NUMBERS * sizeof(double))

#endif
