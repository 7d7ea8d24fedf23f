/*
 * Designs with known structure, drawn from a seed: the same seed gives the same design on
 * every machine that rounds as IEEE 754 says and has the same exp.
 *
 * Every design has a finite maximum of its likelihood: among its rows are some that span
 * the space of features, each of them once with every class, so that no hyperplane
 * separates the classes.
 */
#ifndef LOGITD_TESTS_SUPPORT_GENERATED_DATA_H
#define LOGITD_TESTS_SUPPORT_GENERATED_DATA_H

#include <stdint.h>

#include "core/data/design.h"
#include "core/model/estimate.h"
#include "tests/support/optimality.h"

struct generated_data {
    struct design design;            /* owned */
    struct estimate_options options; /* how it is to be fitted; factors are owned */
    double
        *truth; /* owned; [(K-1) × (1+d)] the coefficients that classes were drawn by */
    double *factors; /* owned; what options points to, NULL: none */
};

/* What may be asked for beside the seed; the rest is drawn. */
struct generated_options {
    enum family family; /* 0: drawn */
    size_t n_classes;   /* of a multinomial; 0: drawn, 2…6 */
    size_t n_rows;      /* 0: drawn, 40…3000 */
    size_t n_columns;   /* 0: drawn, 1…10 */
    bool
        is_plain; /* standard normal columns, an intercept, no weights, offset, penalty */
};

/* Into an all-zero struct. */
void generated_data_make(struct generated_data *made, uint64_t seed,
                         const struct generated_options *options);
void generated_data_free(struct generated_data *made);

/* The same problem for the independent check; borrows. Factors [n_columns] are where the
 * factors on l2 go, with the scale of standardised columns in them. */
struct optimality generated_data_problem(const struct generated_data *data,
                                         double *factors);

/* Of column j, by weight. */
void generated_data_moments(const struct design *design, size_t j, long double *mean,
                            long double *variance);

#endif
