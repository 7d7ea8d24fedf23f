/*
 * What a fit is asked to tell beside its coefficients, and how it measures their
 * uncertainty. All zero: the inverse information, Wald intervals, nothing on request.
 */
#ifndef LOGITD_CORE_MODEL_STATISTICS_OPTIONS_H
#define LOGITD_CORE_MODEL_STATISTICS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum covariance_kind { /* written to disk */
                       COVARIANCE_MODEL = 0,
                       COVARIANCE_HC0 = 1,
                       COVARIANCE_HC1 = 2,
                       COVARIANCE_CLUSTER = 3
};

/* Which term of the encoding a column of the design is of. */
struct statistics_column {
    size_t term;   /* the columns of a term follow each other */
    bool is_level; /* 0 or 1: the input has this level */
};

struct statistics_options {
    enum covariance_kind covariance;
    const uint32_t *clusters; /* [n_rows of the design] in 0…n_clusters-1; else NULL */
    size_t n_clusters;
    bool profile; /* intervals by the profile likelihood, not Wald's */
    bool marginal_effects, vif, residuals;
    const struct statistics_column *columns; /* [n_columns of the design]; NULL: each
                                              * is a term of its own */
};

#endif
