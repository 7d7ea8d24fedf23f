/*
 * What an alias stands for: the version that answers for it, or several among which
 * requests are split; and one that scores the same rows in their shadow. Plain data.
 */
#ifndef LOGITD_API_ALIAS_TARGET_H
#define LOGITD_API_ALIAS_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALIAS_TARGET_MOST 16U /* versions of a split */

struct alias_share {
    uint64_t version;
    double share; /* of the requests, above 0; those of a target add up to 1 */
};

struct alias_target {
    size_t n_shares;                              /* at least 1 */
    struct alias_share shares[ALIAS_TARGET_MOST]; /* ascending by version */
    uint64_t shadow;                              /* 0: none; else none of the shares */
};

struct alias_target alias_target_of_version(uint64_t version);

/* Adds one of a split, which then is in order; false if it is there already, or too many
 * are. */
bool alias_target_add(struct alias_target *target, uint64_t version, double share);

/* Is this one of its shares? Or its shadow, too? */
bool alias_target_answers(const struct alias_target *target, uint64_t version);
bool alias_target_names(const struct alias_target *target, uint64_t version);

/* Of uniform numbers each version has its share: which one has this number. */
uint64_t alias_target_choose(const struct alias_target *target, uint64_t draw);
/* The version with the largest share, of equal ones the first: for what is asked once and
 * not for one among many requests. */
uint64_t alias_target_largest(const struct alias_target *target);

/* The i-th of numbers that look uniform and independent (SplitMix64: Steele, Lea and
 * Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). */
uint64_t alias_target_draw(uint64_t i);

#endif
