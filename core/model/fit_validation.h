/*
 * The rows that a fit is judged on: a part of its own, which it then is not fitted to, or
 * those of another table, with its columns found by name. Rows that are drawn have the
 * classes and levels of all; those that a column holds out are to the fit as those of
 * another table.
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
    bool is_other;        /* of rows that have classes of their own */
    double *y_of_class;   /* of these */
    struct design design;
};

/* Rows that a column holds out are taken off the data's, into an all-zero struct, before
 * the data are prepared any further; nothing where there is no such column. Errors of
 * fit_split_rows. */
int fit_validation_split(struct fit_validation *validation, struct fit_data *data,
                         struct error *err) MUST_CHECK;

/*
 * After that, of data that are prepared: the rest; where rows are drawn, they are taken
 * off the data's. Errors of fit_run, with "/validation/fraction", "/validation/dataset"
 * or "/validation/level" as place.
 */
int fit_validation_prepare(struct fit_validation *validation, struct fit_data *data,
                           struct error *err) MUST_CHECK;
void fit_validation_free(struct fit_validation *validation);

/* What it takes in memory, but for the design's arrays; and these. SIZE_MAX if there is
 * no counting them. */
size_t fit_validation_bytes(const struct fit_validation *validation);
size_t fit_validation_array_bytes(const struct fit_validation *validation,
                                  const struct fit_data *data);

/* After the data's. */
int fit_validation_build(struct fit_validation *validation, const struct fit_data *data,
                         struct pool *pool, struct error *err) MUST_CHECK;

#endif
