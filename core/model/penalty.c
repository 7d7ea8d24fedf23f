#include "core/model/penalty.h"

#include <stdint.h>
#include <string.h>

#include "core/base/memory.h"

/* ---- Λ in the basis ---- */

/* Λ(i,j). */
static double entry(const struct penalty *penalty, size_t i, size_t j)
{
    if (penalty->matrix)
        return penalty->matrix[i * penalty->basis->n_active + j];
    return i == j ? penalty->diagonal[i] : 0;
}

/* product[n_active] = Λw. */
static void multiply(const struct penalty *penalty, const double *w, double *product)
{
    size_t n = penalty->basis->n_active;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; penalty->matrix && j < n; j++)
            sum += penalty->matrix[i * n + j] * w[j];
        product[i] = penalty->matrix ? sum : penalty->diagonal[i] * w[i];
    }
}

/* Mix'ΛMix, a column at a time. */
static int make_matrix(struct penalty *penalty, struct error *err)
{
    const struct basis *basis = penalty->basis;
    size_t n = basis->n_active, n_cells;
    if (!memory_product(n, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    penalty->matrix = memory_new_aligned(n_cells, sizeof(double), err);
    double *w = memory_new(n, sizeof(double), err);
    double *v = memory_new(basis->n_columns, sizeof(double), err);
    bool made = penalty->matrix && w && v;
    for (size_t i = 0; made && i < n; i++) {
        w[i] = 1;
        basis_spread_weights(basis, w, v);
        for (size_t j = 0; j < basis->n_columns; j++)
            v[j] *= basis->penalty[j];
        basis_gather(basis, v, penalty->matrix + i * n);
        penalty->diagonal[i] = penalty->matrix[i * n + i];
        w[i] = 0;
    }
    memory_free(w);
    memory_free(v);
    return made ? 0 : -1;
}

static void take_diagonal(struct penalty *penalty)
{
    const struct basis *basis = penalty->basis;
    for (size_t i = 0; i < basis->n_active; i++)
        penalty->diagonal[i] = basis->penalty[basis->columns[i]];
}

int penalty_new(struct penalty *penalty, const struct basis *basis, size_t n_blocks,
                bool in_classes, struct error *err)
{
    struct penalty made = {
        .basis = basis, .n_blocks = n_blocks, .in_classes = in_classes};
    made.diagonal = memory_new(basis->n_active, sizeof(double), err);
    made.mean = memory_new(basis->n_active, sizeof(double), err);
    made.product = memory_new(basis->n_active, sizeof(double), err);
    if (!made.diagonal || !made.mean || !made.product ||
        (basis->n_mixed > 0 && make_matrix(&made, err) < 0)) {
        penalty_free(&made);
        return -1;
    }
    if (!made.matrix)
        take_diagonal(&made);
    *penalty = made;
    return 0;
}

void penalty_free(struct penalty *penalty)
{
    memory_free(penalty->diagonal);
    memory_free(penalty->matrix);
    memory_free(penalty->mean);
    memory_free(penalty->product);
    *penalty = (struct penalty){0};
}

/* ---- over all blocks ---- */

static size_t first_of_block(const struct penalty *penalty, size_t k)
{
    return k * penalty->basis->n_terms + penalty->basis->intercept;
}

/* Over all classes; 0 where there are none. */
static void find_mean(const struct penalty *penalty, const double *beta)
{
    size_t n = penalty->basis->n_active;
    memset(penalty->mean, 0, n * sizeof(double));
    for (size_t k = 0; penalty->in_classes && k < penalty->n_blocks; k++)
        for (size_t i = 0; i < n; i++)
            penalty->mean[i] += beta[first_of_block(penalty, k) + i];
    for (size_t i = 0; i < n; i++)
        penalty->mean[i] /= (double)(penalty->n_blocks + 1);
}

/* ½ mean'Λ mean: what class 0, being 0, is off the mean. */
static double penalty_of_mean(const struct penalty *penalty)
{
    double value = 0;
    multiply(penalty, penalty->mean, penalty->product);
    for (size_t i = 0; i < penalty->basis->n_active; i++)
        value += penalty->mean[i] * penalty->product[i] / 2;
    return value;
}

/* ½ (w - mean)'Λ(w - mean) of one block, whose Λ(w - mean) is left in the product. */
static double penalty_of_block(const struct penalty *penalty, const double *w)
{
    size_t n = penalty->basis->n_active;
    double value = 0;
    multiply(penalty, w, penalty->product);
    if (penalty->matrix)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                penalty->product[i] -= penalty->matrix[i * n + j] * penalty->mean[j];
    else
        for (size_t i = 0; i < n; i++)
            penalty->product[i] -= penalty->diagonal[i] * penalty->mean[i];
    for (size_t i = 0; i < n; i++)
        value += (w[i] - penalty->mean[i]) * penalty->product[i] / 2;
    return value;
}

double penalty_add_gradient(const struct penalty *penalty, const double *beta,
                            double *gradient)
{
    size_t n = penalty->basis->n_active;
    find_mean(penalty, beta);
    double value = penalty->in_classes ? penalty_of_mean(penalty) : 0;
    for (size_t k = 0; k < penalty->n_blocks; k++) {
        size_t first = first_of_block(penalty, k);
        value += penalty_of_block(penalty, beta + first);
        for (size_t i = 0; gradient && i < n; i++)
            gradient[first + i] += penalty->product[i];
    }
    return value;
}

/* The share of Λ that lies on blocks k and l: [k=l] - 1/K of K classes. */
static double share_of(const struct penalty *penalty, size_t k, size_t l)
{
    double mean = penalty->in_classes ? 1 / (double)(penalty->n_blocks + 1) : 0;
    return (k == l ? 1 : 0) - mean;
}

void penalty_add_hessian(const struct penalty *penalty, double *hessian)
{
    const struct basis *basis = penalty->basis;
    size_t n = basis->n_active, stride = penalty->n_blocks * basis->n_terms;
    for (size_t k = 0; k < penalty->n_blocks; k++)
        for (size_t l = 0; l <= k; l++) {
            double share = share_of(penalty, k, l);
            double *block = hessian + first_of_block(penalty, k) * stride +
                            first_of_block(penalty, l);
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++)
                    block[i * stride + j] += share * entry(penalty, i, j);
        }
}

double penalty_curvature(const struct penalty *penalty, size_t k, size_t term, size_t l,
                         size_t other_term)
{
    size_t intercept = penalty->basis->intercept;
    if (term < intercept || other_term < intercept)
        return 0;
    double curvature = entry(penalty, term - intercept, other_term - intercept);
    return curvature == 0 ? 0 : curvature * share_of(penalty, k, l);
}

void penalty_add_diagonal(const struct penalty *penalty, double *diagonal)
{
    for (size_t k = 0; k < penalty->n_blocks; k++)
        for (size_t i = 0; i < penalty->basis->n_active; i++)
            diagonal[first_of_block(penalty, k) + i] +=
                share_of(penalty, k, k) * penalty->diagonal[i];
}

void penalty_add_block(const struct penalty *penalty, double *matrix)
{
    const struct basis *basis = penalty->basis;
    for (size_t i = 0; i < basis->n_active; i++)
        for (size_t j = 0; j < basis->n_active; j++)
            matrix[(i + basis->intercept) * basis->n_terms + j + basis->intercept] +=
                entry(penalty, i, j);
}
