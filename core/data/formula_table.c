#include "core/data/formula_table.h"

#include <math.h>

#define PIECE_ROWS 4096U

/* ---- what is known of them ---- */

static uint64_t count_missing(const struct summary *summary,
                              struct expression *const *expressions, size_t n)
{
    uint64_t n_missing = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < expression_n_variables(expressions[i]); j++) {
            size_t column = summary_find(summary, expression_variable(expressions[i], j));
            if (column != SIZE_MAX && summary->columns[column].n_missing > n_missing)
                n_missing = summary->columns[column].n_missing;
        }
    return n_missing;
}

static struct column_summary summary_of(const struct summary *summary, char *name,
                                        struct expression *const *expressions, size_t n)
{
    return (struct column_summary){.name = name,
                                   .type = COLUMN_NUMERIC,
                                   .n_missing = count_missing(summary, expressions, n),
                                   .min = NAN,
                                   .max = NAN,
                                   .mean = NAN,
                                   .std = NAN};
}

static bool has_computed_response(const struct formula *formula)
{
    return formula->response.kind == FORMULA_EXPRESSION;
}

static bool has_computed_offset(const struct formula *formula)
{
    return formula->n_offsets > 0 && !formula->is_offset_column;
}

size_t formula_table_summaries(const struct formula *formula,
                               const struct summary *summary, struct column_summary *more)
{
    size_t n = 0;
    if (has_computed_response(formula))
        more[n++] =
            summary_of(summary, formula->target, &formula->response.expression, 1);
    if (has_computed_offset(formula))
        more[n++] =
            summary_of(summary, formula->offset, formula->offsets, formula->n_offsets);
    return n;
}

/* ---- making ---- */

static int add_numbers(struct row_numbers **numbers, const struct table *table,
                       struct expression *const *expressions, size_t n, struct error *err)
{
    *numbers = row_numbers_new(table, expressions, n, err);
    return *numbers ? 0 : -1;
}

static int make_numbers(struct formula_table *made, const struct formula *formula,
                        const struct table *table, struct error *err)
{
    size_t n = 0;
    if (has_computed_response(formula) &&
        add_numbers(&made->numbers[n++], table, &formula->response.expression, 1, err) <
            0)
        return -1;
    return has_computed_offset(formula)
               ? add_numbers(&made->numbers[n], table, formula->offsets,
                             formula->n_offsets, err)
               : 0;
}

int formula_table_make(struct formula_table *made, const struct formula *formula,
                       const struct table *table, struct error *err)
{
    struct formula_table fresh = {0};
    struct column_summary more[FORMULA_TABLE_MOST];
    struct table_computed computed[FORMULA_TABLE_MOST];
    int result = make_numbers(&fresh, formula, table, err);
    size_t n = formula_table_summaries(formula, table_summary(table), more);
    for (size_t i = 0; i < n; i++)
        computed[i] = (struct table_computed){row_numbers_compute, fresh.numbers[i]};
    if (result == 0 && n > 0 &&
        !(fresh.table = table_extend(table, more, computed, n, err)))
        result = -1;
    if (result < 0)
        formula_table_free(&fresh);
    else
        *made = fresh;
    return result;
}

void formula_table_free(struct formula_table *made)
{
    table_close(made->table);
    for (size_t i = 0; i < FORMULA_TABLE_MOST; i++)
        row_numbers_free(made->numbers[i]);
    *made = (struct formula_table){0};
}

/* ---- values ---- */

static int check_column(const struct table *table, size_t column,
                        const unsigned char *keep, struct error *err)
{
    double values[PIECE_ROWS];
    uint64_t n_rows = table_summary(table)->n_rows;
    for (uint64_t first = 0; first < n_rows; first += PIECE_ROWS) {
        size_t n = n_rows - first < PIECE_ROWS ? (size_t)(n_rows - first) : PIECE_ROWS;
        table_read_numbers(table, column, first, n, values);
        for (size_t i = 0; i < n; i++)
            if (isinf(values[i]) && (!keep || keep[first + i])) {
                const char *name = table_summary(table)->columns[column].name;
                error_set(err, ERROR_NON_FINITE,
                          "%.120s has no finite value; leave out such rows, or write it "
                          "so that it has one in all",
                          name);
                error_place(err, "row %llu, term %s", (unsigned long long)(first + i + 1),
                            name);
                return -1;
            }
    }
    return 0;
}

int formula_table_check(const struct formula_table *made, const unsigned char *keep,
                        struct error *err)
{
    size_t n = 0;
    while (n < FORMULA_TABLE_MOST && made->numbers[n])
        n++;
    for (size_t i = 1; i <= n; i++)
        if (check_column(made->table, table_summary(made->table)->n_columns - i, keep,
                         err) < 0)
            return -1;
    return 0;
}
