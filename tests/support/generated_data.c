#include "tests/support/generated_data.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/made_design.h"

#define LEAST_ROWS 40U
#define MOST_ROWS 3000U
#define ROWS_A_COEFFICIENT 12U

struct drawing {
    struct random random;
    struct generated_data *made;
    size_t n_terms, n_blocks;
    bool has_shares;
};

static void *new_array(size_t n, size_t size)
{
    void *array = memory_new_aligned(n, size, NULL);
    ck_assert_ptr_nonnull(array);
    return array;
}

/* ---- dice ---- */

static bool one_in(struct drawing *drawing, uint64_t n)
{
    return random_below(&drawing->random, n) == 0;
}

static double between(struct drawing *drawing, double low, double high)
{
    return low + (high - low) * random_uniform(&drawing->random);
}

static size_t whole_between(struct drawing *drawing, size_t low, size_t high)
{
    return low + (size_t)random_below(&drawing->random, high - low + 1);
}

/* ---- shape ---- */

static void draw_options(struct drawing *drawing, const struct generated_options *asked)
{
    struct estimate_options *options = &drawing->made->options;
    *options = (struct estimate_options){
        .family = asked->family,
        .algorithm = "newton",
        .intercept = asked->is_plain || !one_in(drawing, 6),
        .statistics = true,
        .solver = {.max_iterations = 1000, .tolerance = 1e-8, .seed = 1},
        .confidence = 0.95};
    if (options->family == 0)
        options->family = one_in(drawing, 3) ? FAMILY_MULTINOMIAL : FAMILY_BINOMIAL;
    if (!asked->is_plain && one_in(drawing, 2))
        options->l2 = pow(10, between(drawing, -5, 1));
    options->standardize = options->l2 > 0 && one_in(drawing, 4);
}

static void draw_shape(struct drawing *drawing, const struct generated_options *asked)
{
    struct generated_data *made = drawing->made;
    bool is_binomial = made->options.family == FAMILY_BINOMIAL;
    size_t n_classes = is_binomial        ? 2
                       : asked->n_classes ? asked->n_classes
                                          : whole_between(drawing, 2, 6);
    size_t most_columns = is_binomial ? 10 : 6;
    size_t d =
        asked->n_columns ? asked->n_columns : whole_between(drawing, 1, most_columns);
    drawing->n_blocks = n_classes - 1;
    drawing->n_terms = d + 1;
    size_t least = LEAST_ROWS + ROWS_A_COEFFICIENT * drawing->n_blocks * drawing->n_terms;
    size_t most = one_in(drawing, 3) ? MOST_ROWS : 2 * least;
    size_t n = asked->n_rows ? asked->n_rows : whole_between(drawing, least, most);
    made_design_new(&made->design, n, d, n_classes);
    if (!asked->is_plain && one_in(drawing, 3))
        made_design_add_weights(&made->design);
    if (!asked->is_plain && is_binomial && one_in(drawing, 4))
        made_design_add_offset(&made->design);
    drawing->has_shares = !asked->is_plain && is_binomial && one_in(drawing, 6);
}

/* ---- columns ---- */

enum column_kind { NORMAL, SHIFTED, SCALED, INDICATOR, CORRELATED, COUNT, N_KINDS };

struct column {
    enum column_kind kind;
    double centre, scale;
    double size; /* about its standard deviation */
};

/* A column like the one before it differs from it by a share of its size. */
static void draw_column(struct drawing *drawing, size_t j, struct column *column)
{
    double size = column->size;
    *column = (struct column){.kind = NORMAL, .scale = 1};
    column->kind = (enum column_kind)random_below(&drawing->random, N_KINDS);
    if (column->kind == CORRELATED && j == 0)
        column->kind = NORMAL;
    if (column->kind == SHIFTED)
        column->centre = between(drawing, -300, 300);
    if (column->kind == SCALED)
        column->scale = pow(10, between(drawing, -6, 6));
    if (column->kind == INDICATOR)
        column->centre = between(drawing, 0.1, 0.6);
    if (column->kind == CORRELATED)
        column->scale = size * pow(10, between(drawing, -3, -0.5));
    column->size = column->kind == CORRELATED ? size : column->scale;
}

static double draw_cell(struct drawing *drawing, const struct column *column, size_t row,
                        const double *before)
{
    double normal = random_normal(&drawing->random);
    switch (column->kind) {
    case INDICATOR: /* never all 0 */
        return row == 0 || random_uniform(&drawing->random) < column->centre;
    case CORRELATED:
        return *before + column->scale * normal;
    case COUNT:
        return floor(fabs(3 * normal));
    default:
        return column->centre + column->scale * normal;
    }
}

static void draw_columns(struct drawing *drawing, bool is_plain)
{
    struct design *design = &drawing->made->design;
    struct column column = {.kind = NORMAL, .scale = 1, .size = 1};
    size_t d = design->n_columns;
    for (size_t j = 0; j < d; j++) {
        if (!is_plain)
            draw_column(drawing, j, &column);
        for (size_t i = 0; i < design->n_rows; i++) {
            double *cell = &design->x[i * d + j];
            *cell = draw_cell(drawing, &column, i, cell - (j > 0));
        }
    }
}

/* ---- classes ---- */

static void find_moments(const struct design *design, size_t j, double *mean, double *std)
{
    double sum = 0, squares = 0, n = (double)design->n_rows;
    for (size_t i = 0; i < design->n_rows; i++)
        sum += design->x[i * design->n_columns + j];
    *mean = sum / n;
    for (size_t i = 0; i < design->n_rows; i++) {
        double x = design->x[i * design->n_columns + j] - *mean;
        squares += x * x;
    }
    *std = sqrt(squares / n);
}

/* So that the margins lie around 0 and reach a few units out. */
static void draw_truth(struct drawing *drawing)
{
    const struct design *design = &drawing->made->design;
    size_t d = design->n_columns;
    double *truth = new_array(drawing->n_blocks * drawing->n_terms, sizeof(double));
    double reach = between(drawing, 0.3, 2) / sqrt((double)d);
    for (size_t k = 0; k < drawing->n_blocks; k++) {
        double *block = truth + k * drawing->n_terms;
        block[0] = between(drawing, -1.5, 1.5);
        for (size_t j = 0; j < d; j++) {
            double mean, std;
            find_moments(design, j, &mean, &std);
            block[1 + j] = std > 0 ? reach * random_normal(&drawing->random) / std : 0;
            block[0] -= block[1 + j] * mean;
        }
    }
    drawing->made->truth = truth;
}

/* A class by the probabilities of a row. */
static size_t draw_class(struct drawing *drawing, const double *x)
{
    const double *truth = drawing->made->truth;
    size_t best = 0;
    double most = -log(-log(random_uniform(&drawing->random) + 0x1p-54));
    for (size_t k = 0; k < drawing->n_blocks; k++) {
        const double *block = truth + k * drawing->n_terms;
        double z = block[0];
        for (size_t j = 1; j < drawing->n_terms; j++)
            z += block[j] * x[j - 1];
        /* The greatest of z plus Gumbel noise is a draw by softmax. */
        z -= log(-log(random_uniform(&drawing->random) + 0x1p-54));
        if (z > most) {
            most = z;
            best = k + 1;
        }
    }
    return best;
}

/* Rows that span the space, each in a run of one row a class. */
static size_t n_overlapping(const struct drawing *drawing)
{
    size_t n = (2 * drawing->n_terms + 2) * (drawing->n_blocks + 1);
    size_t most = (size_t)drawing->made->design.n_rows;
    return n < most ? n : most;
}

static void draw_labels(struct drawing *drawing)
{
    struct design *design = &drawing->made->design;
    size_t d = design->n_columns, n_classes = drawing->n_blocks + 1;
    for (size_t i = 0; i < design->n_rows; i++) {
        double *x = design->x + i * d;
        if (i >= n_overlapping(drawing)) {
            design->y[i] = (double)draw_class(drawing, x);
            continue;
        }
        if (i % n_classes > 0)
            memcpy(x, x - d, d * sizeof(*x));
        design->y[i] = (double)(i % n_classes);
    }
}

/* Successes out of a few trials: the weight is how many. */
static void draw_shares(struct drawing *drawing)
{
    struct design *design = &drawing->made->design;
    for (size_t i = n_overlapping(drawing); i < design->n_rows; i++) {
        size_t n_trials = whole_between(drawing, 1, 9), n_successes = 0;
        for (size_t t = 0; t < n_trials; t++)
            n_successes += draw_class(drawing, design->x + i * design->n_columns);
        design->y[i] = (double)n_successes / (double)n_trials;
        if (design->weights)
            design->weights[i] = (double)n_trials;
    }
}

/* ---- weights, offset, penalty ---- */

static void draw_weights(struct drawing *drawing)
{
    struct design *design = &drawing->made->design;
    bool are_whole = one_in(drawing, 2);
    if (!design->weights)
        return;
    drawing->made->options.frequency_weights = are_whole;
    for (size_t i = 0; i < design->n_rows; i++) {
        bool overlaps = i < n_overlapping(drawing);
        double weight = are_whole ? (double)whole_between(drawing, overlaps, 4)
                                  : between(drawing, 0.01, 3);
        design->weights[i] *= weight;
    }
}

static void draw_offset(struct drawing *drawing)
{
    struct design *design = &drawing->made->design;
    for (size_t i = 0; design->offset && i < design->n_rows; i++)
        design->offset[i] = between(drawing, -2, 2);
}

static void draw_factors(struct drawing *drawing)
{
    static const double factors[] = {0, 0.5, 1, 3};
    struct generated_data *made = drawing->made;
    if (made->options.l2 == 0 || !one_in(drawing, 3))
        return;
    made->factors = new_array(made->design.n_columns, sizeof(double));
    for (size_t j = 0; j < made->design.n_columns; j++)
        made->factors[j] = factors[random_below(&drawing->random, 4)];
    made->options.factors = made->factors;
}

void generated_data_make(struct generated_data *made, uint64_t seed,
                         const struct generated_options *options)
{
    struct drawing drawing = {.random = random_start(seed, 0), .made = made};
    draw_options(&drawing, options);
    draw_shape(&drawing, options);
    draw_columns(&drawing, options->is_plain);
    draw_truth(&drawing);
    draw_labels(&drawing);
    if (drawing.has_shares)
        draw_shares(&drawing);
    draw_weights(&drawing);
    draw_offset(&drawing);
    draw_factors(&drawing);
    if (made->design.weights)
        made_design_weigh(&made->design);
}

void generated_data_free(struct generated_data *made)
{
    design_free(&made->design);
    memory_free(made->truth);
    memory_free(made->factors);
    *made = (struct generated_data){0};
}

/* ---- for the independent check ---- */

void generated_data_moments(const struct design *design, size_t j, long double *mean,
                            long double *variance)
{
    long double sum = 0, total = 0, squares = 0;
    for (size_t i = 0; i < design->n_rows; i++) {
        long double weight = design->weights ? design->weights[i] : 1;
        total += weight;
        sum += weight * design->x[i * design->n_columns + j];
    }
    for (size_t i = 0; i < design->n_rows; i++) {
        long double x = design->x[i * design->n_columns + j] - sum / total;
        squares += (design->weights ? design->weights[i] : 1) * x * x;
    }
    *mean = sum / total;
    *variance = squares / total;
}

struct optimality generated_data_problem(const struct generated_data *data,
                                         double *factors)
{
    const struct estimate_options *options = &data->options;
    const struct design *design = &data->design;
    for (size_t j = 0; j < design->n_columns; j++) {
        factors[j] = options->factors ? options->factors[j] : 1;
        if (options->standardize) {
            long double mean, variance;
            generated_data_moments(design, j, &mean, &variance);
            factors[j] *= (double)variance;
        }
    }
    return (struct optimality){.n_rows = (size_t)design->n_rows,
                               .n_columns = design->n_columns,
                               .n_classes = design->n_classes,
                               .is_binomial = options->family == FAMILY_BINOMIAL,
                               .intercept = options->intercept,
                               .x = design->x,
                               .y = design->y,
                               .weights = design->weights,
                               .offset = design->offset,
                               .l2 = options->l2,
                               .factors = factors};
}
