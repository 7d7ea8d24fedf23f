#include "core/model/term_metric.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/model/stretch.h"
#include "core/optim/solver.h"

#define MOST_FREQUENT 256U
#define FREQUENT 0.02 /* of the rows, for a term to be in the block */
/* Rows whose weight is below this share of the mean are left out of a class's block. */
#define NEGLIGIBLE 0.02
#define RARE UINT32_MAX

/* Of one thread: a chunk's entries of frequent terms, and its weights for one class. */
struct room {
    uint64_t *starts;
    uint32_t *columns;
    double *values, *weights;
};

struct term_metric {
    struct likelihood *likelihood;
    size_t n_terms, n_classes, n_frequent;
    uint32_t *place;  /* [n_terms] among the frequent ones, or RARE */
    size_t *frequent; /* [n_frequent] the terms, ascending */
    /* [n_terms × n_classes] the diagonal, and behind it of each class the block
     * [n_frequent²] */
    double *sums;
    struct cholesky *factors; /* [n_classes] of the blocks */
    double *part;             /* [n_frequent] */
    double *zeroth;           /* [2 × n_terms] r and z of class 0 */
    void *kept;               /* the point's, while it is found */
    struct room *rooms;       /* [n_threads] */
};

static size_t n_diagonal(const struct term_metric *metric)
{
    return metric->n_terms * metric->n_classes;
}

static double *block_of(const struct term_metric *metric, double *sums, size_t k)
{
    return sums + n_diagonal(metric) + k * metric->n_frequent * metric->n_frequent;
}

size_t term_metric_cells(size_t n_terms, size_t n_blocks)
{
    size_t n, n_classes = n_blocks == 1 ? 1 : n_blocks + 1;
    size_t q = n_terms < MOST_FREQUENT ? n_terms : MOST_FREQUENT;
    return memory_product(n_terms + q * q, n_classes, &n) &&
                   memory_sum(n, 3 * n_terms, &n)
               ? n
               : SIZE_MAX;
}

/* ---- finding it ---- */

/* ω p_k(1-p_k) of a chunk's rows, all classes of a row side by side. */
static void find_curvature(const struct term_metric *metric,
                           const struct row_chunk *chunk, const double *kept,
                           double *curvature)
{
    size_t n_classes = metric->n_classes;
    if (n_classes == 1)
        memcpy(curvature, kept, chunk->n_rows * sizeof(*curvature));
    for (size_t i = 0; n_classes > 1 && i < chunk->n_rows; i++)
        for (size_t k = 0; k < n_classes; k++, kept++)
            *curvature++ = chunk->weights[i] * *kept * (1 - *kept);
}

/* The chunk's rows as far as frequent terms go; the intercept is one of them. */
static struct gram_rows pick_frequent(const struct term_metric *metric,
                                      const struct row_chunk *chunk, struct room *room)
{
    size_t n = 0, intercept = metric->likelihood->basis->intercept;
    for (size_t i = 0; i < chunk->n_rows; i++) {
        room->starts[i] = n;
        if (intercept && metric->place[0] != RARE) {
            room->columns[n] = metric->place[0];
            room->values[n++] = 1;
        }
        for (size_t e = chunk->starts[i]; e < chunk->starts[i + 1]; e++) {
            uint32_t place = metric->place[chunk->columns[e] + intercept];
            room->columns[n] = place;
            room->values[n] = chunk->values[e];
            n += place != RARE;
        }
    }
    room->starts[chunk->n_rows] = n;
    return (struct gram_rows){.n_rows = chunk->n_rows,
                              .n_columns = metric->n_frequent,
                              .starts = room->starts,
                              .columns = room->columns,
                              .values = room->values};
}

static void add_blocks(const struct term_metric *metric, const struct row_chunk *chunk,
                       const double *curvature, struct room *room, double *sums)
{
    const struct gram_rows rows = pick_frequent(metric, chunk, room);
    size_t n_classes = metric->n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        double sum = 0;
        for (size_t i = 0; i < rows.n_rows; i++)
            sum += curvature[i * n_classes + k];
        for (size_t i = 0; i < rows.n_rows; i++) {
            double h = curvature[i * n_classes + k];
            room->weights[i] = h * (double)rows.n_rows < NEGLIGIBLE * sum ? 0 : h;
        }
        gram_add(&rows, room->weights, 1, NULL, block_of(metric, sums, k),
                 metric->n_frequent);
    }
}

static void add_block(const struct term_metric *metric, size_t block, size_t worker,
                      double *sums)
{
    const struct likelihood *likelihood = metric->likelihood;
    struct likelihood_room *room = &likelihood->rooms[worker];
    size_t n_classes = metric->n_classes, next = 0;
    struct design_block rows;
    design_block(likelihood->design, block, &rows);
    const double *kept = likelihood_kept(likelihood, metric->kept, &rows);
    while (!solver_is_over(&likelihood->hooks->watch) &&
           row_chunk_load(&room->chunk, likelihood->basis, &rows, &next)) {
        struct gram_rows loaded = row_chunk_rows(&room->chunk, likelihood->basis);
        find_curvature(metric, &room->chunk, kept, room->residual);
        gram_add_squares_classes(&loaded, room->residual, n_classes, n_classes, sums);
        if (metric->n_frequent > 0)
            add_blocks(metric, &room->chunk, room->residual, &metric->rooms[worker],
                       sums);
        kept += loaded.n_rows * n_classes;
    }
}

static void add_stretch(void *context, size_t stretch, size_t worker, double *sums)
{
    const struct term_metric *metric = context;
    const struct likelihood *likelihood = metric->likelihood;
    size_t block, end;
    stretch_find(likelihood->design, likelihood->stretch_blocks, stretch, &block, &end);
    for (; block < end; block++)
        add_block(metric, block, worker, sums);
}

static double penalty_of(const struct likelihood *likelihood, size_t term)
{
    size_t intercept = likelihood->basis->intercept;
    return likelihood->is_penalised && term >= intercept
               ? likelihood->penalty.diagonal[term - intercept]
               : 0;
}

static void complete_diagonal(struct term_metric *metric)
{
    const struct likelihood *likelihood = metric->likelihood;
    for (size_t i = 0; i < metric->n_terms; i++)
        for (size_t k = 0; k < metric->n_classes; k++) {
            double *d = &metric->sums[i * metric->n_classes + k];
            *d = *d / likelihood->sum_weights + penalty_of(likelihood, i);
            *d = *d > 0 ? *d : 1;
        }
}

/* What rows left out would add to its diagonal stays there. */
static void factor_block(void *context, size_t k, size_t worker)
{
    struct term_metric *metric = context;
    size_t n = metric->n_frequent;
    double *block = block_of(metric, metric->sums, k);
    (void)worker;
    for (size_t i = 0; i < n * n; i++)
        block[i] /= metric->likelihood->sum_weights;
    for (size_t i = 0; i < n; i++)
        block[i * (n + 1)] = metric->sums[metric->frequent[i] * metric->n_classes + k];
    cholesky_factor(&metric->factors[k], block);
}

static int find(void *context, const struct objective_point *point, struct error *err)
{
    struct term_metric *metric = context;
    struct likelihood *likelihood = metric->likelihood;
    size_t q = metric->n_frequent;
    size_t n_stretches = stretch_count(likelihood->design, likelihood->stretch_blocks);
    metric->kept = point->state;
    likelihood->n_passes++;
    if (pool_sum(likelihood->pool, n_stretches,
                 n_diagonal(metric) + metric->n_classes * q * q, add_stretch, metric,
                 metric->sums, err) < 0)
        return -1;
    if (solver_is_over(&likelihood->hooks->watch)) /* rows may have been left out */
        return error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked");
    complete_diagonal(metric);
    if (q > 0)
        pool_run(likelihood->pool, metric->n_classes, factor_block, metric);
    return pool_check(likelihood->pool, err);
}

/* ---- solving with it ---- */

/* z = D_k⁻¹ r of one class. */
static void solve_class(const struct term_metric *metric, size_t k, const double *r,
                        double *z)
{
    size_t n_classes = metric->n_classes;
    for (size_t i = 0; i < metric->n_terms; i++)
        z[i] = r[i] / metric->sums[i * n_classes + k];
    if (metric->n_frequent == 0)
        return;
    for (size_t i = 0; i < metric->n_frequent; i++)
        metric->part[i] = r[metric->frequent[i]];
    cholesky_solve(&metric->factors[k], metric->part);
    for (size_t i = 0; i < metric->n_frequent; i++)
        z[metric->frequent[i]] = metric->part[i];
}

static void solve(void *context, const double *r, double *z)
{
    struct term_metric *metric = context;
    size_t n = metric->n_terms;
    double *zeroth = metric->zeroth, *shift = zeroth + n;
    if (metric->n_classes == 1) {
        solve_class(metric, 0, r, z);
        return;
    }
    memset(zeroth, 0, n * sizeof(*zeroth));
    for (size_t k = 1; k < metric->n_classes; k++)
        for (size_t i = 0; i < n; i++)
            zeroth[i] -= r[(k - 1) * n + i];
    solve_class(metric, 0, zeroth, shift);
    for (size_t k = 1; k < metric->n_classes; k++) {
        solve_class(metric, k, r + (k - 1) * n, z + (k - 1) * n);
        for (size_t i = 0; i < n; i++)
            z[(k - 1) * n + i] -= shift[i];
    }
}

/* ---- making it ---- */

static void free_room(struct room *room)
{
    memory_free(room->starts);
    memory_free(room->columns);
    memory_free(room->values);
    memory_free(room->weights);
}

static void free_term_metric(void *context)
{
    struct term_metric *metric = context;
    if (!metric)
        return;
    for (size_t k = 0; metric->factors && k < metric->n_classes; k++)
        cholesky_free(&metric->factors[k]);
    for (size_t t = 0; metric->rooms && t < pool_n_threads(metric->likelihood->pool); t++)
        free_room(&metric->rooms[t]);
    memory_free(metric->place);
    memory_free(metric->frequent);
    memory_free(metric->sums);
    memory_free(metric->factors);
    memory_free(metric->part);
    memory_free(metric->zeroth);
    memory_free(metric->rooms);
    memory_free(metric);
}

/* Rows with an entry of each term; the intercept is in all of them. */
static void count_rows(const struct term_metric *metric, uint64_t *n_filled)
{
    const struct design *design = metric->likelihood->design;
    const struct basis *basis = metric->likelihood->basis;
    for (size_t i = 0; i < design->n_blocks; i++) {
        struct design_block rows;
        design_block(design, i, &rows);
        for (uint64_t e = rows.starts[0]; e < rows.starts[rows.n_rows]; e++) {
            uint32_t column = basis->place[rows.columns[e]].column;
            if (column != BASIS_ALIASED)
                n_filled[column + basis->intercept]++;
        }
    }
    for (size_t i = 0; i < basis->n_shifted; i++)
        n_filled[basis->place[basis->shifted[i]].column + basis->intercept] =
            design->n_rows;
    if (basis->intercept)
        n_filled[0] = design->n_rows;
}

/* The least count of which no more than MOST_FREQUENT terms have as many. */
static uint64_t least_count(const uint64_t *n_filled, size_t n_terms, uint64_t n_rows)
{
    uint64_t least = (uint64_t)(FREQUENT * (double)n_rows) + 2, most = n_rows + 1;
    while (least < most) {
        uint64_t middle = least + (most - least) / 2;
        size_t n = 0;
        for (size_t i = 0; i < n_terms; i++)
            n += n_filled[i] >= middle;
        if (n > MOST_FREQUENT)
            least = middle + 1;
        else
            most = middle;
    }
    return most;
}

static void choose_frequent(struct term_metric *metric, const uint64_t *n_filled)
{
    uint64_t least =
        least_count(n_filled, metric->n_terms, metric->likelihood->design->n_rows);
    for (size_t i = 0; i < metric->n_terms; i++) {
        metric->place[i] = RARE;
        if (n_filled[i] < least)
            continue;
        metric->place[i] = (uint32_t)metric->n_frequent;
        metric->frequent[metric->n_frequent++] = i;
    }
}

static int make_room(const struct term_metric *metric, struct room *room,
                     struct error *err)
{
    const struct row_chunk *chunk = &likelihood_own_room(metric->likelihood)->chunk;
    size_t n = chunk->entry_capacity + chunk->capacity;
    room->starts = memory_new(chunk->capacity + 1, sizeof(*room->starts), err);
    room->columns = memory_new(n, sizeof(*room->columns), err);
    room->values = memory_new(n, sizeof(*room->values), err);
    room->weights = memory_new(chunk->capacity, sizeof(*room->weights), err);
    return room->starts && room->columns && room->values && room->weights ? 0 : -1;
}

static int make_blocks(struct term_metric *metric, struct error *err)
{
    size_t n_threads = pool_n_threads(metric->likelihood->pool);
    metric->factors = memory_new(metric->n_classes, sizeof(*metric->factors), err);
    metric->part = memory_new(metric->n_frequent, sizeof(double), err);
    metric->rooms = memory_new(n_threads, sizeof(*metric->rooms), err);
    if (!metric->factors || !metric->part || !metric->rooms)
        return -1;
    for (size_t t = 0; t < n_threads; t++)
        if (make_room(metric, &metric->rooms[t], err) < 0)
            return -1;
    for (size_t k = 0; k < metric->n_classes; k++)
        if (cholesky_new(&metric->factors[k], metric->n_frequent, err) < 0)
            return -1;
    return 0;
}

/* Of dense rows, there is no block. */
static int find_frequent(struct term_metric *metric, struct error *err)
{
    uint64_t *n_filled = memory_new(metric->n_terms, sizeof(*n_filled), err);
    metric->place = memory_new(metric->n_terms, sizeof(*metric->place), err);
    metric->frequent = memory_new(MOST_FREQUENT, sizeof(*metric->frequent), err);
    bool is_made = n_filled && metric->place && metric->frequent;
    if (is_made && metric->likelihood->basis->is_sparse) {
        count_rows(metric, n_filled);
        choose_frequent(metric, n_filled);
    }
    memory_free(n_filled);
    return !is_made ? -1 : metric->n_frequent > 0 ? make_blocks(metric, err) : 0;
}

static int make_parts(struct term_metric *metric, struct error *err)
{
    size_t n;
    if (find_frequent(metric, err) < 0)
        return -1;
    if (!memory_product(metric->n_terms + metric->n_frequent * metric->n_frequent,
                        metric->n_classes, &n))
        return error_no_memory(err, SIZE_MAX);
    metric->sums = memory_new_aligned(n, sizeof(double), err);
    metric->zeroth = memory_new_aligned(2 * metric->n_terms, sizeof(double), err);
    return metric->sums && metric->zeroth ? 0 : -1;
}

static int make(void *context, void **made, struct error *err)
{
    struct likelihood *likelihood = context;
    struct term_metric *metric = memory_new(1, sizeof(*metric), err);
    if (!metric)
        return -1;
    metric->likelihood = likelihood;
    metric->n_terms = likelihood->basis->n_terms;
    metric->n_classes = likelihood->loss->in_classes ? likelihood->n_blocks + 1 : 1;
    if (make_parts(metric, err) < 0) {
        free_term_metric(metric);
        return -1;
    }
    *made = metric;
    return 0;
}

const struct objective_preconditioner term_metric_of_likelihood = {
    .make = make, .find = find, .solve = solve, .free = free_term_metric};
