/*
 * Any text as a formula: refused with a place in it, or read into terms that are in
 * order, each once, and expressions that are the same after they were kept.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/formula.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char *const columns[] = {"y", "x", "z", "a b"};
static const struct level levels[] = {{(char *)"a", 1, 1}};

static void check(int holds)
{
    if (!holds)
        abort();
}

static void check_refusal(const struct error *err, size_t n)
{
    size_t position = 0;
    check(err->code == ERROR_BAD_FORMULA && err->message[0] != '\0');
    check(sscanf(err->place, "position %zu", &position) == 1);
    check(position >= 1 && position <= n + 1);
}

/* ---- terms ---- */

static int compare(const struct formula_term *a, const struct formula_term *b)
{
    return a->n_factors != b->n_factors
               ? 1
               : memcmp(a->factors, b->factors, a->n_factors * sizeof(*a->factors));
}

static void check_terms(const struct formula *formula)
{
    for (size_t i = 0; i < formula->n_terms; i++) {
        const struct formula_term *term = &formula->terms[i];
        check(term->n_factors > 0);
        check(i == 0 || formula->terms[i - 1].n_factors <= term->n_factors);
        for (size_t j = 0; j < term->n_factors; j++)
            check(term->factors[j] < formula->n_factors &&
                  (j == 0 || term->factors[j - 1] < term->factors[j]));
        for (size_t k = i > 50 ? i - 50 : 0; k < i; k++)
            check(compare(&formula->terms[k], term) != 0);
    }
}

/* ---- expressions ---- */

static double value_of(struct expression *expression)
{
    size_t n = expression_n_variables(expression);
    double *values = calloc(n, sizeof(*values));
    check(n > 0 && values != NULL);
    for (size_t i = 0; i < n; i++) {
        values[i] = expression_is_text(expression, i) ? (double)(i % 2) : (double)i - 1.5;
        if (expression_is_text(expression, i))
            (void)!expression_bind(expression, i, levels, 1, NULL);
    }
    double value = expression_value(expression, values);
    free(values);
    return value;
}

static void check_expression(struct expression *expression)
{
    struct buffer once = BUFFER_EMPTY, again = BUFFER_EMPTY;
    expression_pack(expression, &once);
    struct pack_reader in = {.bytes = (void *)once.bytes, .n_bytes = once.n_bytes};
    struct expression *back = expression_unpack(&in, NULL);
    check(back != NULL);
    expression_pack(back, &again);
    check(once.n_bytes == again.n_bytes &&
          memcmp(once.bytes, again.bytes, once.n_bytes) == 0);
    double a = value_of(expression), b = value_of(back);
    check(a == b || (isnan(a) && isnan(b)));
    expression_free(back);
    buffer_free(&once);
    buffer_free(&again);
}

static void check_expressions(const struct formula *formula)
{
    if (formula->response.expression)
        check_expression(formula->response.expression);
    for (size_t i = 0; i < formula->n_factors; i++)
        if (formula->factors[i].expression)
            check_expression(formula->factors[i].expression);
    for (size_t i = 0; i < formula->n_offsets; i++)
        check_expression(formula->offsets[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct formula formula = {0};
    struct error err = {0};
    char *text = malloc(n > 0 ? n : 1); /* so that a read behind it is seen */
    check(text != NULL);
    if (n > 0)
        memcpy(text, bytes, n);
    if (formula_parse(&formula, text, n, columns, 4, &err) < 0)
        check_refusal(&err, n);
    else {
        check_terms(&formula);
        check_expressions(&formula);
    }
    formula_free(&formula);
    free(text);
    return 0;
}
