/*
 * The families whose rows have one margin: two classes, or a number (family.h).
 */
#ifndef LOGITD_CORE_MODEL_ONE_MARGIN_H
#define LOGITD_CORE_MODEL_ONE_MARGIN_H

#include "core/model/likelihood.h"

/* Immutable; NULL for a family of other rows. */
const struct likelihood_loss *one_margin_loss(enum family family);

#endif
