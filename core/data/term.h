/*
 * A term of a model: a product of factors, of which each is a number in every row, or a
 * level. Inputs are what a caller sends (age, rank); terms are made of them (age, rank,
 * age:rank); columns are what gets a coefficient (age, rank[2], age:rank[2]).
 *
 * A factor with levels has a column for each but the reference (treatment coding), or, in
 * full, for each. The columns of a term are the combinations of its factors' columns, of
 * which the leftmost factor's change fastest, as in R and patsy. So in a row at most one
 * column of a term is not 0, whatever the number of levels. Immutable: thread-safe.
 */
#ifndef LOGITD_CORE_DATA_TERM_H
#define LOGITD_CORE_DATA_TERM_H

#include "core/data/expression.h"
#include "core/data/input.h"

enum factor_kind {                   /* written to disk */
                   FACTOR_INPUT = 0, /* the number of a numeric input, the level of a
                                        categorical one */
                   FACTOR_MISSING =
                       1, /* 1 where the input's cell is missing, else 0: age[missing] */
                   FACTOR_EXPRESSION = 2 /* a number */
};

struct factor {
    enum factor_kind kind;
    bool is_full;
    union {
        size_t input;
        size_t expression; /* of the encoding's */
    };
};

#define TERM_MAX_VARIABLES 64U
struct term_expression {
    struct expression *expression;
    const size_t *inputs; /* [its variables, TERM_MAX_VARIABLES at most] */
};

struct term {
    size_t n_factors;
    const struct factor *factors;
    size_t first_column, n_columns; /* of the design */
    /* So many terms from here on are numbers as the caller sends them, of inputs that
     * follow each other: their columns are a copy of cells. */
    size_t n_plain;
};

struct encoding; /* whose inputs and expressions the factors speak of */

/* Has the factor levels, and so its columns? */
bool term_has_levels(const struct encoding *encoding, const struct factor *factor);

/* How many columns a product of factors has; false if there is no counting them. */
bool term_count_columns(const struct encoding *encoding, const struct factor *factors,
                        size_t n_factors, size_t *n_columns);

/* What stands in a row's one column that is not 0, and which of the term's it is, from 0;
 * 0: all are. Finite, for cells with which the encoding can do. */
double term_value(const struct encoding *encoding, const struct term *term,
                  const double *cells, size_t *column);

/* The number of a row's cells, which inputs accept. Not finite: it has none. */
double term_expression_value(const struct encoding *encoding,
                             const struct term_expression *expression,
                             const double *cells);

/* "age:rank". Appends. */
void term_write(const struct encoding *encoding, const struct term *term,
                struct buffer *out);
/* The same of one of its columns, from 0: "age:rank[2]". */
void term_write_column(const struct encoding *encoding, const struct term *term,
                       size_t column, struct buffer *out);

/* What the names of all its columns take, each with a NUL; false if there is no counting
 * them. */
bool term_names_bytes(const struct encoding *encoding, const struct term *term,
                      size_t *n_bytes);

#endif
