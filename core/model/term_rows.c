#include "core/model/term_rows.h"

#include <stdint.h>

#include "core/base/memory.h"

/* A column of the matrix for each coordinate of the basis. */
static void fill(struct term_rows *made, const struct basis *basis, double *unit,
                 double *column)
{
    for (size_t i = 0; i < made->n; i++) {
        unit[i] = 1;
        basis_to_unit_terms(basis, unit, column);
        unit[i] = 0;
        for (size_t t = 0; t < made->n_terms; t++)
            made->rows[t * made->n + i] = column[t];
    }
}

int term_rows_new(struct term_rows *rows, const struct basis *basis, struct error *err)
{
    struct term_rows made = {.n_terms = basis->intercept + basis->n_columns,
                             .n = basis->n_terms};
    size_t n_cells;
    if (!memory_product(made.n_terms, made.n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    made.rows = memory_new_aligned(n_cells, sizeof(double), err);
    double *unit = memory_new(made.n, sizeof(double), err);
    double *column = memory_new(made.n_terms, sizeof(double), err);
    bool is_made = made.rows && unit && column;
    if (is_made)
        fill(&made, basis, unit, column);
    memory_free(unit);
    memory_free(column);
    if (!is_made) {
        term_rows_free(&made);
        return -1;
    }
    *rows = made;
    return 0;
}

void term_rows_free(struct term_rows *rows)
{
    memory_free(rows->rows);
    *rows = (struct term_rows){0};
}
