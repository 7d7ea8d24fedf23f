/*
 * What the rows of a fit were like: where each column of its design lies and how far it
 * spreads, by weight, and on which scale a number was fitted. It tells where a model is
 * at home: what a row's columns are compared with, and on which scale it may go on
 * learning.
 */
#ifndef LOGITD_CORE_MODEL_TYPICAL_H
#define LOGITD_CORE_MODEL_TYPICAL_H

#include <stddef.h>

#include "core/base/pack.h"

struct typical {
    double *means;   /* [n_columns] finite; NULL: nothing is known of the rows */
    double *spreads; /* [n_columns] standard deviations ≥ 0; NULL with the means */
    /* A number y is centre + scale·y', of which y' has a spread near 1; else 0 and 1.
     * Scale 0: nothing is known. */
    double response_centre, response_scale;
};

int typical_copy(struct typical *copy, const struct typical *of, size_t n_columns,
                 struct error *err) MUST_CHECK;
void typical_free(struct typical *typical); /* what it owns; and back to all zero */

void typical_pack(const struct typical *typical, size_t n_columns, struct buffer *out);
/* Into an all-zero struct; what no fit could have made is ERROR_CORRUPT. typical_free in
 * any case. */
int typical_unpack(struct typical *typical, size_t n_columns, struct pack_reader *in,
                   struct error *err) MUST_CHECK;

#endif
