#include "core/data/term.h"

#include <float.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/encoding.h"

#define MISSING_SUFFIX "[missing]"

/* Not of an expression. */
static const struct input *input_of(const struct encoding *encoding,
                                    const struct factor *factor)
{
    return &encoding->inputs[factor->input];
}

bool term_has_levels(const struct encoding *encoding, const struct factor *factor)
{
    return factor->kind == FACTOR_INPUT &&
           input_of(encoding, factor)->type == COLUMN_CATEGORICAL;
}

/* ---- columns ---- */

static size_t columns_of(const struct encoding *encoding, const struct factor *factor)
{
    return term_has_levels(encoding, factor)
               ? input_of(encoding, factor)->n_levels - !factor->is_full
               : 1;
}

bool term_count_columns(const struct encoding *encoding, const struct factor *factors,
                        size_t n_factors, size_t *n_columns)
{
    size_t n = 1;
    for (size_t i = 0; i < n_factors; i++)
        if (columns_of(encoding, &factors[i]) == 0)
            n = 0;
    for (size_t i = 0; n > 0 && i < n_factors; i++)
        if (!memory_product(n, columns_of(encoding, &factors[i]), &n))
            return false;
    *n_columns = n;
    return true;
}

/* ---- the value in a row ---- */

/* Which column of its own the level has; SIZE_MAX: none. */
static size_t column_of_level(const struct input *input, bool is_full, size_t level)
{
    if (is_full || level == SIZE_MAX)
        return level;
    if (level == input->reference)
        return SIZE_MAX;
    return level - (level > input->reference);
}

/* One that is compared with texts has levels; where a cell has none, no text is equal. */
static double variable_value(const struct input *input, double cell)
{
    if (input->type == COLUMN_NUMERIC)
        return input_number(input, cell);
    size_t level = input_level(input, cell);
    return level == SIZE_MAX ? -1 : (double)level;
}

double term_expression_value(const struct encoding *encoding,
                             const struct term_expression *expression,
                             const double *cells)
{
    double values[TERM_MAX_VARIABLES];
    size_t n = expression_n_variables(expression->expression);
    for (size_t i = 0; i < n; i++) {
        size_t input = expression->inputs[i];
        values[i] = variable_value(&encoding->inputs[input], cells[input]);
    }
    return expression_value(expression->expression, values);
}

/* Of one factor; *column is left alone where it has one column only. */
static double factor_value(const struct encoding *encoding, const struct factor *factor,
                           const double *cells, size_t *column)
{
    if (factor->kind == FACTOR_EXPRESSION)
        return term_expression_value(encoding, &encoding->expressions[factor->expression],
                                     cells);
    const struct input *input = input_of(encoding, factor);
    double cell = cells[factor->input];
    if (factor->kind == FACTOR_MISSING)
        return input_is_missing(input, cell);
    if (input->type == COLUMN_NUMERIC)
        return input_number(input, cell);
    size_t found = column_of_level(input, factor->is_full, input_level(input, cell));
    if (found == SIZE_MAX)
        return 0;
    *column = found;
    return 1;
}

/* Factors of 1e300 must not make infinities. */
static double clamp(double value)
{
    return value > DBL_MAX ? DBL_MAX : value < -DBL_MAX ? -DBL_MAX : value;
}

double term_value(const struct encoding *encoding, const struct term *term,
                  const double *cells, size_t *column)
{
    double value = 1;
    size_t stride = 1, found = 0;
    for (size_t i = 0; i < term->n_factors && value != 0; i++) {
        size_t at = 0;
        value = clamp(value * factor_value(encoding, &term->factors[i], cells, &at));
        found += at * stride;
        stride *= columns_of(encoding, &term->factors[i]);
    }
    *column = found;
    return value;
}

/* ---- names ---- */

/* Without what stands behind it in brackets. */
static const char *name_of_factor(const struct encoding *encoding,
                                  const struct factor *factor)
{
    return factor->kind == FACTOR_EXPRESSION
               ? expression_text(encoding->expressions[factor->expression].expression)
               : input_of(encoding, factor)->name;
}

static void write_factor(const struct encoding *encoding, const struct factor *factor,
                         struct buffer *out)
{
    buffer_append_string(out, name_of_factor(encoding, factor));
    if (factor->kind == FACTOR_MISSING)
        buffer_append_string(out, MISSING_SUFFIX);
}

static void write_level(const struct input *input, bool is_full, size_t column,
                        struct buffer *out)
{
    const struct level *level =
        &input->levels[column + (!is_full && column >= input->reference)];
    buffer_append_byte(out, '[');
    buffer_append(out, level->text, level->n_bytes);
    buffer_append_byte(out, ']');
}

void term_write(const struct encoding *encoding, const struct term *term,
                struct buffer *out)
{
    for (size_t i = 0; i < term->n_factors; i++) {
        if (i > 0)
            buffer_append_byte(out, ':');
        write_factor(encoding, &term->factors[i], out);
    }
}

void term_write_column(const struct encoding *encoding, const struct term *term,
                       size_t column, struct buffer *out)
{
    for (size_t i = 0; i < term->n_factors; i++) {
        const struct factor *factor = &term->factors[i];
        size_t n = columns_of(encoding, factor);
        if (i > 0)
            buffer_append_byte(out, ':');
        write_factor(encoding, factor, out);
        if (term_has_levels(encoding, factor))
            write_level(input_of(encoding, factor), factor->is_full, column % n, out);
        column /= n;
    }
}

/* Of the names of the factor's own columns, together; SIZE_MAX without memory. */
static size_t names_of_factor(const struct encoding *encoding,
                              const struct factor *factor)
{
    size_t sum = strlen(name_of_factor(encoding, factor));
    if (factor->kind == FACTOR_MISSING)
        sum += strlen(MISSING_SUFFIX);
    if (!term_has_levels(encoding, factor))
        return sum;
    const struct input *input = input_of(encoding, factor);
    sum = (sum + 2) * columns_of(encoding, factor); /* and the brackets */
    for (size_t k = 0; k < input->n_levels; k++)
        sum += factor->is_full || k != input->reference ? input->levels[k].n_bytes : 0;
    return sum;
}

/* Each name of a factor is in as many as the other factors have columns together. */
bool term_names_bytes(const struct encoding *encoding, const struct term *term,
                      size_t *n_bytes)
{
    size_t sum, n; /* a colon or the NUL behind each factor */
    if (!memory_product(term->n_factors, term->n_columns, &sum))
        return false;
    for (size_t i = 0; term->n_columns > 0 && i < term->n_factors; i++) {
        const struct factor *factor = &term->factors[i];
        size_t n_times = term->n_columns / columns_of(encoding, factor);
        if (!memory_product(names_of_factor(encoding, factor), n_times, &n) ||
            !memory_sum(sum, n, &sum))
            return false;
    }
    *n_bytes = sum;
    return true;
}
