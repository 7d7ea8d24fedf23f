#include "api/predict_libsvm.h"

#include "api/predict_rows.h"

static int on_row(void *context, const struct libsvm_row *row, struct error *err)
{
    return predict_rows_read_entries(context, row->entries, row->n_entries, err);
}

static int on_problem(void *context, uint64_t row, const struct error *problem,
                      struct error *err)
{
    struct predict_rows *rows = context;
    (void)row, (void)err;
    problem_add(rows->problems, problem);
    rows->parsed->n_rows++;
    return 0;
}

static int scan(struct predict_rows *rows, const char *body, size_t n_bytes,
                struct error *err)
{
    struct libsvm_scanner *scanner = libsvm_new(on_row, on_problem, rows, err);
    if (!scanner)
        return -1;
    int result = libsvm_push(scanner, body, n_bytes, err);
    if (result == 0)
        result = libsvm_finish(scanner, err);
    libsvm_free(scanner);
    if (result == 0 && rows->parsed->n_rows == 0)
        problem_report(rows->problems, ERROR_NO_ROWS, "", "at least one row is needed");
    return result;
}

static int read_all(struct predict_rows *rows, const struct model *model,
                    const char *body, size_t n_bytes, struct error *err)
{
    const struct predict_members none = {.is_object = true};
    if (predict_options_read(model, &none, &rows->parsed->options, rows->problems, err) <
        0)
        return -1;
    return scan(rows, body, n_bytes, err);
}

int predict_libsvm_read(const struct model *model, const char *body, size_t n_bytes,
                        struct budget *budget, struct predict_body *parsed,
                        struct problem_list *problems, struct error *err)
{
    struct predict_rows rows;
    parsed->budget = budget;
    int result = predict_rows_begin(&rows, model, parsed, NULL, problems, err);
    if (result == 0)
        result = read_all(&rows, model, body, n_bytes, err);
    predict_rows_free(&rows);
    if (result == 0 && problems->n == 0)
        return 0;
    predict_body_free(parsed);
    return -1;
}
