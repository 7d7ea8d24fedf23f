/*
 * A model formula, as in R and patsy, read into what is to be predicted and the terms
 * that predict it:
 *
 *   y ~ a*b + log(x) + I(x^2) + C(rank, ref="1") + offset(o) - 1
 *
 * Operators between terms, as in R: + - : * / ^ (also **) and parentheses; 0, 1 and -1
 * for the intercept, which is there unless it is taken away; a point for all other
 * columns. A factor is a column; C(column) or C(column, ref="…"), also factor(column) and
 * C(column, Treatment("…")); or a function or I(…) of arithmetic and comparisons
 * (core/data/expression.h), which on the left side need no I(…). Names that are no
 * identifiers stand in backquotes or in Q("…").
 *
 * A column that stands in C(…) does so throughout, and a point means it so. A point
 * leaves out the columns of the left side and of offsets.
 */
#ifndef LOGITD_CORE_DATA_FORMULA_H
#define LOGITD_CORE_DATA_FORMULA_H

#include "core/data/expression.h"

enum formula_factor_kind {
    FORMULA_COLUMN,      /* as its type says */
    FORMULA_CATEGORICAL, /* C(column) */
    FORMULA_EXPRESSION
};
struct formula_factor {
    enum formula_factor_kind kind;
    char *name;                    /* of the column; NULL of an expression */
    char *reference;               /* of C(column, ref="…"); else NULL */
    struct expression *expression; /* or NULL */
};

struct formula_term { /* a product */
    size_t n_factors;
    const size_t *factors; /* [n_factors] ascending, of the formula's */
};

/* A column that the text names, anywhere, also to take it away. */
struct formula_mention {
    char *name;
    size_t position; /* where first */
};

struct formula {
    struct formula_factor response; /* a column or an expression */
    char *target;                   /* its name: the column's, or the expression's text */
    size_t n_factors;
    struct formula_factor *factors; /* in the order in which the text names them */
    size_t n_terms;
    struct formula_term *terms; /* each once, by number of factors, then as in the text */
    size_t *factors_of_terms;   /* what they point into */
    bool intercept;
    size_t n_offsets;
    struct expression **offsets; /* to be added up */
    char *offset;                /* the name of their sum; NULL: there are none */
    bool is_offset_column;       /* it is nothing but the column of this name */
    size_t n_mentions;
    struct formula_mention *mentions; /* each name once, as they come */
};

#define FORMULA_MAX_BYTES 65536U
#define FORMULA_MAX_TERMS 65536U

/*
 * Into an all-zero formula. columns: what a point stands for, but for those that the left
 * side or an offset names. ERROR_BAD_FORMULA with the place "position N" (the N-th byte
 * of the text, from 1), also where limits are exceeded. Columns that do not exist are not
 * noticed.
 */
int formula_parse(struct formula *formula, const char *text, size_t n_bytes,
                  const char *const *columns, size_t n_columns,
                  struct error *err) MUST_CHECK;
/* Is this the name of a term: "age:rank"? Of factors' columns, or expressions' texts. */
bool formula_has_term(const struct formula *formula, const char *name);
/* Is it "y ~ 1", and has no inputs therefore? Of none (NULL) it is not. */
bool formula_is_intercept_alone(const struct formula *formula);

void formula_free(struct formula *formula); /* what it owns; and back to all zero */

#endif
