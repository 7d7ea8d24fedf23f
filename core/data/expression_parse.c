#include "core/data/expression_parse.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/expression_code.h"
#include "core/text/number.h"

#define MAX_VARIABLES 1024U
#define ALL_NEEDS "a column, a number, a text, a function or \"(\""

struct parser {
    struct formula_scan *scan;
    struct expression *expression;
    struct buffer text;
    struct error *err;
};

/* What has just been read: a text can only be compared. */
struct operand {
    bool is_text;
    size_t position;
};

/* ---- steps ---- */

/* Room for one more in an array that doubles. */
static void *make_room(void *array, size_t n, size_t size, struct error *err)
{
    return n == 0                 ? memory_new(4, size, err)
           : n < 4 || n & (n - 1) ? array
                                  : memory_resize(array, 2 * n, size, err);
}

static int add_step(struct parser *parser, enum expression_step_kind kind, size_t index,
                    double number)
{
    struct expression *expression = parser->expression;
    struct expression_step *steps =
        make_room(expression->steps, expression->n_steps, sizeof(*steps), parser->err);
    if (!steps)
        return -1;
    expression->steps = steps;
    steps[expression->n_steps++] = (struct expression_step){kind, index, number};
    return 0;
}

/* ---- columns and texts ---- */

static char *take_content(struct formula_scan *scan, struct error *err)
{
    return memory_copy_text(scan->content.bytes, scan->content.n_bytes, err);
}

static char *read_quoted_name(struct formula_scan *scan, struct error *err)
{
    if (formula_scan_next(scan, err) < 0 ||
        formula_scan_pass(scan, FORMULA_OPEN, "\"(\"", err) < 0)
        return NULL;
    if (scan->token != FORMULA_TEXT || scan->content.n_bytes == 0) {
        formula_scan_expected(scan, "a column's name in quotes", err);
        return NULL;
    }
    char *name = take_content(scan, err);
    if (name && formula_scan_next(scan, err) == 0 &&
        formula_scan_pass(scan, FORMULA_CLOSE, "\")\"", err) == 0)
        return name;
    memory_free(name);
    return NULL;
}

char *expression_parse_name(struct formula_scan *scan, struct error *err)
{
    if (scan->is_call && formula_scan_is_name(scan, "Q"))
        return read_quoted_name(scan, err);
    if (scan->token != FORMULA_NAME || scan->is_call) {
        formula_scan_expected(scan, "a column's name", err);
        return NULL;
    }
    char *name = take_content(scan, err);
    if (name && formula_scan_next(scan, err) == 0)
        return name;
    memory_free(name);
    return NULL;
}

/* Takes the name. */
static size_t find_variable(struct parser *parser, char *name, size_t position)
{
    struct expression *expression = parser->expression;
    for (size_t i = 0; i < expression->n_variables; i++)
        if (strcmp(expression->variables[i].name, name) == 0) {
            memory_free(name);
            return i;
        }
    if (expression->n_variables == MAX_VARIABLES) {
        memory_free(name);
        formula_scan_refuse(position, parser->err,
                            "an expression may have at most %u columns", MAX_VARIABLES);
        return SIZE_MAX;
    }
    struct expression_variable *variables = make_room(
        expression->variables, expression->n_variables, sizeof(*variables), parser->err);
    if (!variables) {
        memory_free(name);
        return SIZE_MAX;
    }
    expression->variables = variables;
    variables[expression->n_variables] =
        (struct expression_variable){.name = name, .position = position};
    return expression->n_variables++;
}

static int parse_variable(struct parser *parser)
{
    size_t position = parser->scan->position;
    char *name = expression_parse_name(parser->scan, parser->err);
    if (!name)
        return -1;
    formula_scan_write_name(name, &parser->text);
    size_t variable = find_variable(parser, name, position);
    return variable == SIZE_MAX ? -1 : add_step(parser, EXPRESSION_VARIABLE, variable, 0);
}

static int parse_text(struct parser *parser)
{
    struct expression *expression = parser->expression;
    struct expression_text *texts =
        make_room(expression->texts, expression->n_texts, sizeof(*texts), parser->err);
    if (!texts)
        return -1;
    expression->texts = texts;
    char *text = take_content(parser->scan, parser->err);
    if (!text)
        return -1;
    texts[expression->n_texts++] = (struct expression_text){.text = text, .level = NAN};
    formula_scan_write_text(text, &parser->text);
    return add_step(parser, EXPRESSION_TEXT, expression->n_texts - 1, 0) < 0
               ? -1
               : formula_scan_next(parser->scan, parser->err);
}

static int parse_number(struct parser *parser)
{
    char text[NUMBER_TEXT_BYTES];
    double number = parser->scan->number;
    buffer_append(&parser->text, text, number_write(number, text));
    return add_step(parser, EXPRESSION_NUMBER, 0, number) < 0
               ? -1
               : formula_scan_next(parser->scan, parser->err);
}

/* ---- operators ---- */

enum binding { ANY, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER };

static const struct infix {
    enum formula_token token;
    enum binding binding;
    enum expression_step_kind step;
    const char *text; /* as R spaces it */
} infixes[] = {
    {FORMULA_OR, OR, EXPRESSION_OR, " | "},
    {FORMULA_AND, AND, EXPRESSION_AND, " & "},
    {FORMULA_EQUAL, COMPARISON, EXPRESSION_EQUAL, " == "},
    {FORMULA_UNEQUAL, COMPARISON, EXPRESSION_UNEQUAL, " != "},
    {FORMULA_LESS, COMPARISON, EXPRESSION_LESS, " < "},
    {FORMULA_LESS_EQUAL, COMPARISON, EXPRESSION_LESS_EQUAL, " <= "},
    {FORMULA_GREATER, COMPARISON, EXPRESSION_GREATER, " > "},
    {FORMULA_GREATER_EQUAL, COMPARISON, EXPRESSION_GREATER_EQUAL, " >= "},
    {FORMULA_PLUS, SUM, EXPRESSION_ADD, " + "},
    {FORMULA_MINUS, SUM, EXPRESSION_SUBTRACT, " - "},
    {FORMULA_STAR, PRODUCT, EXPRESSION_MULTIPLY, " * "},
    {FORMULA_SLASH, PRODUCT, EXPRESSION_DIVIDE, "/"},
    {FORMULA_POWER, POWER, EXPRESSION_POWER, "^"},
};

static const struct infix *find_infix(enum formula_token token)
{
    for (size_t i = 0; i < sizeof(infixes) / sizeof(*infixes); i++)
        if (infixes[i].token == token)
            return &infixes[i];
    return NULL;
}

static int parse(struct parser *parser, enum binding least, struct operand *operand);

static int refuse_text(const struct parser *parser, const struct operand *operand)
{
    return operand->is_text
               ? formula_scan_refuse(operand->position, parser->err,
                                     "expected a column or a number; a text can only be "
                                     "compared with a column, by == or !=")
               : 0;
}

static int parse_number_of(struct parser *parser, enum binding least)
{
    struct operand operand;
    return parse(parser, least, &operand) < 0 ? -1 : refuse_text(parser, &operand);
}

/* column == "text", or the other way round: the last two steps become one. */
static int compare_text(struct parser *parser, const struct infix *infix,
                        const struct operand *left, const struct operand *right)
{
    struct expression *expression = parser->expression;
    struct expression_step *steps = expression->steps + expression->n_steps - 2;
    const struct operand *text = left->is_text ? left : right;
    const struct expression_step *of_text = &steps[left->is_text ? 0 : 1];
    const struct expression_step *other = &steps[left->is_text ? 1 : 0];
    bool is_equality =
        infix->step == EXPRESSION_EQUAL || infix->step == EXPRESSION_UNEQUAL;
    if (!is_equality || other->kind != EXPRESSION_VARIABLE ||
        of_text->kind != EXPRESSION_TEXT)
        return refuse_text(parser, text);
    size_t index = of_text->index;
    expression->texts[index].variable = other->index;
    steps[0] = (struct expression_step){
        infix->step == EXPRESSION_EQUAL ? EXPRESSION_IS : EXPRESSION_IS_NOT, index, 0};
    expression->n_steps--;
    return 0;
}

static int parse_right(struct parser *parser, const struct infix *infix,
                       struct operand *left)
{
    struct operand right;
    enum binding least =
        infix->binding == POWER ? POWER : (enum binding)(infix->binding + 1);
    buffer_append_string(&parser->text, infix->text);
    if (formula_scan_next(parser->scan, parser->err) < 0 ||
        parse(parser, least, &right) < 0)
        return -1;
    bool has_text = left->is_text || right.is_text;
    if (has_text && infix->binding == COMPARISON) {
        if (compare_text(parser, infix, left, &right) < 0)
            return -1;
        left->is_text = false;
        return 0;
    }
    return refuse_text(parser, left) < 0 || refuse_text(parser, &right) < 0
               ? -1
               : add_step(parser, infix->step, 0, 0);
}

/* ---- operands ---- */

static int parse_parentheses(struct parser *parser, struct operand *operand)
{
    buffer_append_byte(&parser->text, '(');
    if (formula_scan_next(parser->scan, parser->err) < 0 ||
        parse(parser, ANY, operand) < 0)
        return -1;
    buffer_append_byte(&parser->text, ')');
    return formula_scan_pass(parser->scan, FORMULA_CLOSE, "an operator or \")\"",
                             parser->err);
}

static int refuse_function(const struct parser *parser)
{
    struct buffer known = BUFFER_EMPTY;
    for (size_t i = 0; i < expression_n_functions; i++)
        buffer_printf(&known, "%s, ", expression_functions[i].name);
    formula_scan_refuse(parser->scan->position, parser->err,
                        "expected one of the functions %sI; C and offset stand by "
                        "themselves on the right side",
                        known.bytes ? known.bytes : "");
    buffer_free(&known);
    return -1;
}

/* "np.log" is log. */
static size_t find_function(const struct formula_scan *scan)
{
    const char *name = scan->content.bytes;
    name += strncmp(name, "np.", 3) == 0 ? 3 : 0;
    for (size_t i = 0; i < expression_n_functions; i++)
        if (strcmp(expression_functions[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

static int parse_function(struct parser *parser)
{
    size_t function = find_function(parser->scan);
    bool is_identity = formula_scan_is_name(parser->scan, "I");
    struct operand operand;
    if (function == SIZE_MAX && !is_identity)
        return refuse_function(parser);
    buffer_append_string(&parser->text, parser->scan->content.bytes);
    if (formula_scan_next(parser->scan, parser->err) < 0 ||
        parse_parentheses(parser, &operand) < 0 || refuse_text(parser, &operand) < 0)
        return -1;
    return is_identity ? 0 : add_step(parser, EXPRESSION_FUNCTION, function, 0);
}

/* Number, text, column, function or parentheses. */
static int parse_unit(struct parser *parser, struct operand *operand)
{
    const struct formula_scan *scan = parser->scan;
    *operand = (struct operand){scan->token == FORMULA_TEXT, scan->position};
    switch (scan->token) {
    case FORMULA_NUMBER:
        return parse_number(parser);
    case FORMULA_TEXT:
        return parse_text(parser);
    case FORMULA_OPEN:
        return parse_parentheses(parser, operand);
    case FORMULA_NAME:
        return scan->is_call && !formula_scan_is_name(scan, "Q") ? parse_function(parser)
                                                                 : parse_variable(parser);
    default:
        return formula_scan_expected(scan, ALL_NEEDS, parser->err);
    }
}

/* A sign takes what binds more than it does, and at least a product's factors. */
static int parse_sign(struct parser *parser, enum binding least)
{
    bool is_minus = parser->scan->token == FORMULA_MINUS;
    buffer_append_byte(&parser->text, is_minus ? '-' : '+');
    if (formula_scan_next(parser->scan, parser->err) < 0 ||
        parse_number_of(parser, least < SIGN ? SIGN : least) < 0)
        return -1;
    return is_minus ? add_step(parser, EXPRESSION_NEGATE, 0, 0) : 0;
}

static int parse_not(struct parser *parser)
{
    buffer_append_byte(&parser->text, '!');
    return formula_scan_next(parser->scan, parser->err) < 0 ||
                   parse_number_of(parser, NOT) < 0
               ? -1
               : add_step(parser, EXPRESSION_NOT, 0, 0);
}

static int parse_left(struct parser *parser, enum binding least, struct operand *operand)
{
    const struct formula_scan *scan = parser->scan;
    *operand = (struct operand){false, scan->position};
    if (scan->token == FORMULA_MINUS || scan->token == FORMULA_PLUS)
        return parse_sign(parser, least);
    return scan->token == FORMULA_NOT ? parse_not(parser) : parse_unit(parser, operand);
}

/* An operand and all operators behind it that bind at least so much. */
static int parse(struct parser *parser, enum binding least, struct operand *operand)
{
    const struct infix *infix;
    bool is_compared = false;
    if (formula_scan_enter(parser->scan, parser->err) < 0 ||
        parse_left(parser, least, operand) < 0)
        return -1;
    while ((infix = find_infix(parser->scan->token)) && infix->binding >= least) {
        bool compares = infix->binding == COMPARISON;
        if (compares && is_compared)
            return formula_scan_expected(parser->scan, "& or | between two comparisons",
                                         parser->err);
        is_compared = compares;
        if (parse_right(parser, infix, operand) < 0)
            return -1;
    }
    formula_scan_leave(parser->scan);
    return 0;
}

/* ---- the whole ---- */

static int check_variables(struct parser *parser, size_t position)
{
    struct expression *expression = parser->expression;
    if (expression->n_variables == 0)
        return formula_scan_refuse(position, parser->err,
                                   "expected an expression that names a column");
    for (size_t i = 0; i < expression->n_steps; i++)
        if (expression->steps[i].kind == EXPRESSION_VARIABLE)
            expression->variables[expression->steps[i].index].is_number = true;
    for (size_t i = 0; i < expression->n_texts; i++)
        expression->variables[expression->texts[i].variable].is_text = true;
    for (size_t i = 0; i < expression->n_variables; i++)
        if (expression->variables[i].is_text && expression->variables[i].is_number)
            return formula_scan_refuse(
                expression->variables[i].position, parser->err,
                "this column is compared with a text and used as a number at once");
    return 0;
}

static struct expression *parse_whole(struct formula_scan *scan, bool is_factor,
                                      struct error *err)
{
    struct error why = {0};
    struct parser parser = {.scan = scan, .err = &why};
    struct operand operand;
    size_t position = scan->position, n_bytes;
    parser.expression = memory_new(1, sizeof(*parser.expression), err);
    if (!parser.expression)
        return NULL;
    int result =
        is_factor ? parse_unit(&parser, &operand) : parse(&parser, ANY, &operand);
    if (result == 0 && refuse_text(&parser, &operand) == 0 &&
        check_variables(&parser, position) == 0) {
        parser.expression->text = buffer_take(&parser.text, &n_bytes, &why);
        if (parser.expression->text)
            return parser.expression;
    }
    buffer_free(&parser.text);
    expression_free(parser.expression);
    error_copy(err, &why);
    return NULL;
}

struct expression *expression_parse(struct formula_scan *scan, struct error *err)
{
    return parse_whole(scan, false, err);
}

struct expression *expression_parse_factor(struct formula_scan *scan, struct error *err)
{
    return parse_whole(scan, true, err);
}

const char *expression_parse_column(const struct expression *expression)
{
    return expression->n_steps == 1 && expression->steps[0].kind == EXPRESSION_VARIABLE
               ? expression->variables[0].name
               : NULL;
}

size_t expression_parse_position(const struct expression *expression, size_t variable)
{
    return expression->variables[variable].position;
}
