#include "core/data/formula_read.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/expression_parse.h"
#include "core/text/number.h"

void formula_read_free(struct formula_reader *reader)
{
    for (size_t i = 0; i < reader->n_offsets; i++)
        expression_free(reader->offsets[i]);
    memory_free(reader->offsets);
    formula_scan_free(&reader->scan);
    formula_factors_free(&reader->factors);
    formula_algebra_free(&reader->algebra);
}

/* ---- C(…) ---- */

static bool is_categorical(const struct formula_scan *scan)
{
    return scan->is_call &&
           (formula_scan_is_name(scan, "C") || formula_scan_is_name(scan, "factor"));
}

/* A level: in quotes, or a number. */
static char *read_level(struct formula_scan *scan, struct error *err)
{
    char text[1 + NUMBER_TEXT_BYTES];
    bool is_negative = scan->token == FORMULA_MINUS;
    char *level = NULL;
    if (is_negative && formula_scan_next(scan, err) < 0)
        return NULL;
    if (scan->token == FORMULA_NUMBER) {
        double number = is_negative ? -scan->number : scan->number;
        level = memory_copy_text(text, number_write(number, text), err);
    } else if (scan->token == FORMULA_TEXT && !is_negative)
        level = memory_copy_text(scan->content.bytes, scan->content.n_bytes, err);
    else
        formula_scan_expected(scan, "a level in quotes, or a number", err);
    if (level && formula_scan_next(scan, err) == 0)
        return level;
    memory_free(level);
    return NULL;
}

/* ref = level */
static char *read_named_level(struct formula_scan *scan, struct error *err)
{
    if (!formula_scan_is_name(scan, "ref") && !formula_scan_is_name(scan, "reference")) {
        formula_scan_expected(scan, "ref=\"…\"", err);
        return NULL;
    }
    return formula_scan_next(scan, err) < 0 ||
                   formula_scan_pass(scan, FORMULA_ASSIGN, "\"=\"", err) < 0
               ? NULL
               : read_level(scan, err);
}

/* Treatment(level), as patsy has it */
static char *read_treatment(struct formula_scan *scan, struct error *err)
{
    if (formula_scan_next(scan, err) < 0 ||
        formula_scan_pass(scan, FORMULA_OPEN, "\"(\"", err) < 0)
        return NULL;
    char *level =
        scan->token == FORMULA_NAME ? read_named_level(scan, err) : read_level(scan, err);
    if (level && formula_scan_pass(scan, FORMULA_CLOSE, "\")\"", err) == 0)
        return level;
    memory_free(level);
    return NULL;
}

static int read_reference(struct formula_scan *scan, char **reference, struct error *err)
{
    if (scan->token != FORMULA_COMMA)
        return 0;
    if (formula_scan_next(scan, err) < 0)
        return -1;
    *reference = scan->is_call && formula_scan_is_name(scan, "Treatment")
                     ? read_treatment(scan, err)
                     : read_named_level(scan, err);
    return *reference ? 0 : -1;
}

/* Into an all-zero factor; what it has on failure is the caller's, too. */
static int read_categorical(struct formula_scan *scan, struct formula_factor *factor,
                            struct error *err)
{
    factor->kind = FORMULA_CATEGORICAL;
    if (formula_scan_next(scan, err) < 0 ||
        formula_scan_pass(scan, FORMULA_OPEN, "\"(\"", err) < 0)
        return -1;
    factor->name = expression_parse_name(scan, err);
    return !factor->name || read_reference(scan, &factor->reference, err) < 0
               ? -1
               : formula_scan_pass(scan, FORMULA_CLOSE, "\",\" or \")\"", err);
}

/* ---- the left side ---- */

static int read_categorical_response(struct formula_reader *reader,
                                     struct formula_factor *response, struct error *err)
{
    size_t position = reader->scan.position;
    if (read_categorical(&reader->scan, response, err) < 0)
        return -1;
    if (response->reference)
        return formula_scan_refuse(position, err,
                                   "what is predicted has no reference here; name it in "
                                   "the job's field reference, or positive");
    return formula_factors_mention(&reader->factors, response->name, position, err);
}

/* An expression that is nothing but a column is the column. */
static int read_expression_response(struct formula_reader *reader,
                                    struct formula_factor *response, struct error *err)
{
    struct expression *expression = expression_parse(&reader->scan, err);
    if (!expression ||
        formula_factors_mention_all(&reader->factors, expression, err) < 0) {
        expression_free(expression);
        return -1;
    }
    const char *column = expression_parse_column(expression);
    *response =
        (struct formula_factor){.kind = FORMULA_EXPRESSION, .expression = expression};
    if (!column)
        return 0;
    response->kind = FORMULA_COLUMN;
    response->name = memory_copy_string(column, err);
    response->expression = NULL;
    expression_free(expression);
    return response->name ? 0 : -1;
}

int formula_read_response(struct formula_reader *reader, struct formula_factor *response,
                          struct error *err)
{
    if (reader->scan.token == FORMULA_TILDE)
        return formula_scan_expected(&reader->scan, "what is to be predicted", err);
    return is_categorical(&reader->scan)
               ? read_categorical_response(reader, response, err)
               : read_expression_response(reader, response, err);
}

/* ---- factors of the right side ---- */

static int read_sum(struct formula_reader *reader, struct formula_sum *sum,
                    struct error *err);

static int add_factor(struct formula_reader *reader, struct formula_sum *sum,
                      uint32_t factor, struct error *err)
{
    return factor == FORMULA_FACTORS_NONE
               ? -1
               : formula_algebra_add_factor(&reader->algebra, sum, factor, err);
}

static int read_column(struct formula_reader *reader, struct formula_sum *sum,
                       struct error *err)
{
    size_t position = reader->scan.position;
    char *name = expression_parse_name(&reader->scan, err);
    return name
               ? add_factor(reader, sum,
                            formula_factors_column(&reader->factors, name, position, err),
                            err)
               : -1;
}

static int read_categorical_factor(struct formula_reader *reader, struct formula_sum *sum,
                                   struct error *err)
{
    struct formula_factor factor = {0};
    size_t position = reader->scan.position;
    if (read_categorical(&reader->scan, &factor, err) < 0) {
        memory_free(factor.name);
        memory_free(factor.reference);
        return -1;
    }
    return add_factor(
        reader, sum,
        formula_factors_categorical(&reader->factors, &factor, position, err), err);
}

static int read_function(struct formula_reader *reader, struct formula_sum *sum,
                         struct error *err)
{
    struct expression *expression = expression_parse_factor(&reader->scan, err);
    return expression
               ? add_factor(reader, sum,
                            formula_factors_expression(&reader->factors, expression, err),
                            err)
               : -1;
}

static int add_offset(struct formula_reader *reader, struct expression *offset,
                      struct error *err)
{
    struct expression **offsets = memory_resize(reader->offsets, reader->n_offsets + 1,
                                                sizeof(struct expression *), err);
    if (!offsets) {
        expression_free(offset);
        return -1;
    }
    reader->offsets = offsets;
    offsets[reader->n_offsets++] = offset;
    return formula_factors_mention_all(&reader->factors, offset, err);
}

static int read_offset(struct formula_reader *reader, struct formula_sum *sum,
                       struct error *err)
{
    struct formula_scan *scan = &reader->scan;
    if (formula_scan_next(scan, err) < 0 ||
        formula_scan_pass(scan, FORMULA_OPEN, "\"(\"", err) < 0)
        return -1;
    struct expression *offset = expression_parse(scan, err);
    if (!offset || add_offset(reader, offset, err) < 0)
        return -1;
    sum->has_offset = true;
    return formula_scan_pass(scan, FORMULA_CLOSE, "an operator or \")\"", err);
}

static int read_point(struct formula_reader *reader, struct formula_sum *sum,
                      struct error *err)
{
    if (reader->n_columns > FORMULA_MAX_TERMS)
        return formula_scan_refuse(reader->scan.position, err,
                                   "\".\" stands for more than %u columns; give the job "
                                   "target in place of formula",
                                   FORMULA_MAX_TERMS);
    for (size_t i = 0; i < reader->n_columns; i++) {
        const char *name = reader->columns[i];
        if (formula_factors_is_on_left(&reader->factors, name))
            continue;
        uint32_t factor = formula_factors_of_point(&reader->factors, name, err);
        if (add_factor(reader, sum, factor, err) < 0)
            return -1;
    }
    return formula_scan_next(&reader->scan, err);
}

static int read_intercept(struct formula_reader *reader, struct formula_sum *sum,
                          struct error *err)
{
    double number = reader->scan.number;
    if (number != 0 && number != 1)
        return formula_scan_refuse(reader->scan.position, err,
                                   "expected 0 or 1 for the intercept; another number is "
                                   "no term");
    sum->intercept = number == 0 ? -1 : 1;
    return formula_scan_next(&reader->scan, err);
}

static int read_parentheses(struct formula_reader *reader, struct formula_sum *sum,
                            struct error *err)
{
    return formula_scan_next(&reader->scan, err) < 0 || read_sum(reader, sum, err) < 0
               ? -1
               : formula_scan_pass(&reader->scan, FORMULA_CLOSE, "an operator or \")\"",
                                   err);
}

static int read_name(struct formula_reader *reader, struct formula_sum *sum,
                     struct error *err)
{
    const struct formula_scan *scan = &reader->scan;
    if (!scan->is_call || formula_scan_is_name(scan, "Q"))
        return read_column(reader, sum, err);
    if (is_categorical(scan))
        return read_categorical_factor(reader, sum, err);
    return formula_scan_is_name(scan, "offset") ? read_offset(reader, sum, err)
                                                : read_function(reader, sum, err);
}

static int read_unit(struct formula_reader *reader, struct formula_sum *sum,
                     struct error *err)
{
    switch (reader->scan.token) {
    case FORMULA_NAME:
        return read_name(reader, sum, err);
    case FORMULA_POINT:
        return read_point(reader, sum, err);
    case FORMULA_NUMBER:
        return read_intercept(reader, sum, err);
    case FORMULA_OPEN:
        return read_parentheses(reader, sum, err);
    default:
        return formula_scan_expected(&reader->scan,
                                     "a column, a function, \".\", 0, 1 or \"(\"", err);
    }
}

/* ---- operators, from what binds most ---- */

static int read_power(struct formula_reader *reader, struct formula_sum *sum,
                      struct error *err)
{
    struct formula_scan *scan = &reader->scan;
    if (read_unit(reader, sum, err) < 0)
        return -1;
    if (scan->token != FORMULA_POWER)
        return 0;
    reader->algebra.position = scan->position;
    if (formula_scan_next(scan, err) < 0)
        return -1;
    if (scan->token != FORMULA_NUMBER || scan->number < 1 ||
        scan->number != floor(scan->number))
        return formula_scan_expected(scan,
                                     "a whole number of 1 or more (arithmetic stands in "
                                     "I(…))",
                                     err);
    double exponent = scan->number;
    return formula_algebra_raise(&reader->algebra, sum, exponent, err) < 0
               ? -1
               : formula_scan_next(scan, err);
}

typedef int read_fn(struct formula_reader *reader, struct formula_sum *sum,
                    struct error *err);
typedef int combine_fn(struct formula_algebra *algebra, struct formula_sum *left,
                       const struct formula_sum *right, struct error *err);

/* What stands on the right of an operator, put to what is on its left. */
static int combine(struct formula_reader *reader, struct formula_sum *left, read_fn *read,
                   combine_fn *with, size_t position, struct error *err)
{
    struct formula_sum right = {0};
    int result = read(reader, &right, err);
    reader->algebra.position = position;
    if (result == 0)
        result = with(&reader->algebra, left, &right, err);
    formula_algebra_free_sum(&right);
    return result;
}

static int read_interaction(struct formula_reader *reader, struct formula_sum *sum,
                            struct error *err)
{
    struct formula_scan *scan = &reader->scan;
    int result = read_power(reader, sum, err);
    while (result == 0 && scan->token == FORMULA_COLON) {
        size_t position = scan->position;
        result = formula_scan_next(scan, err);
        if (result == 0)
            result =
                combine(reader, sum, read_power, formula_algebra_interact, position, err);
    }
    return result;
}

static int read_product(struct formula_reader *reader, struct formula_sum *sum,
                        struct error *err)
{
    struct formula_scan *scan = &reader->scan;
    int result = read_interaction(reader, sum, err);
    while (result == 0 && (scan->token == FORMULA_STAR || scan->token == FORMULA_SLASH)) {
        combine_fn *with =
            scan->token == FORMULA_STAR ? formula_algebra_cross : formula_algebra_nest;
        size_t position = scan->position;
        result = formula_scan_next(scan, err);
        if (result == 0)
            result = combine(reader, sum, read_interaction, with, position, err);
    }
    return result;
}

static bool is_sign(enum formula_token token)
{
    return token == FORMULA_PLUS || token == FORMULA_MINUS;
}

/* A term with the signs before it; the first needs none. */
static int read_signed(struct formula_reader *reader, struct formula_sum *sum,
                       struct error *err)
{
    struct formula_scan *scan = &reader->scan;
    size_t position = scan->position;
    bool is_negative = false;
    while (is_sign(scan->token)) {
        is_negative ^= scan->token == FORMULA_MINUS;
        if (formula_scan_next(scan, err) < 0)
            return -1;
    }
    return combine(reader, sum, read_product,
                   is_negative ? formula_algebra_subtract : formula_algebra_add, position,
                   err);
}

static int read_sum(struct formula_reader *reader, struct formula_sum *sum,
                    struct error *err)
{
    int result = formula_scan_enter(&reader->scan, err);
    if (result == 0)
        result = read_signed(reader, sum, err);
    while (result == 0 && is_sign(reader->scan.token))
        result = read_signed(reader, sum, err);
    formula_scan_leave(&reader->scan);
    return result;
}

int formula_read_terms(struct formula_reader *reader, struct formula_sum *sum,
                       struct error *err)
{
    if (read_sum(reader, sum, err) < 0)
        return -1;
    if (reader->scan.token != FORMULA_END)
        return formula_scan_expected(
            &reader->scan, "+, -, *, /, :, ^ or the end (comparisons stand in I(…))",
            err);
    return formula_algebra_distinct(&reader->algebra, sum, err);
}
