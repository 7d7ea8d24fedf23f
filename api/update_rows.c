#include "api/update_rows.h"

#include <string.h>

#include "api/update_libsvm.h"
#include "core/base/memory.h"
#include "core/model/online_rows.h"

/* A row would tell its own label. */
static void check_target(const struct update_request *request, const struct model *model,
                         struct problem_list *problems)
{
    const char *name = request->columns.of[ROW_TARGET].name;
    if (name && encoding_find_input(model->encoding, name, strlen(name)) != SIZE_MAX)
        problem_report(problems, ERROR_INVALID, "/target",
                       "column %.100s is an input of the model, and cannot be the label",
                       name);
}

/* ---- labels ---- */

/* With trials the share of the positive class, and the trials as weight. */
static void put_share(const struct update_rows *rows, const struct model *model,
                      size_t row)
{
    const double *values = rows->outcomes.rows[row].values;
    double trials = values[ROW_TRIALS];
    double share = trials > 0 ? values[ROW_TARGET] / trials : 0;
    bool is_positive = evaluate_outcomes_success(model) == model->positive;
    rows->design.y[row] = is_positive ? share : 1 - share;
    rows->design.weights[row] = row_outcomes_weight(&rows->outcomes, row) * trials;
}

static void put_row(const struct update_rows *rows, const struct model *model, size_t row)
{
    const struct row_outcomes *outcomes = &rows->outcomes;
    const double *values = outcomes->rows[row].values;
    if (outcomes->columns[ROW_OFFSET])
        rows->design.offset[row] = values[ROW_OFFSET];
    if (outcomes->columns[ROW_TRIALS]) {
        put_share(rows, model, row);
        return;
    }
    rows->design.weights[row] = row_outcomes_weight(outcomes, row);
    rows->design.y[row] = model->n_classes > 0
                              ? online_rows_label(model, (size_t)values[ROW_TARGET])
                              : values[ROW_TARGET];
}

/* ---- the whole ---- */

static int make_design(struct update_rows *rows, const struct model *model,
                       struct error *err)
{
    const struct online_rows source = {.cells = rows->body.cells,
                                       .entries = rows->body.entries,
                                       .ends = rows->body.ends,
                                       .n = rows->body.n_good};
    size_t n_bytes;
    if (!online_rows_bytes(model, &source, &n_bytes))
        return error_no_memory(err, SIZE_MAX);
    if (budget_reserve(rows->budget, n_bytes, err) < 0)
        return -1;
    rows->reserved_bytes = n_bytes;
    if (online_rows_make(&rows->design, model, &source, err) < 0)
        return -1;
    for (size_t row = 0; row < source.n; row++)
        put_row(rows, model, row);
    return 0;
}

int update_rows_read(struct update_rows *rows, const struct model *model,
                     const struct update_request *request, const char *body,
                     size_t n_bytes, struct budget *budget, struct problem_list *problems,
                     struct error *err)
{
    const struct row_outcomes_asked asked = {.lists = &request->lists,
                                             .columns = &request->columns};
    rows->budget = budget;
    if (request->is_libsvm) {
        if (update_libsvm_read(&rows->outcomes, model, body, n_bytes, budget, &rows->body,
                               problems, err) < 0)
            return -1;
        return problems->n > 0 ? 0 : make_design(rows, model, err);
    }
    row_columns_check(&request->columns, model, problems);
    check_target(request, model, problems);
    if (row_outcomes_read(&rows->outcomes, model, &asked, body, n_bytes, budget,
                          &rows->body, problems, err) < 0)
        return -1;
    return problems->n > 0 ? 0 : make_design(rows, model, err);
}

void update_rows_free(struct update_rows *rows)
{
    design_free(&rows->design);
    predict_body_free(&rows->body);
    row_outcomes_free(&rows->outcomes);
    if (rows->budget)
        budget_release(rows->budget, rows->reserved_bytes);
    *rows = (struct update_rows){0};
}
