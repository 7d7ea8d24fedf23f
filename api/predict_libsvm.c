#include "api/predict_libsvm.h"

#include <stdint.h>

#include "api/predict_kept.h"
#include "api/predict_rows.h"

static int on_row(void *context, const struct libsvm_row *row, struct error *err)
{
    return predict_rows_read_entries(context, row->entries, row->n_entries, err);
}

static int on_problem(void *context, uint64_t row, const struct error *problem,
                      struct error *err)
{
    struct predict_rows *rows = context;
    (void)row;
    if (!rows->parsed->options.on_error_row)
        problem_add(rows->problems, problem);
    return predict_kept_bad(rows->parsed, problem->code, SIZE_MAX, err);
}

static int scan(struct predict_rows *rows, const char *body, size_t n_bytes,
                struct error *err)
{
    int result = libsvm_read(body, n_bytes, on_row, on_problem, rows, err);
    if (result == 0 && rows->parsed->n_rows == 0)
        problem_report(rows->problems, ERROR_NO_ROWS, "", "at least one row is needed");
    return result;
}

int predict_libsvm_read(const struct model *model, const char *body, size_t n_bytes,
                        struct budget *budget, struct predict_body *parsed,
                        struct problem_list *problems, struct error *err)
{
    struct predict_rows rows;
    parsed->budget = budget;
    int result = predict_rows_begin(&rows, model, parsed, NULL, problems, err);
    if (result == 0)
        result = scan(&rows, body, n_bytes, err);
    predict_rows_free(&rows);
    if (result == 0 && problems->n == 0)
        return 0;
    predict_body_free(parsed);
    return -1;
}
