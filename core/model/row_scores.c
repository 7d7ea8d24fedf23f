#include "core/model/row_scores.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/loss.h"

int row_scores_new(struct row_scores *scores, const struct estimation *estimation,
                   struct error *err)
{
    struct row_scores made = {.estimation = estimation,
                              .n_classes = estimation->likelihood.n_blocks + 1};
    size_t n_rows = row_chunk_capacity(&estimation->basis, estimation->design), n_cells;
    if (!memory_product(n_rows, made.n_classes, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    made.p = memory_new_aligned(n_cells, sizeof(double), err);
    made.residual = memory_new_aligned(n_cells, sizeof(double), err);
    made.margins = memory_new_aligned(n_rows, sizeof(double), err);
    made.spare = memory_new_aligned(n_rows, sizeof(double), err);
    if (!made.p || !made.residual || !made.margins || !made.spare ||
        row_chunk_new(&made.chunk, estimation->design, &estimation->basis, err) < 0) {
        row_scores_free(&made);
        return -1;
    }
    *scores = made;
    return 0;
}

void row_scores_free(struct row_scores *scores)
{
    row_chunk_free(&scores->chunk);
    memory_free(scores->p);
    memory_free(scores->residual);
    memory_free(scores->margins);
    memory_free(scores->spare);
    *scores = (struct row_scores){0};
}

static void find_binomial(struct row_scores *scores, const struct gram_rows *rows,
                          const double *beta)
{
    const struct row_chunk *chunk = &scores->chunk;
    double *margins = scores->margins, *residual = scores->spare;
    memcpy(margins, chunk->offset, rows->n_rows * sizeof(*margins));
    gram_add_margins(rows, beta, margins, 1);
    for (size_t i = 0; i < rows->n_rows; i++)
        row_scores_softmax(2, margins + i, scores->p + 2 * i);
    /* The curvature, which nobody wants, goes over the margins. */
    loss_binomial(rows->n_rows, margins, chunk->y, NULL, residual, margins);
    for (size_t i = 0; i < rows->n_rows; i++) {
        scores->residual[2 * i] = 0;
        scores->residual[2 * i + 1] = residual[i];
    }
}

static void find_multinomial(struct row_scores *scores, const struct gram_rows *rows,
                             const double *beta)
{
    size_t n_classes = scores->n_classes, n_terms = scores->estimation->basis.n_terms;
    memset(scores->p, 0, rows->n_rows * n_classes * sizeof(*scores->p));
    for (size_t k = 1; k < n_classes; k++)
        gram_add_margins(rows, beta + (k - 1) * n_terms, scores->p + k, n_classes);
    loss_multinomial(rows->n_rows, n_classes, scores->p, scores->chunk.y, NULL,
                     scores->residual);
    for (size_t i = 0; i < rows->n_rows; i++)
        scores->residual[i * n_classes] = 0;
}

void row_scores_find(struct row_scores *scores, const double *beta)
{
    const struct gram_rows rows =
        row_chunk_rows(&scores->chunk, &scores->estimation->basis);
    if (scores->estimation->options->family == FAMILY_BINOMIAL)
        find_binomial(scores, &rows, beta);
    else
        find_multinomial(scores, &rows, beta);
}

void row_scores_softmax(size_t n_classes, const double *margins, double *p)
{
    if (n_classes == 2) {
        double z = margins[0];
        p[0] = loss_sigmoid(-z);
        p[1] = loss_sigmoid(z);
        return;
    }
    memmove(p + 1, margins, (n_classes - 1) * sizeof(*p));
    p[0] = 0;
    loss_softmax(p, n_classes, p);
}

double row_scores_slope(size_t n_classes, const double *p, size_t k, size_t l)
{
    double others = 0;
    if (k != l)
        return -p[k] * p[l];
    for (size_t c = 0; c < n_classes; c++)
        others += c == k ? 0 : p[c];
    return p[k] * others;
}

struct row_scores *row_scores_rooms(const struct estimation *estimation,
                                    struct error *err)
{
    size_t n = pool_n_threads(estimation->pool);
    struct row_scores *rooms = memory_new(n, sizeof(*rooms), err);
    for (size_t t = 0; rooms && t < n; t++)
        if (row_scores_new(&rooms[t], estimation, err) < 0) {
            row_scores_free_rooms(rooms, estimation);
            return NULL;
        }
    return rooms;
}

void row_scores_free_rooms(struct row_scores *rooms, const struct estimation *estimation)
{
    for (size_t t = 0; rooms && t < pool_n_threads(estimation->pool); t++)
        row_scores_free(&rooms[t]);
    memory_free(rooms);
}
