/*
 * A response that is a number, on a scale of its own: y = c + s·y', where c is the mean
 * of y less its offset (0 without an intercept) and s a power of two near its spread.
 * Fits see y', so that neither the units of y nor its mean spoil tolerances and rounding;
 * this maps what they find back to y.
 *
 * Linear regression's statistics are finished here, too: the dispersion σ² = RSS/(n - k),
 * by which the inverse information is multiplied, and Student's t with n - k degrees of
 * freedom in place of the normal distribution.
 */
#ifndef LOGITD_CORE_MODEL_NUMERIC_RESPONSE_H
#define LOGITD_CORE_MODEL_NUMERIC_RESPONSE_H

#include "core/model/estimate.h"

struct numeric_response {
    double centre, scale;
    double objective_unit, gradient_unit; /* of J and of its gradient by coefficients */
    struct design
        design; /* the given one with y' and the offsets over s, which it owns */
    struct design held_out;           /* the same of the options' rows held out */
    struct estimate_options options;  /* the given ones, where they have a unit of y */
    double *start;                    /* the options' */
    struct estimate_hooks hooks;      /* pass on steps in the units of y */
    const struct solver_watch *watch; /* the given hooks' */
};

/* Into an all-zero response; the given things are borrowed. */
int numeric_response_new(struct numeric_response *response, const struct design *design,
                         const struct estimate_options *options,
                         const struct estimate_hooks *hooks,
                         struct error *err) MUST_CHECK;
void numeric_response_free(struct numeric_response *response); /* all-zero is fine */

/* Other penalties in the given options; nothing else of them is looked at. */
void numeric_response_penalise(struct numeric_response *response,
                               const struct estimate_options *options);

/* An estimate of y' becomes one of y. */
int numeric_response_restore(const struct numeric_response *response,
                             struct estimate *estimate, struct error *err) MUST_CHECK;

#endif
