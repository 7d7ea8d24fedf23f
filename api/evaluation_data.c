#include "api/evaluation_data.h"

#include <string.h>

#include "api/dataset_open.h"
#include "api/evaluation_formula.h"
#include "api/service_internal.h"

/* ---- columns ---- */

static size_t find(const struct row_columns *columns, enum row_role role,
                   const char *usual, const char *member, const struct summary *summary,
                   struct problem_list *problems)
{
    const char *name = row_columns_name(columns, role, usual);
    char pointer[PROBLEM_POINTER_BYTES];
    if (!name)
        return EVALUATE_OUTCOMES_NONE;
    size_t column = summary_find(summary, name);
    if (column == SIZE_MAX)
        problem_report(
            problems, ERROR_UNKNOWN_COLUMN, problem_pointer(pointer, "", member),
            columns->of[role].name ? "the data has no column %.100s"
                                   : "the data has no column %.100s, which the fit had; "
                                     "name another one%s",
            name, strcmp(member, "target") == 0 ? "" : ", or say false");
    return column;
}

struct evaluate_columns evaluation_data_columns(const struct evaluation_request *request,
                                                const struct model *model,
                                                const struct summary *summary,
                                                struct problem_list *problems)
{
    const struct model_roles *roles = &model->roles;
    bool takes_offset = model_n_scores(model) == 1;
    const struct row_columns *columns = &request->columns;
    if (!row_columns_name(columns, ROW_TARGET, roles->target))
        problem_report(problems, ERROR_MISSING_FIELD, "/target",
                       "name the column that the model predicts");
    return (struct evaluate_columns){
        .target = find(columns, ROW_TARGET, roles->target, "target", summary, problems),
        .weights = find(columns, ROW_WEIGHTS, NULL, "weights", summary, problems),
        .trials = find(columns, ROW_TRIALS, roles->trials, "trials", summary, problems),
        .offset = find(columns, ROW_OFFSET, takes_offset ? roles->offset : NULL, "offset",
                       summary, problems)};
}

/* ---- the whole ---- */

static int judge(struct service *service, const struct model *model,
                 const struct evaluation_request *request, const struct table *table,
                 const struct row_levels *where, struct evaluation_result *result,
                 struct error *err)
{
    const struct summary *summary = table_summary(table);
    const struct evaluate_table task = {
        .model = model,
        .table = table,
        .columns = evaluation_data_columns(request, model, summary, result->problems),
        .where = where,
        .options = &request->options,
        .budget = &service->budget,
        .bad = evaluation_result_tell,
        .context = result};
    dataset_open_check_inputs(model, summary, result->problems);
    if (result->problems->n > 0)
        return 0;
    struct error why = {0};
    if (evaluate_table_run(&task, &result->evaluation, &result->n_rows,
                           &result->n_skipped, &why) < 0)
        return dataset_open_tell(&why, result->problems, err);
    evaluation_result_check(result);
    return 0;
}

static int run(struct service *service, const struct model *model,
               const struct evaluation_request *request, const struct table *table,
               struct evaluation_result *result, struct error *err)
{
    struct row_levels rows = {0};
    if (row_filter_find(&request->where, table, &rows, result->problems, err) < 0)
        return -1;
    int status =
        judge(service, model, request, table, rows.table ? &rows : NULL, result, err);
    row_levels_free(&rows);
    return status;
}

/* With the columns that the model's formula makes of others. */
static int run_extended(struct service *service, const struct model *model,
                        const struct evaluation_request *request,
                        const struct table *table, struct evaluation_result *result,
                        struct error *err)
{
    struct evaluation_formula extended = {0};
    if (evaluation_formula_extend(request, model, table, &extended, result->problems,
                                  err) < 0)
        return -1;
    if (extended.made.table)
        table = extended.made.table;
    int status =
        result->problems->n > 0 ? 0 : run(service, model, request, table, result, err);
    evaluation_formula_free(&extended);
    return status;
}

int evaluation_data_run(struct service *service, const struct model *model,
                        const struct evaluation_request *request,
                        struct evaluation_result *result, struct error *err)
{
    struct dataset_table opened = {0};
    if (dataset_open_named(service->store, request->dataset, &opened, result->problems,
                           err) < 0)
        return -1;
    struct error why = {0};
    int status = 0;
    if (opened.table)
        status = run_extended(service, model, request, opened.table, result, &why);
    if (dataset_table_check(&opened, "the dataset", err) < 0 || status < 0)
        status = error_copy(err, &why);
    dataset_table_close(&opened);
    return status;
}
