#include "core/model/inflation.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/model/input_terms.h"

struct inflation {
    const struct estimation *estimation;
    size_t n;         /* coefficients that take part */
    size_t *place;    /* [n_blocks × n_terms] where each is among them */
    double *r;        /* [n × n] */
    double *inverse;  /* [n × n] */
    double *part;     /* [n × n], scratch */
    bool is_singular; /* or has no numbers */
};

static void free_inflation(struct inflation *inflation)
{
    memory_free(inflation->place);
    memory_free(inflation->r);
    memory_free(inflation->inverse);
    memory_free(inflation->part);
}

/* All but intercepts and aliased ones. */
static void choose(struct inflation *inflation)
{
    const struct estimation *estimation = inflation->estimation;
    const struct basis *basis = &estimation->basis;
    size_t n_terms = estimation->estimate->n_terms;
    for (size_t i = 0; i < estimation_n_terms(estimation); i++) {
        size_t term = i % n_terms;
        bool takes_part =
            term >= basis->intercept && !basis->aliased[term - basis->intercept];
        inflation->place[i] = takes_part ? inflation->n++ : SIZE_MAX;
    }
}

static void correlate(struct inflation *inflation, const double *covariance,
                      const double *std_errors)
{
    size_t n_all = estimation_n_terms(inflation->estimation), n = inflation->n;
    for (size_t i = 0; i < n_all; i++)
        for (size_t j = 0; j <= i; j++) {
            size_t row = inflation->place[i], column = inflation->place[j];
            if (row == SIZE_MAX || column == SIZE_MAX)
                continue;
            double r = covariance[i * n_all + j] / std_errors[i] / std_errors[j];
            inflation->r[row * n + column] = inflation->r[column * n + row] = r;
            inflation->is_singular = inflation->is_singular || !isfinite(r);
        }
}

static int make(struct inflation *inflation, const struct inference *inference,
                struct error *err)
{
    size_t n_all = estimation_n_terms(inflation->estimation);
    struct cholesky factor;
    inflation->place = memory_new(n_all, sizeof(size_t), err);
    if (!inflation->place)
        return -1;
    choose(inflation);
    size_t n = inflation->n;
    inflation->r = memory_new_aligned(n * n, sizeof(double), err);
    inflation->inverse = memory_new_aligned(n * n, sizeof(double), err);
    inflation->part = memory_new_aligned(n * n, sizeof(double), err);
    if (!inflation->r || !inflation->inverse || !inflation->part)
        return -1;
    correlate(inflation, inference->covariance, inference->std_errors);
    if (inflation->is_singular)
        return 0;
    if (cholesky_new(&factor, n, err) < 0)
        return -1;
    factor.stop = pool_stop(inflation->estimation->pool);
    cholesky_factor(&factor, inflation->r);
    cholesky_inverse(&factor, inflation->inverse);
    inflation->is_singular = factor.rank < n;
    int status = stop_check(&factor.stop, err);
    cholesky_free(&factor);
    return status;
}

/* log det of the term's part of a matrix; NaN where that is singular. */
static int log_determinant(const struct inflation *inflation, const double *a,
                           const struct input_terms *terms, double *value,
                           struct error *err)
{
    struct cholesky factor;
    size_t n = inflation->n;
    double *part = inflation->part;
    for (size_t i = 0; i < terms->n; i++)
        for (size_t j = 0; j <= i; j++)
            part[i * terms->n + j] = a[inflation->place[terms->coefficients[i]] * n +
                                       inflation->place[terms->coefficients[j]]];
    if (cholesky_new(&factor, terms->n, err) < 0)
        return -1;
    factor.stop = pool_stop(inflation->estimation->pool);
    cholesky_factor(&factor, part);
    *value = factor.rank == terms->n ? cholesky_log_determinant(&factor) : NAN;
    int status = stop_check(&factor.stop, err);
    cholesky_free(&factor);
    return status;
}

static int inflate(const struct inflation *inflation, const struct input_terms *terms,
                   struct error *err)
{
    struct addenda *addenda = &inflation->estimation->estimate->report.addenda;
    double of_r = NAN, of_inverse = NAN;
    if (!inflation->is_singular &&
        (log_determinant(inflation, inflation->r, terms, &of_r, err) < 0 ||
         log_determinant(inflation, inflation->inverse, terms, &of_inverse, err) < 0))
        return -1;
    addenda->inflations[addenda->n_inflations++] = (struct addenda_inflation){
        .term = terms->term, .gvif = exp(of_r + of_inverse), .df = (double)terms->n};
    return 0;
}

int inflation_run(const struct estimation *estimation, const struct inference *inference,
                  struct error *err)
{
    struct addenda *addenda = &estimation->estimate->report.addenda;
    struct inflation inflation = {.estimation = estimation};
    struct input_terms terms = {0};
    addenda->inflations =
        memory_new(estimation->design->n_columns, sizeof(*addenda->inflations), err);
    int status = addenda->inflations && make(&inflation, inference, err) == 0
                     ? input_terms_new(&terms, estimation, err)
                     : -1;
    while (status == 0 && input_terms_next(&terms))
        status = inflate(&inflation, &terms, err);
    input_terms_free(&terms);
    free_inflation(&inflation);
    return status;
}
