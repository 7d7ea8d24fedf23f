#include "core/model/basis_sample.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/dependence.h"
#include "core/model/basis_column.h"
#include "core/model/gram_room.h"

#define RUN_ROWS 64U     /* of the sample lie side by side */
#define LEAST_ROWS 1024U /* of a sample */
#define ROWS_A_TERM 8U
#define SHARE 256U   /* of all rows, one in so many */
#define LARGER 16U   /* a second sample, if the first does not tell */
#define NOT_WORTH 4U /* a sample of more than one row in so many */
#define LEAST_LENGTH                                                                     \
    1e-6 /* of v, against its mean: what is shorter is looked at closely */

struct sampling {
    const struct basis *basis;
    const struct design *design;
    struct pool *pool;
    const struct basis_sample_limits *limits;
    uint64_t n_runs, spacing; /* between the first rows of two */
    struct gram_room *rooms;  /* [n_threads] */
    double *squares;          /* [n_columns] mean squares of v over all rows */
    double *gram;             /* [n_terms²] of the sample; over the weight of all rows */
};

/* ---- what the survey tells ---- */

static bool place_column(struct basis *basis, const struct survey *survey,
                         const struct estimate_options *options, size_t j, double *square)
{
    double length = basis_column_survey(basis, survey, j, true);
    double mean = survey->sums[j] / survey->sum_weights * basis->factor[j];
    if (!(length > 0) || !(basis->spread[j] > 0) || !isfinite(mean) ||
        !(length >= LEAST_LENGTH * hypot(basis->spread[j], mean)))
        return false;
    length *= basis_column_rescale(basis, j, basis_column_power(length));
    double factor = basis->factor[j];
    basis_column_penalise(basis, options, j);
    length *= basis->factor[j] / factor;
    *square = length * length;
    return true;
}

static bool place_columns(struct basis *basis, const struct survey *survey,
                          const struct estimate_options *options, double *squares)
{
    for (size_t j = 0; j < basis->n_columns; j++) {
        if (!place_column(basis, survey, options, j, &squares[j]))
            return false;
        basis->columns[j] = j;
    }
    basis->n_active = basis->n_columns;
    basis->n_terms = basis->n_columns + basis->intercept;
    return true;
}

/* ---- the sample ---- */

static void add_run(void *context, size_t run, size_t worker, double *sums)
{
    struct sampling *sampling = context;
    struct gram_room *room = &sampling->rooms[worker];
    struct design_block rows;
    size_t next = 0;
    design_rows(sampling->design, run * sampling->spacing, RUN_ROWS, &rows);
    while (row_chunk_load(&room->chunk, sampling->basis, &rows, &next))
        gram_room_add(room, sampling->basis, sums);
}

static int make_sampling(struct sampling *sampling, struct error *err)
{
    size_t n_terms = sampling->basis->n_terms, n_cells;
    if (!memory_product(n_terms, n_terms, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    sampling->rooms = gram_room_new_all(pool_n_threads(sampling->pool), sampling->design,
                                        sampling->basis, err);
    sampling->gram = memory_new_aligned(n_cells, sizeof(double), err);
    return sampling->rooms && sampling->gram ? 0 : -1;
}

static void free_sampling(struct sampling *sampling)
{
    gram_room_free_all(sampling->rooms, pool_n_threads(sampling->pool));
    memory_free(sampling->gram);
    memory_free(sampling->squares);
}

/* ---- what it tells ---- */

static double penalty_of(const struct sampling *sampling, size_t j)
{
    return sampling->basis->penalty[j] / sampling->limits->curvature;
}

static void finish_gram(struct sampling *sampling, double sum_weights)
{
    const struct basis *basis = sampling->basis;
    size_t n = basis->n_terms;
    for (size_t i = 0; i < n * n; i++)
        sampling->gram[i] /= sum_weights;
    for (size_t j = 0; j < basis->n_columns; j++)
        sampling->gram[(j + basis->intercept) * (n + 1)] += penalty_of(sampling, j);
}

/* Is enough left of each column? */
static bool judge(const struct sampling *sampling, struct dependence *dependence)
{
    const struct basis *basis = sampling->basis;
    const double *gram = sampling->gram;
    size_t n = basis->n_terms;
    for (size_t row = 0; row < n; row++) {
        double least = 0, left = dependence_pivot(dependence, gram, row);
        if (row >= basis->intercept) {
            size_t j = row - basis->intercept;
            least =
                sampling->limits->left * (sampling->squares[j] + penalty_of(sampling, j));
        }
        if (!(left * gram[row * (n + 1)] > least))
            return false;
        dependence_keep(dependence, row);
    }
    return true;
}

static int try_sample(struct sampling *sampling, double sum_weights, bool *tells,
                      struct error *err)
{
    struct dependence dependence = {0};
    size_t n = sampling->basis->n_terms;
    const struct stop stop = pool_stop(sampling->pool);
    if (pool_sum(sampling->pool, (size_t)sampling->n_runs, n * n, add_run, sampling,
                 sampling->gram, err) < 0 ||
        stop_check(&stop, err) < 0 || dependence_new(&dependence, n, err) < 0)
        return -1;
    finish_gram(sampling, sum_weights);
    *tells = judge(sampling, &dependence);
    dependence_free(&dependence);
    return 0;
}

static uint64_t first_size(const struct basis *basis, const struct design *design)
{
    uint64_t n = design->n_rows / SHARE, least = ROWS_A_TERM * basis->n_terms;
    least = least < LEAST_ROWS ? LEAST_ROWS : least;
    return n < least ? least : n;
}

static int try_samples(struct sampling *sampling, double sum_weights, bool *tells,
                       struct error *err)
{
    uint64_t n_rows = sampling->design->n_rows;
    uint64_t first = first_size(sampling->basis, sampling->design);
    for (uint64_t n = first; !*tells && n <= first * LARGER && n <= n_rows / NOT_WORTH;
         n *= LARGER) {
        sampling->n_runs = n / RUN_ROWS;
        sampling->spacing = n_rows / sampling->n_runs;
        if (!sampling->gram && make_sampling(sampling, err) < 0)
            return -1;
        if (try_sample(sampling, sum_weights, tells, err) < 0)
            return -1;
    }
    return 0;
}

int basis_sample(struct basis *basis, const struct design *design,
                 const struct survey *survey, const struct estimate_options *options,
                 const struct basis_sample_limits *limits, struct pool *pool,
                 bool *is_found, struct error *err)
{
    struct sampling sampling = {
        .basis = basis, .design = design, .pool = pool, .limits = limits};
    int status = 0;
    *is_found = false;
    sampling.squares = memory_new(basis->n_columns, sizeof(double), err);
    if (!sampling.squares)
        return -1;
    if (place_columns(basis, survey, options, sampling.squares))
        status = try_samples(&sampling, survey->sum_weights, is_found, err);
    free_sampling(&sampling);
    if (*is_found)
        basis_refer(basis, NULL);
    return status;
}
