/*
 * The point of a polyhedral cone C = {δ : a'δ ≥ 0 for all a of a family} that is nearest
 * to b, without listing the family: whoever asks shows, for a δ, a member that it
 * violates.
 *
 * The dual is a problem of non-negative least squares (Moreau 1962):
 *
 *   r = b + Σ μ_i a_i,   μ ≥ 0 least ‖r‖:   r ∈ C, μ_i a_i'r = 0, b'r = ‖r‖²
 *
 * solved by the active set of Lawson and Hanson, "Solving Least Squares Problems" (1974),
 * chapter 23, with an orthonormal basis of the active members (Gram and Schmidt, twice).
 * It is finite, as ‖r‖ falls each time that a member joins.
 *
 * With b = Σ λ_i a_i over members, λ > 0, it decides an alternative (Stiemke 1915): r ≠ 0
 * is a direction that no member opposes and b favours; or r = 0, and then Σ (λ_i + μ_i)
 * a_i = 0 proves that there is no such direction.
 */
#ifndef LOGITD_CORE_OPTIM_CONE_H
#define LOGITD_CORE_OPTIM_CONE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

/* A violated member in a[n], of length up to 1 or so (best the one violated most); *found
 * false where none is violated but by rounding. -1 with an error ends the projection. */
typedef int cone_oracle_fn(void *context, const double *delta, double *a, bool *found,
                           struct error *err);

struct cone_oracle {
    cone_oracle_fn *violated;
    void *context;
};

/* b[n], a mean of vectors of length up to 1, becomes the nearest point; exactly 0 where
 * what is left of it is rounding. Fails as the oracle does, or with ERROR_NO_MEMORY.
 * Holds 3n² numbers. */
int cone_project(const struct cone_oracle *oracle, size_t n, double *b,
                 struct error *err) MUST_CHECK;

#endif
