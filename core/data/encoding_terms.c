#include "core/data/encoding_terms.h"

#include "core/base/memory.h"

/* ---- terms ---- */

static int make_room(struct encoding *encoding, size_t n_terms, size_t n_factors,
                     struct error *err)
{
    encoding->terms = memory_new(n_terms, sizeof(*encoding->terms), err);
    encoding->factors = memory_new(n_factors, sizeof(*encoding->factors), err);
    return encoding->terms && encoding->factors ? 0 : -1;
}

/* Of one factor. */
static void add_simple(struct encoding *encoding, enum factor_kind kind, size_t input)
{
    struct factor *factor = &encoding->factors[encoding->n_terms];
    *factor = (struct factor){.kind = kind, .input = input};
    encoding->terms[encoding->n_terms++] =
        (struct term){.n_factors = 1, .factors = factor};
}

int encoding_terms_of_inputs(struct encoding *encoding, struct error *err)
{
    size_t n = encoding->n_inputs;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        n += encoding->inputs[i].has_indicator;
    if (make_room(encoding, n, n, err) < 0)
        return -1;
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        add_simple(encoding, FACTOR_INPUT, i);
        if (encoding->inputs[i].has_indicator)
            add_simple(encoding, FACTOR_MISSING, i);
    }
    return 0;
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

/* Does every cell that the input accepts stand for itself? */
static bool is_verbatim(const struct input *input)
{
    return input->missing == MISSING_ERROR || input->missing == MISSING_DROP;
}

static void find_runs(struct encoding *encoding)
{
    for (size_t t = encoding->n_terms; t-- > 0;) {
        struct term *term = &encoding->terms[t];
        const struct term *next = t + 1 < encoding->n_terms ? term + 1 : NULL;
        size_t input = term->factors->input;
        if (!is_number(encoding, term) || !is_verbatim(&encoding->inputs[input]))
            term->n_plain = 0;
        else if (next && next->n_plain > 0 && next->factors->input == input + 1)
            term->n_plain = next->n_plain + 1;
        else
            term->n_plain = 1;
    }
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
            column_of[term->factors[i].input] = ENCODING_NO_COLUMN;
    }
    encoding->is_sparse = encoding->n_terms == encoding->n_inputs;
    for (size_t i = 0; encoding->is_sparse && i < encoding->n_inputs; i++)
        encoding->is_sparse = column_of[i] == i;
}

int encoding_terms_index(struct encoding *encoding, struct error *err)
{
    encoding->column_of_entries =
        memory_new(encoding->n_inputs, sizeof(*encoding->column_of_entries), err);
    if (!encoding->column_of_entries || place_columns(encoding, err) < 0)
        return -1;
    find_runs(encoding);
    find_entries(encoding);
    return 0;
}
