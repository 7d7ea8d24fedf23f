/*
 * A working copy becomes a model: with the inputs and classes of the one it began with,
 * its own coefficients, and a report that says what it learnt from and no more. There is
 * no fit of which anything else would be true.
 */
#ifndef LOGITD_CORE_MODEL_ONLINE_MODEL_H
#define LOGITD_CORE_MODEL_ONLINE_MODEL_H

#include "core/model/online.h"

#define ONLINE_MODEL_STOP "published" /* the report's stop reason */

/* from: the version that the copy began with, "model/3". A model with one reference.
 * ERROR_NON_FINITE where a coefficient of a column as given leaves the range of numbers.
 */
struct model *online_model(const struct online *online, const char *from,
                           struct error *err) MUST_CHECK;

#endif
