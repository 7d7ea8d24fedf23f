/*
 * The coefficients that belong to a term of the encoding (core/data/term.h): of all its
 * columns and blocks, but the aliased ones.
 */
#ifndef LOGITD_CORE_MODEL_INPUT_TERMS_H
#define LOGITD_CORE_MODEL_INPUT_TERMS_H

#include "core/model/estimation.h"

struct input_terms {
    const struct estimation *estimation; /* borrowed */
    size_t next_column;                  /* of the design */
    size_t term;
    size_t n;
    size_t *coefficients; /* [n] of n_blocks × n_terms; room for all */
};

int input_terms_new(struct input_terms *terms, const struct estimation *estimation,
                    struct error *err) MUST_CHECK;
void input_terms_free(struct input_terms *terms);

/* Goes to the next term that has coefficients, the first one at first. False: none. */
bool input_terms_next(struct input_terms *terms);

#endif
