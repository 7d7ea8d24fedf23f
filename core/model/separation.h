/*
 * Data without a maximum of the likelihood: proves separation, finds which coefficients
 * diverge and which way, and lets the others converge.
 *
 * Newton's steps settle on a direction δ along which the likelihood rises for ever. Rows
 * that grow along it are perfectly predicted in the limit; the others do not see it:
 * their Hessian has it in its null space. So
 *   1. δ is the last step, if with it rows that grow and rows that do not are clearly
 *      apart; else what the cone of all such directions has (separation_cone.h), which
 *      decides whether there is any; joined with what was proved before;
 *   2. far along δ growing rows have no curvature left: the null space N of the Hessian
 *      there is what the other rows do not determine;
 *   3. δ is projected on N, which takes the noise of unfinished convergence off it, and
 *      the proof is made over all rows with this cleaned direction;
 *   4. the point moves along it until growing rows are beyond certain. A set of
 *      coordinates that complements N stays free: there the limit of the likelihood has
 *      its maximum, and coefficients without a component in N have the estimate and the
 *      standard error that the data give them (Geyer, "Likelihood inference in
 *      exponential families and directions of recession", EJS 3, 2009).
 * The free coordinates may turn out to be separated in their turn: rows that are gone
 * no longer count then. A coefficient diverges if N has a component of it; its sign is
 * that of the direction, and so the only one there is where the data leave no choice.
 */
#ifndef LOGITD_CORE_MODEL_SEPARATION_H
#define LOGITD_CORE_MODEL_SEPARATION_H

#include "core/model/estimation.h"

/* Called where Newton's method found no minimum, or one that is suspect. *proved:
 * separation was proved, the point has moved (and is evaluated), free coordinates are
 * fewer, the estimation's separation is filled in. Else nothing changed: iterations must
 * go on. */
int separation_examine(struct estimation *estimation, bool *proved,
                       struct error *err) MUST_CHECK;

/* The same where the point itself seems to put every row on its side. The point stays.
 * Forms no Hessian. */
int separation_examine_point(struct estimation *estimation, bool *proved,
                             struct error *err) MUST_CHECK;

/* Takes the point, which has converged, back along the proved direction: as far as rows
 * stay certain to rounding. Others do not see it. */
int separation_settle(struct estimation *estimation, struct error *err) MUST_CHECK;

void separation_free(struct separation *separation);

/* The warning that names columns and signs, where there is separation. */
int separation_warn(const struct estimation *estimation, struct error *err) MUST_CHECK;

#endif
