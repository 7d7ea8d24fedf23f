#include "core/optim/conjugate_gradient.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/vectors.h"

/* The residual is rounding once r'M⁻¹r has fallen to this share. */
#define NOISE 1e-26
/* Rounding delays what n iterations do in exact arithmetic. */
#define MOST_ITERATIONS(n) (2 * (n) + 20)

int conjugate_gradient_new(struct conjugate_gradient *cg,
                           const struct objective *objective, struct error *err)
{
    size_t n = objective->n;
    struct conjugate_gradient made = {.n = n};
    made.residual = memory_new_aligned(n, sizeof(double), err);
    made.scaled = memory_new_aligned(n, sizeof(double), err);
    made.direction = memory_new_aligned(n, sizeof(double), err);
    made.product = memory_new_aligned(n, sizeof(double), err);
    if (!made.residual || !made.scaled || !made.direction || !made.product ||
        metric_new(&made.metric, objective, NULL, err) < 0) {
        conjugate_gradient_free(&made);
        return -1;
    }
    *cg = made;
    return 0;
}

void conjugate_gradient_free(struct conjugate_gradient *cg)
{
    metric_free(&cg->metric);
    memory_free(cg->residual);
    memory_free(cg->scaled);
    memory_free(cg->direction);
    memory_free(cg->product);
    *cg = (struct conjugate_gradient){0};
}

/* M⁻¹r; returns r'M⁻¹r. */
static double precondition(struct conjugate_gradient *cg)
{
    metric_solve(&cg->metric, cg->residual, cg->scaled);
    return vectors_dot(cg->residual, cg->scaled, cg->n);
}

/* Q(s) = ½ s'(g - r), since Hs = -g - r. */
static double model_value(const struct conjugate_gradient *cg, const double *gradient,
                          const double *step)
{
    double sum = 0;
    for (size_t i = 0; i < cg->n; i++)
        sum += step[i] * (gradient[i] - cg->residual[i]);
    return sum / 2;
}

/* Products by M that lengths are made of: of the step s and the direction d. */
struct lengths {
    double ss, sd, dd;
};

/* How far along d the radius is. */
static double reach(const struct conjugate_gradient *cg, const struct lengths *lengths)
{
    double rest = cg->radius * cg->radius - lengths->ss;
    double root = sqrt(fmax(0, lengths->sd * lengths->sd + lengths->dd * fmax(0, rest)));
    return fmax(0, rest) / (lengths->sd + root);
}

/* By so much along the direction. */
static void take_step(struct conjugate_gradient *cg, struct lengths *lengths,
                      double amount, double *step)
{
    vectors_add(amount, cg->direction, step, cg->n);
    vectors_add(-amount, cg->product, cg->residual, cg->n);
    lengths->ss += 2 * amount * lengths->sd + amount * amount * lengths->dd;
    lengths->sd += amount * lengths->dd;
    cg->length = sqrt(lengths->ss);
}

static void turn_direction(struct conjugate_gradient *cg, struct lengths *lengths,
                           double size, double last_size)
{
    double share = size / last_size;
    for (size_t i = 0; i < cg->n; i++)
        cg->direction[i] = cg->scaled[i] + share * cg->direction[i];
    lengths->sd *= share;
    lengths->dd = size + share * share * lengths->dd;
}

static int iterate(struct conjugate_gradient *cg, const struct objective *objective,
                   struct objective_point *point, double forcing, double *step,
                   struct error *err)
{
    double size = precondition(cg), noise = NOISE * size;
    struct lengths lengths = {.dd = size};
    memcpy(cg->direction, cg->scaled, cg->n * sizeof(double));
    while (size > noise && cg->n_products < MOST_ITERATIONS(cg->n)) {
        if (objective->ops->hessian_product(objective->context, point, cg->direction,
                                            cg->product, err) < 0)
            return -1;
        cg->n_products++;
        double curvature = vectors_dot(cg->direction, cg->product, cg->n);
        if (!(curvature > 0)) {
            if (cg->n_products == 1)
                memcpy(step, cg->direction, cg->n * sizeof(double));
            return 0;
        }
        double amount = size / curvature, last_size = size, last_value = cg->value;
        cg->is_bounded = cg->radius > 0 && reach(cg, &lengths) < amount;
        take_step(cg, &lengths, cg->is_bounded ? reach(cg, &lengths) : amount, step);
        cg->value = model_value(cg, point->gradient, step);
        if (cg->is_bounded)
            return 0;
        size = precondition(cg);
        if ((double)cg->n_products * (last_value - cg->value) <= -forcing * cg->value)
            return 0;
        turn_direction(cg, &lengths, size, last_size);
    }
    return 0;
}

int conjugate_gradient_prepare(struct conjugate_gradient *cg,
                               const struct objective *objective,
                               struct objective_point *point, struct error *err)
{
    return metric_find(&cg->metric, objective, point, err);
}

double conjugate_gradient_first_length(struct conjugate_gradient *cg,
                                       const struct objective_point *point)
{
    metric_solve(&cg->metric, point->gradient, cg->scaled);
    return sqrt(fmax(0, vectors_dot(point->gradient, cg->scaled, cg->n)));
}

int conjugate_gradient_solve(struct conjugate_gradient *cg,
                             const struct objective *objective,
                             struct objective_point *point, double forcing, double *step,
                             struct error *err)
{
    cg->n_products = 0;
    cg->length = cg->value = 0;
    cg->is_bounded = false;
    memset(step, 0, cg->n * sizeof(double));
    for (size_t i = 0; i < cg->n; i++)
        cg->residual[i] = -point->gradient[i];
    return iterate(cg, objective, point, forcing, step, err);
}
