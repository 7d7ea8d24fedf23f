#include "core/model/firth.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/firth_rows.h"
#include "core/model/term_names.h"

static size_t n_of(const struct firth *firth)
{
    return firth->likelihood->n;
}

static bool is_whole(const struct firth *firth)
{
    return n_of(firth) <= FIRTH_WHOLE;
}

/* ---- making ---- */

/* The columns as given are those of the basis times powers of two and a triangular matrix
 * of ones: of log|I| it takes what the powers make. */
static double log_scale_of(const struct basis *basis)
{
    double sum = 0;
    for (size_t i = 0; i < basis->n_active; i++)
        sum += log(basis->factor[basis->columns[i]]);
    for (size_t at = 0; at < basis->n_mixed; at++)
        sum += log(basis->mix_factor[at]);
    return -2 * sum;
}

int firth_new(struct firth *firth, struct likelihood *likelihood, struct error *err)
{
    struct firth made = {.likelihood = likelihood,
                         .objective = likelihood_objective(likelihood),
                         .log_scale = log_scale_of(likelihood->basis)};
    size_t n = likelihood->n, n_cells = 0, n_sums = 0;
    if (!memory_product(n, n, &n_cells) ||
        !firth_rows_n_sums(n, is_whole(&made), &n_sums))
        return error_no_memory(err, SIZE_MAX);
    made.inverse = memory_new_aligned(n_cells, sizeof(double), err);
    made.hessian = memory_new_aligned(n_cells, sizeof(double), err);
    made.sums = memory_new_aligned(n_sums, sizeof(double), err);
    made.product =
        memory_new_aligned(is_whole(&made) ? n_cells * n : n, sizeof(double), err);
    made.scratch =
        memory_new(2 * n * pool_n_threads(likelihood->pool), sizeof(double), err);
    if (!made.inverse || !made.hessian || !made.sums || !made.product || !made.scratch ||
        cholesky_new(&made.factor, n, err) < 0 ||
        objective_point_new(&made.objective, OBJECTIVE_HESSIAN, &made.plain, err) < 0) {
        firth_free(&made);
        return -1;
    }
    *firth = made;
    return 0;
}

void firth_free(struct firth *firth)
{
    if (firth->likelihood)
        objective_point_free(&firth->objective, &firth->plain);
    cholesky_free(&firth->factor);
    memory_free(firth->inverse);
    memory_free(firth->hessian);
    memory_free(firth->sums);
    memory_free(firth->product);
    memory_free(firth->scratch);
    *firth = (struct firth){0};
}

/* ---- value ---- */

/* log|I| of the columns as given, from ∇²J = I/Σω in the factor. */
static double log_determinant(const struct firth *firth)
{
    const struct cholesky *factor = &firth->factor;
    size_t n = n_of(firth);
    double sum = firth->log_scale;
    for (size_t i = 0; i < n; i++)
        sum += 2 * log(factor->factor[i * (n + 1)] / factor->scale[i]) +
               log(firth->likelihood->sum_weights);
    return sum;
}

int firth_penalty(struct firth *firth, const double *beta, double *penalty,
                  struct error *err)
{
    memcpy(firth->plain.beta, beta, n_of(firth) * sizeof(*beta));
    firth->plain.have = 0;
    if (objective_evaluate(&firth->objective, &firth->plain,
                           OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN,
                           err) < 0)
        return -1;
    cholesky_factor(&firth->factor, firth->plain.hessian);
    if (firth->factor.rank < firth->factor.n)
        return error_set(err, ERROR_NON_FINITE,
                         "the information matrix is singular to working precision");
    *penalty = -log_determinant(firth) / 2 / firth->likelihood->sum_weights;
    return 0;
}

/* ---- derivatives ---- */

static double third(const double *thirds, size_t n, size_t r, size_t s, size_t t)
{
    size_t greatest = r > s ? r : s, least = r < s ? r : s;
    if (t > greatest)
        return thirds[(t * n + greatest) * n + least];
    return t < least ? thirds[(greatest * n + least) * n + t]
                     : thirds[(greatest * n + t) * n + least];
}

/* product[r] = V I_r, each [n × n]; here with G for V, so that Σω is left out. */
static void multiply_thirds(struct firth *firth, const double *thirds)
{
    size_t n = n_of(firth);
    for (size_t r = 0; r < n; r++)
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++) {
                double sum = 0;
                for (size_t c = 0; c < n; c++)
                    sum += firth->inverse[a * n + c] * third(thirds, n, r, c, b);
                firth->product[(r * n + a) * n + b] = sum;
            }
}

/* tr(G I_r G I_s) */
static double trace_of(const struct firth *firth, size_t r, size_t s)
{
    size_t n = n_of(firth);
    const double *left = firth->product + r * n * n, *right = firth->product + s * n * n;
    double sum = 0;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            sum += left[a * n + b] * right[b * n + a];
    return sum;
}

/* The whole Hessian to `hessian`, lower triangle, if it is positive definite. */
static void find_hessian(struct firth *firth, double *hessian)
{
    size_t n = n_of(firth);
    double weights = firth->likelihood->sum_weights;
    const double *bend = firth->sums + n;
    multiply_thirds(firth, bend + n * n);
    memset(firth->hessian, 0, n * n * sizeof(double));
    for (size_t r = 0; r < n; r++)
        for (size_t s = 0; s <= r; s++)
            firth->hessian[r * n + s] =
                firth->plain.hessian[r * n + s] -
                bend[r * n + s] / weights / weights / 2 +
                trace_of(firth, r, s) / weights / weights / weights / 2;
    cholesky_factor(&firth->factor, firth->hessian);
    if (firth->factor.rank == n)
        memcpy(hessian, firth->hessian, n * n * sizeof(double));
}

static int fail_non_finite(const struct firth *firth, size_t term, struct error *err)
{
    const struct basis *basis = firth->likelihood->basis;
    error_set(err, ERROR_NON_FINITE, "a derivative of Firth's penalty is not finite");
    term_names_place(firth->likelihood->hooks,
                     term < basis->intercept ? TERM_NAMES_INTERCEPT
                                             : basis->columns[term - basis->intercept],
                     err);
    return -1;
}

static int add_derivatives(struct firth *firth, struct objective_point *point,
                           unsigned want, struct error *err)
{
    size_t n = n_of(firth);
    double weights = firth->likelihood->sum_weights;
    const struct firth_rows rows = {.likelihood = firth->likelihood,
                                    .beta = point->beta,
                                    .inverse = firth->inverse,
                                    .has_bend =
                                        want & OBJECTIVE_HESSIAN && is_whole(firth),
                                    .scratch = firth->scratch};
    cholesky_inverse(&firth->factor, firth->inverse);
    firth->likelihood->n_passes++;
    if (firth_rows_sum(&rows, firth->sums, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        point->gradient[i] =
            firth->plain.gradient[i] - firth->sums[i] / weights / weights / 2;
        if (!isfinite(point->gradient[i]))
            return fail_non_finite(firth, i, err);
    }
    if (want & OBJECTIVE_HESSIAN)
        memcpy(point->hessian, firth->plain.hessian, n * n * sizeof(double));
    if (rows.has_bend)
        find_hessian(firth, point->hessian);
    return 0;
}

static int evaluate(void *context, struct objective_point *point, unsigned want,
                    struct error *err)
{
    struct firth *firth = context;
    double penalty;
    if (firth_penalty(firth, point->beta, &penalty, err) < 0)
        return -1;
    point->value = firth->plain.value + penalty;
    return want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN)
               ? add_derivatives(firth, point, want, err)
               : 0;
}

struct objective firth_objective(struct firth *firth)
{
    static const struct objective_ops ops = {.evaluate = evaluate};
    return (struct objective){.n = n_of(firth), .ops = &ops, .context = firth};
}
