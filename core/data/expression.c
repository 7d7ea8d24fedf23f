#include "core/data/expression.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/expression_code.h"
#include "core/data/expression_parse.h"

const struct expression_function expression_functions[] = {
    {"log", log},   {"exp", exp},     {"sqrt", sqrt},   {"abs", fabs},
    {"log2", log2}, {"log10", log10}, {"log1p", log1p}, {"expm1", expm1},
};
const size_t expression_n_functions =
    sizeof(expression_functions) / sizeof(*expression_functions);

void expression_free(struct expression *expression)
{
    if (!expression)
        return;
    for (size_t i = 0; i < expression->n_variables; i++)
        memory_free(expression->variables[i].name);
    for (size_t i = 0; i < expression->n_texts; i++)
        memory_free(expression->texts[i].text);
    memory_free(expression->variables);
    memory_free(expression->texts);
    memory_free(expression->steps);
    memory_free(expression->text);
    memory_free(expression);
}

const char *expression_text(const struct expression *expression)
{
    return expression->text;
}

void expression_write(const struct expression *expression, struct buffer *out)
{
    buffer_append_string(out, expression->text);
}

/* ---- variables ---- */

size_t expression_n_variables(const struct expression *expression)
{
    return expression->n_variables;
}

const char *expression_variable(const struct expression *expression, size_t variable)
{
    return expression->variables[variable].name;
}

bool expression_is_text(const struct expression *expression, size_t variable)
{
    return expression->variables[variable].is_text;
}

int expression_bind(struct expression *expression, size_t variable,
                    const struct level *levels, size_t n_levels, struct error *err)
{
    bool is_known = true;
    for (size_t i = 0; i < expression->n_texts; i++) {
        struct expression_text *text = &expression->texts[i];
        if (text->variable != variable)
            continue;
        size_t level = levels_find(levels, n_levels, text->text, strlen(text->text));
        text->level = level == SIZE_MAX ? NAN : (double)level;
        is_known = is_known && level != SIZE_MAX;
    }
    return is_known ? 0
                    : error_set(err, ERROR_UNKNOWN_LEVEL,
                                "no row has a text that column %.100s is compared with",
                                expression->variables[variable].name);
}

/* ---- values ---- */

static double compare(enum expression_step_kind kind, double a, double b)
{
    if (isnan(a) || isnan(b))
        return NAN;
    switch (kind) {
    case EXPRESSION_EQUAL:
        return a == b;
    case EXPRESSION_UNEQUAL:
        return a != b;
    case EXPRESSION_LESS:
        return a < b;
    case EXPRESSION_LESS_EQUAL:
        return a <= b;
    case EXPRESSION_GREATER:
        return a > b;
    default:
        return a >= b;
    }
}

/* As R has it: what one side decides, the other cannot undo by having no value. */
static double join(double a, double b, double decisive)
{
    if ((!isnan(a) && (a != 0) == (decisive != 0)) ||
        (!isnan(b) && (b != 0) == (decisive != 0)))
        return decisive;
    return isnan(a) || isnan(b) ? NAN : 1 - decisive;
}

static double combine(enum expression_step_kind kind, double a, double b)
{
    switch (kind) {
    case EXPRESSION_ADD:
        return a + b;
    case EXPRESSION_SUBTRACT:
        return a - b;
    case EXPRESSION_MULTIPLY:
        return a * b;
    case EXPRESSION_DIVIDE:
        return a / b;
    case EXPRESSION_POWER:
        return pow(a, b);
    case EXPRESSION_AND:
        return join(a, b, 0);
    case EXPRESSION_OR:
        return join(a, b, 1);
    default:
        return compare(kind, a, b);
    }
}

static double is_level(const struct expression_text *text, const double *values,
                       bool is_turned)
{
    double value = values[text->variable];
    return isnan(value) ? NAN : (value == text->level) != is_turned;
}

double expression_value(const struct expression *expression, const double *values)
{
    double stack[EXPRESSION_STACK];
    size_t n = 0;
    for (size_t i = 0; i < expression->n_steps; i++) {
        const struct expression_step *step = &expression->steps[i];
        switch (step->kind) {
        case EXPRESSION_NUMBER:
            stack[n++] = step->number;
            break;
        case EXPRESSION_VARIABLE:
            stack[n++] = values[step->index];
            break;
        case EXPRESSION_IS:
        case EXPRESSION_IS_NOT:
            stack[n++] = is_level(&expression->texts[step->index], values,
                                  step->kind == EXPRESSION_IS_NOT);
            break;
        case EXPRESSION_FUNCTION:
            stack[n - 1] = expression_functions[step->index].value(stack[n - 1]);
            break;
        case EXPRESSION_NEGATE:
            stack[n - 1] = -stack[n - 1];
            break;
        case EXPRESSION_NOT:
            stack[n - 1] = isnan(stack[n - 1]) ? NAN : stack[n - 1] == 0;
            break;
        default:
            n--;
            stack[n - 1] = combine(step->kind, stack[n - 1], stack[n]);
        }
    }
    return stack[0];
}

/* ---- as bytes ---- */

void expression_pack(const struct expression *expression, struct buffer *out)
{
    pack_string(out, expression->text);
}

struct expression *expression_copy(const struct expression *expression, struct error *err)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct expression *copy = NULL;
    expression_pack(expression, &bytes);
    struct pack_reader in = {.bytes = (const unsigned char *)bytes.bytes,
                             .n_bytes = bytes.n_bytes};
    if (buffer_check(&bytes, err) == 0)
        copy = expression_unpack(&in, err);
    buffer_free(&bytes);
    return copy;
}

struct expression *expression_unpack(struct pack_reader *in, struct error *err)
{
    struct error why = {0};
    struct formula_scan scan = {0};
    struct expression *expression = NULL;
    char *text = pack_read_string(in, &why);
    if (text && formula_scan_start(&scan, text, strlen(text), &why) == 0)
        expression = expression_parse(&scan, &why);
    if (expression && scan.token != FORMULA_END)
        formula_scan_expected(&scan, "the end", &why);
    formula_scan_free(&scan);
    memory_free(text);
    if (expression && !error_is_set(&why))
        return expression;
    expression_free(expression);
    if (error_is_set(&why) && why.code != ERROR_BAD_FORMULA)
        error_copy(err, &why);
    else
        error_set(err, ERROR_CORRUPT, "a stored expression is damaged");
    return NULL;
}
