/*
 * Where a fit has started from a sample of its rows (sample_start.h), most of the way to
 * the minimum over all of them by gradients alone: with L-BFGS in the metric of the
 * sample's Hessian. Of n sampled rows for each coefficient that is the Hessian of all
 * rows but for eigenvalues between (1 ± n^-½)² (Marchenko and Pastur, 1967): so an
 * iteration leaves a few times 1/n of J's distance from its minimum, for a pass that
 * costs a fraction of one with a Hessian.
 *
 * With a loose tolerance that is all: the decrement in the metric tells the end
 * (lbfgs.c), and the curvature that is reported is the sample's, as a warning says. Where
 * no penalty holds all coefficients, for statistics and for the last digits Newton's
 * method goes on: its Hessians are of all rows.
 *
 * Compare Erdogdu and Montanari, "Convergence rates of sub-sampled Newton methods"
 * (2015).
 */
#ifndef LOGITD_CORE_MODEL_SAMPLE_METRIC_H
#define LOGITD_CORE_MODEL_SAMPLE_METRIC_H

#include "core/model/estimation.h"

/* Is there a sample's Hessian, and one of all rows so dear that there is anything to be
 * gained? */
bool sample_metric_serves(const struct estimation *estimation,
                          const struct solver_options *options);

/*
 * Moves the estimation's point, and tells the watch and the result the iterations. *met:
 * a loose tolerance was, and the point's Hessian is the sample's, with its weak prior;
 * nobody need go on. Offers no checkpoints. The result's stop is SOLVER_STOPPED if the
 * watch asked to stop.
 */
int sample_metric_approach(struct estimation *estimation,
                           const struct solver_watch *watch,
                           const struct solver_options *options, bool *met,
                           struct error *err) MUST_CHECK;

#endif
