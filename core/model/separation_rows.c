#include "core/model/separation_rows.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/term_order.h"

enum { SUM_STILL, SUM_GROWING, SUM_OTHER, N_SUMS };

struct looking {
    const struct separation_rows *rows;
    const struct estimation *estimation;
    double *beta, *direction; /* [n] by terms */
    double *distance;         /* [n_threads] greatest so far */
};

/* What one row has for each class; class 0 of a binomial model is failure. */
struct row {
    const double *margins, *growth;
    double rounding; /* growths up to this are none */
};

static void look_at_pair(const struct looking *looking, const struct row *row, size_t y,
                         size_t k, double *distance, double *sums)
{
    double growth = row->growth[y] - row->growth[k];
    if (fabs(growth) <= fmax(looking->rows->still, row->rounding))
        sums[SUM_STILL]++;
    else if (growth >= SEPARATION_ROWS_GROWS) {
        double margin = row->margins[y] - row->margins[k];
        sums[SUM_GROWING]++;
        *distance = fmax(*distance, (looking->rows->wanted - margin) / growth);
    } else
        sums[SUM_OTHER]++;
}

static void look_at_row(const struct looking *looking, const struct row *row,
                        double label, double *distance, double *sums)
{
    const struct likelihood *likelihood = &looking->estimation->likelihood;
    if (!likelihood->loss->in_classes) {
        if (label > 0)
            look_at_pair(looking, row, 1, 0, distance, sums);
        if (label < 1)
            look_at_pair(looking, row, 0, 1, distance, sums);
        return;
    }
    for (size_t k = 0; k <= likelihood->n_blocks; k++)
        if (k != (size_t)label)
            look_at_pair(looking, row, (size_t)label, k, distance, sums);
}

/* Of every class but class 0, whose are 0. */
static void find_margins(const struct likelihood *likelihood,
                         const struct gram_rows *rows, const double *beta,
                         double *margins)
{
    size_t n_classes = likelihood->n_blocks + 1;
    memset(margins, 0, rows->n_rows * n_classes * sizeof(*margins));
    gram_add_margins_classes(rows, beta, likelihood->n_blocks, margins + 1, n_classes);
}

static void look_at_chunk(const struct looking *looking, struct likelihood_room *room,
                          double *distance, double *sums)
{
    const struct likelihood *likelihood = &looking->estimation->likelihood;
    struct gram_rows rows = row_chunk_rows(&room->chunk, likelihood->basis);
    size_t n_classes = likelihood->n_blocks + 1;
    double *sizes = room->curvature;
    find_margins(likelihood, &rows, looking->beta, room->margins);
    find_margins(likelihood, &rows, looking->direction, room->residual);
    memset(sizes, 0, rows.n_rows * sizeof(*sizes));
    gram_add_sizes(&rows, looking->direction, likelihood->n_blocks, sizes);
    for (size_t i = 0; i < rows.n_rows; i++) {
        const struct row row = {.margins = room->margins + i * n_classes,
                                .growth = room->residual + i * n_classes,
                                .rounding = looking->rows->still_share * sizes[i]};
        if (!likelihood->loss->in_classes)
            room->margins[i * n_classes + 1] += room->chunk.offset[i];
        look_at_row(looking, &row, room->chunk.y[i], distance, sums);
    }
}

static void look_at_block(void *context, size_t block, size_t worker, double *sums)
{
    struct looking *looking = context;
    const struct likelihood *likelihood = &looking->estimation->likelihood;
    struct likelihood_room *room = &likelihood->rooms[worker];
    struct design_block rows;
    size_t next = 0;
    design_block(likelihood->design, block, &rows);
    while (row_chunk_load(&room->chunk, likelihood->basis, &rows, &next))
        look_at_chunk(looking, room, &looking->distance[worker], sums);
}

static void take_sums(struct separation_rows *rows, const struct looking *looking,
                      const double *sums, size_t n_threads)
{
    rows->n_still = sums[SUM_STILL];
    rows->n_growing = sums[SUM_GROWING];
    rows->n_other = sums[SUM_OTHER];
    rows->distance = 0;
    for (size_t t = 0; t < n_threads; t++)
        rows->distance = fmax(rows->distance, looking->distance[t]);
}

/* Any class's sums carry rounding of the size of them all, since a direction has it from
 * the others: Σ |û_j δ_kj|. */
static int look(struct separation_rows *rows, struct looking *looking, struct error *err)
{
    const struct estimation *estimation = looking->estimation;
    double sums[N_SUMS];
    if (pool_sum(estimation->pool, estimation->design->n_blocks, N_SUMS, look_at_block,
                 looking, sums, err) < 0)
        return -1;
    take_sums(rows, looking, sums, pool_n_threads(estimation->pool));
    return 0;
}

int separation_rows_look(struct separation_rows *rows,
                         const struct estimation *estimation, const double *direction,
                         struct error *err)
{
    const struct likelihood *likelihood = &estimation->likelihood;
    struct looking looking = {.rows = rows, .estimation = estimation};
    looking.distance = memory_new(pool_n_threads(estimation->pool), sizeof(double), err);
    looking.beta = memory_new_aligned(likelihood->n, sizeof(double), err);
    looking.direction = memory_new_aligned(likelihood->n, sizeof(double), err);
    int status = -1;
    if (looking.distance && looking.beta && looking.direction) {
        term_order_by_terms(likelihood->n_blocks, likelihood->basis->n_terms,
                            estimation->point.beta, looking.beta);
        term_order_by_terms(likelihood->n_blocks, likelihood->basis->n_terms, direction,
                            looking.direction);
        status = look(rows, &looking, err);
    }
    memory_free(looking.distance);
    memory_free(looking.beta);
    memory_free(looking.direction);
    return status;
}
