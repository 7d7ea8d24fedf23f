/*
 * A model from coefficients that somebody else has estimated. Its report says no more of
 * the fit than that there was none here: stop_reason "imported", no algorithm, every
 * number that only a fit knows NaN.
 */
#ifndef LOGITD_CORE_MODEL_MODEL_IMPORT_H
#define LOGITD_CORE_MODEL_MODEL_IMPORT_H

#include "core/model/model_assemble.h"

#define MODEL_IMPORT_STOP "imported"

/*
 * Shapes as in struct model: n_terms is the encoding's columns, and the intercept where
 * there is one; n_blocks 1, or of a multinomial one for each class but the reference, in
 * order of the design's numbers (the classes before and behind it, ascending).
 */
struct model_import {
    enum family family;
    size_t n_classes;
    const struct level *classes; /* [n_classes] sorted; copied */
    size_t positive, reference;
    bool intercept;
    struct encoding *encoding; /* taken on success */
    const double *estimates;   /* [n_blocks × n_terms]; NaN: aliased, counts as 0 */
    const double *std_errors;  /* the same, NaN: not known; NULL: none is */
    const double *covariance;  /* [(n_blocks·n_terms)²] or NULL; std_errors are its */
    const double *means, *scales; /* [n_columns] of the standardised columns that
                                   * estimates are of; both NULL: of columns as given */
    bool is_typical; /* means and scales are those of the rows that were fitted to */
};

/* A model with one reference. ERROR_NON_FINITE where a coefficient over its scale, or an
 * intercept with all means, is beyond the doubles. */
struct model *model_import(const struct model_import *from, struct error *err) MUST_CHECK;

/* Was it made here? */
bool model_import_is(const struct model *model);

#endif
