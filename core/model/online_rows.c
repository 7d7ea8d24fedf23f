#include "core/model/online_rows.h"

#include "core/base/memory.h"
#include "core/model/model_assemble.h"

double online_rows_label(const struct model *model, size_t class)
{
    return family_traits(model->family)->of_two_classes
               ? class == model->positive
               : (double)model_assemble_code(class, model->reference);
}

/* Of sparse rows: no more entries than these. */
static bool count_entries(const struct model *model, const struct online_rows *rows,
                          size_t *n)
{
    if (model->encoding->is_sparse) {
        *n = rows->n > 0 ? rows->ends[rows->n - 1] : 0;
        return true;
    }
    return memory_product(rows->n, model->encoding->n_terms, n);
}

static bool count_cells(const struct model *model, const struct online_rows *rows,
                        size_t *n_bytes)
{
    size_t n, n_entries, n_starts;
    if (!online_is_sparse(model))
        return memory_product(rows->n, model->encoding->n_columns, &n) &&
               memory_product(n, sizeof(double), n_bytes);
    return count_entries(model, rows, &n) &&
           memory_product(n, sizeof(uint32_t) + sizeof(double), &n_entries) &&
           memory_product(rows->n + 1, sizeof(uint64_t), &n_starts) &&
           memory_sum(n_entries, n_starts, n_bytes);
}

bool online_rows_bytes(const struct model *model, const struct online_rows *rows,
                       size_t *n_bytes)
{
    size_t n_cells, n_others;
    return count_cells(model, rows, &n_cells) &&
           memory_product(rows->n, 3 * sizeof(double), &n_others) &&
           memory_sum(n_cells, n_others, n_bytes);
}

/* ---- entries ---- */

static int make_entries(struct design *design, size_t n, struct error *err)
{
    design->storage = DESIGN_CSR_F64;
    design->starts = memory_new(design->n_rows + 1, sizeof(*design->starts), err);
    design->columns = memory_new(n, sizeof(*design->columns), err);
    design->values = memory_new(n, sizeof(*design->values), err);
    return design->starts && design->columns && design->values ? 0 : -1;
}

static void end_row(struct design *design, size_t row, uint64_t end)
{
    size_t n = (size_t)(end - design->starts[row]);
    design->starts[row + 1] = end;
    design->longest_row = n > design->longest_row ? n : design->longest_row;
}

static void copy_entries(struct design *design, const struct online_rows *rows)
{
    size_t e = 0;
    for (size_t i = 0; i < rows->n; i++) {
        for (; e < rows->ends[i]; e++) {
            design->columns[e] = rows->entries[e].input;
            design->values[e] = rows->entries[e].value;
        }
        end_row(design, i, e);
    }
}

/* Columns ascend, as terms do. */
static void find_entries(struct design *design, const struct encoding *encoding,
                         const struct online_rows *rows)
{
    uint64_t e = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const double *cells = rows->cells + i * encoding->n_inputs;
        for (size_t t = 0; t < encoding->n_terms; t++) {
            size_t column;
            double value = term_value(encoding, &encoding->terms[t], cells, &column);
            if (value == 0)
                continue;
            design->columns[e] = (uint32_t)(encoding->terms[t].first_column + column);
            design->values[e++] = value;
        }
        end_row(design, i, e);
    }
}

static int make_sparse(struct design *design, const struct model *model,
                       const struct online_rows *rows, struct error *err)
{
    size_t n;
    if (!count_entries(model, rows, &n))
        return error_no_memory(err, SIZE_MAX);
    if (make_entries(design, n, err) < 0)
        return -1;
    if (model->encoding->is_sparse)
        copy_entries(design, rows);
    else
        find_entries(design, model->encoding, rows);
    return 0;
}

static int make_dense(struct design *design, const struct model *model,
                      const struct online_rows *rows, struct error *err)
{
    size_t n;
    if (!memory_product(rows->n, design->n_columns, &n))
        return error_no_memory(err, SIZE_MAX);
    design->x = memory_new_aligned(n, sizeof(double), err);
    if (!design->x)
        return -1;
    encoding_expand(model->encoding, rows->cells, rows->n, design->x);
    return 0;
}

int online_rows_make(struct design *design, const struct model *model,
                     const struct online_rows *rows, struct error *err)
{
    *design =
        (struct design){.n_rows = rows->n,
                        .n_columns = model->encoding->n_columns,
                        .n_blocks = (rows->n + DESIGN_BLOCK_ROWS - 1) / DESIGN_BLOCK_ROWS,
                        .n_classes = model->n_classes,
                        .sum_weights = (double)rows->n};
    design->y = memory_new_aligned(rows->n, sizeof(double), err);
    design->weights = memory_new_aligned(rows->n, sizeof(double), err);
    design->offset = memory_new_aligned(rows->n, sizeof(double), err);
    if (!design->y || !design->weights || !design->offset)
        return -1;
    for (size_t i = 0; i < rows->n; i++)
        design->weights[i] = 1;
    return (online_is_sparse(model) ? make_sparse : make_dense)(design, model, rows, err);
}
