#include "core/data/formula.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/expression_parse.h"
#include "core/data/formula_factors.h"
#include "core/data/formula_read.h"

static void free_factor(struct formula_factor *factor)
{
    memory_free(factor->name);
    memory_free(factor->reference);
    expression_free(factor->expression);
}

void formula_free(struct formula *formula)
{
    free_factor(&formula->response);
    for (size_t i = 0; i < formula->n_factors; i++)
        free_factor(&formula->factors[i]);
    for (size_t i = 0; i < formula->n_offsets; i++)
        expression_free(formula->offsets[i]);
    for (size_t i = 0; i < formula->n_mentions; i++)
        memory_free(formula->mentions[i].name);
    memory_free(formula->target);
    memory_free(formula->offset);
    memory_free(formula->factors);
    memory_free(formula->terms);
    memory_free(formula->factors_of_terms);
    memory_free(formula->offsets);
    memory_free(formula->mentions);
    *formula = (struct formula){0};
}

/* ---- from what was read ---- */

#define UNUSED SIZE_MAX
#define SHUNNED (SIZE_MAX - 1)

struct assembly {
    struct formula_reader *reader;
    struct formula_sum *sum;
    size_t *number; /* of each factor read: in the formula, UNUSED or SHUNNED */
    size_t n_of_degree[FORMULA_ALGEBRA_MAX_FACTORS + 1];
};

static int name_offsets_columns(const struct formula_reader *reader,
                                struct dictionary *names, struct error *err)
{
    for (size_t i = 0; i < reader->n_offsets; i++)
        for (size_t j = 0; j < expression_n_variables(reader->offsets[i]); j++) {
            const char *name = expression_variable(reader->offsets[i], j);
            if (dictionary_add(names, name, strlen(name), err) == DICTIONARY_NONE)
                return -1;
        }
    return 0;
}

/* What only a point has named, although an offset has it. */
static int shun_offsets(struct assembly *assembly, struct error *err)
{
    const struct formula_factors *factors = &assembly->reader->factors;
    struct dictionary names = {0};
    int result = name_offsets_columns(assembly->reader, &names, err);
    for (size_t i = 0; result == 0 && i < factors->n; i++) {
        const char *name = factors->factors[i].name;
        assembly->number[i] = UNUSED;
        if (!factors->is_named[i] &&
            dictionary_find(&names, name, strlen(name)) != DICTIONARY_NONE)
            assembly->number[i] = SHUNNED;
    }
    dictionary_free(&names);
    return result;
}

static bool is_shunned(const struct assembly *assembly, const uint32_t *factors, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (assembly->number[factors[i]] == SHUNNED)
            return true;
    return false;
}

/* Takes the terms with shunned factors out, marks the factors of the others with 0. */
static void choose_terms(struct assembly *assembly)
{
    uint32_t factors[FORMULA_ALGEBRA_MAX_FACTORS];
    struct formula_sum *sum = assembly->sum;
    size_t n = 0;
    for (size_t i = 0; i < sum->n; i++) {
        size_t degree =
            formula_algebra_factors(&assembly->reader->algebra, sum->terms[i], factors);
        if (is_shunned(assembly, factors, degree))
            continue;
        sum->terms[n++] = sum->terms[i];
        assembly->n_of_degree[degree]++;
        for (size_t j = 0; j < degree; j++)
            assembly->number[factors[j]] = 0;
    }
    sum->n = n;
}

static int take_factors(struct formula *formula, struct assembly *assembly,
                        struct error *err)
{
    struct formula_factors *read = &assembly->reader->factors;
    formula->factors = memory_new(read->n, sizeof(*formula->factors), err);
    if (!formula->factors)
        return -1;
    for (size_t i = 0; i < read->n; i++) {
        if (assembly->number[i] != 0)
            continue;
        assembly->number[i] = formula->n_factors;
        formula->factors[formula->n_factors++] = read->factors[i];
        read->factors[i] = (struct formula_factor){0};
    }
    return 0;
}

static size_t count_factors(const struct assembly *assembly)
{
    size_t n = 0;
    for (size_t degree = 1; degree <= FORMULA_ALGEBRA_MAX_FACTORS; degree++)
        n += degree * assembly->n_of_degree[degree];
    return n;
}

static int take_terms(struct formula *formula, const struct assembly *assembly,
                      struct error *err)
{
    uint32_t factors[FORMULA_ALGEBRA_MAX_FACTORS];
    size_t next[FORMULA_ALGEBRA_MAX_FACTORS + 2] = {0}; /* term of each degree */
    const struct formula_sum *sum = assembly->sum;
    formula->terms = memory_new(sum->n, sizeof(*formula->terms), err);
    size_t *at = memory_new(count_factors(assembly), sizeof(*at), err);
    formula->factors_of_terms = at;
    if (!formula->terms || !at)
        return -1;
    for (size_t degree = 1; degree <= FORMULA_ALGEBRA_MAX_FACTORS; degree++)
        next[degree + 1] = next[degree] + assembly->n_of_degree[degree];
    for (size_t i = 0; i < sum->n; i++) {
        size_t degree =
            formula_algebra_factors(&assembly->reader->algebra, sum->terms[i], factors);
        formula->terms[next[degree]++] = (struct formula_term){degree, at};
        for (size_t j = 0; j < degree; j++)
            *at++ = assembly->number[factors[j]];
    }
    formula->n_terms = sum->n;
    return 0;
}

static void take_rest(struct formula *formula, struct formula_reader *reader)
{
    formula->n_offsets = reader->n_offsets;
    formula->offsets = reader->offsets;
    reader->n_offsets = 0;
    reader->offsets = NULL;
    formula->n_mentions = reader->factors.n_mentions;
    formula->mentions = reader->factors.mentions;
    reader->factors.n_mentions = 0;
    reader->factors.mentions = NULL;
}

static int assemble(struct formula *formula, struct formula_reader *reader,
                    struct formula_sum *sum, struct error *err)
{
    struct assembly assembly = {.reader = reader, .sum = sum};
    assembly.number = memory_new(reader->factors.n, sizeof(*assembly.number), err);
    int result = assembly.number ? shun_offsets(&assembly, err) : -1;
    if (result == 0) {
        choose_terms(&assembly);
        result = take_factors(formula, &assembly, err);
    }
    if (result == 0)
        result = take_terms(formula, &assembly, err);
    if (result == 0)
        take_rest(formula, reader);
    formula->intercept = sum->intercept >= 0;
    memory_free(assembly.number);
    return result;
}

/* ---- names ---- */

static void write_term(const struct formula *formula, const struct formula_term *term,
                       struct buffer *out)
{
    for (size_t i = 0; i < term->n_factors; i++) {
        const struct formula_factor *factor = &formula->factors[term->factors[i]];
        buffer_append_string(out, i > 0 ? ":" : "");
        if (factor->expression)
            expression_write(factor->expression, out);
        else
            buffer_append_string(out, factor->name);
    }
}

bool formula_is_intercept_alone(const struct formula *formula)
{
    return formula && formula->intercept && formula->n_terms == 0;
}

bool formula_has_term(const struct formula *formula, const char *name)
{
    struct buffer text = BUFFER_EMPTY;
    bool is_there = false;
    for (size_t i = 0; !is_there && i < formula->n_terms; i++) {
        buffer_clear(&text);
        write_term(formula, &formula->terms[i], &text);
        is_there = text.bytes && strcmp(text.bytes, name) == 0;
    }
    buffer_free(&text);
    return is_there;
}

static int name_response(struct formula *formula, struct error *err)
{
    const struct formula_factor *response = &formula->response;
    struct buffer text = BUFFER_EMPTY;
    size_t n_bytes;
    if (response->expression)
        expression_write(response->expression, &text);
    else
        buffer_append_string(&text, response->name);
    formula->target = buffer_take(&text, &n_bytes, err);
    buffer_free(&text);
    return formula->target ? 0 : -1;
}

static int name_offset(struct formula *formula, struct error *err)
{
    struct buffer text = BUFFER_EMPTY;
    size_t n_bytes;
    if (formula->n_offsets == 0)
        return 0;
    const char *column =
        formula->n_offsets == 1 ? expression_parse_column(formula->offsets[0]) : NULL;
    formula->is_offset_column = column != NULL;
    if (column)
        buffer_append_string(&text, column);
    for (size_t i = 0; !column && i < formula->n_offsets; i++) {
        buffer_append_string(&text, i > 0 ? " + " : "");
        expression_write(formula->offsets[i], &text);
    }
    formula->offset = buffer_take(&text, &n_bytes, err);
    buffer_free(&text);
    return formula->offset ? 0 : -1;
}

/* ---- the whole ---- */

static int read_all(struct formula *formula, struct formula_reader *reader,
                    struct error *err)
{
    struct formula_sum sum = {0};
    int result = formula_read_response(reader, &formula->response, err);
    if (result == 0)
        result =
            formula_scan_pass(&reader->scan, FORMULA_TILDE, "an operator or \"~\"", err);
    reader->factors.n_on_left = reader->factors.n_mentions;
    if (result == 0)
        result = formula_read_terms(reader, &sum, err);
    if (result == 0)
        result = assemble(formula, reader, &sum, err);
    if (result == 0)
        result = name_response(formula, err);
    if (result == 0)
        result = name_offset(formula, err);
    formula_algebra_free_sum(&sum);
    return result;
}

int formula_parse(struct formula *formula, const char *text, size_t n_bytes,
                  const char *const *columns, size_t n_columns, struct error *err)
{
    struct formula_reader reader = {.columns = columns, .n_columns = n_columns};
    struct formula fresh = {0};
    if (n_bytes > FORMULA_MAX_BYTES)
        return formula_scan_refuse(FORMULA_MAX_BYTES + 1, err,
                                   "a formula may have at most %u bytes",
                                   FORMULA_MAX_BYTES);
    int result = formula_scan_start(&reader.scan, text, n_bytes, err);
    if (result == 0)
        result = read_all(&fresh, &reader, err);
    formula_read_free(&reader);
    if (result < 0) {
        formula_free(&fresh);
        return -1;
    }
    *formula = fresh;
    return 0;
}
