/*
 * Reading an expression from a formula's words.
 *
 * From what binds least to what binds most, as in R: |, &, !, comparisons (which do not
 * follow each other), + and -, * and /, a sign, ^ (from the right). I(…) is its content.
 */
#ifndef LOGITD_CORE_DATA_EXPRESSION_PARSE_H
#define LOGITD_CORE_DATA_EXPRESSION_PARSE_H

#include "core/data/expression.h"
#include "core/data/formula_scan.h"

/*
 * From where the scan stands to where the expression cannot go on. ERROR_BAD_FORMULA
 * with its position: syntax, a function that is not known, a text that is not compared
 * with a column, a column compared with texts and used as a number, no column at all.
 */
struct expression *expression_parse(struct formula_scan *scan,
                                    struct error *err) MUST_CHECK;
/* The same of one factor: no operator outside of parentheses belongs to it. */
struct expression *expression_parse_factor(struct formula_scan *scan,
                                           struct error *err) MUST_CHECK;

/* The name of a column where the expression is nothing else; or NULL. Borrowed. */
const char *expression_parse_column(const struct expression *expression);
/* Where the formula names a variable first. */
size_t expression_parse_position(const struct expression *expression, size_t variable);

/* A column's name, also as Q("…"), where the scan stands; to be freed. */
char *expression_parse_name(struct formula_scan *scan, struct error *err) MUST_CHECK;

#endif
