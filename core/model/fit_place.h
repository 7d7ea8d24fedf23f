/*
 * Where the arrays of a fit that grow with its rows go: into memory, or into a scratch
 * file where they would take too much of the budget. Coefficients are the same bits
 * either way; only the file is slower.
 *
 * In memory they and all else take three quarters of what is free in the budget at most,
 * so that other fits can begin meanwhile: these have their arrays in a file then, and
 * take little.
 */
#ifndef LOGITD_CORE_MODEL_FIT_PLACE_H
#define LOGITD_CORE_MODEL_FIT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/data/array_file.h"
#include "core/model/fit_room.h"

/* Bytes; SIZE_MAX where there is no counting them. */
struct fit_needs {
    size_t arrays; /* that may be in a file */
    size_t block;  /* of them, for a block of rows */
    size_t other;  /* always in memory */
    /* Of these, what the method keeps of so many coefficients, of which who has too many
     * is told: */
    size_t method, n_coefficients;
};

struct fit_place {
    bool is_on_disk;
    size_t memory_bytes;   /* of the budget */
    size_t array_bytes;    /* in the file, */
    size_t resident_bytes; /* and of these in memory */
};

/* With so much free in the budget. */
struct fit_place fit_place_choose(const struct fit_needs *needs,
                                  const struct fit_room *room, size_t free_bytes,
                                  size_t n_threads);

/* Whether it could be had if nothing else were: ERROR_TOO_LARGE. */
int fit_place_check(const struct fit_place *place, const struct fit_needs *needs,
                    const struct fit_room *room, struct error *err) MUST_CHECK;

/* Chooses by what is free now, reserves it, and makes the file, if there is to be one
 * (else *file is NULL). ERROR_TOO_LARGE, ERROR_MEMORY_BUDGET as of budget_reserve; those
 * of the scratch file. */
int fit_place_take(struct fit_place *place, const struct fit_needs *needs,
                   const struct fit_room *room, size_t n_threads,
                   struct array_file **file, struct error *err) MUST_CHECK;
/* The budget's; the file is freed by who has it, before. */
void fit_place_leave(const struct fit_place *place, const struct fit_room *room);

#endif
