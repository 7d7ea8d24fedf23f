#include "api/evaluation_formula.h"

#include <string.h>

#include "api/dataset_open.h"

static bool is_usual(const struct row_column *asked)
{
    return !asked->name && !asked->is_none;
}

static bool is_needed(const struct evaluation_request *request,
                      const struct formula *formula)
{
    return (formula->response.expression && is_usual(&request->columns.of[ROW_TARGET])) ||
           (formula->offset && !formula->is_offset_column &&
            is_usual(&request->columns.of[ROW_OFFSET]));
}

static int make(const struct evaluation_request *request, const struct formula *formula,
                const struct table *table, struct formula_table *made, struct error *err)
{
    if (!is_needed(request, formula))
        return 0;
    if (formula_table_make(made, formula, table, err) < 0)
        return -1;
    if (formula_table_check(made, NULL, err) == 0)
        return 0;
    formula_table_free(made);
    return -1;
}

int evaluation_formula_extend(const struct evaluation_request *request,
                              const struct model *model, const struct table *table,
                              struct evaluation_formula *extended,
                              struct problem_list *problems, struct error *err)
{
    const char *text = model->roles.formula;
    struct error why = {0};
    if (!text)
        return 0;
    if (formula_parse(&extended->formula, text, strlen(text), NULL, 0, &why) == 0 &&
        make(request, &extended->formula, table, &extended->made, &why) == 0)
        return 0;
    evaluation_formula_free(extended);
    return dataset_open_tell(&why, problems, err);
}

void evaluation_formula_free(struct evaluation_formula *extended)
{
    formula_table_free(&extended->made);
    formula_free(&extended->formula);
}
