/*
 * Where problems lie, of bodies without a JSON envelope: what the readers of JSON tell by
 * its pointer is told by query parameter, or by row and column.
 */
#ifndef LOGITD_API_PREDICT_PLACES_H
#define LOGITD_API_PREDICT_PLACES_H

#include "api/problem.h"
#include "core/data/encoding.h"

/* "/output/1" becomes "query output". */
void predict_places_of_query(struct problem_list *problems);

/* "/rows/3/0", of cells in the order of the inputs, and "/instances/3/gre" become
 * "row 4, column gre"; "/rows/3" becomes "row 4". Other places stay. */
void predict_places_of_lines(struct problem_list *problems,
                             const struct encoding *encoding);

#endif
