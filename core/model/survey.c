#include "core/model/survey.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/model/stretch.h"

/* What pool_sum adds up, before the classes and the columns. */
enum { SUM_WEIGHTS, SUM_ROWS, SUM_ENTROPY, SUM_LOG_WEIGHTS, N_SUMS };

struct surveying {
    const struct design *design;
    size_t n_columns, n_classes;
    bool of_two_classes;
    double *least, *greatest;       /* [n_threads × n_columns] */
    atomic_uint_least64_t bad_cell; /* least row · (n_columns + 1) + column */
    size_t stretch_blocks;
};

static void note_bad_cell(struct surveying *surveying, uint64_t row, size_t column)
{
    uint64_t cell = row * (surveying->n_columns + 1) + column;
    uint64_t seen = atomic_load(&surveying->bad_cell);
    while (cell < seen &&
           !atomic_compare_exchange_weak(&surveying->bad_cell, &seen, cell))
        ;
}

static double xlogx(double x)
{
    return x > 0 ? x * log(x) : 0;
}

/* The column behind the last stands for label, weight and offset. */
static void look_at_label(struct surveying *surveying, const struct design_block *block,
                          size_t i, double weight, double *sums)
{
    double y = block->y[i], *of_class = sums + N_SUMS;
    if (!isfinite(y) || !isfinite(weight) ||
        (block->offset && !isfinite(block->offset[i])))
        note_bad_cell(surveying, block->first_row + i, surveying->n_columns);
    else if (weight > 0) {
        sums[SUM_WEIGHTS] += weight;
        sums[SUM_ROWS]++;
        if (surveying->of_two_classes) {
            of_class[0] += weight * (1 - y);
            of_class[1] += weight * y;
            sums[SUM_ENTROPY] -= weight * (xlogx(y) + xlogx(1 - y));
        } else if (surveying->n_classes > 0)
            of_class[(size_t)y] += weight;
        sums[SUM_LOG_WEIGHTS] += log(weight);
    }
}

static void look_at_cell(struct surveying *surveying, uint64_t row, size_t j, double x,
                         double weight, size_t worker, double *of_column)
{
    double *least = surveying->least + worker * surveying->n_columns;
    double *greatest = surveying->greatest + worker * surveying->n_columns;
    if (!isfinite(x))
        note_bad_cell(surveying, row, j);
    if (!(weight > 0))
        return;
    of_column[j] += weight * x;
    least[j] = x < least[j] ? x : least[j];
    greatest[j] = x > greatest[j] ? x : greatest[j];
}

static void look_at_row(struct surveying *surveying, const struct design_block *block,
                        size_t i, size_t worker, double *sums)
{
    size_t d = surveying->n_columns;
    double weight = block->weights ? block->weights[i] : 1;
    double *of_column = sums + N_SUMS + surveying->n_classes, *n_filled = of_column + d;
    uint64_t row = block->first_row + i;
    look_at_label(surveying, block, i, weight, sums);
    for (size_t j = 0; block->x && j < d; j++)
        look_at_cell(surveying, row, j, block->x[i * d + j], weight, worker, of_column);
    for (size_t e = block->starts ? block->starts[i] : 0;
         block->starts && e < block->starts[i + 1]; e++) {
        look_at_cell(surveying, row, block->columns[e], block->values[e], weight, worker,
                     of_column);
        n_filled[block->columns[e]] += weight > 0;
    }
}

static void look_at_stretch(void *context, size_t stretch, size_t worker, double *sums)
{
    struct surveying *surveying = context;
    struct design_block rows;
    size_t block, end;
    stretch_find(surveying->design, surveying->stretch_blocks, stretch, &block, &end);
    for (; block < end; block++) {
        design_block(surveying->design, block, &rows);
        for (size_t i = 0; i < rows.n_rows; i++)
            look_at_row(surveying, &rows, i, worker, sums);
    }
}

static int fail_non_finite(const struct surveying *surveying,
                           const struct estimate_hooks *hooks, struct error *err)
{
    uint64_t cell = atomic_load(&surveying->bad_cell);
    uint64_t row = cell / (surveying->n_columns + 1) + 1;
    size_t column = (size_t)(cell % (surveying->n_columns + 1));
    error_set(err, ERROR_NON_FINITE,
              "iteration 0: the data have a value that is not finite");
    if (column == surveying->n_columns)
        error_place(err, "row %" PRIu64, row);
    else if (hooks->name)
        error_place(err, "row %" PRIu64 ", column %s", row,
                    hooks->name(hooks->context, column));
    else
        error_place(err, "row %" PRIu64 ", column %zu", row, column);
    return -1;
}

static int check_classes(const struct survey *survey, struct error *err)
{
    size_t n_present = 0;
    for (size_t k = 0; k < survey->n_classes; k++)
        n_present += survey->class_weights[k] > 0;
    if (n_present > 1 || survey->n_classes == 0)
        return 0;
    return error_set(err, ERROR_SINGLE_CLASS,
                     "all rows with a weight above 0 have the same class; at least two "
                     "classes are needed");
}

static void take_extremes(struct survey *survey, const struct surveying *surveying,
                          size_t n_threads)
{
    size_t d = survey->n_columns;
    for (size_t j = 0; j < d; j++) {
        survey->least[j] = INFINITY;
        survey->greatest[j] = -INFINITY;
        for (size_t t = 0; t < n_threads; t++) {
            survey->least[j] = fmin(survey->least[j], surveying->least[t * d + j]);
            survey->greatest[j] =
                fmax(survey->greatest[j], surveying->greatest[t * d + j]);
        }
        if (survey->n_filled && survey->n_filled[j] < survey->n_weighted) {
            survey->least[j] = fmin(survey->least[j], 0);
            survey->greatest[j] = fmax(survey->greatest[j], 0);
        }
    }
}

static void take_sums(struct survey *survey, const double *sums)
{
    survey->sum_weights = sums[SUM_WEIGHTS];
    survey->n_weighted = sums[SUM_ROWS];
    survey->entropy = sums[SUM_ENTROPY];
    survey->log_weights = sums[SUM_LOG_WEIGHTS];
    for (size_t k = 0; k < survey->n_classes; k++)
        survey->class_weights[k] = sums[N_SUMS + k];
    for (size_t j = 0; j < survey->n_columns; j++)
        survey->sums[j] = sums[N_SUMS + survey->n_classes + j];
    for (size_t j = 0; survey->n_filled && j < survey->n_columns; j++)
        survey->n_filled[j] = sums[N_SUMS + survey->n_classes + survey->n_columns + j];
}

static int make_survey(struct survey *survey, const struct design *design,
                       bool of_two_classes, struct error *err)
{
    survey->n_columns = design->n_columns;
    survey->n_classes = of_two_classes ? 2 : design->n_classes;
    survey->has_offset = design->offset != NULL;
    survey->class_weights = memory_new(survey->n_classes, sizeof(double), err);
    survey->sums = memory_new_aligned(survey->n_columns, sizeof(double), err);
    survey->least = memory_new_aligned(survey->n_columns, sizeof(double), err);
    survey->greatest = memory_new_aligned(survey->n_columns, sizeof(double), err);
    if (!survey->class_weights || !survey->sums || !survey->least || !survey->greatest)
        return -1;
    if (design->storage == DESIGN_CSR_F64)
        survey->n_filled = memory_new_aligned(survey->n_columns, sizeof(double), err);
    return survey->n_filled || design->storage != DESIGN_CSR_F64 ? 0 : -1;
}

static size_t n_sums(const struct survey *survey)
{
    return N_SUMS + survey->n_classes + (survey->n_filled ? 2 : 1) * survey->n_columns;
}

static int look(struct survey *survey, struct surveying *surveying, double *sums,
                const struct estimate_hooks *hooks, struct pool *pool, struct error *err)
{
    size_t n_threads = pool_n_threads(pool);
    for (size_t i = 0; i < n_threads * survey->n_columns; i++) {
        surveying->least[i] = INFINITY;
        surveying->greatest[i] = -INFINITY;
    }
    if (pool_sum(pool, stretch_count(surveying->design, surveying->stretch_blocks),
                 n_sums(survey), look_at_stretch, surveying, sums, err) < 0)
        return -1;
    if (atomic_load(&surveying->bad_cell) != UINT64_MAX)
        return fail_non_finite(surveying, hooks, err);
    take_sums(survey, sums);
    take_extremes(survey, surveying, n_threads);
    return check_classes(survey, err);
}

int survey_run(struct survey *survey, const struct design *design,
               const struct estimate_options *options, const struct estimate_hooks *hooks,
               struct pool *pool, struct error *err)
{
    struct survey made = {0};
    bool of_two_classes = family_traits(options->family)->of_two_classes;
    int status = make_survey(&made, design, of_two_classes, err);
    struct surveying surveying = {.design = design,
                                  .n_columns = made.n_columns,
                                  .n_classes = made.n_classes,
                                  .of_two_classes = of_two_classes,
                                  .stretch_blocks =
                                      stretch_blocks(design, made.n_columns)};
    size_t n_extremes = pool_n_threads(pool) * made.n_columns;
    atomic_init(&surveying.bad_cell, UINT64_MAX);
    surveying.least = memory_new(n_extremes, sizeof(double), err);
    surveying.greatest = memory_new(n_extremes, sizeof(double), err);
    double *sums = memory_new(n_sums(&made), sizeof(double), err);
    if (status == 0 && surveying.least && surveying.greatest && sums)
        status = look(&made, &surveying, sums, hooks, pool, err);
    else
        status = -1;
    memory_free(surveying.least);
    memory_free(surveying.greatest);
    memory_free(sums);
    if (status < 0) {
        survey_free(&made);
        return -1;
    }
    *survey = made;
    return 0;
}

void survey_free(struct survey *survey)
{
    memory_free(survey->class_weights);
    memory_free(survey->sums);
    memory_free(survey->least);
    memory_free(survey->greatest);
    memory_free(survey->n_filled);
    *survey = (struct survey){0};
}
