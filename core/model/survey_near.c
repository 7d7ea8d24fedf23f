#include "core/model/survey_near.h"

#include <math.h>

#include "core/base/memory.h"

#define SAMPLE 32U /* rows, at equal distances */
#define NEAR_0                                                                           \
    16.0 /* square of a mean over that of the spread, up to which it is at 0             \
          */

struct sample {
    const struct design *design;
    uint64_t step, n_rows;
    double *sums, *squares; /* [n_columns] */
    size_t n_far;           /* columns that do not lie around 0 */
    size_t *far;            /* [n_columns] these */
};

static void add_number(struct sample *sample, size_t j, double x)
{
    sample->sums[j] += x;
    sample->squares[j] += x * x;
}

static void add_rows(struct sample *sample)
{
    struct design_block row;
    size_t d = sample->design->n_columns;
    for (uint64_t i = 0; i < sample->design->n_rows; i += sample->step) {
        design_rows(sample->design, i, 1, &row);
        sample->n_rows++;
        for (size_t j = 0; row.x && j < d; j++)
            add_number(sample, j, row.x[j]);
        for (size_t e = row.starts ? row.starts[0] : 0; row.starts && e < row.starts[1];
             e++)
            add_number(sample, row.columns[e], row.values[e]);
    }
}

/* Their means come into the place of their sums. */
static void find_far(struct sample *sample)
{
    double n = (double)sample->n_rows;
    for (size_t j = 0; j < sample->design->n_columns; j++) {
        double mean = sample->sums[j] / n, square = mean * mean;
        sample->sums[j] = mean;
        if (!(square <= NEAR_0 * (sample->squares[j] / n - square)))
            sample->far[sample->n_far++] = j;
    }
}

static double number_of(const struct design_block *row, size_t j)
{
    if (row->x)
        return row->x[j];
    for (size_t e = row->starts[0]; e < row->starts[1]; e++)
        if (row->columns[e] == j)
            return row->values[e];
    return 0;
}

static void take_closest(const struct sample *sample, double *near)
{
    struct design_block row;
    for (uint64_t i = 0; i < sample->design->n_rows; i += sample->step) {
        design_rows(sample->design, i, 1, &row);
        for (size_t k = 0; k < sample->n_far; k++) {
            size_t j = sample->far[k];
            double x = number_of(&row, j), mean = sample->sums[j];
            if (i == 0 || !(fabs(x - mean) >= fabs(near[j] - mean)))
                near[j] = isfinite(x) ? x : 0;
        }
    }
}

int survey_near_find(const struct design *design, double *near, struct error *err)
{
    size_t d = design->n_columns;
    struct sample sample = {.design = design,
                            .step = design->n_rows / SAMPLE + 1,
                            .sums = memory_new(d, sizeof(double), err),
                            .squares = memory_new(d, sizeof(double), err),
                            .far = memory_new(d, sizeof(size_t), err)};
    int status = sample.sums && sample.squares && sample.far ? 0 : -1;
    if (status == 0) {
        add_rows(&sample);
        find_far(&sample);
        take_closest(&sample, near);
    }
    memory_free(sample.sums);
    memory_free(sample.squares);
    memory_free(sample.far);
    return status;
}
