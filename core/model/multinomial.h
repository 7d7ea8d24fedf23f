/* The multinomial likelihood over a chunk of rows. */
#ifndef LOGITD_CORE_MODEL_MULTINOMIAL_H
#define LOGITD_CORE_MODEL_MULTINOMIAL_H

#include "core/model/likelihood.h"

extern const struct likelihood_loss multinomial_loss; /* immutable */

#endif
