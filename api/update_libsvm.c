#include "api/update_libsvm.h"

#include <stdio.h>

#include "api/dataset_open.h"
#include "api/predict_rows.h"
#include "core/text/number.h"

struct reading {
    struct predict_rows rows;
    struct row_outcomes *outcomes;
    const struct model *model;
};

static void refuse(const struct reading *reading, uint64_t row, enum error_code code)
{
    char place[PROBLEM_POINTER_BYTES];
    snprintf(place, sizeof(place), "row %llu", (unsigned long long)row);
    problem_report(reading->rows.problems, code, place, "%s",
                   code == ERROR_NOT_A_NUMBER ? "the label must be a number"
                                              : dataset_open_detail(code));
}

/* A class by its text or its number, "+1" for 1; or a number. */
static double label_of(const struct reading *reading, const struct libsvm_row *row)
{
    const struct evaluate_outcomes *classes = &reading->outcomes->classes;
    double value = 0;
    size_t class = SIZE_MAX;
    bool is_number = number_parse(row->label, row->label_bytes, &value);
    if (reading->model->n_classes == 0) {
        if (!is_number)
            refuse(reading, row->row, ERROR_NOT_A_NUMBER);
        return value;
    }
    class = evaluate_outcomes_class(classes, row->label, row->label_bytes);
    if (class == SIZE_MAX && is_number)
        class = evaluate_outcomes_class_number(classes, value);
    if (class == SIZE_MAX)
        refuse(reading, row->row, ERROR_UNKNOWN_LEVEL);
    return (double)class;
}

static int on_row(void *context, const struct libsvm_row *row, struct error *err)
{
    struct reading *reading = context;
    if (predict_rows_read_entries(&reading->rows, row->entries, row->n_entries, err) < 0)
        return -1;
    return row_outcomes_add(reading->outcomes, label_of(reading, row), err);
}

/* Nothing will be learnt: the label is of no use. */
static int on_problem(void *context, uint64_t row, const struct error *problem,
                      struct error *err)
{
    struct reading *reading = context;
    (void)row, (void)err;
    problem_add(reading->rows.problems, problem);
    reading->rows.parsed->n_rows++;
    return 0;
}

static int scan(struct reading *reading, const char *body, size_t n_bytes,
                struct error *err)
{
    int result = libsvm_read(body, n_bytes, on_row, on_problem, reading, err);
    if (result == 0 && reading->rows.parsed->n_rows == 0)
        problem_report(reading->rows.problems, ERROR_NO_ROWS, "",
                       "at least one row is needed");
    return result;
}

int update_libsvm_read(struct row_outcomes *outcomes, const struct model *model,
                       const char *body, size_t n_bytes, struct budget *budget,
                       struct predict_body *parsed, struct problem_list *problems,
                       struct error *err)
{
    struct reading reading = {.outcomes = outcomes, .model = model};
    parsed->budget = budget;
    outcomes->budget = budget;
    if (evaluate_outcomes_open_classes(&outcomes->classes, model, err) < 0)
        return -1;
    int result = predict_rows_begin(&reading.rows, model, parsed, NULL, problems, err);
    if (result == 0)
        result = scan(&reading, body, n_bytes, err);
    predict_rows_free(&reading.rows);
    return result;
}
