/*
 * Which coefficients of a model an answer lists: all of them, or of very many the
 * intercepts and the largest ones.
 */
#ifndef LOGITD_API_MODEL_TERMS_H
#define LOGITD_API_MODEL_TERMS_H

#include <stdbool.h>

#include "core/model/model.h"

#define MODEL_TERMS_MOST 10000U   /* that are listed unasked */
#define MODEL_TERMS_LARGEST 1000U /* of more than those */
#define MODEL_TERMS_INPUTS 1000U  /* of the schema */
#define MODEL_TERMS_LEVELS 1000U  /* of each of these */

struct model_terms {
    unsigned char *listed; /* [n_blocks × n_terms] 0: omitted; NULL: all are listed */
    size_t n_omitted;
};

/* all: however many they are. By size an infinite estimate is the largest, an aliased one
 * the smallest; of equal ones the first count. */
int model_terms_choose(struct model_terms *terms, const struct model *model, bool all,
                       struct error *err) MUST_CHECK;
void model_terms_free(struct model_terms *terms);

#endif
