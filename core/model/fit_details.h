/*
 * What statistics need to know of the data beside the design: which column is of which
 * term, and which row in which cluster.
 */
#ifndef LOGITD_CORE_MODEL_FIT_DETAILS_H
#define LOGITD_CORE_MODEL_FIT_DETAILS_H

#include "core/model/algorithm.h"
#include "core/model/fit_data.h"

struct fit_details {
    struct statistics_options options; /* points to what follows */
    struct statistics_column *columns; /* [n_columns of the design] */
    uint32_t *clusters;                /* [n_kept]; NULL: none */
};

/* Can what is asked for be told of these terms? ERROR_INVALID, "/marginal_effects". */
int fit_details_check(const struct fit_data *data, struct error *err) MUST_CHECK;

/* Into an all-zero struct, after fit_data_build. */
int fit_details_make(struct fit_details *details, const struct fit_data *data,
                     struct error *err) MUST_CHECK;
void fit_details_free(struct fit_details *details);

/* What this and the statistics asked for take in memory; SIZE_MAX if there is no counting
 * it. */
size_t fit_details_bytes(const struct fit_data *data, const struct algorithm_task *task,
                         size_t n_threads);

/* Names the rows of residuals by their numbers in the data, where rows were left out. */
int fit_details_number_rows(const struct fit_data *data, struct addenda *addenda,
                            struct error *err) MUST_CHECK;

#endif
