/*
 * How many different numbers a column has, as long as they are few: enough to tell
 * classes from measurements. Costs nothing once they are many.
 */
#ifndef LOGITD_CORE_DATA_FEW_VALUES_H
#define LOGITD_CORE_DATA_FEW_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/data/summary.h"

#define FEW_VALUES_SLOTS 256U /* over twice SUMMARY_MAX_DISTINCT */

struct few_values {     /* all zero: none yet */
    size_t n;           /* SUMMARY_MAX_DISTINCT: that many or more */
    bool has_fractions; /* not all of those seen were whole; later ones are not looked at
                         */
    bool taken[FEW_VALUES_SLOTS];
    double slots[FEW_VALUES_SLOTS];
};

/* NaN: missing, passed over. -0 is 0. */
void few_values_add(struct few_values *values, const double *numbers, size_t n);

#endif
