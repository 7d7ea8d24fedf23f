#include "core/model/early_stop.h"

#include <math.h>
#include <string.h>

/* Losses that differ by less than this, over the greater of 1 and the loss, are equal: an
 * optimum is not left for their rounding. */
#define NOISE 1e-9

int early_stop_settle(struct trace *trace, struct error *err)
{
    struct estimation *estimation = trace->estimation;
    struct objective_point *point = &estimation->point;
    double loss, least = trace->best_value;
    if (trace->patience.most == 0 || !isfinite(least))
        return 0;
    if (validation_judge(&estimation->validation, point->beta, &loss, err) < 0)
        return -1;
    if (!trace->is_enough && loss <= least + NOISE * fmax(1, least))
        return 0;
    memcpy(point->beta, trace->best, estimation->likelihood.n * sizeof(*trace->best));
    point->have = 0;
    estimation->result.stop = SOLVER_EARLY;
    estimation->result.newton_decrement = NAN;
    return 0;
}
