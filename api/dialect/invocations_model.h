/*
 * The model that answers where a protocol's path names none: NAME, NAME/VERSION or
 * NAME@ALIAS.
 */
#ifndef LOGITD_API_DIALECT_INVOCATIONS_MODEL_H
#define LOGITD_API_DIALECT_INVOCATIONS_MODEL_H

#include "api/model_path.h"

struct invocations_model {
    enum model_path_by by;
    char name[REGISTRY_NAME_BYTES];  /* "": none was named */
    char which[REGISTRY_NAME_BYTES]; /* version or alias, as text */
};

/* ERROR_INVALID for what is not of this form. NULL or "": none. */
int invocations_model_read(const char *text, struct invocations_model *model,
                           struct error *err) MUST_CHECK;

#endif
