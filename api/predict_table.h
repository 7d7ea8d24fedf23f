/*
 * The outputs of a prediction as columns of a table: text cells, numbers, their names.
 *
 *   label  probability[k]  logits[k]  prediction  log_odds  linear_predictor
 *   standard_error   of several classes standard_error[k], of each but the reference
 *   interval_low, interval_high   with [k] where there are classes
 *   bias, contributions[part]     of several classes bias[k], contributions[k][part]
 *   top_k[1], top_k_probability[1], top_k[2], …
 */
#ifndef LOGITD_API_PREDICT_TABLE_H
#define LOGITD_API_PREDICT_TABLE_H

#include "api/predict_outcome.h"

struct predict_table_column {
    const char *name; /* what stands before brackets */
    size_t class,
        part; /* SIZE_MAX: none; part: of contributions, or the place of top_k */
    /* Of the row that the outcome has taken; one of them. The number may be NaN. */
    double (*number)(const struct predict_outcome *outcome, size_t class, size_t part);
    const char *(*text)(const struct predict_outcome *outcome, size_t part);
};

typedef void predict_table_fn(void *context, const struct predict_outcome *outcome,
                              const struct predict_table_column *column);

/* Each column of the outputs wanted, in their order. */
void predict_table_each(const struct predict_outcome *outcome, predict_table_fn *tell,
                        void *context);

/* "contributions[a][gre]". Appends. */
void predict_table_write_name(const struct predict_outcome *outcome,
                              const struct predict_table_column *column,
                              struct buffer *out);

#endif
