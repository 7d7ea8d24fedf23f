#include "core/data/encoding_terms.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/encoding_expressions.h"

#define LEAST_TERM_BYTES 14U
#define FACTOR_BYTES 10U

/* ---- terms ---- */

static int make_room(struct encoding *encoding, size_t n_terms, size_t n_factors,
                     struct error *err)
{
    encoding->terms = memory_new(n_terms, sizeof(*encoding->terms), err);
    encoding->factors = memory_new(n_factors, sizeof(*encoding->factors), err);
    return encoding->terms && encoding->factors ? 0 : -1;
}

static size_t count_indicators(const struct encoding *encoding)
{
    size_t n = 0;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        n += encoding->inputs[i].has_indicator;
    return n;
}

/* Of one factor, for which there is room. */
static void add_simple(struct encoding *encoding, enum factor_kind kind, size_t input,
                       struct factor *factor)
{
    *factor = (struct factor){.kind = kind, .input = input};
    encoding->terms[encoding->n_terms++] =
        (struct term){.n_factors = 1, .factors = factor};
}

int encoding_terms_of_inputs(struct encoding *encoding, struct error *err)
{
    size_t n = encoding->n_inputs + count_indicators(encoding);
    if (make_room(encoding, n, n, err) < 0)
        return -1;
    struct factor *next = encoding->factors;
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        add_simple(encoding, FACTOR_INPUT, i, next++);
        if (encoding->inputs[i].has_indicator)
            add_simple(encoding, FACTOR_MISSING, i, next++);
    }
    return 0;
}

/* ---- terms of a formula ---- */

static bool is_equal(const struct factor *a, const struct factor *b)
{
    return a->kind == b->kind &&
           (a->kind == FACTOR_EXPRESSION ? a->expression == b->expression
                                         : a->input == b->input);
}

static bool has_factor(const struct term *term, const struct factor *factor)
{
    for (size_t i = 0; i < term->n_factors; i++)
        if (is_equal(&term->factors[i], factor))
            return true;
    return false;
}

/* Is all of the term but its i-th factor within the other term? */
static bool is_within(const struct term *term, size_t i, const struct term *other)
{
    for (size_t k = 0; k < term->n_factors; k++)
        if (k != i && !has_factor(other, &term->factors[k]))
            return false;
    return true;
}

static bool needs_all_levels(const struct encoding *encoding, const struct term *term,
                             size_t i)
{
    if (term->n_factors == 1)
        return false;
    for (const struct term *before = encoding->terms; before < term; before++)
        if (is_within(term, i, before))
            return false;
    return true;
}

/* factors: the term's. */
static void code_term(const struct encoding *encoding, const struct term *term,
                      struct factor *factors, bool *is_first)
{
    for (size_t i = 0; i < term->n_factors; i++) {
        if (!term_has_levels(encoding, &factors[i]))
            continue;
        factors[i].is_full = *is_first || needs_all_levels(encoding, term, i);
        *is_first = false;
    }
}

static int find_factor(const struct encoding *encoding, const struct formula *formula,
                       size_t i, const size_t *expression_of, struct factor *factor,
                       struct error *err)
{
    const struct formula_factor *from = &formula->factors[i];
    if (from->kind == FORMULA_EXPRESSION) {
        *factor =
            (struct factor){.kind = FACTOR_EXPRESSION, .expression = expression_of[i]};
        return 0;
    }
    *factor = (struct factor){.kind = FACTOR_INPUT};
    factor->input = encoding_find_input(encoding, from->name, strlen(from->name));
    if (factor->input != SIZE_MAX)
        return 0;
    error_set(err, ERROR_UNKNOWN_COLUMN, "the data has no column %.100s", from->name);
    error_place(err, "%s", from->name);
    return -1;
}

static int add_terms(struct encoding *encoding, const struct formula *formula,
                     const size_t *expression_of, struct error *err)
{
    struct factor *next = encoding->factors;
    bool is_first = !formula->intercept; /* the first with levels is in full */
    for (size_t t = 0; t < formula->n_terms; t++) {
        const struct formula_term *from = &formula->terms[t];
        struct term *term = &encoding->terms[encoding->n_terms++];
        *term = (struct term){.n_factors = from->n_factors, .factors = next};
        for (size_t i = 0; i < from->n_factors; i++)
            if (find_factor(encoding, formula, from->factors[i], expression_of, &next[i],
                            err) < 0)
                return -1;
        code_term(encoding, term, next, &is_first);
        next += from->n_factors;
    }
    for (size_t i = 0; i < encoding->n_inputs; i++)
        if (encoding->inputs[i].has_indicator)
            add_simple(encoding, FACTOR_MISSING, i, next++);
    return 0;
}

int encoding_terms_of_formula(struct encoding *encoding, const struct formula *formula,
                              struct error *err)
{
    size_t n_indicators = count_indicators(encoding), n_factors = n_indicators;
    size_t *expression_of = memory_new(formula->n_factors, sizeof(*expression_of), err);
    encoding->has_formula = true;
    for (size_t t = 0; t < formula->n_terms; t++)
        n_factors += formula->terms[t].n_factors;
    int status = -1;
    if (expression_of &&
        make_room(encoding, formula->n_terms + n_indicators, n_factors, err) == 0 &&
        encoding_expressions_of_formula(encoding, formula, expression_of, err) == 0)
        status = add_terms(encoding, formula, expression_of, err);
    memory_free(expression_of);
    return status;
}

/* ---- as bytes ---- */

void encoding_terms_pack(const struct encoding *encoding, struct buffer *out)
{
    size_t n_factors = 0;
    for (size_t t = 0; t < encoding->n_terms; t++)
        n_factors += encoding->terms[t].n_factors;
    pack_u64(out, encoding->n_terms);
    pack_u64(out, n_factors);
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        pack_u32(out, (uint32_t)term->n_factors);
        for (size_t i = 0; i < term->n_factors; i++) {
            const struct factor *factor = &term->factors[i];
            pack_u8(out, (uint8_t)factor->kind);
            pack_u8(out, factor->is_full);
            pack_u64(out, factor->kind == FACTOR_EXPRESSION ? factor->expression
                                                            : factor->input);
        }
    }
}

static void read_factor(const struct encoding *encoding, struct factor *factor,
                        struct pack_reader *in)
{
    uint8_t kind = pack_read_u8(in), is_full = pack_read_u8(in);
    uint64_t of = pack_read_u64(in);
    bool is_expression = kind == FACTOR_EXPRESSION;
    in->failed = in->failed || kind > FACTOR_EXPRESSION || is_full > 1 ||
                 of >= (is_expression ? encoding->n_expressions : encoding->n_inputs);
    if (in->failed)
        return;
    *factor = (struct factor){.kind = (enum factor_kind)kind, .is_full = is_full == 1};
    if (is_expression)
        factor->expression = (size_t)of;
    else
        factor->input = (size_t)of;
    in->failed = factor->is_full && !term_has_levels(encoding, factor);
}

static void read_terms(struct encoding *encoding, size_t n_terms, size_t n_factors,
                       struct pack_reader *in)
{
    struct factor *next = encoding->factors;
    while (encoding->n_terms < n_terms && !in->failed) {
        size_t n = pack_read_u32(in);
        in->failed = in->failed || n == 0 || n > n_factors;
        if (in->failed)
            return;
        encoding->terms[encoding->n_terms++] =
            (struct term){.n_factors = n, .factors = next};
        for (size_t i = 0; i < n && !in->failed; i++)
            read_factor(encoding, next++, in);
        n_factors -= n;
    }
    in->failed = in->failed || n_factors > 0;
}

int encoding_terms_unpack(struct encoding *encoding, struct pack_reader *in,
                          struct error *err)
{
    size_t n_terms = pack_read_count(in, LEAST_TERM_BYTES);
    size_t n_factors = pack_read_count(in, FACTOR_BYTES);
    in->failed = in->failed || (n_terms == 0) != (encoding->n_inputs == 0);
    if (pack_check(in, err) < 0 || make_room(encoding, n_terms, n_factors, err) < 0)
        return -1;
    encoding->has_formula = true;
    read_terms(encoding, n_terms, n_factors, in);
    return pack_check(in, err);
}

/* ---- columns ---- */

static int refuse_columns(const struct encoding *encoding, const struct term *term,
                          struct error *err)
{
    struct buffer name = BUFFER_EMPTY;
    term_write(encoding, term, &name);
    if (buffer_check(&name, err) == 0) {
        error_set(err, ERROR_TOO_LARGE,
                  "the term %.100s has too many columns: with those before it more than "
                  "%u",
                  name.bytes, ENCODING_MAX_COLUMNS);
        error_place(err, "%s", name.bytes);
    }
    buffer_free(&name);
    return -1;
}

static int place_columns(struct encoding *encoding, struct error *err)
{
    size_t at = 0;
    for (size_t t = 0; t < encoding->n_terms; t++) {
        struct term *term = &encoding->terms[t];
        term->first_column = at;
        if (!term_count_columns(encoding, term->factors, term->n_factors,
                                &term->n_columns) ||
            !memory_sum(at, term->n_columns, &at) || at > ENCODING_MAX_COLUMNS)
            return refuse_columns(encoding, term, err);
    }
    encoding->n_columns = at;
    return 0;
}

/* ---- how rows are read ---- */

/* A number that is a term by itself. */
static bool is_number(const struct encoding *encoding, const struct term *term)
{
    return term->n_factors == 1 && term->factors->kind == FACTOR_INPUT &&
           !term_has_levels(encoding, term->factors);
}

static void find_runs(struct encoding *encoding)
{
    for (size_t t = encoding->n_terms; t-- > 0;) {
        struct term *term = &encoding->terms[t];
        const struct term *next = t + 1 < encoding->n_terms ? term + 1 : NULL;
        if (!is_number(encoding, term) ||
            input_is_filled(&encoding->inputs[term->factors->input]))
            term->n_plain = 0;
        else if (next && next->n_plain > 0 &&
                 next->factors->input == term->factors->input + 1)
            term->n_plain = next->n_plain + 1;
        else
            term->n_plain = 1;
    }
}

static void read_as_cells(const struct encoding *encoding, const struct factor *factor)
{
    const struct term_expression *expression;
    if (factor->kind != FACTOR_EXPRESSION) {
        encoding->column_of_entries[factor->input] = ENCODING_NO_COLUMN;
        return;
    }
    expression = &encoding->expressions[factor->expression];
    for (size_t i = 0; i < expression_n_variables(expression->expression); i++)
        encoding->column_of_entries[expression->inputs[i]] = ENCODING_NO_COLUMN;
}

static void find_entries(struct encoding *encoding)
{
    uint32_t *column_of = encoding->column_of_entries;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        column_of[i] = ENCODING_NO_COLUMN;
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        if (term->n_plain > 0 && encoding->inputs[term->factors->input].is_sparse)
            column_of[term->factors->input] = (uint32_t)term->first_column;
    }
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        for (size_t i = 0; term->n_plain == 0 && i < term->n_factors; i++)
            read_as_cells(encoding, &term->factors[i]);
    }
    encoding->is_sparse =
        encoding->n_inputs > 0 && encoding->n_terms == encoding->n_inputs;
    for (size_t i = 0; encoding->is_sparse && i < encoding->n_inputs; i++)
        encoding->is_sparse = column_of[i] == i;
}

static void count_numeric(struct encoding *encoding)
{
    size_t n = 0;
    for (size_t i = encoding->n_inputs; i-- > 0;) {
        n = encoding->inputs[i].type == COLUMN_NUMERIC ? n + 1 : 0;
        encoding->inputs[i].n_numeric = n;
    }
}

int encoding_terms_index(struct encoding *encoding, struct error *err)
{
    encoding->column_of_entries =
        memory_new(encoding->n_inputs, sizeof(*encoding->column_of_entries), err);
    if (!encoding->column_of_entries || place_columns(encoding, err) < 0)
        return -1;
    find_runs(encoding);
    find_entries(encoding);
    count_numeric(encoding);
    return 0;
}
