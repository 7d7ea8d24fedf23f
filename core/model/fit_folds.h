/*
 * The folds of a cross-validation that a column of the data names.
 */
#ifndef LOGITD_CORE_MODEL_FIT_FOLDS_H
#define LOGITD_CORE_MODEL_FIT_FOLDS_H

#include <stddef.h>

#include "core/base/error.h"
#include "core/model/path.h"

struct fit_data;

struct fit_folds {
    unsigned char *fold_of; /* [n_kept] of data that are fitted to; NULL: no column */
    size_t n;
};

/* Into an all-zero struct, after the data's design. ERROR_OUT_OF_RANGE where there are
 * fewer than 2 or more than FOLDS_MOST, errors of folds_check, with the place
 * "/cross_validation/column". */
int fit_folds_make(struct fit_folds *folds, const struct fit_data *data,
                   struct error *err) MUST_CHECK;
void fit_folds_free(struct fit_folds *folds); /* back to all zero */

/* The request's path, with the folds that were made, if there are any. */
struct path_options fit_folds_path(const struct fit_data *data);

/* What that takes in memory; SIZE_MAX if there is no counting it. */
size_t fit_folds_bytes(const struct fit_data *data);

#endif
