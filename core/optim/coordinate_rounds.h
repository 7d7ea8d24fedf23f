/*
 * The rounds of coordinate_descent.c that come before steps with the whole: a working set
 * is chosen, what it alone can do is done, and a gradient tells who is missing in it.
 *
 * Where the objective is one of margins, the work on a set is that of its columns
 * (column_descent.h). Else, and for the last digits, where it offers parts of itself, a
 * part is solved (coordinate_part.h).
 */
#ifndef LOGITD_CORE_OPTIM_COORDINATE_ROUNDS_H
#define LOGITD_CORE_OPTIM_COORDINATE_ROUNDS_H

#include "core/optim/coordinate_search.h"

/* Sets the phase, of a search whose objective, options and point are there. */
int coordinate_rounds_start(struct coordinate_search *search,
                            struct error *err) MUST_CHECK;
/* While the phase is one of these: one round; and is here the end? */
int coordinate_rounds_step(struct coordinate_search *search,
                           struct error *err) MUST_CHECK;
bool coordinate_rounds_have_ended(struct coordinate_search *search);

#endif
