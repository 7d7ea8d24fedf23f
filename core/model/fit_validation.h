/*
 * The rows that a fit is judged on: a part of its own, which it then is not fitted to, or
 * those of another table, with its columns found by name.
 */
#ifndef LOGITD_CORE_MODEL_FIT_VALIDATION_H
#define LOGITD_CORE_MODEL_FIT_VALIDATION_H

#include "core/data/design_build.h"

struct fit_data;

struct fit_validation { /* all zero: there are none */
    struct design_source source;
    unsigned char *keep;  /* [n_rows of the table] 0 for those that are not judged on;
                             NULL:  all are */
    struct target target; /* of these rows */
    bool is_other;        /* of another table, which has classes of its own */
    double *y_of_class;   /* of these */
    struct design design;
};

/*
 * Into an all-zero struct, of data that are prepared; where rows are held out, they are
 * taken off the data's. Levels are those of all rows. Errors of fit_run, with
 * "/validation/fraction" or "/validation/dataset" as place.
 */
int fit_validation_prepare(struct fit_validation *validation, struct fit_data *data,
                           struct error *err) MUST_CHECK;
void fit_validation_free(struct fit_validation *validation);

/* What building the design takes in memory; SIZE_MAX if there is no counting it. */
size_t fit_validation_bytes(const struct fit_validation *validation,
                            const struct fit_data *data, size_t n_threads);

/* After the data's. */
int fit_validation_build(struct fit_validation *validation, const struct fit_data *data,
                         struct pool *pool, struct error *err) MUST_CHECK;

#endif
