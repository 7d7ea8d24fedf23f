/*
 * Which terms an encoding has, and what follows from them: columns, and how rows are
 * read.
 */
#ifndef LOGITD_CORE_DATA_ENCODING_TERMS_H
#define LOGITD_CORE_DATA_ENCODING_TERMS_H

#include "core/data/encoding.h"

/* Makes terms of inputs that are complete: each by itself, and behind a number that has
 * an indicator this. */
int encoding_terms_of_inputs(struct encoding *encoding, struct error *err) MUST_CHECK;

/* Once, when terms have their factors. ERROR_TOO_LARGE with the term's name as place. */
int encoding_terms_index(struct encoding *encoding, struct error *err) MUST_CHECK;

#endif
