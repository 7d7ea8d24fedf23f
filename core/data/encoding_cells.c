#include "core/data/encoding_cells.h"

#include "core/base/memory.h"

static bool is_cell(const struct encoding *encoding, size_t input)
{
    return encoding->column_of_entries[input] == ENCODING_NO_COLUMN;
}

bool encoding_cells_has_term(const struct encoding *encoding, const struct term *term)
{
    return term->n_plain == 0 || is_cell(encoding, term->factors->input);
}

size_t encoding_cells_n_inputs(const struct encoding *encoding)
{
    size_t n = 0;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        n += is_cell(encoding, i);
    return n;
}

size_t encoding_cells_n_terms(const struct encoding *encoding)
{
    size_t n = 0;
    for (size_t t = 0; t < encoding->n_terms; t++)
        n += encoding_cells_has_term(encoding, &encoding->terms[t]);
    return n;
}

static size_t count_factors(const struct encoding *encoding)
{
    size_t n = 0;
    for (size_t t = 0; t < encoding->n_terms; t++)
        if (encoding_cells_has_term(encoding, &encoding->terms[t]))
            n += encoding->terms[t].n_factors;
    return n;
}

static size_t count_variables(const struct encoding *encoding)
{
    size_t n = 0;
    for (size_t i = 0; i < encoding->n_expressions; i++)
        n += expression_n_variables(encoding->expressions[i].expression);
    return n;
}

/* place[n_inputs]: which of the cells an input is. */
static void add_inputs(struct encoding *cells, const struct encoding *encoding,
                       size_t *place)
{
    for (size_t i = 0; i < encoding->n_inputs; i++)
        if (is_cell(encoding, i)) {
            place[i] = cells->n_inputs;
            cells->inputs[cells->n_inputs++] = encoding->inputs[i];
        }
}

static void add_terms(struct encoding *cells, const struct encoding *encoding,
                      const size_t *place)
{
    struct factor *next = cells->factors;
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        if (!encoding_cells_has_term(encoding, term))
            continue;
        struct term *added = &cells->terms[cells->n_terms++];
        *added = *term;
        added->factors = next;
        for (size_t i = 0; i < term->n_factors; i++, next++) {
            *next = term->factors[i];
            if (next->kind != FACTOR_EXPRESSION)
                next->input = place[next->input];
        }
    }
}

static void add_expressions(struct encoding *cells, const struct encoding *encoding,
                            const size_t *place)
{
    size_t *next = cells->variables;
    for (size_t i = 0; i < encoding->n_expressions; i++) {
        const struct term_expression *from = &encoding->expressions[i];
        struct term_expression *added = &cells->expressions[cells->n_expressions++];
        *added = (struct term_expression){from->expression, next};
        for (size_t k = 0; k < expression_n_variables(from->expression); k++)
            *next++ = place[from->inputs[k]];
    }
}

int encoding_cells_new(struct encoding *cells, const struct encoding *encoding,
                       struct error *err)
{
    size_t n_inputs = encoding_cells_n_inputs(encoding);
    struct encoding made = {.n_columns = encoding->n_columns};
    size_t *place = memory_new(encoding->n_inputs, sizeof(*place), err);
    made.inputs = memory_new(n_inputs, sizeof(*made.inputs), err);
    made.terms = memory_new(encoding_cells_n_terms(encoding), sizeof(*made.terms), err);
    made.factors = memory_new(count_factors(encoding), sizeof(*made.factors), err);
    made.expressions =
        memory_new(encoding->n_expressions, sizeof(*made.expressions), err);
    made.variables = memory_new(count_variables(encoding), sizeof(*made.variables), err);
    bool is_made = place && made.inputs && made.terms && made.factors &&
                   made.expressions && made.variables;
    if (is_made) {
        add_inputs(&made, encoding, place);
        add_terms(&made, encoding, place);
        add_expressions(&made, encoding, place);
        *cells = made;
    } else {
        encoding_cells_free(&made);
    }
    memory_free(place);
    return is_made ? 0 : -1;
}

void encoding_cells_free(struct encoding *cells)
{
    memory_free(cells->inputs);
    memory_free(cells->terms);
    memory_free(cells->factors);
    memory_free(cells->expressions);
    memory_free(cells->variables);
    *cells = (struct encoding){0};
}
