/*
 * A fit that starts from coefficients that are known: those of an earlier version, say.
 */
#ifndef LOGITD_CORE_MODEL_START_POINT_H
#define LOGITD_CORE_MODEL_START_POINT_H

#include "core/model/estimation.h"

/*
 * Moves the point from the null model to the coefficients of the options, where there are
 * any, brought into the basis. If J is greater there than at the null model, or no
 * number, the point stays and the report warns. Two passes over the rows.
 */
int start_point_take(struct estimation *estimation, struct error *err) MUST_CHECK;

#endif
