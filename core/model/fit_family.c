#include "core/model/fit_family.h"

#include <stdio.h>

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
                     "name their trials; if amounts to be predicted set it to gaussian",
                     count, classes->are_whole ? "" : ", not all whole");
}

static int check_numbers(bool are_numbers, struct error *err)
{
    return are_numbers ? 0
                       : error_set(err, ERROR_BAD_TARGET,
                                   "this family predicts numbers, and the target has "
                                   "categories");
}

/* A family that predicts numbers. */
static int choose_numbers(const struct fit_family_classes *classes, struct error *err)
{
    if (check_numbers(classes->are_numbers, err) < 0)
        return -1;
    if (classes->n < 2)
        return error_set(err, ERROR_SINGLE_CLASS,
                         "the target is the same number in every row; there is nothing "
                         "to explain");
    return 0;
}

/* One that was asked for and predicts one of two classes. */
static int check_two(const struct fit_family_classes *classes, struct error *err)
{
    if (classes->n > 2)
        return error_set(err, ERROR_BAD_TARGET,
                         "the target has more than two classes; binomial takes two (or "
                         "counts, with trials), as hinge does; multinomial takes more");
    return 0;
}

static int choose_classes(const struct fit_family_classes *classes, bool is_auto,
                          enum family *family, struct error *err)
{
    bool are_classes = !classes->are_numbers ||
                       (classes->are_whole && classes->n < SUMMARY_MAX_DISTINCT);
    if (classes->n < 2)
        return error_set(err, ERROR_SINGLE_CLASS,
                         "the target is the same in every row; a fit needs two classes");
    if (!is_auto && family_traits(*family)->of_two_classes)
        return check_two(classes, err);
    if (is_auto && classes->n > 2 && !are_classes)
        return refuse_numbers(classes, err);
    if (classes->n > TARGET_MAX_CLASSES)
        return error_set(err, ERROR_BAD_TARGET,
                         "the target has more than %u classes, which is the most there "
                         "can be",
                         TARGET_MAX_CLASSES);
    if (is_auto)
        *family = classes->n == 2 ? FAMILY_BINOMIAL : FAMILY_MULTINOMIAL;
    return 0;
}

static int refuse(const char *place, const char *why, struct error *err)
{
    error_set(err, ERROR_INVALID, "%s", why);
    error_place(err, "%s", place);
    return -1;
}

/* Fields that say which class is which. */
static int check_fields(const struct fit_request *request, enum family family,
                        struct error *err)
{
    const struct family_traits *traits = family_traits(family);
    if (traits->of_numbers && (request->positive || request->reference))
        return refuse(request->positive ? "/positive" : "/reference",
                      "a target of numbers has no classes; leave it out", err);
    if (traits->of_two_classes && request->reference)
        return refuse("/reference",
                      "two classes have no reference; use \"positive\" to say which one "
                      "the coefficients are for",
                      err);
    if (request->firth && family != FAMILY_BINOMIAL) {
        error_set(
            err, ERROR_UNSUPPORTED,
            "Firth's penalty is offered for the family binomial alone; leave it out");
        error_place(err, "/firth");
        return -1;
    }
    if (family == FAMILY_MULTINOMIAL && request->positive)
        return refuse("/positive",
                      "there is a positive class only where there are two; use "
                      "\"reference\" to say which class the others are compared with",
                      err);
    if (family == FAMILY_MULTINOMIAL && request->offset)
        return refuse("/offset",
                      "an offset shifts the log-odds of two classes; among more classes "
                      "it has no meaning: leave it out, or make it a feature",
                      err);
    return 0;
}

int fit_family_choose(const struct fit_request *request,
                      const struct fit_family_classes *classes, enum family *family,
                      struct error *err)
{
    enum family chosen = FAMILY_BINOMIAL;
    bool is_auto = !family_find(request->family, &chosen);
    int status = family_traits(chosen)->of_numbers
                     ? choose_numbers(classes, err)
                     : choose_classes(classes, is_auto, &chosen, err);
    if (status < 0) {
        error_place(err, "/target");
        return -1;
    }
    if (check_fields(request, chosen, err) < 0)
        return -1;
    *family = chosen;
    return 0;
}

int fit_family_check(const struct fit_request *request, bool are_numbers,
                     struct error *err)
{
    enum family family;
    if (!family_find(request->family, &family))
        return 0;
    if (family_traits(family)->of_numbers && check_numbers(are_numbers, err) < 0) {
        error_place(err, "/target");
        return -1;
    }
    return check_fields(request, family, err);
}
