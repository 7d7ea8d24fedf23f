#include "core/data/encoding_expressions.h"

#include <string.h>

#include "core/base/memory.h"

#define LEAST_EXPRESSION_BYTES 8U

void encoding_expressions_free(struct encoding *encoding)
{
    for (size_t i = 0; encoding->expressions && i < encoding->n_expressions; i++)
        expression_free(encoding->expressions[i].expression);
    memory_free(encoding->expressions);
    memory_free(encoding->variables);
}

/* ---- variables are inputs ---- */

/* The input of a variable, of the kind that the expression needs. */
static int bind_variable(const struct encoding *encoding, struct expression *expression,
                         size_t variable, size_t *input, struct error *err)
{
    const char *name = expression_variable(expression, variable);
    *input = encoding_find_input(encoding, name, strlen(name));
    if (*input == SIZE_MAX)
        return error_set(err, ERROR_UNKNOWN_COLUMN, "the data has no column %.100s",
                         name);
    const struct input *found = &encoding->inputs[*input];
    bool is_text = expression_is_text(expression, variable);
    if (is_text != (found->type == COLUMN_CATEGORICAL))
        return error_set(err, ERROR_INVALID,
                         is_text
                             ? "column %.100s is of numbers and is compared with a text"
                             : "column %.100s has levels and is taken as a number",
                         name);
    return is_text ? expression_bind(expression, variable, found->levels, found->n_levels,
                                     err)
                   : 0;
}

static int bind(struct encoding *encoding, struct term_expression *of, size_t *inputs,
                struct error *err)
{
    size_t n = expression_n_variables(of->expression);
    of->inputs = inputs;
    for (size_t i = 0; i < n; i++)
        if (bind_variable(encoding, of->expression, i, &inputs[i], err) < 0) {
            error_place(err, "%s", expression_variable(of->expression, i));
            return -1;
        }
    return 0;
}

static int refuse_variables(const struct expression *expression, struct error *err)
{
    struct buffer name = BUFFER_EMPTY;
    expression_write(expression, &name);
    if (buffer_check(&name, err) == 0) {
        error_set(err, ERROR_TOO_LARGE, "an expression has more than %u columns",
                  TERM_MAX_VARIABLES);
        error_place(err, "%s", name.bytes);
    }
    buffer_free(&name);
    return -1;
}

/* Once all expressions are there. */
static int bind_all(struct encoding *encoding, struct error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < encoding->n_expressions; i++) {
        const struct expression *expression = encoding->expressions[i].expression;
        if (expression_n_variables(expression) > TERM_MAX_VARIABLES)
            return refuse_variables(expression, err);
        n += expression_n_variables(expression);
    }
    encoding->variables = memory_new(n, sizeof(*encoding->variables), err);
    if (!encoding->variables)
        return -1;
    size_t *next = encoding->variables;
    for (size_t i = 0; i < encoding->n_expressions; i++) {
        struct term_expression *of = &encoding->expressions[i];
        if (bind(encoding, of, next, err) < 0)
            return -1;
        next += expression_n_variables(of->expression);
    }
    return 0;
}

/* ---- from a formula ---- */

/* Marks the expressions of terms with 1, and counts them. */
static size_t mark_used(const struct formula *formula, size_t *used)
{
    size_t n = 0;
    for (size_t t = 0; t < formula->n_terms; t++)
        for (size_t i = 0; i < formula->terms[t].n_factors; i++) {
            size_t factor = formula->terms[t].factors[i];
            if (formula->factors[factor].kind != FORMULA_EXPRESSION || used[factor])
                continue;
            used[factor] = 1;
            n++;
        }
    return n;
}

int encoding_expressions_of_formula(struct encoding *encoding,
                                    const struct formula *formula, size_t *expression_of,
                                    struct error *err)
{
    memset(expression_of, 0, formula->n_factors * sizeof(*expression_of));
    size_t n = mark_used(formula, expression_of);
    encoding->expressions = memory_new(n, sizeof(*encoding->expressions), err);
    if (!encoding->expressions)
        return -1;
    for (size_t i = 0; i < formula->n_factors; i++) {
        if (expression_of[i] == 0)
            continue;
        struct expression *made = expression_copy(formula->factors[i].expression, err);
        if (!made)
            return -1;
        expression_of[i] = encoding->n_expressions;
        encoding->expressions[encoding->n_expressions++].expression = made;
    }
    return bind_all(encoding, err);
}

/* ---- as bytes ---- */

void encoding_expressions_pack(const struct encoding *encoding, struct buffer *out)
{
    pack_u64(out, encoding->n_expressions);
    for (size_t i = 0; i < encoding->n_expressions; i++)
        expression_pack(encoding->expressions[i].expression, out);
}

int encoding_expressions_unpack(struct encoding *encoding, struct pack_reader *in,
                                struct error *err)
{
    size_t n = pack_read_count(in, LEAST_EXPRESSION_BYTES);
    if (pack_check(in, err) < 0)
        return -1;
    encoding->expressions = memory_new(n, sizeof(*encoding->expressions), err);
    if (!encoding->expressions)
        return -1;
    while (encoding->n_expressions < n) {
        struct expression *read = expression_unpack(in, err);
        if (!read)
            return -1;
        encoding->expressions[encoding->n_expressions++].expression = read;
    }
    return bind_all(encoding, err);
}
