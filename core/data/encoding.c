#include "core/data/encoding.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/encoding_expressions.h"
#include "core/data/encoding_terms.h"

#define LEAST_INPUT_BYTES 12U

void encoding_free(struct encoding *encoding)
{
    if (!encoding)
        return;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        input_free(&encoding->inputs[i]);
    memory_free(encoding->inputs);
    memory_free(encoding->terms);
    memory_free(encoding->factors);
    encoding_expressions_free(encoding);
    memory_free(encoding->column_of_entries);
    dictionary_free(&encoding->input_of_name);
    memory_free(encoding);
}

static struct encoding *new_encoding(size_t n_inputs, struct error *err)
{
    struct encoding *encoding = memory_new(1, sizeof(*encoding), err);
    if (!encoding)
        return NULL;
    encoding->inputs = memory_new(n_inputs, sizeof(*encoding->inputs), err);
    if (!encoding->inputs) {
        memory_free(encoding);
        return NULL;
    }
    encoding->n_inputs = n_inputs;
    return encoding;
}

static int index_inputs(struct encoding *encoding, struct error *err)
{
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        struct input *input = &encoding->inputs[i];
        uint32_t at = dictionary_add(&encoding->input_of_name, input->name,
                                     strlen(input->name), err);
        if (at == DICTIONARY_NONE)
            return -1;
        if (at != i)
            return error_set(err, ERROR_CORRUPT, "a stored model has an input twice");
        if (input_index(input, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- building ---- */

static int build_inputs(struct encoding *encoding, const struct table *table,
                        const struct input_request *requests, const unsigned char *keep,
                        struct error *err)
{
    struct dictionary names = {0};
    int result = summary_index(table_summary(table), &names, err);
    for (size_t i = 0; result == 0 && i < encoding->n_inputs; i++) {
        const char *name = requests[i].name;
        uint32_t column = dictionary_find(&names, name, strlen(name));
        if (column == DICTIONARY_NONE)
            result = error_set(err, ERROR_UNKNOWN_COLUMN, "the data has no column %.100s",
                               name);
        else
            result =
                input_build(&encoding->inputs[i], table, column, &requests[i], keep, err);
        if (result < 0)
            error_place(err, "%s", name);
    }
    dictionary_free(&names);
    return result;
}

static int make_terms(struct encoding *encoding, const struct formula *formula,
                      struct error *err)
{
    if (index_inputs(encoding, err) < 0)
        return -1;
    int status = formula ? encoding_terms_of_formula(encoding, formula, err)
                         : encoding_terms_of_inputs(encoding, err);
    return status < 0 ? -1 : encoding_terms_index(encoding, err);
}

struct encoding *encoding_build(const struct table *table,
                                const struct input_request *requests, size_t n_requests,
                                const struct formula *formula, const unsigned char *keep,
                                struct error *err)
{
    struct encoding *encoding = NULL;
    if (n_requests == 0 && !formula_is_intercept_alone(formula))
        error_set(err, ERROR_NO_FEATURES, "there are no features to fit");
    else
        encoding = new_encoding(n_requests, err);
    if (encoding && (build_inputs(encoding, table, requests, keep, err) < 0 ||
                     make_terms(encoding, formula, err) < 0)) {
        encoding_free(encoding);
        return NULL;
    }
    return encoding;
}

/* ---- without data ---- */

static int declare_inputs(struct encoding *encoding,
                          const struct input_declaration *inputs, struct error *err)
{
    for (size_t i = 0; i < encoding->n_inputs; i++)
        if (input_declare(&encoding->inputs[i], &inputs[i], err) < 0) {
            error_place(err, "%s", inputs[i].name);
            return -1;
        }
    return 0;
}

struct encoding *encoding_declare(const struct input_declaration *inputs, size_t n_inputs,
                                  const struct formula *formula, struct error *err)
{
    struct encoding *encoding = NULL;
    if (n_inputs == 0 && !formula_is_intercept_alone(formula))
        error_set(err, ERROR_NO_FEATURES, "there are no inputs");
    else
        encoding = new_encoding(n_inputs, err);
    if (encoding && (declare_inputs(encoding, inputs, err) < 0 ||
                     make_terms(encoding, formula, err) < 0)) {
        encoding_free(encoding);
        return NULL;
    }
    return encoding;
}

/* ---- as bytes ---- */

void encoding_pack(const struct encoding *encoding, struct buffer *out)
{
    pack_u64(out, encoding->n_inputs);
    for (size_t i = 0; i < encoding->n_inputs; i++)
        input_pack(&encoding->inputs[i], out);
    pack_u8(out, encoding->has_formula);
    if (!encoding->has_formula)
        return;
    encoding_expressions_pack(encoding, out);
    encoding_terms_pack(encoding, out);
}

static int unpack_terms(struct encoding *encoding, struct pack_reader *in,
                        struct error *err)
{
    uint8_t has_formula = pack_read_u8(in);
    in->failed =
        in->failed || has_formula > 1 || (has_formula == 0 && encoding->n_inputs == 0);
    if (pack_check(in, err) < 0 || index_inputs(encoding, err) < 0)
        return -1;
    if (has_formula == 0)
        return encoding_terms_of_inputs(encoding, err);
    return encoding_expressions_unpack(encoding, in, err) < 0 ||
                   encoding_terms_unpack(encoding, in, err) < 0
               ? -1
               : 0;
}

/* What fails for another reason than memory was not made by encoding_build. */
static int refuse(const struct error *why, struct error *err)
{
    return why->code == ERROR_NO_MEMORY
               ? error_copy(err, why)
               : error_set(err, ERROR_CORRUPT, "a stored model is damaged");
}

struct encoding *encoding_unpack(struct pack_reader *in, struct error *err)
{
    size_t n_inputs = pack_read_count(in, LEAST_INPUT_BYTES);
    if (pack_check(in, err) < 0)
        return NULL;
    struct encoding *encoding = new_encoding(n_inputs, err);
    if (!encoding)
        return NULL;
    for (size_t i = 0; i < n_inputs && !in->failed; i++)
        input_unpack(&encoding->inputs[i], in, err);
    struct error why = {0};
    if (pack_check(in, err) < 0 || unpack_terms(encoding, in, &why) < 0 ||
        encoding_terms_index(encoding, &why) < 0) {
        refuse(&why, err);
        encoding_free(encoding);
        return NULL;
    }
    return encoding;
}

/* ---- finding ---- */

size_t encoding_find_input(const struct encoding *encoding, const char *name,
                           size_t n_bytes)
{
    uint32_t found = dictionary_find(&encoding->input_of_name, name, n_bytes);
    return found == DICTIONARY_NONE ? SIZE_MAX : found;
}

size_t encoding_find_term(const struct encoding *encoding, size_t column)
{
    size_t from = 0, to = encoding->n_terms;
    while (from + 1 < to) { /* the last that begins at it, or before */
        size_t middle = from + (to - from) / 2;
        if (encoding->terms[middle].first_column <= column)
            from = middle;
        else
            to = middle;
    }
    return from;
}

size_t encoding_find_unusable(const struct encoding *encoding, const double *cells)
{
    for (size_t i = 0; i < encoding->n_inputs; i++)
        if (!input_accepts(&encoding->inputs[i], cells[i]))
            return i;
    for (size_t i = 0; i < encoding->n_expressions; i++)
        if (!isfinite(term_expression_value(encoding, &encoding->expressions[i], cells)))
            return encoding->n_inputs + i;
    return SIZE_MAX;
}

void encoding_write_unusable(const struct encoding *encoding, size_t unusable,
                             struct buffer *out)
{
    size_t n = encoding->n_inputs;
    if (unusable < n)
        buffer_append_string(out, encoding->inputs[unusable].name);
    else
        expression_write(encoding->expressions[unusable - n].expression, out);
}

void encoding_map_sparse(const struct encoding *encoding, const struct table *table,
                         uint32_t *column_of)
{
    const struct summary *summary = table_summary(table);
    const struct column_summary *sparse = summary->columns + table_first_sparse(table);
    for (size_t j = 0; j < table_n_sparse(table); j++) {
        const char *name = sparse[j].name;
        size_t input = encoding_find_input(encoding, name, strlen(name));
        column_of[j] =
            input == SIZE_MAX ? ENCODING_NO_COLUMN : encoding->column_of_entries[input];
    }
}

/* ---- columns ---- */

void encoding_write_column(const struct encoding *encoding, size_t column,
                           struct buffer *out)
{
    const struct term *term = &encoding->terms[encoding_find_term(encoding, column)];
    term_write_column(encoding, term, column - term->first_column, out);
}

bool encoding_names_bytes(const struct encoding *encoding, size_t *n_bytes)
{
    size_t sum = 0, n;
    for (size_t t = 0; t < encoding->n_terms; t++)
        if (!term_names_bytes(encoding, &encoding->terms[t], &n) ||
            !memory_sum(sum, n, &sum))
            return false;
    *n_bytes = sum;
    return true;
}

static void expand_row(const struct encoding *encoding, const double *cells, double *x)
{
    for (size_t t = 0, n; t < encoding->n_terms; t += n) {
        const struct term *term = &encoding->terms[t];
        double *to = x + term->first_column;
        size_t column;
        n = term->n_plain;
        if (n > 0) {
            memcpy(to, cells + term->factors->input, n * sizeof(*to));
            continue;
        }
        n = 1;
        memset(to, 0, term->n_columns * sizeof(*to));
        double value = term_value(encoding, term, cells, &column);
        if (value != 0)
            to[column] = value;
    }
}

void encoding_expand(const struct encoding *encoding, const double *cells, size_t n_rows,
                     double *x)
{
    for (size_t row = 0; row < n_rows; row++)
        expand_row(encoding, cells + row * encoding->n_inputs,
                   x + row * encoding->n_columns);
}
