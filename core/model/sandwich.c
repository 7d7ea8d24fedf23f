#include "core/model/sandwich.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/product.h"
#include "core/model/row_scores.h"
#include "core/optim/vectors.h"

/* Scores of a few hundred rows, or of as many clusters. */
struct room {
    size_t n_scores;
    double *scores;  /* [capacity × gram_stride(n)] */
    double *weights; /* [capacity] of their outer products */
    double *scratch; /* for gram_add */
};

/* Rows by cluster, and units of work: a thousand rows or more, of whole clusters. */
struct clusters {
    size_t *order;  /* [n_rows] rows of the design */
    size_t *starts; /* [n_clusters + 1] in the order */
    size_t *units;  /* [n_units + 1] first clusters */
    size_t n_units;
};

struct sandwich {
    const struct estimation *estimation;
    size_t n, capacity;
    struct row_scores *rows; /* [n_threads] */
    struct room *rooms;      /* [n_threads] */
    struct clusters clusters;
};

/* ---- outer products ---- */

static void add_products(const struct sandwich *sandwich, struct room *room, double *sums)
{
    const struct gram_rows rows = {.n_rows = room->n_scores,
                                   .n_columns = sandwich->n,
                                   .stride = gram_stride(sandwich->n),
                                   .x = room->scores};
    if (room->n_scores > 0)
        gram_add(&rows, room->weights, 1, room->scratch, sums, sandwich->n);
    room->n_scores = 0;
}

/* score[n] += factor times that of row i of the chunk. */
static void add_score(const struct row_scores *rows, size_t i, double factor,
                      double *score)
{
    const struct basis *basis = &rows->estimation->basis;
    const struct row_chunk *chunk = &rows->chunk;
    size_t n_active = basis->n_active;
    for (size_t k = 1; k < rows->n_classes; k++) {
        double r = factor * rows->residual[i * rows->n_classes + k];
        if (basis->intercept)
            *score++ += r;
        if (chunk->u)
            vectors_add(r, chunk->u + i * chunk->stride, score, n_active);
        for (size_t e = chunk->u ? 0 : chunk->starts[i];
             !chunk->u && e < chunk->starts[i + 1]; e++)
            score[chunk->columns[e]] += r * chunk->values[e];
        score += n_active;
    }
}

/* The next score, of zeros. */
static double *new_score(const struct sandwich *sandwich, struct room *room,
                         double weight, double *sums)
{
    if (room->n_scores == sandwich->capacity)
        add_products(sandwich, room, sums);
    double *score = room->scores + room->n_scores * gram_stride(sandwich->n);
    memset(score, 0, sandwich->n * sizeof(*score));
    room->weights[room->n_scores++] = weight;
    return score;
}

static bool is_over(const struct sandwich *sandwich)
{
    return solver_is_over(&sandwich->estimation->hooks->watch);
}

static void add_block(void *context, size_t block, size_t worker, double *sums)
{
    const struct sandwich *sandwich = context;
    const struct estimation *estimation = sandwich->estimation;
    struct row_scores *rows = &sandwich->rows[worker];
    struct room *room = &sandwich->rooms[worker];
    bool are_repeated = estimation->options->frequency_weights;
    struct design_block source;
    size_t next = 0;
    design_block(estimation->design, block, &source);
    while (!is_over(sandwich) &&
           row_chunk_load(&rows->chunk, &estimation->basis, &source, &next)) {
        row_scores_find(rows, estimation->point.beta);
        for (size_t i = 0; i < rows->chunk.n_rows; i++) {
            double weight = rows->chunk.weights[i];
            add_score(rows, i, are_repeated ? 1 : weight,
                      new_score(sandwich, room, are_repeated ? weight : 1, sums));
        }
    }
    add_products(sandwich, room, sums);
}

/* ---- clusters ---- */

static void add_cluster(const struct sandwich *sandwich, size_t cluster, size_t worker,
                        double *sums)
{
    const struct estimation *estimation = sandwich->estimation;
    const struct clusters *clusters = &sandwich->clusters;
    struct row_scores *rows = &sandwich->rows[worker];
    size_t next = clusters->starts[cluster], end = clusters->starts[cluster + 1];
    double *score = NULL;
    while (row_chunk_gather(&rows->chunk, &estimation->basis, estimation->design,
                            clusters->order, end, &next)) {
        row_scores_find(rows, estimation->point.beta);
        if (!score)
            score = new_score(sandwich, &sandwich->rooms[worker], 1, sums);
        for (size_t i = 0; i < rows->chunk.n_rows; i++)
            add_score(rows, i, rows->chunk.weights[i], score);
    }
}

static void add_unit(void *context, size_t unit, size_t worker, double *sums)
{
    const struct sandwich *sandwich = context;
    const struct clusters *clusters = &sandwich->clusters;
    for (size_t g = clusters->units[unit]; g < clusters->units[unit + 1]; g++)
        if (!is_over(sandwich))
            add_cluster(sandwich, g, worker, sums);
    add_products(sandwich, &sandwich->rooms[worker], sums);
}

static int new_clusters(struct sandwich *sandwich, struct error *err)
{
    const struct estimation *estimation = sandwich->estimation;
    struct clusters *clusters = &sandwich->clusters;
    size_t n_clusters = estimation->options->details.n_clusters;
    clusters->order = memory_new((size_t)estimation->design->n_rows, sizeof(size_t), err);
    clusters->starts = memory_new(n_clusters + 2, sizeof(size_t), err);
    clusters->units = memory_new(n_clusters + 1, sizeof(size_t), err);
    return clusters->order && clusters->starts && clusters->units ? 0 : -1;
}

/* A counting sort: rows of a cluster stay in their order. */
static int sort_rows(struct sandwich *sandwich, struct error *err)
{
    const struct estimation *estimation = sandwich->estimation;
    const uint32_t *of = estimation->options->details.clusters;
    size_t n = estimation->options->details.n_clusters;
    size_t n_rows = (size_t)estimation->design->n_rows;
    struct clusters *clusters = &sandwich->clusters;
    if (new_clusters(sandwich, err) < 0)
        return -1;
    for (size_t i = 0; i < n_rows; i++)
        clusters->starts[of[i] + 2]++;
    for (size_t g = 2; g < n + 2; g++)
        clusters->starts[g] += clusters->starts[g - 1];
    for (size_t i = 0; i < n_rows; i++)
        clusters->order[clusters->starts[of[i] + 1]++] = i;
    for (size_t g = 0; g < n; g++)
        if (clusters->starts[g + 1] -
                    clusters->starts[clusters->units[clusters->n_units]] >=
                DESIGN_BLOCK_ROWS ||
            g + 1 == n)
            clusters->units[++clusters->n_units] = g + 1;
    return 0;
}

/* Clusters without weight are none. */
static size_t count_clusters(const struct sandwich *sandwich)
{
    const struct estimation *estimation = sandwich->estimation;
    const struct clusters *clusters = &sandwich->clusters;
    size_t n = 0;
    for (size_t g = 0; g < estimation->options->details.n_clusters; g++) {
        bool has_weight = false;
        for (size_t i = clusters->starts[g]; i < clusters->starts[g + 1]; i++) {
            struct design_block row;
            design_rows(estimation->design, clusters->order[i], 1, &row);
            has_weight = has_weight || !row.weights || row.weights[0] > 0;
        }
        n += has_weight;
    }
    return n;
}

/* ---- the whole ---- */

/* NaN where there are too few rows or clusters. */
static double small_sample_factor(const struct estimation *estimation, size_t n_clusters)
{
    const struct survey *survey = &estimation->survey;
    double k = (double)estimation->likelihood.n, g = (double)n_clusters;
    double n =
        estimation->options->frequency_weights ? survey->sum_weights : survey->n_weighted;
    switch (estimation->options->details.covariance) {
    case COVARIANCE_HC1:
        return n > k ? n / (n - k) : 0;
    case COVARIANCE_CLUSTER:
        return n > k && g > 1 ? g / (g - 1) * ((n - 1) / (n - k)) : 0;
    case COVARIANCE_MODEL:
    case COVARIANCE_HC0:
        break;
    }
    return 1;
}

static int new_rooms(struct sandwich *sandwich, struct error *err)
{
    size_t n_threads = pool_n_threads(sandwich->estimation->pool), n_cells, n_scratch;
    sandwich->rows = row_scores_rooms(sandwich->estimation, err);
    sandwich->rooms = memory_new(n_threads, sizeof(*sandwich->rooms), err);
    if (!sandwich->rows || !sandwich->rooms)
        return -1;
    if (!memory_product(sandwich->capacity, gram_stride(sandwich->n), &n_cells) ||
        !gram_scratch(sandwich->capacity, &n_scratch))
        return error_no_memory(err, SIZE_MAX);
    for (size_t t = 0; t < n_threads; t++) {
        struct room *room = &sandwich->rooms[t];
        room->scores = memory_new_aligned(n_cells, sizeof(double), err);
        room->scratch = memory_new_aligned(n_scratch, sizeof(double), err);
        room->weights = memory_new_aligned(sandwich->capacity, sizeof(double), err);
        if (!room->scores || !room->scratch || !room->weights)
            return -1;
    }
    return 0;
}

static void free_sandwich(struct sandwich *sandwich)
{
    const struct estimation *estimation = sandwich->estimation;
    size_t n_threads = sandwich->rooms ? pool_n_threads(estimation->pool) : 0;
    for (size_t t = 0; t < n_threads; t++) {
        memory_free(sandwich->rooms[t].scores);
        memory_free(sandwich->rooms[t].scratch);
        memory_free(sandwich->rooms[t].weights);
    }
    memory_free(sandwich->rooms);
    row_scores_free_rooms(sandwich->rows, estimation);
    memory_free(sandwich->clusters.order);
    memory_free(sandwich->clusters.starts);
    memory_free(sandwich->clusters.units);
}

/* Its lower triangle, into b[n × n]. */
static int sum_products(struct sandwich *sandwich, double *b, struct error *err)
{
    const struct estimation *estimation = sandwich->estimation;
    bool by_cluster = estimation->options->details.covariance == COVARIANCE_CLUSTER;
    size_t n_blocks =
        by_cluster ? sandwich->clusters.n_units : estimation->design->n_blocks;
    if (pool_sum(estimation->pool, n_blocks, sandwich->n * sandwich->n,
                 by_cluster ? add_unit : add_block, sandwich, b, err) < 0)
        return -1;
    return is_over(sandwich)
               ? error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked")
               : 0;
}

/* A⁻¹BA⁻¹ of the sums, from the inverse of their mean. */
static int put_together(const struct sandwich *sandwich, const double *inverse, double *b,
                        double factor, double *covariance, struct error *err)
{
    size_t n = sandwich->n;
    double sum_weights = sandwich->estimation->survey.sum_weights;
    const struct stop stop = pool_stop(sandwich->estimation->pool);
    double *half = memory_new_aligned(n * n, sizeof(double), err);
    if (!half)
        return -1;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            b[j * n + i] = b[i * n + j];
    product_square(n, b, inverse, half, &stop);
    product_square(n, inverse, half, covariance, &stop);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double mean = (covariance[i * n + j] + covariance[j * n + i]) / 2;
            covariance[i * n + j] = covariance[j * n + i] =
                mean * factor / sum_weights / sum_weights;
        }
    memory_free(half);
    return stop_check(&stop, err);
}

static int run(struct sandwich *sandwich, const double *inverse, double *covariance,
               size_t *n_clusters, struct error *err)
{
    const struct estimation *estimation = sandwich->estimation;
    bool by_cluster = estimation->options->details.covariance == COVARIANCE_CLUSTER;
    size_t n = sandwich->n;
    if (by_cluster && sort_rows(sandwich, err) < 0)
        return -1;
    *n_clusters = by_cluster ? count_clusters(sandwich) : 0;
    double factor = small_sample_factor(estimation, *n_clusters);
    if (!(factor > 0))
        return error_set(err, ERROR_INVALID,
                         by_cluster ? "needs two clusters or more, and more rows than "
                                      "coefficients"
                                    : "needs more rows than coefficients; hc0 does not");
    double *b = memory_new_aligned(n * n, sizeof(double), err);
    int status = b ? new_rooms(sandwich, err) : -1;
    if (status == 0)
        status = sum_products(sandwich, b, err);
    if (status == 0)
        status = put_together(sandwich, inverse, b, factor, covariance, err);
    memory_free(b);
    return status;
}

int sandwich_run(const struct estimation *estimation, const double *inverse,
                 double *covariance, size_t *n_clusters, struct error *err)
{
    struct sandwich sandwich = {.estimation = estimation,
                                .n = estimation->likelihood.n,
                                .capacity =
                                    row_chunk_cached_rows(estimation->likelihood.n)};
    int status = run(&sandwich, inverse, covariance, n_clusters, err);
    free_sandwich(&sandwich);
    return status;
}
