#include "tests/support/made_design.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define MOST_CLASSES 8

static double *numbers(size_t n)
{
    double *made = memory_new_aligned(n, sizeof(*made), NULL);
    ck_assert_ptr_nonnull(made);
    return made;
}

void made_design_new(struct design *design, size_t n_rows, size_t n_columns,
                     size_t n_classes)
{
    *design =
        (struct design){.n_rows = n_rows,
                        .n_columns = n_columns,
                        .n_blocks = (n_rows + DESIGN_BLOCK_ROWS - 1) / DESIGN_BLOCK_ROWS,
                        .n_classes = n_classes,
                        .sum_weights = (double)n_rows,
                        .x = numbers(n_rows * n_columns),
                        .y = numbers(n_rows)};
}

void made_design_add_weights(struct design *design)
{
    design->weights = numbers(design->n_rows);
    for (size_t i = 0; i < design->n_rows; i++)
        design->weights[i] = 1;
}

void made_design_weigh(struct design *design)
{
    design->sum_weights = 0;
    for (size_t i = 0; i < design->n_rows; i++)
        design->sum_weights += design->weights[i];
}

void made_design_add_offset(struct design *design)
{
    design->offset = numbers(design->n_rows);
}

void made_design_draw(struct design *design, uint64_t seed, double signal)
{
    struct random random = random_start(seed, 0);
    size_t d = design->n_columns;
    for (size_t i = 0; i < design->n_rows; i++) {
        double best = -INFINITY;
        for (size_t j = 0; j < d; j++)
            design->x[i * d + j] = random_normal(&random);
        for (size_t k = 0; k < design->n_classes; k++) {
            /* the greatest of margins with Gumbel noise follows the softmax */
            double margin = -log(-log(random_uniform(&random) + 1e-300));
            for (size_t j = 0; j < d; j++)
                margin += signal * sin((double)(3 * k + j)) * design->x[i * d + j];
            if (margin > best) {
                best = margin;
                design->y[i] = (double)k;
            }
        }
    }
}

void made_design_thin(struct design *design, uint64_t seed, double share)
{
    struct random random = random_start(seed, 1);
    for (size_t i = 0; i < design->n_rows * design->n_columns; i++)
        if (random_uniform(&random) > share)
            design->x[i] = 0;
}

static double *copy_of(const double *from, size_t n)
{
    double *made = from ? numbers(n) : NULL;
    if (from)
        memcpy(made, from, n * sizeof(*made));
    return made;
}

void made_design_patchy(struct design *design, size_t n_rows, size_t n_columns,
                        size_t n_classes)
{
    struct random random = random_start(5, 1);
    made_design_new(design, n_rows, n_columns, n_classes);
    made_design_draw(design, 6, 0.6);
    made_design_thin(design, 7, 0.3);
    made_design_add_weights(design);
    made_design_add_offset(design);
    for (size_t i = 0; i < n_rows; i++) {
        design->weights[i] = i % 7 == 0 ? 0 : 2 * random_uniform(&random);
        design->offset[i] = random_uniform(&random);
        design->x[i * n_columns + 3] += 100;
    }
    made_design_weigh(design);
}

void made_design_sparse(const struct design *dense, struct design *sparse)
{
    size_t n = dense->n_rows, d = dense->n_columns, n_entries = 0;
    *sparse = *dense;
    sparse->storage = DESIGN_CSR_F64;
    sparse->x = NULL;
    sparse->y = copy_of(dense->y, n);
    sparse->weights = copy_of(dense->weights, n);
    sparse->offset = copy_of(dense->offset, n);
    sparse->starts = memory_new(n + 1, sizeof(*sparse->starts), NULL);
    sparse->columns = memory_new(n * d, sizeof(*sparse->columns), NULL);
    sparse->values = numbers(n * d);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++)
            if (dense->x[i * d + j] != 0) {
                sparse->columns[n_entries] = (uint32_t)j;
                sparse->values[n_entries++] = dense->x[i * d + j];
            }
        sparse->starts[i + 1] = n_entries;
        if (n_entries - sparse->starts[i] > sparse->longest_row)
            sparse->longest_row = n_entries - (size_t)sparse->starts[i];
    }
}

struct estimate_options made_design_options(const struct design *design)
{
    return (struct estimate_options){
        .family = design->n_classes == 2 ? FAMILY_BINOMIAL : FAMILY_MULTINOMIAL,
        .algorithm = "auto",
        .intercept = true,
        .statistics = true,
        .solver = {.max_iterations = 1000, .tolerance = 1e-8, .seed = 1},
        .confidence = 0.95};
}

struct estimate made_design_fit_with(const struct design *design,
                                     const struct estimate_options *options,
                                     size_t n_threads)
{
    struct estimate estimate = {0};
    struct error err = {0};
    struct pool *pool = pool_new(n_threads, 0, NULL);
    ck_assert_ptr_nonnull(pool);
    ck_assert_msg(estimate_run(design, options, NULL, pool, &estimate, &err) == 0,
                  "%s: %s (%s)", error_word(err.code), err.message, err.place);
    pool_free(pool);
    return estimate;
}

struct estimate made_design_fit(const struct design *design,
                                const struct estimate_options *options)
{
    return made_design_fit_with(design, options, 1);
}

/* ---- by the formulas ---- */

static size_t n_classes_of(const struct design *design,
                           const struct estimate_options *options)
{
    return options->family == FAMILY_BINOMIAL ? 2 : design->n_classes;
}

/* Margins of one row; class 0 has 0. */
static void row_margins(const struct design *design,
                        const struct estimate_options *options,
                        const double complex *terms, size_t i, double complex *z)
{
    size_t d = design->n_columns, n_terms = d + options->intercept;
    z[0] = 0;
    for (size_t k = 1; k < n_classes_of(design, options); k++) {
        const double complex *block = terms + (k - 1) * n_terms;
        z[k] = options->intercept ? block[0] : 0;
        if (options->family == FAMILY_BINOMIAL && design->offset)
            z[k] += design->offset[i];
        for (size_t j = 0; j < d; j++)
            z[k] += design->x[i * d + j] * block[options->intercept + j];
    }
}

/* The greatest real part, taken off all: sums of their exponentials stay finite. */
static void shift_margins(double complex *z, size_t n_classes)
{
    double greatest = creal(z[0]);
    for (size_t k = 1; k < n_classes; k++)
        greatest = fmax(greatest, creal(z[k]));
    for (size_t k = 0; k < n_classes; k++)
        z[k] -= greatest;
}

/* How much of a row is of class k. */
static double share(const struct design *design, const struct estimate_options *options,
                    size_t i, size_t k)
{
    double y = design->y[i];
    if (options->family == FAMILY_BINOMIAL)
        return k == 1 ? y : 1 - y;
    return y == (double)k;
}

static double weight_of(const struct design *design, size_t i)
{
    return design->weights ? design->weights[i] : 1;
}

double complex made_design_loss(const struct design *design,
                                const struct estimate_options *options,
                                const double complex *terms)
{
    double complex z[MOST_CLASSES], loss = 0;
    size_t n_classes = n_classes_of(design, options);
    for (size_t i = 0; i < design->n_rows; i++) {
        double complex sum = 0, mean = 0;
        row_margins(design, options, terms, i, z);
        shift_margins(z, n_classes);
        for (size_t k = 0; k < n_classes; k++) {
            sum += cexp(z[k]);
            mean += share(design, options, i, k) * z[k];
        }
        loss += weight_of(design, i) * (clog(sum) - mean);
    }
    return loss / design->sum_weights;
}

void made_design_gradient(const struct design *design,
                          const struct estimate_options *options,
                          const double complex *terms, double complex *gradient)
{
    double complex z[MOST_CLASSES];
    size_t n_classes = n_classes_of(design, options), d = design->n_columns;
    size_t n_terms = d + options->intercept;
    for (size_t i = 0; i < (n_classes - 1) * n_terms; i++)
        gradient[i] = 0;
    for (size_t i = 0; i < design->n_rows; i++) {
        double complex sum = 0;
        row_margins(design, options, terms, i, z);
        shift_margins(z, n_classes);
        for (size_t k = 0; k < n_classes; k++)
            sum += z[k] = cexp(z[k]);
        for (size_t k = 1; k < n_classes; k++) {
            double complex *block = gradient + (k - 1) * n_terms;
            double complex residual = weight_of(design, i) / design->sum_weights *
                                      (z[k] / sum - share(design, options, i, k));
            if (options->intercept)
                block[0] += residual;
            for (size_t j = 0; j < d; j++)
                block[options->intercept + j] += residual * design->x[i * d + j];
        }
    }
}

bool made_design_is_warned(const struct report *report, const char *code,
                           const char *column)
{
    for (size_t i = 0; i < report->n_warnings; i++) {
        const struct report_warning *warning = &report->warnings[i];
        if (strcmp(warning->code, code) != 0)
            continue;
        for (size_t j = 0; column && j < warning->n_columns; j++)
            if (strcmp(warning->columns[j], column) == 0)
                return true;
        if (!column)
            return true;
    }
    return false;
}
