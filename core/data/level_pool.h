/*
 * The levels that a categorical input has, of those that its column has: rare ones may
 * become one, and missing cells may be a level of their own. These two follow the others,
 * so that they are the reference only where it is asked for.
 */
#ifndef LOGITD_CORE_DATA_LEVEL_POOL_H
#define LOGITD_CORE_DATA_LEVEL_POOL_H

#include <stdbool.h>

#include "core/data/levels.h"

/* A cell of the data that has one of these texts is of that level, where there is one. */
#define LEVEL_POOL_OTHER "(other)"
#define LEVEL_POOL_MISSING "(missing)"

struct level_pool_request {
    uint64_t min_count; /* what fewer rows have is rare; 0 or 1: nothing is */
    size_t max_levels;  /* beyond so many, those of most rows and the first of equals, all
                           are rare; 0: no such bound */
    bool missing;       /* missing cells are a level */
    uint64_t n_missing; /* how many there are */
    bool keep_rare;     /* list what is rare */
};

struct level_pool { /* all zero: of no levels */
    struct level *levels;
    size_t n;           /* with the two of this file */
    size_t other;       /* SIZE_MAX: nothing is rare */
    size_t missing;     /* SIZE_MAX: no cell is missing */
    uint64_t n_pooled;  /* levels that became `other` */
    struct level *rare; /* these, in order, where they are listed */
    size_t n_rare;
};

/* From the sorted levels of the column, each of some row, into an all-zero pool. */
int level_pool_make(struct level_pool *pool, const struct level *levels, size_t n,
                    const struct level_pool_request *request,
                    struct error *err) MUST_CHECK;
void level_pool_free(struct level_pool *pool); /* what it owns; and back to all zero */

#endif
