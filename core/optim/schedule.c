#include "core/optim/schedule.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define PI 3.14159265358979323846
#define ITERATIONS_PER_STEP 10U

bool schedule_find(const char *word, enum schedule *schedule)
{
    static const char *const words[] = {
        [SCHEDULE_CONSTANT] = "constant",
        [SCHEDULE_INVERSE_TIME] = "inverse_time",
        [SCHEDULE_INVERSE_SQRT] = "inverse_sqrt",
        [SCHEDULE_STEP] = "step",
        [SCHEDULE_COSINE] = "cosine",
        [SCHEDULE_LINE_SEARCH] = "line_search",
    };
    for (size_t i = SCHEDULE_CONSTANT; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i], word) == 0) {
            *schedule = (enum schedule)i;
            return true;
        }
    return false;
}

/* How far t is within its period. In whole numbers: a period that begins with an
 * iteration begins with the initial rate exactly. */
static double share_of_period(uint64_t t, uint64_t most, uint64_t n_periods)
{
    return (double)((t - 1) * (n_periods ? n_periods : 1) % most) / (double)most;
}

double schedule_rate(enum schedule schedule, double initial, uint64_t t, uint64_t most,
                     uint64_t n_periods)
{
    double before = (double)(t - 1);
    switch (schedule) {
    case SCHEDULE_INVERSE_TIME:
        return initial / (double)t;
    case SCHEDULE_INVERSE_SQRT:
        return initial / sqrt((double)t);
    case SCHEDULE_STEP:
        return initial * exp2(-floor(before / ITERATIONS_PER_STEP));
    case SCHEDULE_COSINE:
        return initial * (1 + cos(PI * share_of_period(t, most, n_periods))) / 2;
    case SCHEDULE_USUAL:
    case SCHEDULE_CONSTANT:
    case SCHEDULE_LINE_SEARCH:
        break;
    }
    return initial;
}
