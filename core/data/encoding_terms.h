/*
 * Which terms an encoding has, and what follows from them: columns, and how rows are
 * read.
 *
 * How a factor with levels is coded in a term is R's rule (Chambers and Hastie,
 * Statistical Models in S, 1992, page 38, and R's model.c): with a column for each level
 * but the reference if what the term is without this factor is within a term before it,
 * or is nothing; in full otherwise. Without an intercept the first factor with levels is
 * coded in full.
 */
#ifndef LOGITD_CORE_DATA_ENCODING_TERMS_H
#define LOGITD_CORE_DATA_ENCODING_TERMS_H

#include "core/data/encoding.h"

/* All are for an encoding whose inputs are complete, and can be found by name; after a
 * failure it can only be freed. */

/* Each input by itself, and behind it where it is missing, if it has such a column. */
int encoding_terms_of_inputs(struct encoding *encoding, struct error *err) MUST_CHECK;

/* Those of the formula, from which nothing is kept; then, by input, where one is missing.
 * Errors of encoding_build. */
int encoding_terms_of_formula(struct encoding *encoding, const struct formula *formula,
                              struct error *err) MUST_CHECK;

void encoding_terms_pack(const struct encoding *encoding, struct buffer *out);
int encoding_terms_unpack(struct encoding *encoding, struct pack_reader *in,
                          struct error *err) MUST_CHECK;

/* Once, when terms have their factors. ERROR_TOO_LARGE with the term's name as place. */
int encoding_terms_index(struct encoding *encoding, struct error *err) MUST_CHECK;

#endif
