#include "core/model/hypothesis.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/kernel/distribution.h"
#include "core/model/input_terms.h"
#include "core/optim/vectors.h"

#define EVERYTHING (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN)

/* x'A⁻¹x of some coordinates of a symmetric matrix and a vector, both gathered here. */
struct form {
    size_t n;
    struct stop stop;
    double *a; /* [n × n] */
    double *x; /* [n], and where A⁻¹x goes: [2 n] */
};

static int form_new(struct form *form, const struct estimation *estimation, size_t most,
                    struct error *err)
{
    *form = (struct form){.stop = pool_stop(estimation->pool)};
    form->a = memory_new_aligned(most * most, sizeof(double), err);
    form->x = memory_new(2 * most, sizeof(double), err);
    return form->a && form->x ? 0 : -1;
}

static void form_free(struct form *form)
{
    memory_free(form->a);
    memory_free(form->x);
}

/* The lower triangle of `a` [n × n] is read. */
static void gather(struct form *form, const double *a, size_t n, const double *x,
                   const size_t *coordinates, size_t n_coordinates)
{
    form->n = n_coordinates;
    for (size_t i = 0; i < n_coordinates; i++) {
        form->x[i] = x[coordinates[i]];
        for (size_t j = 0; j <= i; j++)
            form->a[i * n_coordinates + j] = a[coordinates[i] * n + coordinates[j]];
    }
}

/* NaN where A is singular or not finite. */
static int evaluate(struct form *form, double *value, struct error *err)
{
    struct cholesky factor;
    double *solved = form->x + form->n;
    *value = NAN;
    if (!vectors_all_finite(form->x, form->n))
        return 0;
    for (size_t i = 0; i < form->n; i++)
        if (!vectors_all_finite(form->a + i * form->n, i + 1))
            return 0;
    if (cholesky_new(&factor, form->n, err) < 0)
        return -1;
    factor.stop = form->stop;
    cholesky_factor(&factor, form->a);
    memcpy(solved, form->x, form->n * sizeof(double));
    cholesky_solve(&factor, solved);
    if (factor.rank == form->n)
        *value = fmax(0, vectors_dot(form->x, solved, form->n));
    cholesky_free(&factor);
    return stop_check(&form->stop, err);
}

static double p_value(double statistic, double df)
{
    return df > 0 ? distribution_chi_square_p(statistic, df) : NAN;
}

/* ---- all of them ---- */

/* Coordinates of the basis but intercepts; returns how many. */
static size_t list_slopes(const struct estimation *estimation, size_t *slopes)
{
    size_t n = 0;
    for (size_t i = 0; i < estimation->likelihood.n; i++)
        if (i % estimation->basis.n_terms >= estimation->basis.intercept)
            slopes[n++] = i;
    return n;
}

int hypothesis_wald(const struct estimation *estimation,
                    const struct inference *inference, struct error *err)
{
    struct addenda *addenda = &estimation->estimate->report.addenda;
    size_t n = estimation->likelihood.n, n_slopes = 0;
    size_t *slopes = memory_new(n, sizeof(*slopes), err);
    struct form form = {0};
    double statistic = NAN;
    int status = slopes && form_new(&form, estimation, n, err) == 0 ? 0 : -1;
    if (status == 0) {
        n_slopes = list_slopes(estimation, slopes);
        gather(&form, inference->in_basis, n, estimation->point.beta, slopes, n_slopes);
        if (n_slopes > 0 && estimation->n_free == n)
            status = evaluate(&form, &statistic, err);
    }
    addenda->wald_statistic = statistic;
    addenda->wald_df = (double)n_slopes;
    addenda->wald_p_value = p_value(statistic, (double)n_slopes);
    form_free(&form);
    memory_free(slopes);
    return status;
}

/* ---- at the null model ---- */

static void go_to_null_model(const struct estimation *estimation, double *beta)
{
    const struct basis *basis = &estimation->basis;
    memset(beta, 0, estimation->likelihood.n * sizeof(*beta));
    for (size_t b = 0; basis->intercept && b < estimation->likelihood.n_blocks; b++)
        beta[b * basis->n_terms] = estimation->null_terms[b];
}

/* U'I⁻¹U over all coordinates: U is 0 for intercepts, where their likelihood is at its
 * maximum. Of a point at the null model, of the likelihood without a penalty. */
static int score_of_point(const struct estimation *estimation,
                          const struct objective_point *point, double *statistic,
                          struct error *err)
{
    size_t n = estimation->likelihood.n, *all = memory_new(n, sizeof(*all), err);
    struct form form = {0};
    int status = all ? form_new(&form, estimation, n, err) : -1;
    if (status == 0) {
        for (size_t i = 0; i < n; i++)
            all[i] = i;
        gather(&form, point->hessian, n, point->gradient, all, n);
        status = evaluate(&form, statistic, err);
        *statistic *= estimation->likelihood.sum_weights;
    }
    form_free(&form);
    memory_free(all);
    return status;
}

static int score_by_pass(const struct estimation *estimation, double *statistic,
                         struct error *err)
{
    struct likelihood plain = estimation->likelihood; /* borrows all it has */
    plain.is_penalised = false;
    plain.l1 = NULL;
    const struct objective objective = likelihood_objective(&plain);
    struct objective_point point = {0};
    int status = objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, err);
    if (status == 0) {
        go_to_null_model(estimation, point.beta);
        status = objective_evaluate(&objective, &point, EVERYTHING, err);
    }
    if (status == 0)
        status = score_of_point(estimation, &point, statistic, err);
    objective_point_free(&objective, &point);
    return status;
}

static bool is_null_model(const struct estimation *estimation, const double *beta)
{
    const struct basis *basis = &estimation->basis;
    bool is_null = likelihood_is_flat(&estimation->likelihood, beta);
    for (size_t b = 0; basis->intercept && b < estimation->likelihood.n_blocks; b++)
        is_null &= beta[b * basis->n_terms] == estimation->null_terms[b];
    return is_null;
}

/* Where a solver with Hessians starts there anyway. */
static bool starts_at_null_model(const struct estimation *estimation)
{
    const struct estimate_options *options = estimation->options;
    const struct likelihood *likelihood = &estimation->likelihood;
    return options->statistics && !options->firth && likelihood->loss->is_logistic &&
           !likelihood->is_penalised && !likelihood->l1 &&
           estimation->algorithm.is_dense && estimation->solver->needs_hessian &&
           is_null_model(estimation, estimation->point.beta);
}

int hypothesis_score_at_start(struct estimation *estimation, struct error *err)
{
    struct error why = {0};
    estimation->has_score = starts_at_null_model(estimation);
    if (!estimation->has_score)
        return 0;
    if (objective_evaluate(&estimation->objective, &estimation->point, EVERYTHING, &why) <
        0) { /* the solver will find the same */
        estimation->has_score = false;
        return 0;
    }
    return score_of_point(estimation, &estimation->point, &estimation->score, err);
}

int hypothesis_score(struct estimation *estimation, struct error *err)
{
    struct addenda *addenda = &estimation->estimate->report.addenda;
    double df = estimation->estimate->report.lr_df;
    addenda->score_df = df;
    addenda->score_statistic = addenda->score_p_value = NAN;
    if (!(df > 0))
        return 0;
    addenda->score_statistic = estimation->score;
    if (!estimation->has_score &&
        score_by_pass(estimation, &addenda->score_statistic, err) < 0)
        return -1;
    addenda->score_p_value = p_value(addenda->score_statistic, df);
    return 0;
}

/* ---- of terms ---- */

static int test_term(const struct estimation *estimation,
                     const struct inference *inference, const struct input_terms *terms,
                     const double *estimates, struct form *form, struct error *err)
{
    struct addenda *addenda = &estimation->estimate->report.addenda;
    struct addenda_term_test *test = &addenda->term_tests[addenda->n_term_tests++];
    test->term = terms->term;
    test->df = (double)terms->n;
    gather(form, inference->covariance, estimation_n_terms(estimation), estimates,
           terms->coefficients, terms->n);
    if (evaluate(form, &test->statistic, err) < 0)
        return -1;
    test->p_value = p_value(test->statistic, test->df);
    return 0;
}

int hypothesis_terms(const struct estimation *estimation,
                     const struct inference *inference, struct error *err)
{
    struct estimate *estimate = estimation->estimate;
    struct addenda *addenda = &estimate->report.addenda;
    size_t n = estimation_n_terms(estimation);
    struct input_terms terms = {0};
    struct form form = {0};
    double *estimates = memory_new(n, sizeof(double), err);
    addenda->term_tests =
        memory_new(estimation->design->n_columns, sizeof(*addenda->term_tests), err);
    int status =
        estimates && addenda->term_tests && form_new(&form, estimation, n, err) == 0
            ? input_terms_new(&terms, estimation, err)
            : -1;
    for (size_t i = 0; status == 0 && i < n; i++)
        estimates[i] = estimate->coefficients[i].estimate;
    while (status == 0 && input_terms_next(&terms))
        status = test_term(estimation, inference, &terms, estimates, &form, err);
    input_terms_free(&terms);
    form_free(&form);
    memory_free(estimates);
    return status;
}
