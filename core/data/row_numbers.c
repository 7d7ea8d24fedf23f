#include "core/data/row_numbers.h"

#include <math.h>

#include "core/base/memory.h"

#define MOST_CELLS 4096U /* that are read at a time, and variables of an expression */

struct bound { /* an expression, and which columns its variables are */
    struct expression *expression;
    size_t *columns;
};

struct row_numbers {
    const struct table *table;
    size_t n;
    struct bound *expressions;
};

void row_numbers_free(struct row_numbers *numbers)
{
    if (!numbers)
        return;
    for (size_t i = 0; i < numbers->n; i++) {
        expression_free(numbers->expressions[i].expression);
        memory_free(numbers->expressions[i].columns);
    }
    memory_free(numbers->expressions);
    memory_free(numbers);
}

/* ---- finding the columns ---- */

static int bind_variable(const struct table *table, struct bound *bound, size_t variable,
                         struct error *err)
{
    const struct summary *summary = table_summary(table);
    const char *name = expression_variable(bound->expression, variable);
    bool is_text = expression_is_text(bound->expression, variable);
    size_t column = summary_find(summary, name);
    if (column == SIZE_MAX)
        return error_set(err, ERROR_UNKNOWN_COLUMN, "the data has no column %.100s",
                         name);
    const struct column_summary *of = &summary->columns[column];
    bound->columns[variable] = column;
    if (!is_text && of->type != COLUMN_NUMERIC)
        return error_set(err, ERROR_NOT_A_NUMBER,
                         "column %.100s has text where numbers are needed", name);
    if (is_text && of->type == COLUMN_NUMERIC)
        return error_set(err, ERROR_INVALID_TYPE,
                         "column %.100s has numbers; compare it with a number, without "
                         "quotes",
                         name);
    if (is_text) {
        struct error unknown = {0}; /* then no row has it */
        (void)!expression_bind(bound->expression, variable, of->levels, of->n_levels,
                               &unknown);
    }
    return 0;
}

static int bind(const struct table *table, struct bound *bound,
                const struct expression *expression, struct error *err)
{
    size_t n = expression_n_variables(expression);
    bound->expression = expression_copy(expression, err);
    bound->columns = memory_new(n, sizeof(*bound->columns), err);
    if (!bound->expression || !bound->columns)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (bind_variable(table, bound, i, err) < 0) {
            error_place(err, "%s", expression_variable(expression, i));
            return -1;
        }
    return 0;
}

struct row_numbers *row_numbers_new(const struct table *table,
                                    struct expression *const *expressions,
                                    size_t n_expressions, struct error *err)
{
    struct row_numbers *numbers = memory_new(1, sizeof(*numbers), err);
    if (!numbers)
        return NULL;
    numbers->table = table;
    numbers->expressions = memory_new(n_expressions, sizeof(*numbers->expressions), err);
    int result = numbers->expressions ? 0 : -1;
    for (; result == 0 && numbers->n < n_expressions; numbers->n++)
        result =
            bind(table, &numbers->expressions[numbers->n], expressions[numbers->n], err);
    if (result == 0)
        return numbers;
    row_numbers_free(numbers);
    return NULL;
}

/* ---- reading ---- */

static void read_column(const struct table *table, size_t column, uint64_t first_row,
                        size_t n_rows, double *cells)
{
    uint32_t codes[MOST_CELLS];
    if (table_summary(table)->columns[column].type == COLUMN_NUMERIC) {
        table_read_numbers(table, column, first_row, n_rows, cells);
        return;
    }
    table_read_codes(table, column, first_row, n_rows, codes);
    for (size_t i = 0; i < n_rows; i++)
        cells[i] = codes[i] == TABLE_MISSING_CODE ? (double)NAN : (double)codes[i];
}

/* One value of so many that lie column by column; NaN: a cell is missing. */
static double value_of_row(const struct expression *expression, const double *cells,
                           size_t stride)
{
    double row[MOST_CELLS];
    for (size_t j = 0; j < expression_n_variables(expression); j++) {
        row[j] = cells[j * stride];
        if (isnan(row[j]))
            return NAN;
    }
    double value = expression_value(expression, row);
    return isfinite(value) ? value : INFINITY;
}

/* Infinite stays infinite, and is not lost to what adds up to NaN. */
static double sum(double a, double b)
{
    return isnan(a) || isnan(b) ? NAN : isfinite(a + b) ? a + b : INFINITY;
}

static void add_values(const struct row_numbers *numbers, const struct bound *bound,
                       uint64_t first_row, size_t n_rows, double *values)
{
    double cells[MOST_CELLS];
    size_t n = expression_n_variables(bound->expression);
    for (size_t j = 0; j < n; j++)
        read_column(numbers->table, bound->columns[j], first_row, n_rows,
                    cells + j * n_rows);
    for (size_t i = 0; i < n_rows; i++)
        values[i] = sum(values[i], value_of_row(bound->expression, cells + i, n_rows));
}

static void add_expression(const struct row_numbers *numbers, const struct bound *bound,
                           uint64_t first_row, size_t n_rows, double *values)
{
    size_t most = MOST_CELLS / expression_n_variables(bound->expression);
    for (size_t at = 0, n; at < n_rows; at += n) {
        n = n_rows - at < most ? n_rows - at : most;
        add_values(numbers, bound, first_row + at, n, values + at);
    }
}

void row_numbers_read(const struct row_numbers *numbers, uint64_t first_row,
                      size_t n_rows, double *values)
{
    for (size_t i = 0; i < n_rows; i++)
        values[i] = 0;
    for (size_t i = 0; i < numbers->n; i++)
        add_expression(numbers, &numbers->expressions[i], first_row, n_rows, values);
}

void row_numbers_compute(const void *context, uint64_t first_row, size_t n_rows,
                         double *values)
{
    row_numbers_read(context, first_row, n_rows, values);
}
