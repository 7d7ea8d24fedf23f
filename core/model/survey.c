#include "core/model/survey.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/kernel/column_sums.h"
#include "core/kernel/loss.h"
#include "core/model/stretch.h"
#include "core/model/survey_near.h"

/* What pool_sum adds up, before the classes and the columns. */
enum { SUM_WEIGHTS, SUM_ROWS, SUM_ENTROPY, SUM_LOG_WEIGHTS, N_SUMS };

/* Of mean squares about a number near the mean: what is left of them about the mean, and
 * what they may be. */
#define LEAST_LEFT 1e-3
#define LEAST_SQUARE 1e-250
#define GREATEST_SQUARE 1e250

struct surveying {
    const struct design *design;
    size_t n_columns, n_classes;
    bool of_two_classes;
    double *near;                   /* [n_columns] */
    size_t n_rooms;                 /* one for each thread that may be at work */
    struct column_sums *columns;    /* [n_rooms] */
    double *least, *greatest;       /* [n_rooms × n_columns] */
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

/* ---- labels, weights and offsets ---- */

static double xlogx(double x)
{
    return x > 0 ? x * log(x) : 0;
}

/* The column behind the last stands for label, weight and offset. */
static void look_at_label(struct surveying *surveying, const struct design_block *block,
                          size_t i, double *sums)
{
    double weight = block->weights ? block->weights[i] : 1;
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
        sums[SUM_LOG_WEIGHTS] += weight == 1 ? 0 : log(weight);
    }
}

/* Where all rows count once and are of one of two classes, they are counted. */
static bool count_labels(const struct surveying *surveying,
                         const struct design_block *block, double *sums)
{
    size_t n = block->n_rows, n_zeros, n_ones;
    if (!surveying->of_two_classes || block->weights || block->offset)
        return false;
    loss_binomial_labels(n, block->y, &n_zeros, &n_ones);
    if (n_zeros + n_ones < n)
        return false;
    sums[SUM_WEIGHTS] += (double)n;
    sums[SUM_ROWS] += (double)n;
    sums[N_SUMS] += (double)n_zeros;
    sums[N_SUMS + 1] += (double)n_ones;
    return true;
}

static void look_at_labels(struct surveying *surveying, const struct design_block *block,
                           double *sums)
{
    if (count_labels(surveying, block, sums))
        return;
    for (size_t i = 0; i < block->n_rows; i++)
        look_at_label(surveying, block, i, sums);
}

/* ---- dense rows ---- */

static void look_for_bad_cells(struct surveying *surveying,
                               const struct design_block *block, size_t i)
{
    for (size_t j = 0; j < surveying->n_columns; j++)
        if (!isfinite(block->x[i * surveying->n_columns + j]))
            note_bad_cell(surveying, block->first_row + i, j);
}

/* The first row from i on that counts, or does not. */
static size_t find_row(const struct design_block *block, size_t i, bool counts)
{
    while (i < block->n_rows && (block->weights[i] > 0) != counts)
        i++;
    return i;
}

/* Rows that count, as many at once as follow each other. */
static void look_at_weighted(struct surveying *surveying,
                             const struct design_block *block, size_t worker)
{
    for (size_t i = 0, next; i < block->n_rows; i = next) {
        size_t end = find_row(block, i, false);
        column_sums_add(&surveying->columns[worker], end - i,
                        block->x + i * surveying->n_columns, block->weights + i);
        next = find_row(block, end, true);
        for (; end < next; end++)
            look_for_bad_cells(surveying, block, end);
    }
}

static void look_at_rows(struct surveying *surveying, const struct design_block *block,
                         size_t worker)
{
    if (block->weights)
        look_at_weighted(surveying, block, worker);
    else
        column_sums_add(&surveying->columns[worker], block->n_rows, block->x, NULL);
}

/* ---- sparse rows ---- */

static void look_for_bad_entries(struct surveying *surveying,
                                 const struct design_block *block, size_t i)
{
    for (size_t e = block->starts[i]; e < block->starts[i + 1]; e++)
        if (!isfinite(block->values[e]))
            note_bad_cell(surveying, block->first_row + i, block->columns[e]);
}

/* Each entry counts as one, where its row does. */
static void look_at_entries(struct surveying *surveying, const struct design_block *block,
                            size_t worker, double *n_filled)
{
    for (size_t i = 0; i < block->n_rows; i++)
        if (block->weights && !(block->weights[i] > 0))
            look_for_bad_entries(surveying, block, i);
        else
            for (size_t e = block->starts[i]; e < block->starts[i + 1]; e++)
                n_filled[block->columns[e]]++;
    column_sums_add_entries(&surveying->columns[worker], block->n_rows, block->starts,
                            block->columns, block->values, block->weights);
}

/* ---- all of them ---- */

static void look_for_bad_rows(struct surveying *surveying, size_t block)
{
    struct design_block rows;
    design_block(surveying->design, block, &rows);
    for (size_t i = 0; i < rows.n_rows; i++)
        (rows.starts ? look_for_bad_entries : look_for_bad_cells)(surveying, &rows, i);
}

/* What a stretch adds up to. False where that is no number: a cell may not be one. */
static bool take_columns(struct surveying *surveying, size_t worker, double *of_column)
{
    size_t d = surveying->n_columns;
    bool is_finite = true;
    double *least = surveying->least + worker * d;
    double *greatest = surveying->greatest + worker * d;
    for (size_t j = 0; j < d; j++) {
        struct column_sum sum = column_sums_fold(&surveying->columns[worker], j);
        of_column[j] = sum.deviations;
        of_column[d + j] = sum.squares;
        least[j] = sum.least < least[j] ? sum.least : least[j];
        greatest[j] = sum.greatest > greatest[j] ? sum.greatest : greatest[j];
        is_finite = is_finite && isfinite(sum.deviations);
    }
    return is_finite;
}

static void look_at_stretch(void *context, size_t stretch, size_t worker, double *sums)
{
    struct surveying *surveying = context;
    struct design_block rows;
    size_t first, end;
    double *of_column = sums + N_SUMS + surveying->n_classes;
    stretch_find(surveying->design, surveying->stretch_blocks, stretch, &first, &end);
    worker %= surveying->n_rooms; /* one room: the caller's, who is the last */
    column_sums_clear(&surveying->columns[worker]);
    for (size_t block = first; block < end; block++) {
        design_block(surveying->design, block, &rows);
        look_at_labels(surveying, &rows, sums);
        if (rows.starts)
            look_at_entries(surveying, &rows, worker,
                            of_column + 2 * surveying->n_columns);
        else
            look_at_rows(surveying, &rows, worker);
    }
    if (!take_columns(surveying, worker, of_column))
        for (size_t block = first; block < end; block++)
            look_for_bad_rows(surveying, block);
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

static void take_extremes(struct survey *survey, const struct surveying *surveying)
{
    size_t d = survey->n_columns;
    for (size_t j = 0; j < d; j++) {
        survey->least[j] = INFINITY;
        survey->greatest[j] = -INFINITY;
        for (size_t t = 0; t < surveying->n_rooms; t++) {
            double least = surveying->least[t * d + j];
            double greatest = surveying->greatest[t * d + j];
            survey->least[j] = least < survey->least[j] ? least : survey->least[j];
            survey->greatest[j] =
                greatest > survey->greatest[j] ? greatest : survey->greatest[j];
        }
        if (survey->n_filled && survey->n_filled[j] < survey->n_weighted) {
            survey->least[j] = fmin(survey->least[j], 0);
            survey->greatest[j] = fmax(survey->greatest[j], 0);
        }
        if (survey->least[j] == survey->greatest[j])
            survey->spread[j] = 0;
    }
}

/* From the mean deviation from a number near, and the mean square of it. */
static double spread_of(double deviation, double square)
{
    double variance = square - deviation * deviation;
    bool is_exact = square >= LEAST_SQUARE && square <= GREATEST_SQUARE &&
                    variance >= LEAST_LEFT * square;
    return is_exact ? sqrt(variance) : NAN;
}

static void take_columns_sums(struct survey *survey, const double *near,
                              const double *of_column)
{
    size_t d = survey->n_columns;
    for (size_t j = 0; j < d; j++) {
        survey->sums[j] = of_column[j] + survey->sum_weights * near[j];
        survey->spread[j] = spread_of(of_column[j] / survey->sum_weights,
                                      of_column[d + j] / survey->sum_weights);
    }
    for (size_t j = 0; survey->n_filled && j < d; j++)
        survey->n_filled[j] = of_column[2 * d + j];
}

static void take_sums(struct survey *survey, const double *near, const double *sums)
{
    survey->sum_weights = sums[SUM_WEIGHTS];
    survey->n_weighted = sums[SUM_ROWS];
    survey->entropy = sums[SUM_ENTROPY];
    survey->log_weights = sums[SUM_LOG_WEIGHTS];
    for (size_t k = 0; k < survey->n_classes; k++)
        survey->class_weights[k] = sums[N_SUMS + k];
    take_columns_sums(survey, near, sums + N_SUMS + survey->n_classes);
}

static int make_survey(struct survey *survey, const struct design *design,
                       bool of_two_classes, struct error *err)
{
    survey->n_columns = design->n_columns;
    survey->n_classes = of_two_classes ? 2 : design->n_classes;
    survey->has_offset = design->offset != NULL;
    survey->class_weights = memory_new(survey->n_classes, sizeof(double), err);
    survey->sums = memory_new_aligned(survey->n_columns, sizeof(double), err);
    survey->spread = memory_new_aligned(survey->n_columns, sizeof(double), err);
    survey->least = memory_new_aligned(survey->n_columns, sizeof(double), err);
    survey->greatest = memory_new_aligned(survey->n_columns, sizeof(double), err);
    if (!survey->class_weights || !survey->sums || !survey->spread || !survey->least ||
        !survey->greatest)
        return -1;
    if (design->storage == DESIGN_CSR_F64)
        survey->n_filled = memory_new_aligned(survey->n_columns, sizeof(double), err);
    return survey->n_filled || design->storage != DESIGN_CSR_F64 ? 0 : -1;
}

static size_t n_sums(const struct survey *survey)
{
    return N_SUMS + survey->n_classes + (survey->n_filled ? 3 : 2) * survey->n_columns;
}

static int look(struct survey *survey, struct surveying *surveying, double *sums,
                const struct estimate_hooks *hooks, struct pool *pool, struct error *err)
{
    for (size_t i = 0; i < surveying->n_rooms * survey->n_columns; i++) {
        surveying->least[i] = INFINITY;
        surveying->greatest[i] = -INFINITY;
    }
    if (pool_sum(pool, stretch_count(surveying->design, surveying->stretch_blocks),
                 n_sums(survey), look_at_stretch, surveying, sums, err) < 0)
        return -1;
    if (atomic_load(&surveying->bad_cell) != UINT64_MAX)
        return fail_non_finite(surveying, hooks, err);
    take_sums(survey, surveying->near, sums);
    take_extremes(survey, surveying);
    return check_classes(survey, err);
}

static int make_surveying(struct surveying *surveying, struct error *err)
{
    size_t d = surveying->n_columns, n_rooms = surveying->n_rooms;
    atomic_init(&surveying->bad_cell, UINT64_MAX);
    surveying->least = memory_new(n_rooms * d, sizeof(double), err);
    surveying->greatest = memory_new(n_rooms * d, sizeof(double), err);
    surveying->columns = memory_new(n_rooms, sizeof(*surveying->columns), err);
    surveying->near = memory_new(d, sizeof(double), err);
    if (!surveying->least || !surveying->greatest || !surveying->columns ||
        !surveying->near || survey_near_find(surveying->design, surveying->near, err) < 0)
        return -1;
    for (size_t t = 0; t < n_rooms; t++)
        if (column_sums_new(&surveying->columns[t], d, surveying->near, err) < 0)
            return -1;
    return 0;
}

static void free_surveying(struct surveying *surveying)
{
    for (size_t t = 0; surveying->columns && t < surveying->n_rooms; t++)
        column_sums_free(&surveying->columns[t]);
    memory_free(surveying->columns);
    memory_free(surveying->near);
    memory_free(surveying->least);
    memory_free(surveying->greatest);
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
    size_t n_stretches = stretch_count(design, surveying.stretch_blocks);
    double *sums = memory_new(n_sums(&made), sizeof(double), err);
    surveying.n_rooms = n_stretches > 1 ? pool_n_threads(pool) : 1;
    if (status == 0)
        status = sums ? make_surveying(&surveying, err) : -1;
    if (status == 0)
        status = look(&made, &surveying, sums, hooks, pool, err);
    free_surveying(&surveying);
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
    memory_free(survey->spread);
    memory_free(survey->least);
    memory_free(survey->greatest);
    memory_free(survey->n_filled);
    tally_plan_free(survey->tallies);
    *survey = (struct survey){0};
}
