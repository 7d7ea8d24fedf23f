/*
 * J as a function of margins, where there is one a row and rows are few:
 *
 *   J(β) = L(z) + ½ Σ Λ_i β_i²,    z = offset + Uβ
 *
 * for methods that go from coordinate to coordinate, and know what a row's margin is.
 */
#ifndef LOGITD_CORE_OPTIM_OBJECTIVE_MARGINS_H
#define LOGITD_CORE_OPTIM_OBJECTIVE_MARGINS_H

#include "core/optim/column_screen.h"

struct objective_margins {
    struct columns columns;       /* U; the objective's coordinates */
    struct column_screen *screen; /* of products with U, from one use to the next */
    const double *offset;         /* [n_rows] */
    const double *quadratic;      /* [n] Λ ≥ 0; NULL: all 0 */
    /* L at z[n_rows], ∂L/∂z_i and ∂²L/∂z_i², of which others there are none. */
    double (*loss)(void *context, const double *z, double *residual, double *curvature);
    void *context;
};

#endif
