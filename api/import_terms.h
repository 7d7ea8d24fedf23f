/*
 * The coefficients of a model by name, as this daemon writes them ("rank[2]"), R
 * ("rank2", "factor(rank)2"), or patsy ("rank[T.2]", "C(rank)[T.2]"); of products each
 * factor alike ("gre:rank2"). The intercept is "(intercept)", "(Intercept)", "Intercept"
 * or "const".
 */
#ifndef LOGITD_API_IMPORT_TERMS_H
#define LOGITD_API_IMPORT_TERMS_H

#include "core/data/encoding.h"

bool import_terms_is_intercept(const char *name);

/* Is `name` a coefficient of a factor with this level, in any of the forms? */
bool import_terms_is_level(const char *name, const char *factor, const char *level,
                           size_t level_bytes);

#define IMPORT_TERMS_FORMS 6U
struct import_terms { /* of an encoding, which is borrowed */
    const struct encoding *encoding;
    struct import_names { /* of its columns in one form; made when first needed */
        bool is_made;
        struct dictionary names;
        uint32_t *columns; /* [names.n]; IMPORT_TERMS_AMBIGUOUS: of several */
    } forms[IMPORT_TERMS_FORMS];
};

#define IMPORT_TERMS_NONE UINT32_MAX
#define IMPORT_TERMS_AMBIGUOUS (UINT32_MAX - 1)

/* All zero but for the encoding to begin with. */
void import_terms_free(struct import_terms *terms);

/* The column of the design that a name means, by the first form that has it;
 * IMPORT_TERMS_NONE, IMPORT_TERMS_AMBIGUOUS. -1 only without memory. */
int import_terms_find(struct import_terms *terms, const char *name, uint32_t *column,
                      struct error *err) MUST_CHECK;

#endif
