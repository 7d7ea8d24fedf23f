#include "core/data/cell_reader.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

struct source {
    size_t column;
    double *cell_of_code; /* [n_levels of the table's column]; NULL: it has numbers */
};

struct cell_reader {
    const struct table *table;
    const struct encoding *encoding;
    struct source *sources; /* [n_inputs] */
};

void cell_reader_free(struct cell_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; reader->sources && i < reader->encoding->n_inputs; i++)
        memory_free(reader->sources[i].cell_of_code);
    memory_free(reader->sources);
    memory_free(reader);
}

static double cell_of_level(size_t level)
{
    return level == SIZE_MAX ? CELL_READER_UNKNOWN_LEVEL : (double)level;
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
        source->cell_of_code[k] = cell_of_level(encoding_find_level(
            reader->encoding, i, column->levels[k].text, column->levels[k].n_bytes));
    return 0;
}

static int open_sources(struct cell_reader *reader, struct error *err)
{
    struct dictionary names = {0};
    int result = summary_index(table_summary(reader->table), &names, err);
    for (size_t i = 0; result == 0 && i < reader->encoding->n_inputs; i++) {
        const char *name = reader->encoding->inputs[i].name;
        uint32_t column = dictionary_find(&names, name, strlen(name));
        reader->sources[i].column = column;
        if (column == DICTIONARY_NONE)
            result = error_set(err, ERROR_UNKNOWN_COLUMN, "the data has no column %.100s",
                               name);
        else
            result = open_source(reader, i, err);
        if (result < 0)
            error_place(err, "%s", name);
    }
    dictionary_free(&names);
    return result;
}

struct cell_reader *cell_reader_new(const struct table *table,
                                    const struct encoding *encoding, struct error *err)
{
    struct cell_reader *reader = memory_new(1, sizeof(*reader), err);
    if (!reader)
        return NULL;
    reader->table = table;
    reader->encoding = encoding;
    reader->sources = memory_new(encoding->n_inputs, sizeof(*reader->sources), err);
    if (!reader->sources || open_sources(reader, err) < 0) {
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
    bool has_levels = encoding->inputs[input].type == COLUMN_CATEGORICAL;
    table_read_numbers(reader->table, reader->sources[input].column, first_row, n_rows,
                       numbers);
    for (size_t row = 0; row < n_rows; row++) {
        double cell = numbers[row];
        if (has_levels && !isnan(cell))
            cell = cell_of_level(encoding_find_level_number(encoding, input, cell));
        cells[row * encoding->n_inputs + input] = cell;
    }
}

void cell_reader_read(const struct cell_reader *reader, uint64_t first_row, size_t n_rows,
                      double *scratch, double *cells)
{
    for (size_t i = 0; i < reader->encoding->n_inputs; i++)
        if (reader->sources[i].cell_of_code)
            read_levels(reader, i, first_row, n_rows, (uint32_t *)(void *)scratch, cells);
        else
            read_numbers(reader, i, first_row, n_rows, scratch, cells);
}
