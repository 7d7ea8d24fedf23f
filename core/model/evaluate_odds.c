#include "core/model/evaluate_odds.h"

#include <float.h>
#include <math.h>

static double clamp(double odds)
{
    return fmax(-DBL_MAX, fmin(odds, DBL_MAX));
}

static size_t greatest_but(const double *logits, size_t n, size_t left_out)
{
    size_t best = left_out == 0 ? 1 : 0;
    for (size_t k = 0; k < n; k++)
        if (k != left_out && logits[k] > logits[best])
            best = k;
    return best;
}

/* The best class is alone in having most of the sum: the others are added up without
 * it. */
static double odds_of_best(const double *logits, size_t n, size_t best)
{
    size_t second = greatest_but(logits, n, best);
    double rest = 0;
    for (size_t k = 0; k < n; k++)
        if (k != best && k != second)
            rest += exp(logits[k] - logits[second]);
    return logits[best] - logits[second] - log1p(rest);
}

void evaluate_odds(const double *logits, size_t n, double *odds, size_t stride)
{
    size_t best = greatest_but(logits, n, n);
    double rest = 0; /* of all but the best, which has 1 */
    for (size_t k = 0; k < n; k++)
        rest += odds[k * stride] = k == best ? 0 : exp(logits[k] - logits[best]);
    for (size_t k = 0; k < n; k++) {
        double others = fmax(rest - odds[k * stride], 0);
        odds[k * stride] = clamp(logits[k] - logits[best] - log1p(others));
    }
    odds[best * stride] = clamp(odds_of_best(logits, n, best));
}
