/*
 * The expressions of an encoding, bound to its inputs.
 */
#ifndef LOGITD_CORE_DATA_ENCODING_EXPRESSIONS_H
#define LOGITD_CORE_DATA_ENCODING_EXPRESSIONS_H

#include "core/data/encoding.h"

/* All are for an encoding whose inputs are complete, and can be found by name; after a
 * failure it can only be freed. */

/* Copies of those that the formula's terms need; expression_of[its factors]: which one a
 * factor is. Errors of encoding_build. */
int encoding_expressions_of_formula(struct encoding *encoding,
                                    const struct formula *formula, size_t *expression_of,
                                    struct error *err) MUST_CHECK;
void encoding_expressions_free(struct encoding *encoding);

void encoding_expressions_pack(const struct encoding *encoding, struct buffer *out);
int encoding_expressions_unpack(struct encoding *encoding, struct pack_reader *in,
                                struct error *err) MUST_CHECK;

#endif
