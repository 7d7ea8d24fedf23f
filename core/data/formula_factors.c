#include "core/data/formula_factors.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/expression_parse.h"

static void free_factor(struct formula_factor *factor)
{
    memory_free(factor->name);
    memory_free(factor->reference);
    expression_free(factor->expression);
    *factor = (struct formula_factor){0};
}

void formula_factors_free(struct formula_factors *factors)
{
    for (size_t i = 0; i < factors->n; i++)
        free_factor(&factors->factors[i]);
    for (size_t i = 0; i < factors->n_mentions; i++)
        memory_free(factors->mentions[i].name);
    memory_free(factors->factors);
    memory_free(factors->is_named);
    memory_free(factors->mentions);
    dictionary_free(&factors->keys);
    dictionary_free(&factors->names);
    *factors = (struct formula_factors){0};
}

/* ---- mentions ---- */

int formula_factors_mention(struct formula_factors *factors, const char *name,
                            size_t position, struct error *err)
{
    if (dictionary_find(&factors->names, name, strlen(name)) != DICTIONARY_NONE)
        return 0;
    if (factors->n_mentions == factors->mentions_capacity) {
        size_t capacity = 2 * factors->mentions_capacity + 8;
        struct formula_mention *mentions =
            memory_resize(factors->mentions, capacity, sizeof(*mentions), err);
        if (!mentions)
            return -1;
        factors->mentions = mentions;
        factors->mentions_capacity = capacity;
    }
    char *copy = memory_copy_string(name, err);
    if (!copy)
        return -1;
    factors->mentions[factors->n_mentions++] = (struct formula_mention){copy, position};
    return dictionary_add(&factors->names, name, strlen(name), err) == DICTIONARY_NONE
               ? -1
               : 0;
}

int formula_factors_mention_all(struct formula_factors *factors,
                                const struct expression *expression, struct error *err)
{
    for (size_t i = 0; i < expression_n_variables(expression); i++)
        if (formula_factors_mention(factors, expression_variable(expression, i),
                                    expression_parse_position(expression, i), err) < 0)
            return -1;
    return 0;
}

bool formula_factors_is_on_left(const struct formula_factors *factors, const char *name)
{
    uint32_t found = dictionary_find(&factors->names, name, strlen(name));
    return found != DICTIONARY_NONE && found < factors->n_on_left;
}

/* ---- factors ---- */

static int make_room(struct formula_factors *factors, struct error *err)
{
    if (factors->n < factors->capacity)
        return 0;
    size_t capacity = 2 * factors->capacity + 8;
    struct formula_factor *grown =
        memory_resize(factors->factors, capacity, sizeof(*grown), err);
    if (!grown)
        return -1;
    factors->factors = grown;
    bool *is_named = memory_resize(factors->is_named, capacity, sizeof(*is_named), err);
    if (!is_named)
        return -1;
    factors->is_named = is_named;
    factors->capacity = capacity;
    return 0;
}

/* A column's key and an expression's never are the same. */
static uint32_t find_key(struct formula_factors *factors, char kind, const char *text,
                         struct error *err)
{
    struct buffer key = BUFFER_EMPTY;
    uint32_t found = DICTIONARY_NONE;
    buffer_append_byte(&key, kind);
    buffer_append_string(&key, text);
    if (make_room(factors, err) == 0 && buffer_check(&key, err) == 0)
        found = dictionary_add(&factors->keys, key.bytes, key.n_bytes, err);
    buffer_free(&key);
    return found;
}

/* The factor of a column, which is added as `kind` if it is new. Takes the name. */
static uint32_t find_column(struct formula_factors *factors, char *name,
                            enum formula_factor_kind kind, struct error *err)
{
    uint32_t found = find_key(factors, 'c', name, err);
    if (found != DICTIONARY_NONE && found == factors->n) {
        factors->is_named[found] = false;
        factors->factors[factors->n++] =
            (struct formula_factor){.kind = kind, .name = name};
    } else
        memory_free(name);
    return found;
}

static int refuse_both(size_t position, struct error *err)
{
    return formula_scan_refuse(position, err,
                               "this column stands in C(…) and by itself; write it the "
                               "same way throughout");
}

uint32_t formula_factors_column(struct formula_factors *factors, char *name,
                                size_t position, struct error *err)
{
    int result = formula_factors_mention(factors, name, position, err);
    if (result < 0)
        memory_free(name);
    uint32_t found =
        result < 0 ? DICTIONARY_NONE : find_column(factors, name, FORMULA_COLUMN, err);
    if (found == DICTIONARY_NONE)
        return found;
    if (factors->factors[found].kind == FORMULA_CATEGORICAL) {
        refuse_both(position, err);
        return DICTIONARY_NONE;
    }
    factors->is_named[found] = true;
    return found;
}

uint32_t formula_factors_of_point(struct formula_factors *factors, const char *name,
                                  struct error *err)
{
    char *copy = memory_copy_string(name, err);
    return copy ? find_column(factors, copy, FORMULA_COLUMN, err) : DICTIONARY_NONE;
}

/* Takes the reference. */
static int set_reference(struct formula_factor *factor, char *reference, size_t position,
                         struct error *err)
{
    int result = 0;
    if (!reference)
        return 0;
    if (!factor->reference) {
        factor->reference = reference;
        return 0;
    }
    if (strcmp(factor->reference, reference) != 0)
        result = formula_scan_refuse(position, err,
                                     "this column has another reference before");
    memory_free(reference);
    return result;
}

uint32_t formula_factors_categorical(struct formula_factors *factors,
                                     struct formula_factor *categorical, size_t position,
                                     struct error *err)
{
    uint32_t found = DICTIONARY_NONE;
    if (formula_factors_mention(factors, categorical->name, position, err) == 0) {
        found = find_column(factors, categorical->name, FORMULA_CATEGORICAL, err);
        categorical->name = NULL;
    }
    struct formula_factor *factor =
        found == DICTIONARY_NONE ? NULL : &factors->factors[found];
    if (factor && factor->kind == FORMULA_COLUMN && factors->is_named[found]) {
        refuse_both(position, err);
        factor = NULL;
    }
    if (factor) {
        factor->kind = FORMULA_CATEGORICAL;
        factors->is_named[found] = true;
        if (set_reference(factor, categorical->reference, position, err) < 0)
            found = DICTIONARY_NONE;
        categorical->reference = NULL;
    } else
        found = DICTIONARY_NONE;
    free_factor(categorical);
    return found;
}

uint32_t formula_factors_expression(struct formula_factors *factors,
                                    struct expression *expression, struct error *err)
{
    struct buffer text = BUFFER_EMPTY;
    uint32_t found = DICTIONARY_NONE;
    expression_write(expression, &text);
    if (buffer_check(&text, err) == 0 &&
        formula_factors_mention_all(factors, expression, err) == 0)
        found = find_key(factors, 'e', text.bytes, err);
    buffer_free(&text);
    if (found != DICTIONARY_NONE && found == factors->n) {
        factors->is_named[found] = true;
        factors->factors[factors->n++] =
            (struct formula_factor){.kind = FORMULA_EXPRESSION, .expression = expression};
    } else
        expression_free(expression);
    return found;
}
