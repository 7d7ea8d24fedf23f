/*
 * The names of terms that a warning concerns: the design's columns as the hooks name
 * them, by number where they do not, and "(intercept)".
 */
#ifndef LOGITD_CORE_MODEL_TERM_NAMES_H
#define LOGITD_CORE_MODEL_TERM_NAMES_H

#include "core/model/estimate.h"

#define TERM_NAMES_INTERCEPT SIZE_MAX
#define TERM_NAMES_NUMBER_BYTES 24U

struct term_names {
    const struct estimate_hooks *hooks; /* borrowed, as are the names it gives */
    size_t n;
    const char **names;                       /* [n]; room for all */
    char (*numbers)[TERM_NAMES_NUMBER_BYTES]; /* [n] */
};

/* Room for `most` names. */
int term_names_new(struct term_names *names, const struct estimate_hooks *hooks,
                   size_t most, struct error *err) MUST_CHECK;
void term_names_free(struct term_names *names);
void term_names_add(struct term_names *names, size_t column);

/* Says that an error is about a column or the intercept: "column NAME". */
void term_names_place(const struct estimate_hooks *hooks, size_t column,
                      struct error *err);

#endif
