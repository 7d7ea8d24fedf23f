#include "core/model/fit_family.h"

#include <stdio.h>
#include <string.h>

#include "core/data/target.h"

static int refuse_numbers(const struct fit_family_classes *classes, struct error *err)
{
    char count[64];
    if (classes->n >= SUMMARY_MAX_DISTINCT)
        snprintf(count, sizeof(count), "more than %u", SUMMARY_MAX_DISTINCT - 1);
    else
        snprintf(count, sizeof(count), "%zu", classes->n);
    return error_set(err, ERROR_AMBIGUOUS_FAMILY,
                     "the target has %s different numbers%s: if they are classes set "
                     "family to multinomial, or make a target of two classes; if counts, "
                     "name their trials",
                     count, classes->are_whole ? "" : ", not all whole");
}

static int choose(const struct fit_request *request,
                  const struct fit_family_classes *classes, enum family *family,
                  struct error *err)
{
    bool is_auto = strcmp(request->family, "auto") == 0;
    bool is_binomial = strcmp(request->family, "binomial") == 0;
    bool are_classes = !classes->are_numbers ||
                       (classes->are_whole && classes->n < SUMMARY_MAX_DISTINCT);
    if (classes->n < 2)
        return error_set(err, ERROR_SINGLE_CLASS,
                         "the target is the same in every row; a fit needs two classes");
    if (is_binomial && classes->n > 2)
        return error_set(err, ERROR_BAD_TARGET,
                         "the target has more than two classes; binomial takes two (or "
                         "counts, with trials), multinomial takes more");
    if (is_auto && classes->n > 2 && !are_classes)
        return refuse_numbers(classes, err);
    if (classes->n > TARGET_MAX_CLASSES)
        return error_set(err, ERROR_BAD_TARGET,
                         "the target has more than %u classes, which is the most there "
                         "can be",
                         TARGET_MAX_CLASSES);
    bool is_two = is_binomial || (is_auto && classes->n == 2);
    *family = is_two ? FAMILY_BINOMIAL : FAMILY_MULTINOMIAL;
    return 0;
}

int fit_family_choose(const struct fit_request *request,
                      const struct fit_family_classes *classes, enum family *family,
                      struct error *err)
{
    if (choose(request, classes, family, err) < 0) {
        error_place(err, "/target");
        return -1;
    }
    if (*family == FAMILY_BINOMIAL && request->reference) {
        error_set(err, ERROR_INVALID,
                  "two classes have no reference; use \"positive\" to say which one the "
                  "coefficients are for");
        error_place(err, "/reference");
        return -1;
    }
    if (*family == FAMILY_MULTINOMIAL && request->positive) {
        error_set(err, ERROR_INVALID,
                  "there is a positive class only where there are two; use \"reference\" "
                  "to say which class the others are compared with");
        error_place(err, "/positive");
        return -1;
    }
    if (*family == FAMILY_MULTINOMIAL && request->offset) {
        error_set(err, ERROR_INVALID,
                  "an offset shifts the log-odds of two classes; among more classes it "
                  "has no meaning: leave it out, or make it a feature");
        error_place(err, "/offset");
        return -1;
    }
    return 0;
}
