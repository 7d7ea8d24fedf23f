#include "core/model/dense_row.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/optim/vectors.h"

int dense_row_new(struct dense_row *row, const struct basis *basis, struct error *err)
{
    struct dense_row made = {.basis = basis};
    made.x = memory_new(basis->n_columns, sizeof(double), err);
    made.u = memory_new(basis->n_active + 1, sizeof(double), err);
    if (!made.x || !made.u) {
        dense_row_free(&made);
        return -1;
    }
    *row = made;
    return 0;
}

void dense_row_free(struct dense_row *row)
{
    memory_free(row->x);
    memory_free(row->u);
    *row = (struct dense_row){0};
}

void dense_row_read(struct dense_row *row, const struct design_block *block, size_t i)
{
    size_t d = row->basis->n_columns;
    if (block->x) {
        memcpy(row->x, block->x + i * d, d * sizeof(*row->x));
        return;
    }
    memset(row->x, 0, d * sizeof(*row->x));
    for (size_t e = block->starts[i]; e < block->starts[i + 1]; e++)
        row->x[block->columns[e]] = block->values[e];
}

void dense_row_place(struct dense_row *row)
{
    row->u[0] = 1;
    basis_row(row->basis, row->x, row->u + row->basis->intercept);
}

double dense_row_margin(const struct dense_row *row, const double *beta)
{
    return vectors_dot(row->u, beta, row->basis->n_terms);
}
