/*
 * A model formula, as in R and patsy, read into what is to be predicted and the terms
 * that predict it:
 *
 *   y ~ a*b + log(x) + I(x^2) + C(rank, ref="1") + offset(o) - 1
 *
 * Operators between terms: + - : * / ^ and parentheses; 0, 1 and -1 for the intercept;
 * a point for all other columns. A factor is a column, C(column) or C(column, ref="…"),
 * log(…), exp(…), sqrt(…) or I(…) of arithmetic and comparisons, and on the left side a
 * comparison by itself. Names that are no identifiers stand in backquotes or in Q("…").
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
    size_t *factors; /* [n_factors] ascending, of the formula's */
};

struct formula {
    struct formula_factor response; /* a column or an expression */
    size_t n_factors;
    struct formula_factor *factors; /* in the order in which the text names them */
    size_t n_terms;
    struct formula_term *terms; /* each once, by number of factors, then as in the text */
    bool intercept;
    size_t n_offsets;
    struct expression **offsets; /* to be added up */
};

#define FORMULA_MAX_BYTES 65536U
#define FORMULA_MAX_TERMS 65536U

/*
 * Into an all-zero formula. columns: what a point stands for, but for those that the left
 * side names. ERROR_BAD_FORMULA with the place "position N" (the N-th byte of the text,
 * from 1), also where limits are exceeded. Columns that do not exist are not noticed.
 */
int formula_parse(struct formula *formula, const char *text, size_t n_bytes,
                  const char *const *columns, size_t n_columns,
                  struct error *err) MUST_CHECK;
void formula_free(struct formula *formula); /* what it owns; and back to all zero */

#endif
