#include "api/import_terms.h"

#include <string.h>

#include "core/base/memory.h"

/* What stands around the name of a factor, and behind its level. */
static const struct form {
    const char *before, *between, *behind;
} forms[IMPORT_TERMS_FORMS] = {
    {"", "[", "]"},      {"", "", ""},         {"", "[T.", "]"},
    {"C(", ")[T.", "]"}, {"factor(", ")", ""}, {"as.factor(", ")", ""},
};

bool import_terms_is_intercept(const char *name)
{
    return strcmp(name, "(intercept)") == 0 || strcmp(name, "(Intercept)") == 0 ||
           strcmp(name, "Intercept") == 0 || strcmp(name, "const") == 0;
}

static void write_level(const struct form *form, const char *factor, const char *level,
                        size_t level_bytes, struct buffer *out)
{
    buffer_append_string(out, form->before);
    buffer_append_string(out, factor);
    buffer_append_string(out, form->between);
    buffer_append(out, level, level_bytes);
    buffer_append_string(out, form->behind);
}

/* Moves on behind `text`, if it is there. */
static bool skip(const char **at, const char *text, size_t n)
{
    if (strncmp(*at, text, n) != 0)
        return false;
    *at += n;
    return true;
}

bool import_terms_is_level(const char *name, const char *factor, const char *level,
                           size_t level_bytes)
{
    for (size_t i = 0; i < IMPORT_TERMS_FORMS; i++) {
        const char *at = name;
        if (skip(&at, forms[i].before, strlen(forms[i].before)) &&
            skip(&at, factor, strlen(factor)) &&
            skip(&at, forms[i].between, strlen(forms[i].between)) &&
            skip(&at, level, level_bytes) && strcmp(at, forms[i].behind) == 0)
            return true;
    }
    return false;
}

/* ---- the names of all columns in one form ---- */

static void write_factor(const struct encoding *encoding, const struct factor *factor,
                         size_t column, const struct form *form, struct buffer *out)
{
    const struct term alone = {.n_factors = 1, .factors = factor};
    if (!term_has_levels(encoding, factor)) {
        term_write_column(encoding, &alone, column, out);
        return;
    }
    const struct input *input = &encoding->inputs[factor->input];
    const struct level *level =
        &input->levels[column + (!factor->is_full && column >= input->reference)];
    write_level(form, input->name, level->text, level->n_bytes, out);
}

static void write_column(const struct encoding *encoding, size_t column,
                         const struct form *form, struct buffer *out)
{
    const struct term *term = &encoding->terms[encoding_find_term(encoding, column)];
    column -= term->first_column;
    for (size_t i = 0; i < term->n_factors; i++) {
        size_t n = 1;
        if (i > 0)
            buffer_append_byte(out, ':');
        /* It was counted when the term was made. */
        (void)term_count_columns(encoding, &term->factors[i], 1, &n);
        write_factor(encoding, &term->factors[i], column % n, form, out);
        column /= n;
    }
}

static int add_name(const struct import_terms *terms, struct import_names *names,
                    size_t column, const struct form *form, struct error *err)
{
    struct buffer name = BUFFER_EMPTY;
    uint32_t n = names->names.n, at = DICTIONARY_NONE;
    write_column(terms->encoding, column, form, &name);
    if (buffer_check(&name, err) == 0)
        at = dictionary_add(&names->names, name.bytes ? name.bytes : "", name.n_bytes,
                            err);
    buffer_free(&name);
    if (at == DICTIONARY_NONE)
        return -1;
    names->columns[at] = at == n ? (uint32_t)column : IMPORT_TERMS_AMBIGUOUS;
    return 0;
}

static int make_names(struct import_terms *terms, size_t form, struct error *err)
{
    struct import_names *names = &terms->forms[form];
    names->columns = memory_new(terms->encoding->n_columns, sizeof(*names->columns), err);
    if (!names->columns)
        return -1;
    names->is_made = true;
    for (size_t j = 0; j < terms->encoding->n_columns; j++)
        if (add_name(terms, names, j, &forms[form], err) < 0)
            return -1;
    return 0;
}

void import_terms_free(struct import_terms *terms)
{
    for (size_t i = 0; i < IMPORT_TERMS_FORMS; i++) {
        dictionary_free(&terms->forms[i].names);
        memory_free(terms->forms[i].columns);
    }
}

int import_terms_find(struct import_terms *terms, const char *name, uint32_t *column,
                      struct error *err)
{
    for (size_t i = 0; i < IMPORT_TERMS_FORMS; i++) {
        struct import_names *names = &terms->forms[i];
        if (!names->is_made && make_names(terms, i, err) < 0)
            return -1;
        uint32_t at = dictionary_find(&names->names, name, strlen(name));
        if (at != DICTIONARY_NONE) {
            *column = names->columns[at];
            return 0;
        }
    }
    *column = IMPORT_TERMS_NONE;
    return 0;
}
