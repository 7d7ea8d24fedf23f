#include "core/model/row_residuals.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/loss.h"
#include "core/model/dense_row.h"
#include "core/model/row_scores.h"

struct room {
    struct dense_row row;
    double *eta, *p; /* [n_classes] */
};

struct residuals {
    const struct estimation *estimation;
    const double *inverse;
    struct addenda *addenda;
    struct room *rooms; /* [n_threads] */
};

/* ---- one row ---- */

static double xlogratio(double x, double p)
{
    return x > 0 ? x * log(x / p) : 0;
}

/* Half the deviance of a row of two classes; whole labels keep what logarithms lose. */
static double half_deviance(double share, double eta, const double *p)
{
    if (share == 1 || share == 0)
        return loss_log1pexp(share == 1 ? -eta : eta);
    return fmax(0, xlogratio(share, p[1]) + xlogratio(1 - share, p[0]));
}

static void tell_binomial(const struct residuals *residuals, size_t row, double share,
                          double weight, const struct room *room)
{
    double rest = share == 1 ? room->p[0] : share - room->p[1];
    double deviance = 2 * weight * half_deviance(share, room->eta[0], room->p);
    residuals->addenda->deviance_residuals[row] = copysign(sqrt(fmax(0, deviance)), rest);
    residuals->addenda->pearson_residuals[row] =
        rest * sqrt(weight) / sqrt(room->p[0] * room->p[1]);
}

static void tell_multinomial(const struct residuals *residuals, size_t row, size_t label,
                             double weight, const struct room *room)
{
    size_t n_classes = residuals->estimation->likelihood.n_blocks + 1;
    double others = 0;
    for (size_t k = 0; k < n_classes; k++)
        others += k == label ? 0 : room->p[k];
    double deviance = others < 0.5 ? -2 * log1p(-others) : -2 * log(room->p[label]);
    residuals->addenda->deviance_residuals[row] = sqrt(weight * deviance);
    residuals->addenda->pearson_residuals[row] = sqrt(weight * others / room->p[label]);
}

/* û'C_kl û for each pair of blocks, by their share in the row's curvature. */
static double leverage(const struct residuals *residuals, const struct room *room)
{
    const struct estimation *estimation = residuals->estimation;
    size_t n_blocks = estimation->likelihood.n_blocks, n = estimation->likelihood.n;
    size_t n_terms = estimation->basis.n_terms;
    double sum = 0;
    if (!residuals->inverse)
        return NAN;
    for (size_t k = 0; k < n_blocks; k++)
        for (size_t l = 0; l <= k; l++) {
            const double *block = residuals->inverse + k * n_terms * n + l * n_terms;
            double form = 0;
            for (size_t i = 0; i < n_terms; i++)
                form += room->row.u[i] * dense_row_margin(&room->row, block + i * n);
            sum += (k == l ? 1 : 2) * form *
                   row_scores_slope(n_blocks + 1, room->p, k + 1, l + 1);
        }
    return sum / estimation->survey.sum_weights;
}

static void find_p(const struct residuals *residuals, const struct design_block *rows,
                   size_t i, struct room *room)
{
    const struct estimation *estimation = residuals->estimation;
    const struct basis *basis = &estimation->basis;
    size_t n_blocks = estimation->likelihood.n_blocks;
    dense_row_read(&room->row, rows, i);
    dense_row_place(&room->row);
    for (size_t k = 0; k < n_blocks; k++)
        room->eta[k] =
            (rows->offset ? rows->offset[i] : 0) +
            dense_row_margin(&room->row, estimation->point.beta + k * basis->n_terms);
    row_scores_softmax(n_blocks + 1, room->eta, room->p);
}

static void tell_row(const struct residuals *residuals, const struct design_block *rows,
                     size_t i, struct room *room)
{
    const struct estimate_options *options = residuals->estimation->options;
    struct addenda *addenda = residuals->addenda;
    size_t row = (size_t)rows->first_row + i;
    double weight = rows->weights ? rows->weights[i] : 1;
    addenda->deviance_residuals[row] = NAN;
    addenda->pearson_residuals[row] = NAN;
    addenda->leverages[row] = NAN;
    if (!(weight > 0))
        return;
    weight = options->frequency_weights ? 1 : weight;
    find_p(residuals, rows, i, room);
    if (options->family == FAMILY_BINOMIAL)
        tell_binomial(residuals, row, rows->y[i], weight, room);
    else
        tell_multinomial(residuals, row, (size_t)rows->y[i], weight, room);
    addenda->leverages[row] = weight * leverage(residuals, room);
}

static void tell_block(void *context, size_t block, size_t worker)
{
    const struct residuals *residuals = context;
    const struct estimation *estimation = residuals->estimation;
    struct design_block rows;
    design_block(estimation->design, block, &rows);
    for (size_t i = 0; i < rows.n_rows; i++)
        if (!solver_is_over(&estimation->hooks->watch))
            tell_row(residuals, &rows, i, &residuals->rooms[worker]);
}

/* ---- the whole ---- */

static int make_rooms(struct residuals *residuals, struct error *err)
{
    const struct estimation *estimation = residuals->estimation;
    size_t n_threads = pool_n_threads(estimation->pool);
    size_t n_classes = estimation->likelihood.n_blocks + 1;
    residuals->rooms = memory_new(n_threads, sizeof(*residuals->rooms), err);
    for (size_t t = 0; residuals->rooms && t < n_threads; t++) {
        struct room *room = &residuals->rooms[t];
        room->eta = memory_new(n_classes, sizeof(double), err);
        room->p = memory_new(n_classes, sizeof(double), err);
        if (!room->eta || !room->p ||
            dense_row_new(&room->row, &estimation->basis, err) < 0)
            return -1;
    }
    return residuals->rooms ? 0 : -1;
}

static void free_rooms(struct residuals *residuals)
{
    for (size_t t = 0;
         residuals->rooms && t < pool_n_threads(residuals->estimation->pool); t++) {
        dense_row_free(&residuals->rooms[t].row);
        memory_free(residuals->rooms[t].eta);
        memory_free(residuals->rooms[t].p);
    }
    memory_free(residuals->rooms);
}

static int make_arrays(struct addenda *addenda, size_t n_rows, struct error *err)
{
    addenda->deviance_residuals = memory_new_aligned(n_rows, sizeof(double), err);
    addenda->pearson_residuals = memory_new_aligned(n_rows, sizeof(double), err);
    addenda->leverages = memory_new_aligned(n_rows, sizeof(double), err);
    if (!addenda->deviance_residuals || !addenda->pearson_residuals ||
        !addenda->leverages)
        return -1;
    addenda->n_residuals = n_rows;
    return 0;
}

int row_residuals_run(const struct estimation *estimation, const double *inverse,
                      struct error *err)
{
    struct residuals residuals = {.estimation = estimation,
                                  .inverse = inverse,
                                  .addenda = &estimation->estimate->report.addenda};
    int status =
        make_arrays(residuals.addenda, (size_t)estimation->design->n_rows, err) < 0
            ? -1
            : make_rooms(&residuals, err);
    if (status == 0) {
        pool_run(estimation->pool, estimation->design->n_blocks, tell_block, &residuals);
        status = pool_check(estimation->pool, err);
        if (status == 0 && solver_is_over(&estimation->hooks->watch))
            status =
                error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked");
    }
    free_rooms(&residuals);
    return status;
}
