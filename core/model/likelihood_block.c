#include "core/model/likelihood_block.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/cross.h"
#include "core/optim/solver.h"

#define LEAST_CAPACITY 64U
#define PADDING 8U /* columns more than a block of a dense row has, at most */

/* A worker's. */
struct block_room {
    struct likelihood_room room;
    /* Where these are copied, the columns of each block: one behind the other, dense */
    double *x; /* [n_rows × n_set], each with a stride of its own (cells_of) */
    /* or sparse. */
    uint64_t *starts; /* [n_blocks × (n_rows + 1)] */
    uint32_t *columns;
    double *values;  /* these: [n_blocks × entries of the chunk] */
    double *crossed; /* cross_add's; of dense rows */
};

struct likelihood_block {
    size_t capacity;    /* coefficients, and columns, there is room for */
    struct basis basis; /* a view of the likelihood's: the columns of the set alone */
    size_t *columns;    /* [capacity] the view's */
    size_t *terms;      /* [capacity] of the coefficients of the set, in their blocks */
    uint32_t *shifted;  /* [d] the view's */
    struct basis_place *of_design; /* [d] the view's */
    size_t *place;                 /* [n_active] place of a basis's column in the view */
    uint32_t *in_block; /* [n_blocks × n_active] of a column of the view among those of a
                         * block; ABSENT */
    size_t
        *starts; /* [n_blocks + 1] where each block of coefficients begins in the set */
    size_t n_set;
    struct block_room *rooms; /* [n_threads] */
    const struct likelihood *likelihood;
    void *kept; /* the point's state */
};

#define ABSENT UINT32_MAX

/* Is what a block is about other than the whole view? */
static bool is_copied(const struct likelihood *likelihood)
{
    return likelihood->n_blocks > 1 || likelihood->basis->n_mixed > 0;
}

/* ---- room ---- */

static void free_rooms(struct likelihood_block *block, size_t n_threads)
{
    for (size_t t = 0; block->rooms && t < n_threads; t++) {
        likelihood_room_free(&block->rooms[t].room);
        memory_free(block->rooms[t].x);
        memory_free(block->rooms[t].crossed);
        memory_free(block->rooms[t].starts);
        memory_free(block->rooms[t].columns);
        memory_free(block->rooms[t].values);
        block->rooms[t] = (struct block_room){0};
    }
    memory_free(block->columns);
    memory_free(block->terms);
    block->columns = block->terms = NULL;
    block->capacity = 0;
}

void likelihood_block_free(struct likelihood_block *block, size_t n_threads)
{
    if (!block)
        return;
    free_rooms(block, n_threads);
    memory_free(block->rooms);
    memory_free(block->place);
    memory_free(block->in_block);
    memory_free(block->shifted);
    memory_free(block->of_design);
    memory_free(block->starts);
    memory_free(block);
}

static int make_block(struct likelihood *likelihood, struct error *err)
{
    size_t n_threads = pool_n_threads(likelihood->pool);
    size_t n_columns = likelihood->basis->n_columns,
           n_active = likelihood->basis->n_active;
    struct likelihood_block *block = memory_new(1, sizeof(*block), err);
    if (!block)
        return -1;
    block->rooms = memory_new(n_threads, sizeof(*block->rooms), err);
    block->place = memory_new(n_active, sizeof(size_t), err);
    block->in_block =
        memory_new(likelihood->n_blocks * n_active, sizeof(*block->in_block), err);
    block->shifted = memory_new(n_columns, sizeof(*block->shifted), err);
    block->of_design = memory_new(n_columns, sizeof(*block->of_design), err);
    block->starts = memory_new(likelihood->n_blocks + 1, sizeof(size_t), err);
    if (!block->rooms || !block->place || !block->in_block || !block->shifted ||
        !block->of_design || !block->starts) {
        likelihood_block_free(block, n_threads);
        return -1;
    }
    likelihood->block = block;
    return 0;
}

static int make_entries(const struct likelihood *likelihood, struct block_room *room,
                        struct error *err)
{
    size_t n_starts, n_entries, n_rows = room->room.chunk.capacity;
    if (!memory_product(likelihood->n_blocks, n_rows + 1, &n_starts) ||
        !memory_product(likelihood->n_blocks, room->room.chunk.entry_capacity,
                        &n_entries))
        return error_no_memory(err, SIZE_MAX);
    room->starts = memory_new(n_starts, sizeof(*room->starts), err);
    room->columns = memory_new(n_entries, sizeof(*room->columns), err);
    room->values = memory_new(n_entries, sizeof(*room->values), err);
    return room->starts && room->columns && room->values ? 0 : -1;
}

static int make_room(const struct likelihood *likelihood, size_t capacity,
                     struct block_room *room, struct error *err)
{
    struct basis basis = *likelihood->basis;
    size_t n_columns, n_cells;
    basis.n_active = capacity;
    if (likelihood_room_new(likelihood, &basis, &room->room, err) < 0)
        return -1;
    if (!is_copied(likelihood))
        return 0;
    if (basis.is_sparse)
        return make_entries(likelihood, room, err);
    if (!memory_sum(capacity, PADDING * likelihood->n_blocks, &n_columns) ||
        !memory_product(room->room.chunk.capacity, n_columns, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    room->x = memory_new_aligned(n_cells, sizeof(double), err);
    room->crossed = memory_new_aligned(n_cells, sizeof(double), err);
    return room->x && room->crossed ? 0 : -1;
}

/* Mixed columns are made of all of them. */
static int reserve(struct likelihood_block *block, const struct likelihood *likelihood,
                   struct error *err)
{
    size_t n_threads = pool_n_threads(likelihood->pool), capacity = LEAST_CAPACITY;
    size_t n_columns = likelihood->basis->n_mixed > 0 ? likelihood->basis->n_active : 0;
    size_t least = block->n_set > n_columns ? block->n_set : n_columns;
    while (capacity < least)
        capacity *= 2;
    if (block->capacity >= least && block->columns)
        return 0;
    free_rooms(block, n_threads);
    block->columns = memory_new(capacity, sizeof(size_t), err);
    block->terms = memory_new(capacity, sizeof(size_t), err);
    int status = block->columns && block->terms ? 0 : -1;
    for (size_t t = 0; status == 0 && t < n_threads; t++)
        status = make_room(likelihood, capacity, &block->rooms[t], err);
    if (status < 0)
        free_rooms(block, n_threads);
    else
        block->capacity = capacity;
    return status;
}

/* ---- the set ---- */

/* Where each block begins in the set, and what a coefficient is in its block. */
static void find_terms(struct likelihood_block *block, const size_t *set)
{
    const struct likelihood *likelihood = block->likelihood;
    size_t n_terms = likelihood->basis->n_terms, i = 0;
    for (size_t k = 0; k < likelihood->n_blocks; k++) {
        block->starts[k] = i;
        for (; i < block->n_set && set[i] < (k + 1) * n_terms; i++)
            block->terms[i] = set[i] - k * n_terms;
    }
    block->starts[likelihood->n_blocks] = i;
}

static bool has_intercept(const struct likelihood_block *block, size_t k)
{
    size_t first = block->starts[k];
    return first < block->starts[k + 1] && block->terms[first] < block->basis.intercept;
}

/* The columns that the set is about, over all blocks. */
static void view_columns(struct likelihood_block *block)
{
    const struct basis *basis = block->likelihood->basis;
    size_t n = 0;
    for (size_t i = 0; i < basis->n_active; i++)
        block->place[i] = basis->n_mixed > 0 ? i : SIZE_MAX;
    block->basis = *basis;
    if (basis->n_mixed > 0)
        return;
    for (size_t i = 0; i < block->n_set; i++)
        if (block->terms[i] >= basis->intercept)
            block->place[block->terms[i] - basis->intercept] = 0;
    for (size_t i = 0; i < basis->n_active; i++)
        if (block->place[i] == 0) {
            block->place[i] = n;
            block->columns[n++] = basis->columns[i];
        }
    block->basis.columns = block->columns;
    block->basis.n_active = n;
    block->basis.n_terms = n + basis->intercept;
    if (basis->is_sparse) {
        block->basis.place = block->of_design;
        block->basis.shifted = block->shifted;
        basis_place_columns(&block->basis);
    }
}

/* Which columns of the view are in which block. */
static void find_blocks(struct likelihood_block *block)
{
    const struct basis *basis = block->likelihood->basis;
    size_t n_active = basis->n_active, n_blocks = block->likelihood->n_blocks;
    for (size_t i = 0; i < n_blocks * n_active; i++)
        block->in_block[i] = ABSENT;
    for (size_t k = 0; k < n_blocks; k++) {
        size_t first = block->starts[k] + has_intercept(block, k);
        for (size_t i = first; i < block->starts[k + 1]; i++)
            block->in_block[k * n_active +
                            block->place[block->terms[i] - basis->intercept]] =
                (uint32_t)(i - first);
    }
}

/* ---- a pass ---- */

/* Where the columns of block k are copied to: those before it take up to seven more than
 * they have. */
static double *cells_of(const struct likelihood_block *block, struct block_room *room,
                        size_t k)
{
    return room->x + (block->starts[k] + PADDING * k) * room->room.chunk.capacity;
}

static void copy_dense(const struct likelihood_block *block, struct block_room *room,
                       size_t k)
{
    const struct row_chunk *chunk = &room->room.chunk;
    size_t first = block->starts[k] + has_intercept(block, k);
    double *x = cells_of(block, room, k);
    size_t n = block->starts[k + 1] - first, stride = gram_stride(n);
    for (size_t r = 0; r < chunk->n_rows; r++, x += stride) {
        const double *u = chunk->u + r * chunk->stride;
        for (size_t i = 0; i < n; i++)
            x[i] = u[block->place[block->terms[first + i] - block->basis.intercept]];
        memset(x + n, 0, (stride - n) * sizeof(*x));
    }
}

static void copy_sparse(const struct likelihood_block *block, struct block_room *room,
                        size_t k)
{
    const struct row_chunk *chunk = &room->room.chunk;
    const uint32_t *in_block = block->in_block + k * block->likelihood->basis->n_active;
    uint64_t *starts = room->starts + k * (chunk->capacity + 1);
    uint32_t *columns = room->columns + k * chunk->entry_capacity;
    double *values = room->values + k * chunk->entry_capacity;
    size_t n = 0;
    for (size_t r = 0; r < chunk->n_rows; r++) {
        starts[r] = n;
        for (size_t e = chunk->starts[r]; e < chunk->starts[r + 1]; e++)
            if (in_block[chunk->columns[e]] != ABSENT) {
                columns[n] = in_block[chunk->columns[e]];
                values[n++] = chunk->values[e];
            }
    }
    starts[chunk->n_rows] = n;
}

/* Of block k of coefficients; of several blocks, where they were copied to. */
static struct gram_rows rows_of(const struct likelihood_block *block,
                                struct block_room *room, size_t k)
{
    const struct row_chunk *chunk = &room->room.chunk;
    struct gram_rows rows = row_chunk_rows(chunk, &block->basis);
    rows.intercept = has_intercept(block, k);
    if (!is_copied(block->likelihood))
        return rows;
    rows.n_columns = block->starts[k + 1] - block->starts[k] - rows.intercept;
    if (!block->basis.is_sparse) {
        rows.x = cells_of(block, room, k);
        rows.stride = gram_stride(rows.n_columns);
        return rows;
    }
    rows.starts = room->starts + k * (chunk->capacity + 1);
    rows.columns = room->columns + k * chunk->entry_capacity;
    rows.values = room->values + k * chunk->entry_capacity;
    return rows;
}

static void add_pair(const struct likelihood_block *block, struct block_room *room,
                     size_t k, size_t l, double *sums)
{
    const struct gram_rows of_k = rows_of(block, room, k), of_l = rows_of(block, room, l);
    double *product = sums + block->starts[k] * block->n_set + block->starts[l];
    if (block->starts[k] == block->starts[k + 1] ||
        block->starts[l] == block->starts[l + 1])
        return;
    block->likelihood->loss->find_curvature(block->likelihood, &room->room, k, l);
    if (k == l)
        gram_add(&of_k, room->room.curvature, 1, room->room.weighted_u, product,
                 block->n_set);
    else
        cross_add(&of_k, &of_l, room->room.curvature, -1, room->crossed, product,
                  block->n_set);
}

static void add_chunk(const struct likelihood_block *block, struct block_room *room,
                      double *sums)
{
    size_t n_blocks = block->likelihood->n_blocks;
    for (size_t k = 0; k < n_blocks; k++) {
        if (is_copied(block->likelihood))
            (block->basis.is_sparse ? copy_sparse : copy_dense)(block, room, k);
        for (size_t l = 0; l <= k; l++)
            add_pair(block, room, k, l, sums);
    }
}

static void add_block(void *context, size_t number, size_t worker, double *sums)
{
    const struct likelihood_block *block = context;
    const struct likelihood *likelihood = block->likelihood;
    struct block_room *room = &block->rooms[worker];
    size_t n_kept = likelihood_n_kept(likelihood), next = 0;
    struct design_block rows;
    design_block(likelihood->design, number, &rows);
    room->room.kept = likelihood_kept(likelihood, block->kept, &rows);
    while (!solver_is_over(&likelihood->hooks->watch) &&
           row_chunk_load(&room->room.chunk, &block->basis, &rows, &next)) {
        add_chunk(block, room, sums);
        room->room.kept += room->room.chunk.n_rows * n_kept;
    }
}

/* ---- the whole ---- */

static void complete(const struct likelihood_block *block, double *matrix)
{
    const struct likelihood *likelihood = block->likelihood;
    size_t n = block->n_set;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            matrix[i * n + j] /= likelihood->sum_weights;
    for (size_t k = 0; likelihood->is_penalised && k < likelihood->n_blocks; k++)
        for (size_t l = 0; l <= k; l++)
            for (size_t i = block->starts[k]; i < block->starts[k + 1]; i++)
                for (size_t j = block->starts[l]; j < block->starts[l + 1] && j <= i; j++)
                    matrix[i * n + j] += penalty_curvature(
                        &likelihood->penalty, k, block->terms[i], l, block->terms[j]);
}

static int check(const struct likelihood_block *block, const double *matrix,
                 struct error *err)
{
    size_t n = block->n_set;
    if (solver_is_over(&block->likelihood->hooks->watch))
        return error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked");
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            if (!isfinite(matrix[i * n + j]))
                return error_set(err, ERROR_NON_FINITE,
                                 "a derivative of the objective is not finite");
    return 0;
}

int likelihood_block_find(struct likelihood *likelihood,
                          const struct objective_point *point, const size_t *set,
                          size_t n_set, double *matrix, struct error *err)
{
    if (!likelihood->block && make_block(likelihood, err) < 0)
        return -1;
    struct likelihood_block *block = likelihood->block;
    block->likelihood = likelihood;
    block->n_set = n_set;
    block->kept = point->state;
    if (reserve(block, likelihood, err) < 0)
        return -1;
    find_terms(block, set);
    view_columns(block);
    find_blocks(block);
    likelihood->n_passes++;
    if (pool_sum(likelihood->pool, likelihood->design->n_blocks, n_set * n_set, add_block,
                 block, matrix, err) < 0)
        return -1;
    complete(block, matrix);
    return check(block, matrix, err);
}
