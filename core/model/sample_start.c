#include "core/model/sample_start.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/design_sample.h"
#include "core/model/margin_reach.h"
#include "core/optim/coordinate_descent.h"
#include "core/optim/newton.h"
#include "core/optim/newton_cg.h"

#define LEAST_STRIDE 4U
#define MOST_STRIDE 16U
#define LEAST_ROWS 1000U
#define ROWS_A_COEFFICIENT 15U /* of a sample, at least */
/* Of a sample within the sample. The other one is of several classes, of which a Hessian
 * takes so long that even a rough first fit saves more than it takes. */
#define INNER_STRIDE 8U
#define ROUGH_STRIDE 4U
#define ROUGH_ROWS_A_COEFFICIENT 3U
#define ROWS_WANTED 2000U /* for each coefficient; more tell little more */
#define MOST_ITERATIONS 12U
#define PRIOR 2.0      /* standard deviation of what a column adds to a margin */
#define TOLERANCE 0.05 /* of the random error */

static bool is_enough(uint64_t n_rows, size_t p, unsigned rows_a_coefficient)
{
    return n_rows >= LEAST_ROWS && n_rows / rows_a_coefficient >= p;
}

size_t sample_start_stride(uint64_t n_rows, size_t p, uint64_t row_bytes)
{
    size_t stride = MOST_STRIDE;
    while (stride > LEAST_STRIDE && n_rows / stride / ROWS_WANTED < p)
        stride /= 2;
    while (n_rows / stride * row_bytes > SAMPLE_START_MOST_BYTES * 3 / 4)
        stride *= 2;
    return p > 0 && is_enough(n_rows / stride, p, ROWS_A_COEFFICIENT) ? stride : 0;
}

uint64_t sample_start_row_bytes(uint64_t n_rows, size_t n_terms, uint64_t n_entries)
{
    uint64_t of_entries = n_entries > 0 ? (n_entries / (n_rows + 1) + 1) *
                                                  (sizeof(uint32_t) + sizeof(double)) +
                                              sizeof(uint64_t)
                                        : n_terms * sizeof(double);
    return of_entries + 3 * sizeof(double);
}

/* Rows of a sparse design may be longer in the sample than on average. */
size_t sample_start_bytes(const struct algorithm_task *task)
{
    size_t p, share = task->n_entries > 0 ? 2 : 1;
    uint64_t row_bytes =
        sample_start_row_bytes(task->n_rows, task->n_terms, task->n_entries);
    if (task->is_firth || task->of_numbers ||
        !memory_product(task->n_blocks, task->n_terms, &p))
        return 0;
    size_t stride = sample_start_stride(task->n_rows, p, row_bytes);
    uint64_t n_rows = stride > 0 ? task->n_rows / stride : 0;
    return (size_t)((n_rows + n_rows / ROUGH_STRIDE) * row_bytes) * share;
}

/* ---- one fit to a sample ---- */

/* Newton's steps, where p×p matrices are held; but not for who would rather have
 * products. */
static bool is_by_newton(const struct estimation *estimation)
{
    return estimation->algorithm.is_dense && estimation->solver->solve != newton_cg_solve;
}

static solver_fn *solver_of(const struct estimation *estimation)
{
    return estimation->algorithm.has_l1 ? coordinate_descent_solve
           : is_by_newton(estimation)   ? newton_solve
                                        : newton_cg_solve;
}

struct sample_fit {
    struct estimation *estimation;
    const struct design *rows;
    struct basis basis; /* the estimation's, with the prior as a penalty */
    struct survey survey;
    struct likelihood likelihood;
    double *beta; /* [n] from where, and where to */
    bool is_separated, has_ended;
};

static int on_step(void *context, const struct solver_step *step)
{
    struct sample_fit *fit = context;
    (void)step;
    fit->is_separated = fit->likelihood.misplaced_weight == 0;
    return fit->is_separated;
}

static bool is_over(void *context)
{
    const struct sample_fit *fit = context;
    return solver_is_over(&fit->estimation->hooks->watch);
}

/* For a metric of all rows (sample_metric.h). */
static void keep_hessian(const struct sample_fit *fit, const double *hessian)
{
    struct estimation *estimation = fit->estimation;
    size_t n = fit->likelihood.n;
    memcpy(estimation->point.hessian, hessian, n * n * sizeof(*hessian));
    estimation->metric_rows = fit->rows->n_rows;
}

static int solve(struct sample_fit *fit, struct error *err)
{
    const struct objective objective = likelihood_objective(&fit->likelihood);
    const struct solver_watch watch = {
        .on_step = on_step, .context = fit, .is_over = is_over};
    bool is_newton = is_by_newton(fit->estimation);
    double n = (double)fit->likelihood.n, n_rows = (double)fit->rows->n_rows;
    const struct solver_options options = {.max_iterations = MOST_ITERATIONS,
                                           .tolerance = TOLERANCE * n / n_rows};
    struct objective_point point = {0};
    struct solver_result result = {0};
    if (objective_point_new(&objective, is_newton ? OBJECTIVE_HESSIAN : 0, &point, err) <
        0)
        return -1;
    memcpy(point.beta, fit->beta, objective.n * sizeof(double));
    int status =
        solver_of(fit->estimation)(&objective, &options, &watch, &point, &result, err);
    fit->has_ended = status == 0 && result.stop == SOLVER_TOLERANCE;
    if (fit->has_ended)
        memcpy(fit->beta, point.beta, objective.n * sizeof(double));
    if (fit->has_ended && is_newton)
        keep_hessian(fit, point.hessian);
    fit->estimation->estimate->report.effort.sample_iterations += result.n_iterations;
    objective_point_free(&objective, &point);
    return status;
}

/* Moves beta where the fit has ended well. */
static int fit_to(struct sample_fit *fit, struct error *err)
{
    struct estimation *estimation = fit->estimation;
    struct estimate_options options = *estimation->options;
    struct error why = {0};
    double share = (double)fit->rows->n_rows / (double)estimation->design->n_rows;
    options.l2 = 1; /* there is a penalty: the basis says which */
    fit->has_ended = false;
    fit->survey.sum_weights = fit->rows->sum_weights;
    if (likelihood_new(&fit->likelihood, fit->rows, &fit->basis, &fit->survey, &options,
                       estimation->hooks, estimation->pool,
                       is_by_newton(estimation) || estimation->survey.tallies, err) < 0)
        return -1;
    int status = solve(fit, &why);
    estimation->likelihood.n_passes += share * fit->likelihood.n_passes;
    likelihood_free(&fit->likelihood);
    return status < 0 && why.code != ERROR_NON_FINITE ? error_copy(err, &why) : 0;
}

/* ---- is a sample of use? ---- */

static bool is_there(const struct design *rows, size_t class, bool of_two_classes)
{
    for (uint64_t i = 0; i < rows->n_rows; i++) {
        double y = design_label(rows, i), weight = design_weight(rows, i);
        double share = !of_two_classes ? y == (double)class : class == 0 ? 1 - y : y;
        if (weight > 0 && share > 0)
            return true;
    }
    return false;
}

/* Those that are in the whole. */
static bool has_all_classes(const struct estimation *estimation,
                            const struct design *rows)
{
    const struct survey *survey = &estimation->survey;
    bool of_two_classes = family_traits(estimation->options->family)->of_two_classes;
    for (size_t k = 0; k < survey->n_classes; k++)
        if (survey->class_weights[k] > 0 && !is_there(rows, k, of_two_classes))
            return false;
    return true;
}

/* A path begins where all coefficients are 0. */
static bool is_of_use_with_l1(const struct estimation *estimation)
{
    return estimation->solver->solve == coordinate_descent_solve &&
           estimation->likelihood.n_blocks == 1 && !estimation->options->solver.bounds_do;
}

/* The null model, from which J is to fall. */
static bool is_wanted(const struct estimation *estimation)
{
    const struct estimate_options *options = estimation->options;
    const struct solver *solver = estimation->solver;
    return estimation->likelihood.loss->is_logistic && !solver->is_first_order &&
           !options->firth &&
           (!estimation->algorithm.has_l1 || is_of_use_with_l1(estimation)) &&
           !options->start && options->patience == 0 && isfinite(estimation->null_loss);
}

/* ---- one sample within the other ---- */

static void add_prior(const struct estimation *estimation, double n_rows, double *penalty)
{
    const struct basis *basis = &estimation->basis;
    for (size_t j = 0; j < basis->n_columns; j++) {
        double reach = margin_reach_of(basis, &estimation->survey, j) / PRIOR;
        penalty[j] = basis->penalty[j] + reach * reach / n_rows;
    }
}

/* 0: no smaller one. */
static size_t inner_stride(const struct estimation *estimation, uint64_t n_rows)
{
    size_t p = estimation->likelihood.n;
    if (is_enough(n_rows / INNER_STRIDE, p, ROWS_A_COEFFICIENT))
        return INNER_STRIDE;
    bool is_rough_of_use = is_by_newton(estimation) &&
                           estimation->likelihood.n_blocks > 1 &&
                           is_enough(n_rows / ROUGH_STRIDE, p, ROUGH_ROWS_A_COEFFICIENT);
    return is_rough_of_use ? ROUGH_STRIDE : 0;
}

/* From the smaller sample, if there is to be one, to the larger. */
static int fit_samples(struct sample_fit *fit, const struct design *rows,
                       struct error *err)
{
    struct estimation *estimation = fit->estimation;
    struct design smaller = {0};
    size_t stride = inner_stride(estimation, rows->n_rows);
    int status = 0;
    if (stride > 0) {
        status = design_sample(rows, stride, estimation->pool, &smaller, err);
        if (status == 0 && has_all_classes(estimation, &smaller))
            status = fit_samples(fit, &smaller, err);
        design_free(&smaller);
    }
    if (status < 0)
        return -1;
    fit->rows = rows;
    add_prior(estimation, (double)rows->n_rows, fit->basis.penalty);
    return fit_to(fit, err);
}

static int start_from(struct estimation *estimation, const struct design *rows,
                      struct error *err)
{
    size_t n_columns = estimation->basis.n_columns;
    struct sample_fit fit = {.estimation = estimation,
                             .basis = estimation->basis,
                             .survey = estimation->survey,
                             .beta = estimation->point.beta};
    if (!has_all_classes(estimation, rows))
        return 0;
    fit.basis.penalty = memory_new(n_columns, sizeof(double), err);
    int status = fit.basis.penalty ? fit_samples(&fit, rows, err) : -1;
    memory_free(fit.basis.penalty);
    if (status == 0 && fit.has_ended) {
        estimation->is_from_sample = true;
        estimation->estimate->report.effort.sample_rows = rows->n_rows;
    } else {
        estimation->metric_rows = 0;
        estimation_start(estimation);
    }
    return status;
}

int sample_start_take(struct estimation *estimation, struct error *err)
{
    const struct design *design = estimation->design;
    size_t stride = sample_start_stride(design->n_rows, estimation->likelihood.n,
                                        design_n_bytes(design) / design->n_rows);
    struct design sample = {0};
    if (stride == 0 || !is_wanted(estimation))
        return 0;
    int status = design_sample(design, stride, estimation->pool, &sample, err);
    if (status == 0)
        status = start_from(estimation, &sample, err);
    design_free(&sample);
    return status;
}
