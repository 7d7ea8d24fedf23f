/* The binomial likelihood over a chunk of rows. */
#ifndef LOGITD_CORE_MODEL_BINOMIAL_H
#define LOGITD_CORE_MODEL_BINOMIAL_H

#include "core/model/likelihood.h"

extern const struct likelihood_loss binomial_loss; /* immutable */

#endif
