#include "core/model/multinomial.h"

#include <string.h>

#include "core/kernel/loss.h"
#include "core/model/class_pairs.h"

static void add_margins(const struct likelihood *likelihood, struct likelihood_room *room,
                        const struct gram_rows *rows, const double *beta)
{
    size_t n_classes = likelihood->n_classes;
    memset(room->margins, 0, rows->n_rows * n_classes * sizeof(*room->margins));
    gram_add_margins_classes(rows, beta, likelihood->n_blocks,
                             room->margins + likelihood->first_class, n_classes);
}

static double misplaced(const struct row_chunk *chunk, const double *margins,
                        size_t n_classes)
{
    double sum = 0;
    for (size_t i = 0; i < chunk->n_rows; i++, margins += n_classes) {
        size_t label = (size_t)chunk->y[i], n_behind = 0;
        for (size_t k = 0; k < n_classes; k++)
            n_behind += margins[k] < margins[label];
        sum += n_behind + 1 == n_classes ? 0 : chunk->weights[i];
    }
    return sum;
}

/* ω p_k (1 - p_k), or ω p_k p_l. */
static void weigh_rows(const struct row_chunk *chunk, const double *p, size_t n_classes,
                       size_t k, size_t l, double *curvature)
{
    for (size_t i = 0; i < chunk->n_rows; i++, p += n_classes) {
        double other = p[l];
        if (k == l) {
            other = 0;
            for (size_t c = 0; c < n_classes; c++)
                other += c == k ? 0 : p[c];
        }
        curvature[i] = chunk->weights[i] * p[k] * other;
    }
}

static void add_hessian(const struct likelihood *likelihood, struct likelihood_room *room,
                        const struct gram_rows *rows, double *hessian)
{
    size_t n_blocks = likelihood->n_blocks, n_terms = likelihood->basis->n_terms;
    size_t first = likelihood->first_class;
    for (size_t k = 0; k < n_blocks; k++)
        for (size_t l = 0; l <= k; l++) {
            double *block = hessian + k * n_terms * likelihood->n + l * n_terms;
            weigh_rows(&room->chunk, room->margins, likelihood->n_classes, k + first,
                       l + first, room->curvature);
            gram_add(rows, room->curvature, k == l ? 1 : -1, room->weighted_u, block,
                     likelihood->n);
        }
}

/* Times v [n_rows × n_classes]. */
static void add_rows(const struct likelihood *likelihood, struct likelihood_room *room,
                     const struct gram_rows *rows, const double *v, double *sums)
{
    if (likelihood->is_paired && rows->starts)
        class_pairs_add_product(likelihood, room, rows, v, sums);
    else
        gram_add_product_classes(rows, v + likelihood->first_class, likelihood->n_blocks,
                                 likelihood->n_classes, sums);
}

static void add(const struct likelihood *likelihood, struct likelihood_room *room,
                const double *beta, unsigned want, double *sums)
{
    const struct row_chunk *chunk = &room->chunk;
    struct gram_rows rows = row_chunk_rows(chunk, likelihood->basis);
    size_t n_classes = likelihood->n_classes;
    double *gradient = sums + LIKELIHOOD_N_SUMS;
    add_margins(likelihood, room, &rows, beta);
    sums[LIKELIHOOD_MISPLACED] += misplaced(chunk, room->margins, n_classes);
    sums[LIKELIHOOD_LOSS] += loss_multinomial(chunk->n_rows, n_classes, room->margins,
                                              chunk->y, chunk->weights, room->residual);
    if (room->kept)
        memcpy(room->kept, room->margins,
               chunk->n_rows * n_classes * sizeof(*room->kept));
    if (want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN))
        add_rows(likelihood, room, &rows, room->residual, gradient);
    if ((want & OBJECTIVE_HESSIAN) && likelihood->is_paired)
        class_pairs_add(likelihood, room, &rows, sums);
    else if (want & OBJECTIVE_HESSIAN)
        add_hessian(likelihood, room, &rows, gradient + likelihood->n);
}

static void add_product(const struct likelihood *likelihood, struct likelihood_room *room,
                        const double *v, unsigned want, double *sums)
{
    struct gram_rows rows = row_chunk_rows(&room->chunk, likelihood->basis);
    size_t n_classes = likelihood->n_classes;
    (void)want;
    add_margins(likelihood, room, &rows, v);
    loss_multinomial_turn(rows.n_rows, n_classes, room->kept, room->chunk.weights,
                          room->residual, room->margins);
    add_rows(likelihood, room, &rows, room->margins, sums);
}

static void add_diagonal(const struct likelihood *likelihood,
                         struct likelihood_room *room, const double *v, unsigned want,
                         double *sums)
{
    struct gram_rows rows = row_chunk_rows(&room->chunk, likelihood->basis);
    size_t n_classes = likelihood->n_classes;
    (void)v;
    (void)want;
    for (size_t k = likelihood->first_class; k < n_classes; k++) {
        weigh_rows(&room->chunk, room->kept, n_classes, k, k, room->curvature);
        for (size_t i = 0; i < rows.n_rows; i++)
            room->residual[i * n_classes + k] = room->curvature[i];
    }
    gram_add_squares_classes(&rows, room->residual + likelihood->first_class,
                             likelihood->n_blocks, n_classes, sums);
}

static void find_curvature(const struct likelihood *likelihood,
                           struct likelihood_room *room, size_t k, size_t l)
{
    size_t first = likelihood->first_class;
    weigh_rows(&room->chunk, room->kept, likelihood->n_classes, k + first, l + first,
               room->curvature);
}

static void complete(const struct likelihood *likelihood, double *hessian)
{
    size_t n = likelihood->n, n_terms = likelihood->basis->n_terms;
    for (size_t k = 1; k < likelihood->n_blocks; k++)
        for (size_t l = 0; l < k; l++) {
            double *block = hessian + k * n_terms * n + l * n_terms;
            for (size_t i = 0; i < n_terms; i++)
                for (size_t j = 0; j < i; j++)
                    block[j * n + i] = block[i * n + j];
        }
}

const struct likelihood_loss multinomial_loss = {
    .in_classes = true,
    .is_logistic = true,
    .is_smooth = true,
    .greatest_curvature = 0.5,
    .add = add,
    .add_product = add_product,
    .add_diagonal = add_diagonal,
    .find_curvature = find_curvature,
    .complete = complete,
};
