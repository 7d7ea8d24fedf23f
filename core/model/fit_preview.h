/*
 * What a fit would be, without fitting: everything up to the design is done, so that what
 * only the rows can tell is told, and the choice of the algorithm.
 */
#ifndef LOGITD_CORE_MODEL_FIT_PREVIEW_H
#define LOGITD_CORE_MODEL_FIT_PREVIEW_H

#include "core/model/algorithm.h"
#include "core/model/fit_data.h"
#include "core/model/fit_room.h"
#include "core/model/fit_time.h"

struct fit_preview {
    struct fit_data data; /* but its design, of which the next two are left */
    enum design_storage storage;
    uint64_t n_entries; /* that the design holds */
    struct algorithm algorithm;
    bool statistics;
    size_t n_coefficients;  /* intercepts among them; aliased ones, too */
    struct fit_place place; /* of the fit, where it is alone */
    size_t design_bytes;
    double read_seconds;  /* that reading and encoding took, on the pool's threads */
    struct fit_time time; /* of the rest */
    size_t n_threads;     /* of the fit */
};

/* With data prepared and memory counted: builds the design within the budget, looks at
 * its rows, and lets it go. Errors as fit_run up to there. */
int fit_preview_look(struct fit_preview *preview, const struct estimate_options *options,
                     const struct fit_room *room, struct pool *pool,
                     struct error *err) MUST_CHECK;
void fit_preview_free(struct fit_preview *preview); /* all-zero is fine */

#endif
