/*
 * Which columns of rows with known outcomes are what beside the inputs of a model, as a
 * request names them: {"target":"admit","weights":"w","trials":"n","offset":false}.
 */
#ifndef LOGITD_API_ROW_COLUMNS_H
#define LOGITD_API_ROW_COLUMNS_H

#include <jansson.h>

#include "api/problem.h"
#include "core/model/model.h"

/* What a row has beside its inputs. */
enum row_role { ROW_TARGET, ROW_WEIGHTS, ROW_TRIALS, ROW_OFFSET, ROW_N_ROLES };

/* A column by its name; the fit's where nothing was said; none where that was said. */
struct row_column {
    const char *name; /* NULL: not given */
    bool is_said;
    bool is_none; /* "offset":false */
};
struct row_columns {
    struct row_column of[ROW_N_ROLES];
};

/* The value of the member of this role; what is wrong goes to the problems. */
void row_columns_read(struct row_columns *columns, enum row_role role,
                      const json_t *value, const char *pointer,
                      struct problem_list *problems);

/* Can the model do with what was said? */
void row_columns_check(const struct row_columns *columns, const struct model *model,
                       struct problem_list *problems);

/* The name of a role's column: as said, else `usual`; NULL: there is none. */
const char *row_columns_name(const struct row_columns *columns, enum row_role role,
                             const char *usual);

#endif
