/*
 * An expression in a formula that gives each row a number: log(x + 1), I(x^2), price >
 * 5000, species == "setosa". Arithmetic, comparisons (1 or 0), log, exp, sqrt. Immutable
 * once bound: thread-safe.
 *
 * Variables are columns, by name. A variable that is compared with a text has levels, and
 * its value is the index of one; any other is a number.
 */
#ifndef LOGITD_CORE_DATA_EXPRESSION_H
#define LOGITD_CORE_DATA_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buffer.h"
#include "core/base/pack.h"
#include "core/data/levels.h"

struct expression;

void expression_free(struct expression *expression); /* NULL is fine */

/* The text as it names a term, spaced as R does: "log(x + 1)". Borrowed; or appends it.
 */
const char *expression_text(const struct expression *expression);
void expression_write(const struct expression *expression, struct buffer *out);

size_t expression_n_variables(const struct expression *expression);
const char *expression_variable(const struct expression *expression, size_t variable);
/* Is it compared with texts? */
bool expression_is_text(const struct expression *expression, size_t variable);

/* Once for each variable that is compared with texts, before values are asked for: finds
 * them among the variable's levels. ERROR_UNKNOWN_LEVEL where one is none of them, which
 * then no value has. */
int expression_bind(struct expression *expression, size_t variable,
                    const struct level *levels, size_t n_levels,
                    struct error *err) MUST_CHECK;

/* The number of a row whose variables have these values [n_variables]. What has no value,
 * such as log(-1), is not finite. */
double expression_value(const struct expression *expression, const double *values);

/* Not bound. */
struct expression *expression_copy(const struct expression *expression,
                                   struct error *err) MUST_CHECK;

void expression_pack(const struct expression *expression, struct buffer *out);
/* ERROR_CORRUPT for what no formula could say. To be bound again. */
struct expression *expression_unpack(struct pack_reader *in,
                                     struct error *err) MUST_CHECK;

#endif
