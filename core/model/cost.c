#include "core/model/cost.h"

#include <math.h>

#include "core/kernel/gram_tile.h"
#include "core/kernel/instructions.h"
#include "core/model/class_pairs.h"
#include "core/model/preconditioner.h"
#include "core/model/sample_start.h"

#define QUADRATIC_ITERATIONS 2.0
#define FINISHING_ITERATIONS 3.0
#define EIGENVALUES (4.0 / 3) /* operations of p³ for all of them */
#define NANO 1e-9

/* Nanoseconds of one core. */
struct rates {
    double read;    /* of a number of a row: brought, placed in the basis */
    double row;     /* of a row, whatever its length */
    double product; /* of a multiplication with an addition, of matrices in the cache */
    double loss;    /* of a margin's loss and derivatives */
    double part;    /* of a class's share in a weight of the Hessian */
    double vector;  /* of a multiplication with an addition that waits for memory */
    double pair;    /* of two entries of a row for eight pairs of classes */
};

static const struct rates rates_of[INSTRUCTIONS_N] = {
    [INSTRUCTIONS_PLAIN] = {1.5, 8, 0.5, 60, 0.6, 0.6, 6},
    [INSTRUCTIONS_AVX2] = {1.1, 6, 0.1, 8, 0.4, 0.25, 1},
    [INSTRUCTIONS_AVX512] = {0.8, 5, 0.045, 3, 0.3, 0.15, 0.5}};

struct shape {
    const struct rates *rates;
    double m, d, b, classes, p;
    double entries; /* of all rows */
    double pairs;   /* products of a row for the lower triangle of a block */
    bool has_pairs; /* of classes, in the sums of a Hessian */
};

/* On the average over d: so costs grow steadily with it. */
static double tiles(double d)
{
    double padded = d + GRAM_TILE_WIDTH / 2.0;
    return padded * (padded + GRAM_TILE_WIDTH) / 2;
}

static struct shape shape_of(const struct cost_task *task)
{
    struct shape shape = {.rates = &rates_of[instructions_best()],
                          .m = (double)task->n_rows,
                          .d = (double)task->n_terms,
                          .b = (double)task->n_blocks};
    shape.classes = shape.b > 1 ? shape.b + 1 : 1;
    shape.p = shape.b * shape.d;
    shape.entries = shape.m * shape.d;
    shape.pairs = tiles(shape.d) * shape.rates->product;
    if (task->n_entries > 0) {
        double of_row = (double)task->n_entries / fmax(shape.m, 1);
        shape.entries = (double)task->n_entries;
        shape.pairs = of_row * (of_row + 1) / 2 * shape.rates->read;
        shape.has_pairs = task->n_blocks >= CLASS_PAIRS_LEAST_BLOCKS;
    }
    return shape;
}

static double pass(const struct shape *shape)
{
    const struct rates *rates = shape->rates;
    return shape->entries * (rates->read + 2 * shape->b * rates->product) +
           shape->m * (rates->row + shape->classes * rates->loss);
}

/* Of sparse rows, for all pairs of classes at once (class_pairs.h). */
static double hessian_of_pairs(const struct shape *shape, double n_pairs)
{
    double of_row = shape->entries / fmax(shape->m, 1) + 1;
    return pass(shape) + shape->m * (of_row * (of_row + 1) / 2 * ceil(n_pairs / 8) *
                                         shape->rates->pair +
                                     n_pairs * shape->rates->part);
}

static double hessian(const struct shape *shape)
{
    double b = shape->b;
    if (shape->has_pairs)
        return hessian_of_pairs(shape, b * (b + 1) / 2);
    return pass(shape) + b * (b + 1) / 2 * shape->m *
                             (shape->pairs + shape->classes * shape->rates->part);
}

static double cube(double n)
{
    return n * n * n;
}

static double newton_step(const struct shape *shape)
{
    return hessian(shape) + cube(shape->p) / 3 * shape->rates->product;
}

/* Extreme eigenvalues, for the report. */
static double curvature(const struct shape *shape)
{
    return EIGENVALUES * cube(shape->p) * shape->rates->vector;
}

static double gram(const struct shape *shape)
{
    return shape->entries * shape->rates->read + shape->m * shape->pairs;
}

static double preconditioner(const struct shape *shape, double n_sampled)
{
    double sample = n_sampled * (shape->pairs + 2 * shape->d * shape->rates->read);
    return shape->classes * (sample + cube(shape->d) / 3 * shape->rates->product);
}

static bool has_sample_start(const struct cost_task *task)
{
    uint64_t row_bytes =
        sample_start_row_bytes(task->n_rows, task->n_terms, task->n_entries);
    return sample_start_stride(task->n_rows, task->n_blocks * task->n_terms, row_bytes) >
           0;
}

double cost_of_passes(const struct cost_task *task, double n)
{
    const struct shape shape = shape_of(task);
    return NANO * n * pass(&shape);
}

double cost_hessian_passes(const struct cost_task *task)
{
    const struct shape shape = shape_of(task);
    return hessian(&shape) / pass(&shape);
}

/* In the metric of the sample (sample_metric.h), and by Hessians that are kept. */
static bool is_by_gradients(const struct cost_task *task)
{
    return has_sample_start(task) &&
           cost_hessian_passes(task) >= COST_DEAR_HESSIAN_PASSES;
}

double cost_of_newton(const struct cost_task *task)
{
    const struct shape shape = shape_of(task);
    bool by_gradients = is_by_gradients(task);
    double n = task->is_quadratic       ? QUADRATIC_ITERATIONS
               : by_gradients           ? COST_METRIC_ITERATIONS
               : has_sample_start(task) ? COST_NEWTON_ITERATIONS_LEFT
                                        : COST_NEWTON_ITERATIONS;
    double n_passes = by_gradients ? COST_METRIC_PASSES : 0;
    return NANO * (gram(&shape) + n * newton_step(&shape) + n_passes * pass(&shape) +
                   curvature(&shape));
}

double cost_of_newton_cg(const struct cost_task *task)
{
    const struct shape shape = shape_of(task);
    bool is_near = has_sample_start(task);
    bool has_sample = preconditioner_cells(task->n_rows, task->n_terms, task->n_blocks,
                                           task->n_entries > 0) > 0;
    double n_products = !has_sample          ? COST_PRODUCTS_BY_DIAGONAL
                        : task->n_blocks > 1 ? COST_PRODUCTS_OF_CLASSES
                        : is_near            ? COST_PRODUCTS_LEFT
                                             : COST_PRODUCTS;
    double n_iterations =
        is_near ? COST_NEWTON_CG_ITERATIONS_LEFT : COST_NEWTON_CG_ITERATIONS;
    double n_sampled = (double)preconditioner_rows(task->n_rows, task->n_terms);
    double found = has_sample ? preconditioner(&shape, n_sampled) : pass(&shape);
    double sum = n_iterations * (pass(&shape) + found) + n_products * pass(&shape);
    if (task->is_dense)
        sum += gram(&shape) + newton_step(&shape) + curvature(&shape);
    if (task->is_finished)
        sum += FINISHING_ITERATIONS * newton_step(&shape);
    return NANO * sum;
}
