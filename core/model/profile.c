#include "core/model/profile.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/kernel/distribution.h"
#include "core/model/term_rows.h"
#include "core/optim/vectors.h"

#define MOST_STEPS 200 /* of Newton's method for one c */
#define MOST_HALVINGS 40
#define MOST_VALUES 100 /* of c for one bound */
#define MOST_GROWTHS 40 /* before the bound counts as infinite */
#define ENOUGH 1e-4     /* of what a step promises */
#define ROUNDING 1e-14
#define SETTLED 1e-9 /* of 2 Σω J, by what a step may still lower it */
#define CLOSE 1e-9   /* of D over q */

struct profile {
    const struct estimation *estimation;
    struct term_rows terms;
    struct objective_point at; /* where J is looked at */
    struct cholesky factor;    /* of the Hessian there */
    const size_t *free;        /* [n_free] coordinates that move */
    size_t *all;               /* [n] */
    size_t n_free;
    double *a;       /* [n] the coefficient; its greatest part is 1 */
    double *u, *v;   /* [n_free] */
    double *hessian; /* [n_free × n_free] */
    double *from;    /* [n] */
    double scale;    /* of the coefficient as given, over a'β */
    double weights;  /* Σω */
    double quantile; /* q */
    double least;    /* J at its end */
    /* What is known at c. */
    double c, deviance, slope; /* D, dD/dc */
};

/* ---- room ---- */

static void free_profile(struct profile *profile)
{
    objective_point_free(&profile->estimation->objective, &profile->at);
    term_rows_free(&profile->terms);
    cholesky_free(&profile->factor);
    memory_free(profile->all);
    memory_free(profile->a);
    memory_free(profile->u);
    memory_free(profile->v);
    memory_free(profile->hessian);
    memory_free(profile->from);
}

static int make_vectors(struct profile *profile, struct error *err)
{
    size_t n = profile->estimation->likelihood.n;
    profile->all = memory_new(n, sizeof(size_t), err);
    profile->a = memory_new(n, sizeof(double), err);
    profile->u = memory_new(n, sizeof(double), err);
    profile->v = memory_new(n, sizeof(double), err);
    profile->from = memory_new(n, sizeof(double), err);
    profile->hessian = memory_new_aligned(n * n, sizeof(double), err);
    if (!profile->all || !profile->a || !profile->u || !profile->v || !profile->from ||
        !profile->hessian)
        return -1;
    for (size_t i = 0; i < n; i++)
        profile->all[i] = i;
    return 0;
}

static int make_profile(struct profile *profile, struct error *err)
{
    const struct estimation *estimation = profile->estimation;
    double reach = distribution_normal_reach(estimation->options->confidence);
    profile->weights = estimation->survey.sum_weights;
    profile->quantile = reach * reach;
    profile->least = estimation->separation.is_complete ? 0 : estimation->point.value;
    if (make_vectors(profile, err) < 0 ||
        term_rows_new(&profile->terms, &estimation->basis, err) < 0)
        return -1;
    return objective_point_new(&estimation->objective, OBJECTIVE_HESSIAN, &profile->at,
                               err);
}

/* ---- which coefficient ---- */

/* Coordinates that move: those that are free in the limit, or all. */
static int choose_free(struct profile *profile, bool takes_all, struct error *err)
{
    const struct estimation *estimation = profile->estimation;
    profile->free = takes_all ? profile->all : estimation->free;
    profile->n_free = takes_all ? estimation->likelihood.n : estimation->n_free;
    cholesky_free(&profile->factor);
    if (cholesky_new(&profile->factor, profile->n_free, err) < 0)
        return -1;
    profile->factor.stop = pool_stop(estimation->pool);
    return 0;
}

static void choose_coefficient(struct profile *profile, size_t coefficient)
{
    const struct estimation *estimation = profile->estimation;
    const struct term_rows *terms = &profile->terms;
    size_t block = coefficient / terms->n_terms, term = coefficient % terms->n_terms;
    const double *row = terms->rows + term * terms->n;
    double greatest = 0;
    for (size_t i = 0; i < terms->n; i++)
        greatest = fmax(greatest, fabs(row[i]));
    memset(profile->a, 0, estimation->likelihood.n * sizeof(double));
    for (size_t i = 0; i < terms->n; i++)
        profile->a[block * terms->n + i] = row[i] / greatest;
    profile->scale = greatest * basis_unit(&estimation->basis, term);
}

static double value_of(const struct profile *profile)
{
    return vectors_dot(profile->a, profile->at.beta, profile->estimation->likelihood.n);
}

/* ---- the others' minimum ---- */

static int evaluate(struct profile *profile, struct error *err)
{
    profile->at.have = 0;
    return objective_evaluate(&profile->estimation->objective, &profile->at,
                              OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN,
                              err);
}

/* u, v; returns λ and the step's square in the Hessian. NaN: nothing is curved. */
static double find_step(struct profile *profile, double *decrement)
{
    size_t n = profile->estimation->likelihood.n, n_free = profile->n_free;
    double from_a = 0, from_g = 0, across = 0;
    for (size_t i = 0; i < n_free; i++) {
        size_t k = profile->free[i];
        profile->u[i] = profile->at.gradient[k];
        profile->v[i] = profile->a[k];
        for (size_t j = 0; j <= i; j++)
            profile->hessian[i * n_free + j] =
                profile->at.hessian[k * n + profile->free[j]];
    }
    cholesky_factor(&profile->factor, profile->hessian);
    cholesky_solve(&profile->factor, profile->u);
    cholesky_solve(&profile->factor, profile->v);
    for (size_t i = 0; i < n_free; i++) {
        size_t k = profile->free[i];
        from_a += profile->a[k] * profile->v[i];
        across += profile->a[k] * profile->u[i];
        from_g += profile->at.gradient[k] * profile->u[i];
    }
    if (!(from_a > 0))
        return NAN;
    *decrement = fmax(0, from_g - across * across / from_a);
    return across / from_a;
}

/* β = from + length·(λv - u). */
static void step_from(struct profile *profile, double length, double lambda)
{
    memcpy(profile->at.beta, profile->from,
           profile->estimation->likelihood.n * sizeof(double));
    for (size_t i = 0; i < profile->n_free; i++)
        profile->at.beta[profile->free[i]] +=
            length * (lambda * profile->v[i] - profile->u[i]);
}

/* A step along which J falls, halved until it does. False: none does. */
static int descend(struct profile *profile, double lambda, double decrement,
                   bool *descended, struct error *err)
{
    double before = profile->at.value, length = 1;
    memcpy(profile->from, profile->at.beta,
           profile->estimation->likelihood.n * sizeof(double));
    for (size_t i = 0; i < MOST_HALVINGS; i++, length /= 2) {
        step_from(profile, length, lambda);
        if (evaluate(profile, err) < 0)
            return -1;
        *descended = profile->at.value <=
                     before - ENOUGH * length * decrement + ROUNDING * fabs(before);
        if (*descended)
            return 0;
    }
    step_from(profile, 0, 0);
    return evaluate(profile, err);
}

/* The least J with a'β as it is. Its deviance is right to the second order of what is
 * left to go. */
static int settle(struct profile *profile, struct error *err)
{
    bool goes_on = true;
    for (size_t i = 0; i < MOST_STEPS && goes_on; i++) {
        double decrement = 0, lambda = find_step(profile, &decrement);
        if (stop_check(&profile->factor.stop, err) < 0)
            return -1;
        profile->c = value_of(profile);
        profile->slope = 2 * profile->weights * lambda;
        profile->deviance =
            2 * profile->weights * (profile->at.value - decrement / 2 - profile->least);
        goes_on = !isnan(lambda) && 2 * profile->weights * decrement > SETTLED;
        if (goes_on && descend(profile, lambda, decrement, &goes_on, err) < 0)
            return -1;
    }
    return 0;
}

/* To another c along the tangent that the last step left; D is NaN where there is none.
 */
static int move_to(struct profile *profile, double c, struct error *err)
{
    double along = 0, way = c - value_of(profile);
    for (size_t i = 0; i < profile->n_free; i++)
        along += profile->a[profile->free[i]] * profile->v[i];
    for (size_t i = 0; i < profile->n_free; i++)
        profile->at.beta[profile->free[i]] += way / along * profile->v[i];
    if (!vectors_all_finite(profile->at.beta, profile->estimation->likelihood.n)) {
        profile->deviance = NAN;
        return 0;
    }
    if (evaluate(profile, err) < 0)
        return -1;
    return settle(profile, err);
}

static int move_to_estimate(struct profile *profile, struct error *err)
{
    memcpy(profile->at.beta, profile->estimation->point.beta,
           profile->estimation->likelihood.n * sizeof(double));
    return evaluate(profile, err);
}

/* ---- the bound ---- */

/* D ≤ q at c_in, D > q at c_out; NaN while none is known. */
struct bracket {
    double c_in, c_out;
    double width; /* of the first steps: what a root is to be precise to */
};

static void narrow(struct bracket *bracket, const struct profile *profile)
{
    if (profile->deviance <= profile->quantile)
        bracket->c_in = profile->c;
    else
        bracket->c_out = profile->c;
}

static bool is_within(const struct bracket *bracket, double c)
{
    double low = fmin(bracket->c_in, bracket->c_out);
    double high = fmax(bracket->c_in, bracket->c_out);
    return c > low && c < high;
}

/* Where a straight √D would be √q. */
static double aim(const struct profile *profile)
{
    double root = sqrt(fmax(0, profile->deviance) * profile->quantile);
    return profile->c + 2 * (root - profile->deviance) / profile->slope;
}

/* Within a bracket; NaN if there is no telling. */
static int find_root(struct profile *profile, struct bracket *bracket, double *bound,
                     struct error *err)
{
    for (size_t i = 0; i < MOST_VALUES && !isnan(profile->deviance); i++) {
        double next = aim(profile);
        if (fabs(profile->deviance - profile->quantile) <= CLOSE * profile->quantile ||
            fabs(next - profile->c) <= CLOSE * bracket->width) {
            *bound = next;
            return 0;
        }
        if (!is_within(bracket, next))
            next = (bracket->c_in + bracket->c_out) / 2;
        if (move_to(profile, next, err) < 0)
            return -1;
        narrow(bracket, profile);
    }
    return 0;
}

/* From c on by growing steps until D is on the other side of q; a negative step goes
 * down. Not found: it never is. */
static int grow(struct profile *profile, double step, struct bracket *bracket,
                bool *is_found, struct error *err)
{
    bool was_inside = profile->deviance <= profile->quantile;
    *is_found = false;
    for (size_t i = 0; i < MOST_GROWTHS && !*is_found; i++, step *= 2) {
        if (move_to(profile, profile->c + step, err) < 0)
            return -1;
        if (isnan(profile->deviance))
            return 0;
        narrow(bracket, profile);
        *is_found = (profile->deviance <= profile->quantile) != was_inside;
    }
    return 0;
}

/* The first c to look at is Wald's bound. */
static int find_from_estimate(struct profile *profile, double direction, double *bound,
                              struct error *err)
{
    bool is_outside;
    double decrement, along = 0;
    if (move_to_estimate(profile, err) < 0)
        return -1;
    if (isnan(find_step(profile, &decrement)))
        return 0;
    for (size_t i = 0; i < profile->n_free; i++)
        along += profile->a[profile->free[i]] * profile->v[i];
    double reach = sqrt(profile->quantile * along / profile->weights);
    profile->c = value_of(profile);
    profile->deviance = 0;
    struct bracket bracket = {profile->c, NAN, reach};
    if (grow(profile, direction * reach, &bracket, &is_outside, err) < 0)
        return -1;
    return is_outside ? find_root(profile, &bracket, bound, err) : 0;
}

static void move_to_null_model(struct profile *profile)
{
    const struct estimation *estimation = profile->estimation;
    const struct basis *basis = &estimation->basis;
    memset(profile->at.beta, 0, estimation->likelihood.n * sizeof(double));
    for (size_t b = 0; basis->intercept && b < estimation->likelihood.n_blocks; b++)
        profile->at.beta[b * basis->n_terms] = estimation->null_terms[b];
}

/* Of a coefficient that grows without bound, on the side that this direction leads to.
 * Far out nothing is curved: so the way begins at the null model. */
static int find_from_null(struct profile *profile, double direction, double *bound,
                          struct error *err)
{
    struct bracket bracket = {NAN, NAN, 1};
    bool is_found;
    move_to_null_model(profile);
    if (evaluate(profile, err) < 0 || settle(profile, err) < 0)
        return -1;
    narrow(&bracket, profile);
    bool is_inside = profile->deviance <= profile->quantile;
    if (grow(profile, is_inside ? direction : -direction, &bracket, &is_found, err) < 0)
        return -1;
    return is_found ? find_root(profile, &bracket, bound, err) : 0;
}

/* ---- the whole ---- */

/* sign: of infinity; there is no bound on its side. */
static int bound_infinite(struct profile *profile, int sign,
                          struct coefficient *coefficient, struct error *err)
{
    if (sign >= 0 && find_from_null(profile, -1, &coefficient->ci_low, err) < 0)
        return -1;
    return sign <= 0 ? find_from_null(profile, 1, &coefficient->ci_high, err) : 0;
}

static int bound_finite(struct profile *profile, struct coefficient *coefficient,
                        struct error *err)
{
    if (find_from_estimate(profile, -1, &coefficient->ci_low, err) < 0)
        return -1;
    return find_from_estimate(profile, 1, &coefficient->ci_high, err);
}

static int bound_coefficient(struct profile *profile, size_t i, struct error *err)
{
    const struct estimation *estimation = profile->estimation;
    const struct separation *separation = &estimation->separation;
    struct coefficient *coefficient = &estimation->estimate->coefficients[i];
    bool diverges = separation->is_proved && separation->diverges[i];
    coefficient->ci_low = coefficient->ci_high = NAN;
    if (coefficient->aliased)
        return 0;
    choose_coefficient(profile, i);
    if (choose_free(profile, diverges, err) < 0 ||
        (diverges ? bound_infinite(profile, separation->signs[i], coefficient, err)
                  : bound_finite(profile, coefficient, err)) < 0)
        return -1;
    coefficient->ci_low *= profile->scale;
    coefficient->ci_high *= profile->scale;
    return 0;
}

int profile_run(const struct estimation *estimation, struct error *err)
{
    struct profile profile = {.estimation = estimation};
    int status = make_profile(&profile, err);
    for (size_t i = 0; status == 0 && i < estimation_n_terms(estimation); i++)
        status = bound_coefficient(&profile, i, err);
    free_profile(&profile);
    return status;
}
