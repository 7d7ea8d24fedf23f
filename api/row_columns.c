#include "api/row_columns.h"

#include "api/json_fields.h"

void row_columns_read(struct row_columns *columns, enum row_role role,
                      const json_t *value, const char *pointer,
                      struct problem_list *problems)
{
    struct row_column *column = &columns->of[role];
    column->is_said = true;
    column->is_none = role != ROW_TARGET && json_is_false(value);
    if (!column->is_none)
        json_fields_string(value, pointer, problems, &column->name);
}

void row_columns_check(const struct row_columns *columns, const struct model *model,
                       struct problem_list *problems)
{
    if (columns->of[ROW_TRIALS].is_said && model->family != FAMILY_BINOMIAL)
        problem_report(problems, ERROR_INVALID, "/trials",
                       "trials are for a binomial model; this one is %s",
                       family_traits(model->family)->word);
    if (columns->of[ROW_OFFSET].is_said && model_n_scores(model) > 1)
        problem_report(problems, ERROR_INVALID, "/offset",
                       "a model of several classes takes no offset");
}

const char *row_columns_name(const struct row_columns *columns, enum row_role role,
                             const char *usual)
{
    const struct row_column *column = &columns->of[role];
    return column->is_none ? NULL : column->name ? column->name : usual;
}
