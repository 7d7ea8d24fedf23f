#include "core/model/score_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/cell_reader.h"
#include "core/model/predict.h"

#define MOST_PIECE_ROWS 1024U
#define MOST_PIECE_CELLS ((size_t)1 << 17)

struct score_table {
    const struct model *model;
    const struct encoding *encoding;
    const struct table *table;
    struct budget *budget;
    size_t reserved_bytes, piece_rows;
    /* By cells: */
    struct cell_reader *reader;
    double *cells, *scratch;
    /* By entries, instead: */
    bool has_entries;
    uint32_t *input_of_column;         /* [sparse columns] or ENCODING_NO_COLUMN */
    struct table_sparse_block *blocks; /* [table_n_sparse_blocks] */
    struct predict_entry *entries;     /* [n_entries] of one piece */
    size_t n_entries;                  /* of the piece that has most, when counted */
    size_t *ends;                      /* [piece_rows] */
};

void score_table_free(struct score_table *scorer)
{
    if (!scorer)
        return;
    cell_reader_free(scorer->reader);
    memory_free(scorer->cells);
    memory_free(scorer->scratch);
    memory_free(scorer->input_of_column);
    memory_free(scorer->blocks);
    memory_free(scorer->entries);
    memory_free(scorer->ends);
    budget_release(scorer->budget, scorer->reserved_bytes);
    memory_free(scorer);
}

size_t score_table_piece_rows(const struct score_table *scorer)
{
    return scorer->piece_rows;
}

static int reserve(struct score_table *scorer, size_t bytes, struct error *err)
{
    if (budget_reserve(scorer->budget, bytes, err) < 0)
        return -1;
    scorer->reserved_bytes += bytes;
    return 0;
}

/* ---- by cells ---- */

static int open_cells(struct score_table *scorer, struct error *err)
{
    size_t n_inputs = scorer->encoding->n_inputs;
    size_t fitting = MOST_PIECE_CELLS / (n_inputs + 1) + 1;
    size_t n = fitting < MOST_PIECE_ROWS ? fitting : MOST_PIECE_ROWS;
    scorer->piece_rows = n;
    if (reserve(scorer, (n * (n_inputs + 1) + 4 * n_inputs) * sizeof(double), err) < 0)
        return -1;
    scorer->reader = cell_reader_new(scorer->table, scorer->encoding, err);
    if (!scorer->reader)
        return -1;
    scorer->cells = memory_new_aligned(n * n_inputs, sizeof(*scorer->cells), err);
    scorer->scratch = memory_new_aligned(n, sizeof(*scorer->scratch), err);
    return scorer->cells && scorer->scratch ? 0 : -1;
}

/* What stands in the place of a bad cell: any that can be scored. */
static bool replace_bad(const struct score_table *scorer, double *cells, uint64_t row,
                        score_table_bad_fn *bad, void *context)
{
    bool is_bad = false;
    for (size_t i = 0; i < scorer->encoding->n_inputs; i++) {
        const struct input *input = &scorer->encoding->inputs[i];
        if (input_accepts(input, cells[i]))
            continue;
        bad(context, row, input->name,
            isnan(cells[i]) ? ERROR_MISSING_VALUE : ERROR_UNKNOWN_LEVEL);
        cells[i] = 0;
        is_bad = true;
    }
    if (is_bad || encoding_find_unusable(scorer->encoding, cells) == SIZE_MAX)
        return is_bad;
    bad(context, row, NULL, ERROR_NON_FINITE); /* an expression has no value */
    return true;
}

static void score_cells(struct score_table *scorer, uint64_t first_row, size_t n_rows,
                        double *scores, bool *is_bad, score_table_bad_fn *bad,
                        void *context)
{
    size_t n_inputs = scorer->encoding->n_inputs;
    cell_reader_read(scorer->reader, first_row, n_rows, scorer->scratch, scorer->cells);
    for (size_t i = 0; i < n_rows; i++)
        if (replace_bad(scorer, scorer->cells + i * n_inputs, first_row + i, bad,
                        context))
            is_bad[i] = true;
    predict_scores(scorer->model, scorer->cells, n_rows, NULL, scores);
}

/* ---- by entries ---- */

/* Are all inputs that the table has among its sparse columns? */
static bool has_entries(const struct score_table *scorer)
{
    const struct summary *summary = table_summary(scorer->table);
    size_t first_sparse = table_first_sparse(scorer->table);
    if (!scorer->encoding->is_sparse || table_n_sparse(scorer->table) == 0)
        return false;
    for (size_t j = 0; j < first_sparse; j++) {
        const char *name = summary->columns[j].name;
        if (encoding_find_input(scorer->encoding, name, strlen(name)) != SIZE_MAX)
            return false;
    }
    return true;
}

static int open_blocks(struct score_table *scorer, struct error *err)
{
    size_t n = table_n_sparse_blocks(scorer->table);
    scorer->blocks = memory_new(n, sizeof(*scorer->blocks), err);
    if (!scorer->blocks)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (table_sparse_block(scorer->table, i, &scorer->blocks[i], err) < 0)
            return -1;
    return 0;
}

/* Of the piece that has most. */
static size_t count_entries(const struct score_table *scorer)
{
    size_t most = 0, n = 0;
    uint64_t row = 0;
    for (size_t b = 0; b < table_n_sparse_blocks(scorer->table); b++) {
        const struct table_sparse_block *block = &scorer->blocks[b];
        for (size_t i = 0; i < block->n_rows; i++, row++) {
            n = row % scorer->piece_rows == 0 ? 0 : n;
            const struct table_entries entries = table_row_entries(block, i);
            n += (size_t)(entries.end - entries.first);
            most = n > most ? n : most;
        }
    }
    return most;
}

static int open_entries(struct score_table *scorer, struct error *err)
{
    size_t n_columns = table_n_sparse(scorer->table);
    size_t n = MOST_PIECE_ROWS;
    scorer->piece_rows = n;
    if (open_blocks(scorer, err) < 0)
        return -1;
    size_t n_entries = count_entries(scorer);
    if (reserve(scorer,
                n_columns * sizeof(*scorer->input_of_column) +
                    n_entries * sizeof(*scorer->entries) + n * sizeof(*scorer->ends),
                err) < 0)
        return -1;
    scorer->input_of_column =
        memory_new(n_columns, sizeof(*scorer->input_of_column), err);
    scorer->n_entries = n_entries;
    scorer->entries = memory_new(n_entries, sizeof(*scorer->entries), err);
    scorer->ends = memory_new(n, sizeof(*scorer->ends), err);
    if (!scorer->input_of_column || !scorer->entries || !scorer->ends)
        return -1;
    encoding_map_sparse(scorer->encoding, scorer->table, scorer->input_of_column);
    return 0;
}

static int compare_entries(const void *left, const void *right)
{
    const struct predict_entry *a = left, *b = right;
    return (a->input > b->input) - (a->input < b->input);
}

/* Appends the entries of one row, by ascending input. Returns where they end. */
static size_t take_entries(struct score_table *scorer, uint64_t row, size_t end)
{
    const struct table_sparse_block *block =
        &scorer->blocks[table_find_sparse_block(scorer->table, row)];
    size_t at = (size_t)(row - block->first_row), start = end;
    bool is_ascending = true;
    const struct table_entries entries = table_row_entries(block, at);
    for (uint64_t i = entries.first; i < entries.end && end < scorer->n_entries; i++) {
        uint32_t input = scorer->input_of_column[block->columns[i]];
        if (input == ENCODING_NO_COLUMN)
            continue;
        is_ascending =
            is_ascending && (end == start || scorer->entries[end - 1].input < input);
        scorer->entries[end++] = (struct predict_entry){input, block->values[i]};
    }
    if (!is_ascending)
        qsort(scorer->entries + start, end - start, sizeof(*scorer->entries),
              compare_entries);
    return end;
}

static void score_entries(struct score_table *scorer, uint64_t first_row, size_t n_rows,
                          double *scores)
{
    size_t end = 0;
    for (size_t i = 0; i < n_rows; i++)
        scorer->ends[i] = end = take_entries(scorer, first_row + i, end);
    predict_scores_sparse(scorer->model, scorer->entries, scorer->ends, n_rows, NULL,
                          scores);
}

/* ---- both ---- */

struct score_table *score_table_new(const struct model *model, const struct table *table,
                                    struct budget *budget, struct error *err)
{
    struct score_table *scorer = memory_new(1, sizeof(*scorer), err);
    if (!scorer)
        return NULL;
    scorer->model = model;
    scorer->encoding = model->encoding;
    scorer->table = table;
    scorer->budget = budget;
    scorer->has_entries = has_entries(scorer);
    if ((scorer->has_entries ? open_entries(scorer, err) : open_cells(scorer, err)) < 0) {
        score_table_free(scorer);
        return NULL;
    }
    return scorer;
}

static bool are_finite(const double *scores, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!isfinite(scores[k]))
            return false;
    return true;
}

void score_table_read(struct score_table *scorer, uint64_t first_row, size_t n_rows,
                      double *scores, bool *is_bad, score_table_bad_fn *bad,
                      void *context)
{
    size_t n_scores = model_n_scores(scorer->model);
    if (scorer->has_entries)
        score_entries(scorer, first_row, n_rows, scores);
    else
        score_cells(scorer, first_row, n_rows, scores, is_bad, bad, context);
    for (size_t i = 0; i < n_rows; i++)
        if (!is_bad[i] && !are_finite(scores + i * n_scores, n_scores)) {
            bad(context, first_row + i, NULL, ERROR_NON_FINITE);
            is_bad[i] = true;
        }
}
