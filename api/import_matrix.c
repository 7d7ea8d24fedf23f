#include "api/import_matrix.h"

#include <math.h>

#include "core/base/memory.h"

/* [n_rows × n_columns] finite numbers from an array of arrays, or, of one row, of
 * numbers. NULL with problems reported, or err set. */
static double *read_rows(const struct import_body *body, const json_t *value,
                         const char *pointer, size_t n_rows, size_t n_columns,
                         struct error *err)
{
    char row_at[PROBLEM_POINTER_BYTES], at[PROBLEM_POINTER_BYTES];
    size_t n, n_problems = body->problems->n;
    bool is_flat = n_rows == 1 && !json_is_array(json_array_get(value, 0));
    if (!is_flat && json_array_size(value) != n_rows) {
        problem_report(body->problems, ERROR_WRONG_WIDTH, pointer,
                       "must be an array of %zu rows", n_rows);
        return NULL;
    }
    if (!memory_product(n_rows, n_columns, &n)) {
        error_no_memory(err, SIZE_MAX);
        return NULL;
    }
    double *cells = memory_new(n, sizeof(*cells), err);
    for (size_t i = 0; cells && i < n_rows; i++) {
        const json_t *row = is_flat ? value : json_array_get(value, i);
        const char *where = is_flat ? pointer : problem_pointer_at(row_at, pointer, i);
        if (!json_is_array(row) || json_array_size(row) != n_columns) {
            problem_report(body->problems, ERROR_WRONG_WIDTH, where,
                           "must be an array of %zu numbers", n_columns);
            continue;
        }
        for (size_t j = 0; j < n_columns; j++)
            (void)import_body_number(body, json_array_get(row, j),
                                     problem_pointer_at(at, where, j),
                                     &cells[i * n_columns + j]);
    }
    if (body->problems->n == n_problems)
        return cells;
    memory_free(cells);
    return NULL;
}

/* As above, of one row; a number alone is a row of one. */
static double *read_row(const struct import_body *body, const json_t *value,
                        const char *pointer, size_t n, struct error *err)
{
    if (!json_is_number(value))
        return read_rows(body, value, pointer, 1, n, err);
    if (n != 1) {
        problem_report(body->problems, ERROR_WRONG_WIDTH, pointer,
                       "must be an array of %zu numbers", n);
        return NULL;
    }
    double *cell = memory_new(1, sizeof(*cell), err);
    if (cell)
        *cell = json_number_value(value);
    return cell;
}

/* ---- the scaler ---- */

static double *filled(size_t n, double value, struct error *err)
{
    double *values = memory_new(n, sizeof(*values), err);
    for (size_t i = 0; values && i < n; i++)
        values[i] = value;
    return values;
}

static void check_scales(const struct import_body *body)
{
    char pointer[PROBLEM_POINTER_BYTES];
    for (size_t j = 0; j < body->encoding->n_columns; j++)
        if (!(body->scales[j] > 0))
            problem_report(body->problems, ERROR_OUT_OF_RANGE,
                           problem_pointer_at(pointer, "/scale", j), "must be above 0");
}

/* One of the two without the other: with_mean=False, with_std=False. */
static void read_scaler(struct import_body *body, struct error *err)
{
    const json_t *mean = import_body_member(body, "mean");
    const json_t *scale = import_body_member(body, "scale");
    size_t n = body->encoding->n_columns;
    if (!mean && !scale)
        return;
    body->means = mean ? read_row(body, mean, "/mean", n, err) : filled(n, 0, err);
    body->scales = scale ? read_row(body, scale, "/scale", n, err) : filled(n, 1, err);
    if (body->scales)
        check_scales(body);
    if (mean && !body->intercept)
        problem_report(body->problems, ERROR_INVALID, "/mean",
                       "needs an intercept, which makes up for means");
}

/* ---- from a row for each class to differences ---- */

static double cell_of(const struct import_body *body, const double *coef,
                      const double *intercept, size_t row, size_t term)
{
    if (body->intercept && term == 0)
        return intercept[row];
    return coef[row * body->encoding->n_columns + term - body->intercept];
}

static size_t row_of(const struct import_body *body, size_t class)
{
    size_t row = 0;
    while (body->class_of_given[row] != class)
        row++;
    return row;
}

static void put_differences(struct import_body *body, const double *coef,
                            const double *intercept)
{
    size_t reference = row_of(body, body->reference);
    for (size_t row = 0; row < body->given.n; row++) {
        size_t block = import_body_block(body, body->class_of_given[row]);
        for (size_t t = 0; block != SIZE_MAX && t < body->n_terms; t++) {
            double difference = cell_of(body, coef, intercept, row, t) -
                                cell_of(body, coef, intercept, reference, t);
            if (!isfinite(difference))
                problem_report(body->problems, ERROR_NON_FINITE, "/coef",
                               "a difference between two classes is beyond the range "
                               "of numbers");
            body->estimates[block * body->n_terms + t] = difference;
        }
    }
}

static int put(struct import_body *body, const double *coef, const double *intercept,
               struct error *err)
{
    if (import_body_make_room(body, err) < 0)
        return -1;
    if (body->family == FAMILY_MULTINOMIAL)
        put_differences(body, coef, intercept);
    else
        for (size_t t = 0; t < body->n_terms; t++)
            body->estimates[t] = cell_of(body, coef, intercept, 0, t);
    return 0;
}

int import_matrix_read(struct import_body *body, const json_t *coef, struct error *err)
{
    const json_t *intercept = import_body_member(body, "intercept");
    struct error why = {0};
    size_t n = body->problems->n;
    size_t n_rows = body->family == FAMILY_MULTINOMIAL ? body->given.n : 1;
    if (body->family == FAMILY_MULTINOMIAL && body->reference == SIZE_MAX)
        body->reference = body->class_of_given[0];
    body->intercept = intercept != NULL;
    double *cells =
        read_rows(body, coef, "/coef", n_rows, body->encoding->n_columns, &why);
    double *intercepts =
        intercept ? read_row(body, intercept, "/intercept", n_rows, &why) : NULL;
    read_scaler(body, &why);
    if (!error_is_set(&why) && body->problems->n == n)
        (void)put(body, cells, intercepts, &why);
    memory_free(cells);
    memory_free(intercepts);
    return error_is_set(&why) ? error_copy(err, &why) : 0;
}
