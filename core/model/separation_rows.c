#include "core/model/separation_rows.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/model/separation_pairs.h"

enum { SUM_STILL, SUM_GROWING, SUM_OTHER, N_SUMS };

struct looking {
    const struct separation_rows *rows;
    double *distance; /* [n_threads] greatest so far */
};

static bool is_gone(const struct looking *looking, const struct separation_pair *pair)
{
    const struct separation_growth *gone = &pair->growth[1];
    return looking->rows->gone && gone->value > SEPARATION_ROWS_ROUNDING * gone->size;
}

static void look(void *context, const struct separation_pair *pair, size_t worker,
                 double *sums)
{
    struct looking *looking = context;
    const struct separation_rows *rows = looking->rows;
    double growth = pair->growth[0].value, other = pair->growth[1].value, far = -INFINITY;
    double rounding = SEPARATION_ROWS_ROUNDING * pair->growth[0].size;
    if (is_gone(looking, pair)) {
        far = (1 - growth) / other;
    } else if (fabs(growth) <= fmax(rows->still, rounding)) {
        sums[SUM_STILL]++;
    } else if (growth >= SEPARATION_ROWS_GROWS) {
        sums[SUM_GROWING]++;
        far = rows->gone ? 0 : (rows->wanted - other) / growth;
    } else {
        sums[SUM_OTHER]++;
    }
    looking->distance[worker] = fmax(looking->distance[worker], far);
}

static void take_sums(struct separation_rows *rows, const struct looking *looking,
                      const double *sums, size_t n_threads)
{
    rows->n_still = sums[SUM_STILL];
    rows->n_growing = sums[SUM_GROWING];
    rows->n_other = sums[SUM_OTHER];
    rows->distance = -INFINITY;
    for (size_t t = 0; t < n_threads; t++)
        rows->distance = fmax(rows->distance, looking->distance[t]);
}

int separation_rows_look(struct separation_rows *rows,
                         const struct estimation *estimation, const double *direction,
                         struct error *err)
{
    size_t n_threads = pool_n_threads(estimation->pool);
    struct looking looking = {.rows = rows};
    const struct separation_pairs pairs = {.estimation = estimation,
                                           .directions = {direction, rows->gone},
                                           .from = rows->from,
                                           .look = look,
                                           .context = &looking};
    double sums[N_SUMS];
    looking.distance = memory_new(n_threads, sizeof(double), err);
    if (!looking.distance)
        return -1;
    for (size_t t = 0; t < n_threads; t++)
        looking.distance[t] = -INFINITY;
    int status = separation_pairs_run(&pairs, N_SUMS, sums, err);
    if (status == 0)
        take_sums(rows, &looking, sums, n_threads);
    memory_free(looking.distance);
    return status;
}

bool separation_rows_separate(const struct separation_rows *rows)
{
    return rows->n_other == 0 && rows->n_growing > 0;
}
