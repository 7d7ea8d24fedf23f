/*
 * What an expression is made of: steps that work on a stack. For expression.c and
 * expression_parse.c alone.
 */
#ifndef LOGITD_CORE_DATA_EXPRESSION_CODE_H
#define LOGITD_CORE_DATA_EXPRESSION_CODE_H

#include "core/data/expression.h"
#include "core/data/formula_scan.h"

enum expression_step_kind {
    EXPRESSION_NUMBER,   /* pushes it */
    EXPRESSION_VARIABLE, /* pushes the value of one, by its index */
    EXPRESSION_TEXT,     /* pushes a text, by its index; until it is compared */
    EXPRESSION_FUNCTION, /* of the top, by its index */
    EXPRESSION_NEGATE,
    EXPRESSION_NOT,
    EXPRESSION_ADD, /* this one and all below: of the two at the top */
    EXPRESSION_SUBTRACT,
    EXPRESSION_MULTIPLY,
    EXPRESSION_DIVIDE,
    EXPRESSION_POWER,
    EXPRESSION_EQUAL,
    EXPRESSION_UNEQUAL,
    EXPRESSION_LESS,
    EXPRESSION_LESS_EQUAL,
    EXPRESSION_GREATER,
    EXPRESSION_GREATER_EQUAL,
    EXPRESSION_AND,
    EXPRESSION_OR,
    EXPRESSION_IS,    /* pushes whether a text's variable has it, by the text's index */
    EXPRESSION_IS_NOT /* the same, turned round */
};

struct expression_step {
    enum expression_step_kind kind;
    size_t index;
    double number;
};

struct expression_variable {
    char *name;
    size_t position; /* in the formula, where it is first named */
    bool is_number, is_text;
};

struct expression_text { /* that a variable is compared with */
    char *text;
    size_t variable;
    double level; /* its index among the variable's levels, once bound; NaN: none */
};

/* An operator that waits for its right side keeps one value, and each is a level deeper.
 */
#define EXPRESSION_STACK (FORMULA_MAX_DEPTH + 2)

struct expression {
    char *text; /* as expression_write gives it */
    size_t n_steps;
    struct expression_step *steps;
    size_t n_variables;
    struct expression_variable *variables;
    size_t n_texts;
    struct expression_text *texts;
};

struct expression_function {
    const char *name;
    double (*value)(double x);
};
extern const struct expression_function expression_functions[];
extern const size_t expression_n_functions;

#endif
