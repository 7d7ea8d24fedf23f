#include "core/data/cell_reader.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"

#define NO_INPUT UINT32_MAX

struct source {
    size_t column;        /* of the table; SIZE_MAX: it is told by entries, or 0 */
    double *cell_of_code; /* [n_levels of the table's column]; NULL: it has numbers */
};

struct cell_reader {
    const struct table *table;
    const struct encoding *encoding;
    struct source *sources; /* [n_inputs] */
    /* Where the table has sparse columns or lacks some of the inputs: */
    bool has_entries;
    double *zeros;                     /* [n_inputs] the cell of 0, where no column is */
    uint32_t *input_of_entry;          /* [sparse columns] or NO_INPUT */
    struct table_sparse_block *blocks; /* [table_n_sparse_blocks] */
};

void cell_reader_free(struct cell_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; reader->sources && i < reader->encoding->n_inputs; i++)
        memory_free(reader->sources[i].cell_of_code);
    memory_free(reader->sources);
    memory_free(reader->zeros);
    memory_free(reader->input_of_entry);
    memory_free(reader->blocks);
    memory_free(reader);
}

static double cell_of_level(size_t level)
{
    return level == SIZE_MAX ? INPUT_UNKNOWN_LEVEL : (double)level;
}

static int open_source(struct cell_reader *reader, size_t i, struct error *err)
{
    struct source *source = &reader->sources[i];
    const struct column_summary *column =
        &table_summary(reader->table)->columns[source->column];
    if (column->type == COLUMN_NUMERIC)
        return 0;
    if (reader->encoding->inputs[i].type == COLUMN_NUMERIC)
        return error_set(err, ERROR_INVALID_TYPE,
                         "column %.100s has text where the model has numbers",
                         column->name);
    source->cell_of_code =
        memory_new(column->n_levels, sizeof(*source->cell_of_code), err);
    if (!source->cell_of_code)
        return -1;
    for (size_t k = 0; k < column->n_levels; k++)
        source->cell_of_code[k] = cell_of_level(
            input_find_level(&reader->encoding->inputs[i], column->levels[k].text,
                             column->levels[k].n_bytes));
    return 0;
}

/* The source of an input, by its name: a column, or entries. */
static int find_source(struct cell_reader *reader, const struct dictionary *names,
                       size_t i, struct error *err)
{
    const struct input *input = &reader->encoding->inputs[i];
    size_t first_sparse = table_first_sparse(reader->table);
    uint32_t column = dictionary_find(names, input->name, strlen(input->name));
    if (column == DICTIONARY_NONE && !input->is_sparse)
        return error_set(err, ERROR_UNKNOWN_COLUMN, "the data has no column %.100s",
                         input->name);
    if (column < first_sparse) {
        reader->sources[i].column = column;
        return open_source(reader, i, err);
    }
    reader->sources[i].column = SIZE_MAX;
    reader->has_entries = true;
    if (column != DICTIONARY_NONE)
        reader->input_of_entry[column - first_sparse] = (uint32_t)i;
    return 0;
}

static int open_sources(struct cell_reader *reader, struct error *err)
{
    struct dictionary names = {0};
    int result = summary_index(table_summary(reader->table), &names, err);
    for (size_t i = 0; result == 0 && i < reader->encoding->n_inputs; i++) {
        result = find_source(reader, &names, i, err);
        if (result < 0)
            error_place(err, "%s", reader->encoding->inputs[i].name);
    }
    dictionary_free(&names);
    return result;
}

/* What an input's cell is where its value is this number. */
static double cell_of_number(const struct encoding *encoding, size_t input, double value)
{
    if (encoding->inputs[input].type == COLUMN_NUMERIC || isnan(value))
        return value;
    return cell_of_level(input_find_level_number(&encoding->inputs[input], value));
}

static int open_entries(struct cell_reader *reader, struct error *err)
{
    const struct encoding *encoding = reader->encoding;
    size_t n_blocks = table_n_sparse_blocks(reader->table);
    reader->zeros = memory_new(encoding->n_inputs, sizeof(*reader->zeros), err);
    reader->blocks = memory_new(n_blocks, sizeof(*reader->blocks), err);
    if (!reader->zeros || !reader->blocks)
        return -1;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        if (reader->sources[i].column == SIZE_MAX)
            reader->zeros[i] = cell_of_number(encoding, i, 0);
    for (size_t i = 0; i < n_blocks; i++)
        if (table_sparse_block(reader->table, i, &reader->blocks[i], err) < 0)
            return -1;
    return 0;
}

static int open_reader(struct cell_reader *reader, struct error *err)
{
    size_t n_sparse = table_n_sparse(reader->table);
    reader->sources =
        memory_new(reader->encoding->n_inputs, sizeof(*reader->sources), err);
    reader->input_of_entry = memory_new(n_sparse, sizeof(*reader->input_of_entry), err);
    if (!reader->sources || !reader->input_of_entry)
        return -1;
    for (size_t i = 0; i < n_sparse; i++)
        reader->input_of_entry[i] = NO_INPUT;
    if (open_sources(reader, err) < 0)
        return -1;
    return reader->has_entries ? open_entries(reader, err) : 0;
}

struct cell_reader *cell_reader_new(const struct table *table,
                                    const struct encoding *encoding, struct error *err)
{
    struct cell_reader *reader = memory_new(1, sizeof(*reader), err);
    if (!reader)
        return NULL;
    reader->table = table;
    reader->encoding = encoding;
    if (open_reader(reader, err) < 0) {
        cell_reader_free(reader);
        return NULL;
    }
    return reader;
}

/* ---- reading ---- */

static void read_levels(const struct cell_reader *reader, size_t input,
                        uint64_t first_row, size_t n_rows, uint32_t *codes, double *cells)
{
    const struct source *source = &reader->sources[input];
    size_t n_inputs = reader->encoding->n_inputs;
    table_read_codes(reader->table, source->column, first_row, n_rows, codes);
    for (size_t row = 0; row < n_rows; row++)
        cells[row * n_inputs + input] = codes[row] == TABLE_MISSING_CODE
                                            ? (double)NAN
                                            : source->cell_of_code[codes[row]];
}

static void read_numbers(const struct cell_reader *reader, size_t input,
                         uint64_t first_row, size_t n_rows, double *numbers,
                         double *cells)
{
    const struct encoding *encoding = reader->encoding;
    table_read_numbers(reader->table, reader->sources[input].column, first_row, n_rows,
                       numbers);
    size_t n_inputs = encoding->n_inputs;
    bool is_number = encoding->inputs[input].type == COLUMN_NUMERIC;
    for (size_t row = 0; is_number && row < n_rows; row++)
        cells[row * n_inputs + input] = numbers[row];
    for (size_t row = 0; !is_number && row < n_rows; row++)
        cells[row * n_inputs + input] = cell_of_number(encoding, input, numbers[row]);
}

/* Zeros first, then what the entries of the row say. */
static void read_entries(const struct cell_reader *reader, uint64_t row, double *cells)
{
    const struct encoding *encoding = reader->encoding;
    memcpy(cells, reader->zeros, encoding->n_inputs * sizeof(*cells));
    if (table_n_sparse_blocks(reader->table) == 0)
        return;
    const struct table_sparse_block *block =
        &reader->blocks[table_find_sparse_block(reader->table, row)];
    size_t at = (size_t)(row - block->first_row);
    table_touch_row(reader->table, block, at);
    const struct table_entries entries = table_row_entries(block, at);
    for (uint64_t i = entries.first; i < entries.end; i++) {
        uint32_t input = reader->input_of_entry[block->columns[i]];
        if (input != NO_INPUT)
            cells[input] = cell_of_number(encoding, input, block->values[i]);
    }
}

void cell_reader_read(const struct cell_reader *reader, uint64_t first_row, size_t n_rows,
                      double *scratch, double *cells)
{
    size_t n_inputs = reader->encoding->n_inputs;
    for (size_t row = 0; reader->has_entries && row < n_rows; row++)
        read_entries(reader, first_row + row, cells + row * n_inputs);
    for (size_t i = 0; i < n_inputs; i++)
        if (reader->sources[i].column == SIZE_MAX)
            continue;
        else if (reader->sources[i].cell_of_code)
            read_levels(reader, i, first_row, n_rows, (uint32_t *)(void *)scratch, cells);
        else
            read_numbers(reader, i, first_row, n_rows, scratch, cells);
}
