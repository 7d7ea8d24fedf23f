#include "core/model/separation_pairs.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/term_order.h"

/* Of the greatest component of a direction: no component is known better than as if it
 * were of this size. */
#define LEAST_SHARE 1e-3

struct running {
    const struct separation_pairs *pairs;
    /* [n] by terms, or NULL: along what rows are looked at, and what their sums carry
     * rounding of. */
    double *along[2], *sizes_of[2];
    double *sizes; /* [n_threads × 2 × rows of a chunk] */
    size_t capacity;
};

/* Where a pass is. */
struct place {
    const struct running *running;
    struct likelihood_room *room;
    size_t worker;
    double *sums;
    double *sizes[2]; /* [rows of a chunk] */
    struct gram_rows rows;
    struct separation_pair pair;
    const double *margins[2]; /* [n_classes] of the row; class 0 of a binomial: failure */
};

/* ---- a row ---- */

static void look_at_pair(struct place *place, size_t y, size_t k)
{
    const struct separation_pairs *pairs = place->running->pairs;
    for (size_t d = 0; d < 2; d++) {
        place->pair.growth[d].value = place->margins[d][y] - place->margins[d][k];
        place->pair.growth[d].size = place->sizes[d][place->pair.row];
    }
    place->pair.y = y;
    place->pair.k = k;
    pairs->look(pairs->context, &place->pair, place->worker, place->sums);
    place->pair.number++;
}

static void look_at_row(struct place *place, double label)
{
    const struct likelihood *likelihood = &place->running->pairs->estimation->likelihood;
    if (!likelihood->loss->in_classes) {
        if (label > 0)
            look_at_pair(place, 1, 0);
        if (label < 1)
            look_at_pair(place, 0, 1);
        return;
    }
    for (size_t k = 0; k <= likelihood->n_blocks; k++)
        if (k != (size_t)label)
            look_at_pair(place, (size_t)label, k);
}

/* ---- a chunk ---- */

/* Of every class but class 0, whose are 0. */
static void find_margins(const struct likelihood *likelihood,
                         const struct gram_rows *rows, const double *along,
                         double *margins)
{
    size_t n_classes = likelihood->n_blocks + 1;
    memset(margins, 0, rows->n_rows * n_classes * sizeof(*margins));
    if (along)
        gram_add_margins_classes(rows, along, likelihood->n_blocks, margins + 1,
                                 n_classes);
}

static void find_sizes(const struct place *place, const struct gram_rows *rows)
{
    size_t n_blocks = place->running->pairs->estimation->likelihood.n_blocks;
    for (size_t d = 0; d < 2; d++) {
        memset(place->sizes[d], 0, rows->n_rows * sizeof(double));
        if (place->running->sizes_of[d])
            gram_add_sizes(rows, place->running->sizes_of[d], n_blocks, place->sizes[d]);
    }
}

static void look_at_chunk(struct place *place)
{
    const struct separation_pairs *pairs = place->running->pairs;
    const struct likelihood *likelihood = &pairs->estimation->likelihood;
    struct likelihood_room *room = place->room;
    const struct gram_rows *rows = &place->rows;
    size_t n_classes = likelihood->n_blocks + 1;
    bool has_offset = !likelihood->loss->in_classes && !pairs->directions[1];
    place->rows = row_chunk_rows(&room->chunk, likelihood->basis);
    find_margins(likelihood, rows, place->running->along[0], room->residual);
    find_margins(likelihood, rows, place->running->along[1], room->margins);
    find_sizes(place, rows);
    for (size_t i = 0; i < rows->n_rows; i++) {
        if (has_offset)
            room->margins[i * n_classes + 1] += room->chunk.offset[i];
        place->pair.row = i;
        place->margins[0] = room->residual + i * n_classes;
        place->margins[1] = room->margins + i * n_classes;
        look_at_row(place, room->chunk.y[i]);
    }
}

static void look_at_block(void *context, size_t block, size_t worker, double *sums)
{
    const struct running *running = context;
    const struct likelihood *likelihood = &running->pairs->estimation->likelihood;
    double *sizes = running->sizes + 2 * worker * running->capacity;
    struct place place = {.running = running,
                          .room = &likelihood->rooms[worker],
                          .worker = worker,
                          .sums = sums,
                          .sizes = {sizes, sizes + running->capacity},
                          .pair = {.block = block}};
    struct design_block rows;
    size_t next = 0;
    place.pair.rows = &place.rows;
    design_block(likelihood->design, block, &rows);
    while (row_chunk_load(&place.room->chunk, likelihood->basis, &rows, &next))
        look_at_chunk(&place);
}

/* ---- the whole ---- */

static void free_running(struct running *running)
{
    memory_free(running->sizes);
    for (size_t d = 0; d < 2; d++) {
        memory_free(running->along[d]);
        memory_free(running->sizes_of[d]);
    }
}

/* By terms; *made stays NULL where there is none. */
static int make_vector(const struct likelihood *likelihood, const double *by_blocks,
                       double **made, struct error *err)
{
    if (!by_blocks)
        return 0;
    *made = memory_new_aligned(likelihood->n, sizeof(double), err);
    if (!*made)
        return -1;
    term_order_by_terms(likelihood->n_blocks, likelihood->basis->n_terms, by_blocks,
                        *made);
    return 0;
}

static void floor_sizes(double *sizes, size_t n)
{
    double greatest = 0;
    for (size_t i = 0; i < n; i++)
        greatest = fmax(greatest, fabs(sizes[i]));
    for (size_t i = 0; i < n; i++)
        sizes[i] = fmax(fabs(sizes[i]), LEAST_SHARE * greatest);
}

static int make_running(struct running *running, struct error *err)
{
    const struct separation_pairs *pairs = running->pairs;
    const struct likelihood *likelihood = &pairs->estimation->likelihood;
    size_t n_threads = pool_n_threads(pairs->estimation->pool);
    const double *second = pairs->directions[1] ? pairs->directions[1] : pairs->from;
    running->capacity = row_chunk_capacity(likelihood->basis, likelihood->design);
    running->sizes = memory_new(2 * n_threads * running->capacity, sizeof(double), err);
    if (!running->sizes ||
        make_vector(likelihood, pairs->directions[0], &running->along[0], err) < 0 ||
        make_vector(likelihood, second, &running->along[1], err) < 0)
        return -1;
    for (size_t d = 0; d < 2; d++) {
        if (make_vector(likelihood, pairs->directions[d], &running->sizes_of[d], err) < 0)
            return -1;
        if (running->sizes_of[d])
            floor_sizes(running->sizes_of[d], likelihood->n);
    }
    return 0;
}

int separation_pairs_run(const struct separation_pairs *pairs, size_t n_sums,
                         double *sums, struct error *err)
{
    struct running running = {.pairs = pairs};
    int status = make_running(&running, err);
    if (status == 0)
        status = pool_sum(pairs->estimation->pool, pairs->estimation->design->n_blocks,
                          n_sums, look_at_block, &running, sums, err);
    free_running(&running);
    return status;
}
