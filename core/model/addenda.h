/*
 * What a report says beside goodness of fit and certificate: how uncertainty was
 * measured, tests, and what was asked for. NaN means: not known or does not apply.
 * Blocks, columns and terms are numbers, as in the estimate (core/model/estimate.h).
 */
#ifndef LOGITD_CORE_MODEL_ADDENDA_H
#define LOGITD_CORE_MODEL_ADDENDA_H

#include "core/base/pack.h"
#include "core/model/statistics_options.h"

/* A joint Wald test that all coefficients of a term are 0. */
struct addenda_term_test {
    size_t term;
    double statistic, df, p_value;
};

/* Generalised variance inflation of a term's coefficients. */
struct addenda_inflation {
    size_t term;
    double gvif, df;
};

/* What an input changes in a class's probability, on average over the rows. */
struct addenda_effect {
    size_t class;       /* as the design numbers them; binomial: always 1 */
    size_t column;      /* of the design */
    bool is_difference; /* from the reference level to the column's; else a derivative */
    double effect, std_error, z, p_value, ci_low, ci_high;
};

struct addenda {
    bool has_statistics; /* standard errors or intervals are told */
    enum covariance_kind covariance;
    bool is_penalised; /* the information is that of the penalised likelihood */
    bool profile;
    double confidence;
    size_t n_clusters;                            /* with weight; 0 unless by cluster */
    double wald_statistic, wald_df, wald_p_value; /* all but intercepts are 0 */
    double score_statistic, score_df, score_p_value; /* the same, at the null model */
    size_t n_term_tests;
    struct addenda_term_test *term_tests;
    size_t n_inflations;
    struct addenda_inflation *inflations;
    size_t n_effects;
    struct addenda_effect *effects;
    size_t n_residuals; /* rows of the design; 0: not asked for */
    double *deviance_residuals, *pearson_residuals, *leverages; /* [n_residuals] */
    uint64_t *rows; /* [n_residuals] of the data, from 1; NULL: 1, 2, 3… */
    /* A penalty read as a prior: see prior.h. */
    bool is_jeffreys;                   /* the prior is Jeffreys': Firth's penalty */
    double prior_l1, prior_l2;          /* 0: not penalised so */
    double prior_variance, prior_scale; /* NaN: differs between columns */
    size_t n_prior; /* columns of the design; 0 where they do not differ */
    double *prior_variances, *prior_scales; /* [n_prior]; infinite: flat */
};

void addenda_free(struct addenda *addenda); /* what it owns; and back to all zero */

/* Into all-zero ones: no test is known, and no prior. */
void addenda_forget(struct addenda *addenda);

/* Doubles keep their bits. Bytes that no addenda_pack wrote are ERROR_CORRUPT; whoever
 * knows the model checks its numbers with addenda_fit. */
void addenda_pack(const struct addenda *addenda, struct buffer *out);
int addenda_unpack(struct addenda *addenda, struct pack_reader *in,
                   struct error *err) MUST_CHECK;

/* Do all numbers of terms, columns and classes exist? */
bool addenda_fit(const struct addenda *addenda, size_t n_terms, size_t n_columns,
                 size_t n_classes);

#endif
