#include "core/model/one_margin.h"

#include <string.h>

#include "core/kernel/loss.h"
#include "core/kernel/narrow_rows.h"

/* Rows as they lie, or in the basis. */
static struct narrow_rows narrow_of(const struct row_chunk *chunk,
                                    const struct basis *basis)
{
    const struct gram_rows rows = row_chunk_rows(chunk, basis);
    return (struct narrow_rows){.n_rows = rows.n_rows,
                                .n_columns = rows.n_columns,
                                .x = rows.x,
                                .stride = rows.stride,
                                .factor = chunk->is_view ? basis->factor : NULL,
                                .centre = basis->centre,
                                .y = chunk->y,
                                .offset = chunk->has_offset ? chunk->offset : NULL,
                                .weights = chunk->is_weighted ? chunk->weights : NULL,
                                .intercept = rows.intercept};
}

static void add_narrow(const struct likelihood *likelihood, struct likelihood_room *room,
                       const double *beta, unsigned want, double *sums)
{
    const struct narrow_rows rows = narrow_of(&room->chunk, likelihood->basis);
    double *gradient = sums + LIKELIHOOD_N_SUMS;
    bool has_hessian = want & OBJECTIVE_HESSIAN;
    bool has_gradient = want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN);
    const struct narrow_rows_sums to = {
        .loss = sums + LIKELIHOOD_LOSS,
        .misplaced = sums + LIKELIHOOD_MISPLACED,
        .curvature = room->kept,
        .gradient = has_gradient ? gradient : NULL,
        .hessian = has_hessian ? gradient + rows.intercept + rows.n_columns : NULL};
    narrow_rows_add(&rows, beta, room->narrow, &to);
}

/* From the margins the loss, and what derivatives are made of. */
static void add_loss(const struct likelihood *likelihood, struct likelihood_room *room,
                     double *sums)
{
    const struct row_chunk *chunk = &room->chunk;
    sums[LIKELIHOOD_LOSS] +=
        likelihood->loss->of_rows(chunk->n_rows, room->margins, chunk->y, chunk->weights,
                                  room->residual, room->curvature);
    if (room->kept)
        memcpy(room->kept, room->curvature, chunk->n_rows * sizeof(*room->kept));
    if (likelihood->loss->is_logistic)
        sums[LIKELIHOOD_MISPLACED] += loss_binomial_misplaced(
            chunk->n_rows, room->margins, chunk->offset, chunk->y, chunk->weights);
}

static void add(const struct likelihood *likelihood, struct likelihood_room *room,
                const double *beta, unsigned want, double *sums)
{
    if (likelihood->is_narrow) {
        add_narrow(likelihood, room, beta, want, sums);
        return;
    }
    const struct row_chunk *chunk = &room->chunk;
    struct gram_rows rows = row_chunk_rows(chunk, likelihood->basis);
    size_t n = rows.intercept + rows.n_columns;
    double *gradient = sums + LIKELIHOOD_N_SUMS, *hessian = gradient + n;
    memcpy(room->margins, chunk->offset, chunk->n_rows * sizeof(*room->margins));
    gram_add_margins(&rows, beta, room->margins, 1);
    add_loss(likelihood, room, sums);
    if (want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN))
        gram_add_product(&rows, room->residual, 1, gradient);
    if (want & OBJECTIVE_HESSIAN)
        gram_add(&rows, room->curvature, 1, room->weighted_u, hessian, n);
}

static void add_tallied(const struct likelihood *likelihood, struct likelihood_room *room,
                        const double *beta, unsigned want, double *sums)
{
    const struct row_chunk *chunk = &room->chunk;
    const struct tallies *tallies = &likelihood->tallies;
    uint64_t first = chunk->view.first_row + chunk->first_viewed;
    const struct tally_rows parts = tallies_parts(tallies, first, chunk->n_rows);
    (void)beta;
    memcpy(room->margins, chunk->offset, chunk->n_rows * sizeof(*room->margins));
    tallies_add_margins(tallies, &parts, room->margins);
    add_loss(likelihood, room, sums);
    if (want & (OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN))
        tallies_add_gradient(tallies, &parts, room->residual, sums + LIKELIHOOD_TALLIES);
    if (!(want & OBJECTIVE_HESSIAN))
        return;
    const struct tally_rows rows = tallies_rows(tallies, first, chunk->n_rows);
    tallies_add_hessian(tallies, &rows, room->curvature, sums + LIKELIHOOD_TALLIES);
}

static void add_product(const struct likelihood *likelihood, struct likelihood_room *room,
                        const double *v, unsigned want, double *sums)
{
    struct gram_rows rows = row_chunk_rows(&room->chunk, likelihood->basis);
    (void)want;
    memset(room->margins, 0, rows.n_rows * sizeof(*room->margins));
    gram_add_margins(&rows, v, room->margins, 1);
    for (size_t i = 0; i < rows.n_rows; i++)
        room->margins[i] *= room->kept[i];
    gram_add_product(&rows, room->margins, 1, sums);
}

static void add_diagonal(const struct likelihood *likelihood,
                         struct likelihood_room *room, const double *v, unsigned want,
                         double *sums)
{
    struct gram_rows rows = row_chunk_rows(&room->chunk, likelihood->basis);
    (void)v;
    (void)want;
    gram_add_squares(&rows, room->kept, sums);
}

static void find_curvature(const struct likelihood *likelihood,
                           struct likelihood_room *room, size_t k, size_t l)
{
    (void)likelihood;
    (void)k;
    (void)l;
    memcpy(room->curvature, room->kept, room->chunk.n_rows * sizeof(*room->curvature));
}

/* What has corners has no curvature to bound; its steps are as if that were 1. */
static const struct likelihood_loss losses[] = {
    [FAMILY_BINOMIAL] = {.is_logistic = true,
                         .is_smooth = true,
                         .greatest_curvature = 0.25,
                         .of_rows = loss_binomial,
                         .add = add,
                         .add_tallied = add_tallied,
                         .add_product = add_product,
                         .add_diagonal = add_diagonal,
                         .find_curvature = find_curvature},
    [FAMILY_GAUSSIAN] = {.is_smooth = true,
                         .is_quadratic = true,
                         .greatest_curvature = 1,
                         .of_rows = margin_loss_squared,
                         .add = add,
                         .add_tallied = add_tallied,
                         .add_product = add_product,
                         .add_diagonal = add_diagonal,
                         .find_curvature = find_curvature},
    [FAMILY_HINGE] = {.greatest_curvature = 1, .of_rows = margin_loss_hinge, .add = add},
    [FAMILY_ABSOLUTE] = {.greatest_curvature = 1,
                         .of_rows = margin_loss_absolute,
                         .add = add},
};

const struct likelihood_loss *one_margin_loss(enum family family)
{
    bool is_one = (size_t)family < sizeof(losses) / sizeof(*losses) && losses[family].add;
    return is_one ? &losses[family] : NULL;
}
