#include "core/data/column_builder.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "core/base/memory.h"
#include "core/text/number.h"
#include "core/text/number_plain.h"

void column_builder_free(struct column_builder *column)
{
    memory_free(column->name);
    dictionary_free(&column->texts);
    memory_free(column->rank_of);
    memory_free(column->levels);
}

/* ---- what a cell is ---- */

enum kind { KIND_NUMBER, KIND_NON_FINITE, KIND_TEXT };

/* inf, infinity, nan; perhaps signed. */
static bool is_non_finite_word(const char *text, size_t n)
{
    if (n > 0 && (*text == '+' || *text == '-')) {
        text++;
        n--;
    }
    return (n == 3 && strncasecmp(text, "inf", 3) == 0) ||
           (n == 3 && strncasecmp(text, "nan", 3) == 0) ||
           (n == 8 && strncasecmp(text, "infinity", 8) == 0);
}

static enum kind kind_of(const struct table_cell *cell, double *value)
{
    const char *end;
    if (cell->is_text)
        return KIND_TEXT;
    enum number_result result = number_read(cell->text, cell->n_bytes, value, &end);
    if (result == NUMBER_NONE)
        return is_non_finite_word(cell->text, cell->n_bytes) ? KIND_NON_FINITE
                                                             : KIND_TEXT;
    if (end != cell->text + cell->n_bytes)
        return KIND_TEXT;
    return result == NUMBER_OK ? KIND_NUMBER : KIND_NON_FINITE;
}

/* Is it a number that would be written just so? */
static bool is_plain(const struct table_cell *cell)
{
    char copy[2 * CSV_PADDING] = {0};
    double value;
    if (cell->n_bytes > CSV_PADDING)
        return false;
    memcpy(copy, cell->text, cell->n_bytes);
    return number_plain(copy, cell->n_bytes, &value);
}

/* ---- adding ---- */

static int add_text(struct column_builder *column, const char *text, size_t n_bytes,
                    uint64_t *bits, struct error *err)
{
    uint32_t code = dictionary_add(&column->texts, text, n_bytes, err);
    if (code == DICTIONARY_NONE)
        return -1;
    *bits = COLUMN_BUILDER_CODE | code;
    return 0;
}

int column_builder_add(struct column_builder *column, const struct table_cell *cell,
                       uint64_t row, uint64_t *bits, bool *keep_text, struct error *err)
{
    double value;
    *keep_text = false;
    if (cell->is_missing) {
        column->n_missing++;
        *bits = COLUMN_BUILDER_MISSING;
        return 0;
    }
    if (column->has_text)
        return add_text(column, cell->text, cell->n_bytes, bits, err);
    enum kind kind = kind_of(cell, &value);
    if (kind == KIND_NUMBER) {
        *keep_text = !is_plain(cell);
        memcpy(bits, &value, sizeof(*bits));
        return 0;
    }
    if (kind == KIND_TEXT)
        column->has_text = true;
    else if (column->non_finite_row == 0)
        column->non_finite_row = row;
    return add_text(column, cell->text, cell->n_bytes, bits, err);
}

static int add_infinity(struct column_builder *column, bool is_negative, uint64_t row,
                        uint64_t *bits, struct error *err)
{
    const char *text = is_negative ? "-inf" : "inf";
    column->n_infinite++; /* nobody meant a word */
    if (column->non_finite_row == 0 && !column->has_text)
        column->non_finite_row = row;
    return add_text(column, text, strlen(text), bits, err);
}

int column_builder_add_number(struct column_builder *column, double number, uint64_t row,
                              uint64_t *bits, struct error *err)
{
    char text[NUMBER_TEXT_BYTES];
    if (isnan(number)) {
        column->n_missing++;
        *bits = COLUMN_BUILDER_MISSING;
        return 0;
    }
    if (isinf(number))
        return add_infinity(column, number < 0, row, bits, err);
    if (column->has_text)
        return add_text(column, text, number_write(number, text), bits, err);
    memcpy(bits, &number, sizeof(*bits));
    return 0;
}

void column_builder_end(struct column_builder *column, const struct spool_column *cells)
{
    column->n_numbers = cells->n_numbers;
    column->has_doubles = cells->has_doubles;
}

bool column_builder_is_text(const struct column_builder *column)
{
    return column->texts.n > 0;
}

bool column_builder_is_mixed(const struct column_builder *column)
{
    return column->texts.n > 0 && column->n_numbers + column->n_infinite > 0;
}

int column_builder_turn(struct column_builder *column, const char *text, size_t n_bytes,
                        uint64_t *bits, struct error *err)
{
    char written[NUMBER_TEXT_BYTES];
    if (!text) {
        double value;
        memcpy(&value, bits, sizeof(value));
        text = written;
        n_bytes = number_write(value, written);
    }
    return add_text(column, text, n_bytes, bits, err);
}

/* ---- sorting ---- */

static int list_levels(struct column_builder *column, const uint32_t *order,
                       struct error *err)
{
    const struct dictionary *texts = &column->texts;
    struct levels_writer writer;
    if (levels_begin(&writer, texts->n, texts->n_text_bytes - texts->n, err) < 0)
        return -1;
    for (uint32_t rank = 0; rank < texts->n; rank++) {
        size_t n_bytes;
        const char *text = dictionary_text(texts, order[rank], &n_bytes);
        levels_add(&writer, text, n_bytes, 0);
        column->rank_of[order[rank]] = rank;
    }
    column->levels = writer.levels;
    return 0;
}

int column_builder_rank(struct column_builder *column, struct error *err)
{
    uint32_t *order = memory_new(column->texts.n, sizeof(*order), err);
    column->rank_of = memory_new(column->texts.n, sizeof(*column->rank_of), err);
    int result = -1;
    if (order && column->rank_of && levels_order(&column->texts, order, err) == 0)
        result = list_levels(column, order, err);
    memory_free(order);
    return result;
}
