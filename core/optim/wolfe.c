#include "core/optim/wolfe.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/optim/evaluation.h"
#include "core/optim/vectors.h"

#define SUFFICIENT 1e-4
#define CURVATURE 0.9
#define GROWTH 4
#define MOST_GROWTHS 25 /* 4²⁵ ≈ 10¹⁵ */
#define MOST_TRIALS 80
#define LEAST_SHARE 0.1 /* of the interval that a trial keeps from its ends */
#define VALUE_NOISE (64 * DBL_EPSILON) /* differences of J below are rounding */

/* φ and φ' at t. */
struct place {
    double t, value, slope;
};

struct search {
    const struct wolfe *wolfe;
    struct place start, low, high, trial;
    bool is_bracketed; /* high is set: between it and low lies a step to take */
    double noise;
};

static double slope_at(const struct wolfe *wolfe, const struct objective_point *point)
{
    return vectors_dot(point->gradient, wolfe->direction, wolfe->objective->n);
}

/* Numbers that are not finite are as good as +∞: too far. */
static int look(struct search *search, double t, struct error *err)
{
    const struct wolfe *wolfe = search->wolfe;
    struct error why = {0};
    size_t n = wolfe->objective->n;
    bool finite;
    memcpy(wolfe->trial->beta, wolfe->start->beta, n * sizeof(double));
    vectors_add(t, wolfe->direction, wolfe->trial->beta, n);
    wolfe->trial->have = 0;
    if (evaluation_try(wolfe->objective, wolfe->trial,
                       OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, wolfe->result, &finite, &why,
                       err) < 0)
        return -1;
    search->trial = (struct place){t, INFINITY, NAN};
    if (finite)
        search->trial =
            (struct place){t, wolfe->trial->value, slope_at(wolfe, wolfe->trial)};
    return 0;
}

static bool is_too_high(const struct search *search)
{
    const struct place *start = &search->start, *trial = &search->trial;
    return trial->value >
               start->value + SUFFICIENT * trial->t * start->slope + search->noise ||
           trial->value > search->low.value + search->noise;
}

/* Narrows the interval by the trial, or moves it on; true: the trial will do. */
static bool take(struct search *search)
{
    const struct place *trial = &search->trial;
    if (is_too_high(search)) {
        search->high = *trial;
        search->is_bracketed = true;
        return false;
    }
    if (fabs(trial->slope) <= CURVATURE * fabs(search->start.slope))
        return true;
    double ahead = search->is_bracketed ? search->high.t - search->low.t : 1;
    if (trial->slope * ahead >= 0) {
        search->high = search->low;
        search->is_bracketed = true;
    }
    search->low = *trial;
    return false;
}

/* Where the cubic through both ends has its minimum, kept away from them. */
static double interpolate(const struct search *search)
{
    const struct place *a = &search->low, *b = &search->high;
    double width = b->t - a->t;
    double d1 = a->slope + b->slope - 3 * (b->value - a->value) / width;
    double root = copysign(sqrt(d1 * d1 - a->slope * b->slope), width);
    double share = 1 - (b->slope + root - d1) / (b->slope - a->slope + 2 * root);
    if (!isfinite(share))
        share = 0.5;
    return a->t + width * fmin(fmax(share, LEAST_SHARE), 1 - LEAST_SHARE);
}

/* No step meets both conditions, for rounding: the best one that lowers J, if any. */
static enum wolfe_end settle(struct search *search, double *step, struct error *err)
{
    if (!(search->low.t > 0) || !(search->low.value < search->start.value))
        return WOLFE_NONE;
    if (search->trial.t != search->low.t && look(search, search->low.t, err) < 0)
        return WOLFE_FAILED;
    *step = search->low.t;
    return search->is_bracketed ? WOLFE_FOUND : WOLFE_BOTTOMLESS;
}

enum wolfe_end wolfe_search(const struct wolfe *wolfe, double *step, struct error *err)
{
    const struct place start = {0, wolfe->start->value, slope_at(wolfe, wolfe->start)};
    struct search search = {.wolfe = wolfe,
                            .start = start,
                            .low = start,
                            .noise = VALUE_NOISE * fmax(1, fabs(start.value))};
    double t = *step;
    if (!(start.slope < 0))
        return WOLFE_NONE;
    for (unsigned n = 0, n_growths = 0; n < MOST_TRIALS; n++) {
        if (look(&search, t, err) < 0)
            return WOLFE_FAILED;
        if (take(&search)) {
            *step = t;
            return WOLFE_FOUND;
        }
        if (!search.is_bracketed && ++n_growths > MOST_GROWTHS)
            break;
        double last = t;
        t = search.is_bracketed ? interpolate(&search) : GROWTH * t;
        if (t == last || t == search.low.t)
            break;
    }
    return settle(&search, step, err);
}
