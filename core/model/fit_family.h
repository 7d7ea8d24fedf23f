/*
 * Which model a target asks for.
 */
#ifndef LOGITD_CORE_MODEL_FIT_FAMILY_H
#define LOGITD_CORE_MODEL_FIT_FAMILY_H

#include "core/model/fit.h"

/* What the choice of a family looks at. */
struct fit_family_classes {
    size_t n; /* different targets; SUMMARY_MAX_DISTINCT: that many numbers or more */
    bool are_numbers; /* and are to be taken as such */
    bool are_whole;
};
/*
 * The contract's rule for "auto", or what was asked for held against the target.
 * ERROR_SINGLE_CLASS, ERROR_AMBIGUOUS_FAMILY, ERROR_BAD_TARGET, ERROR_INVALID
 * (`positive`, `reference` or `offset` where they have no meaning), with their places.
 * Not for counts of successes.
 */
int fit_family_choose(const struct fit_request *request,
                      const struct fit_family_classes *classes, enum family *family,
                      struct error *err) MUST_CHECK;

/* What of it can be told before rows are left out: a named family against the kind of
 * target and the fields beside it. */
int fit_family_check(const struct fit_request *request, bool are_numbers,
                     struct error *err) MUST_CHECK;

#endif
