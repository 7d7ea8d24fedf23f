#include "core/model/preconditioner.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/kernel/loss.h"

/* Rows of a sample, for each coefficient: the more, the fewer iterations. More than the
 * least only as long as the sample's matrix costs no more than a few passes. */
#define LEAST_ROWS 4U
#define MOST_ROWS 32U
#define PASSES_WORTH 20U
#define ENOUGH_ROWS 8U /* of all rows, for it to be worth its while */
#define MOST_TERMS 2048U
#define MOST_CELLS (1U << 26) /* 512 MiB */
/* Added to the diagonal in proportion: what the sample leaves undetermined is held. */
#define RIDGE 1e-8
#define BATCH 64U /* rows gathered at once */

struct preconditioner {
    size_t n_blocks, n_terms, n_classes;
    struct cholesky *factors; /* [n_classes] */
    double *matrices;         /* [n_classes × n_terms²] */
    double *zeroth;           /* [n_terms] of class 0 */
    double *shares;           /* [n_classes] of the rows, where all rows have the same */
    struct likelihood *likelihood;
    void *kept; /* the point's, while it is found */
};

size_t preconditioner_cells(uint64_t n_rows, size_t n_terms, size_t n_blocks,
                            bool is_sparse)
{
    size_t n_classes = n_blocks == 1 ? 1 : n_blocks + 1;
    if (is_sparse || n_terms == 0 || n_terms > MOST_TERMS ||
        n_rows / ENOUGH_ROWS < n_terms ||
        MOST_CELLS / (n_terms * n_terms) < 2 * n_classes)
        return 0;
    return 2 * n_classes * n_terms * n_terms;
}

size_t preconditioner_rows(uint64_t n_rows, size_t n_terms)
{
    uint64_t least = LEAST_ROWS * (uint64_t)n_terms, most = MOST_ROWS * (uint64_t)n_terms;
    uint64_t rows = PASSES_WORTH * (n_rows / (n_terms > 0 ? n_terms : 1));
    return (size_t)(rows < least ? least : rows > most ? most : rows);
}

/* ---- the sample of a class ---- */

/* The curvature of a row: kept as it is where there is one margin, else ω p(1-p). */
static double curvature_of(const struct preconditioner *preconditioner,
                           const double *kept, size_t k, double weight)
{
    return preconditioner->n_classes == 1 ? *kept : weight * kept[k] * (1 - kept[k]);
}

/* What is done with each row of a weight; its place among all rows. */
typedef void row_fn(void *context, size_t row, double h);

static void visit_rows(const struct preconditioner *preconditioner, size_t k,
                       row_fn *visit, void *context)
{
    const struct design *design = preconditioner->likelihood->design;
    size_t n_kept = preconditioner->n_classes;
    for (size_t i = 0; i < design->n_blocks; i++) {
        struct design_block block;
        design_block(design, i, &block);
        const double *kept =
            likelihood_kept(preconditioner->likelihood, preconditioner->kept, &block);
        for (size_t j = 0; j < block.n_rows; j++) {
            double weight = block.weights ? block.weights[j] : 1;
            if (!(weight > 0)) /* takes no place in what is kept */
                continue;
            visit(context, (size_t)block.first_row + j,
                  curvature_of(preconditioner, kept, k, weight));
            kept += n_kept;
        }
    }
}

static void add_up(void *context, size_t row, double h)
{
    (void)row;
    *(double *)context += h;
}

struct sample {
    const struct preconditioner *preconditioner;
    struct likelihood_room *room;
    double *matrix;
    double tau;    /* τ */
    double passed; /* probability of the rows so far */
    size_t n_rows; /* gathered: */
    size_t rows[BATCH];
    double weights[BATCH];
};

static void add_batch(struct sample *sample)
{
    const struct likelihood *likelihood = sample->preconditioner->likelihood;
    struct row_chunk *chunk = &sample->room->chunk;
    for (size_t next = 0, first = 0;
         !pool_is_over(likelihood->pool) &&
         row_chunk_gather(chunk, likelihood->basis, likelihood->design, sample->rows,
                          sample->n_rows, &next);
         first = next) {
        struct gram_rows rows = row_chunk_rows(chunk, likelihood->basis);
        gram_add(&rows, sample->weights + first, 1, sample->room->weighted_u,
                 sample->matrix, sample->preconditioner->n_terms);
    }
    sample->n_rows = 0;
}

static void take_row(void *context, size_t row, double h)
{
    struct sample *sample = context;
    double before = floor(sample->passed);
    sample->passed += fmin(1, h / sample->tau);
    if (floor(sample->passed) == before)
        return;
    sample->rows[sample->n_rows] = row;
    sample->weights[sample->n_rows] = fmax(h, sample->tau);
    if (++sample->n_rows == BATCH)
        add_batch(sample);
}

/* Its lower triangle; a diagonal that is above 0 and outweighs rounding. */
static void complete(const struct preconditioner *preconditioner, double *matrix)
{
    const struct likelihood *likelihood = preconditioner->likelihood;
    size_t n = preconditioner->n_terms;
    for (size_t i = 0; i < n * n; i++)
        matrix[i] /= likelihood->sum_weights;
    if (likelihood->is_penalised)
        penalty_add_block(&likelihood->penalty, matrix);
    for (size_t i = 0; i < n; i++) {
        double *diagonal = matrix + i * (n + 1);
        *diagonal = *diagonal > 0 ? *diagonal * (1 + RIDGE) : 1;
    }
}

/* Σ over the sample of class k of the rows' weights times their squares. */
static void sum_class(void *context, size_t k, size_t worker)
{
    struct preconditioner *preconditioner = context;
    struct likelihood *likelihood = preconditioner->likelihood;
    size_t n = preconditioner->n_terms;
    struct sample sample = {.preconditioner = preconditioner,
                            .room = &likelihood->rooms[worker],
                            .matrix = preconditioner->matrices + k * n * n};
    size_t n_rows = preconditioner_rows(likelihood->design->n_rows, n);
    double sum = 0;
    memset(sample.matrix, 0, n * n * sizeof(double));
    visit_rows(preconditioner, k, add_up, &sum);
    sample.tau = fmax(sum / (double)n_rows, 1e-300);
    visit_rows(preconditioner, k, take_row, &sample);
    add_batch(&sample);
}

static void factor_class(void *context, size_t k, size_t worker)
{
    struct preconditioner *preconditioner = context;
    size_t n = preconditioner->n_terms;
    double *matrix = preconditioner->matrices + k * n * n;
    (void)worker;
    complete(preconditioner, matrix);
    if (!pool_is_over(preconditioner->likelihood->pool)) /* rows may have been left out */
        cholesky_factor(&preconditioner->factors[k], matrix);
}

static void find_class(void *context, size_t k, size_t worker)
{
    sum_class(context, k, worker);
    factor_class(context, k, worker);
}

/* ---- all classes ---- */

/* Those that all rows have where only intercepts are not 0. */
static void find_shares(struct preconditioner *preconditioner, const double *beta)
{
    double *shares = preconditioner->shares;
    shares[0] = 0;
    for (size_t k = 1; k < preconditioner->n_classes; k++)
        shares[k] = preconditioner->likelihood->basis->intercept
                        ? beta[(k - 1) * preconditioner->n_terms]
                        : 0;
    loss_softmax(shares, preconditioner->n_classes, shares);
}

/* Then a sample serves all classes, whose sums are multiples of each other. */
static void share_sums(struct preconditioner *preconditioner, const double *beta)
{
    size_t n_cells = preconditioner->n_terms * preconditioner->n_terms;
    const double *first = preconditioner->matrices, *shares = preconditioner->shares;
    pool_run(preconditioner->likelihood->pool, 1, sum_class, preconditioner);
    find_shares(preconditioner, beta);
    for (size_t k = 1; k < preconditioner->n_classes; k++) {
        double ratio = shares[k] * (1 - shares[k]) / (shares[0] * (1 - shares[0]));
        for (size_t i = 0; i < n_cells; i++)
            preconditioner->matrices[k * n_cells + i] = ratio * first[i];
    }
}

/* ---- the seam ---- */

static void free_preconditioner(void *made)
{
    struct preconditioner *preconditioner = made;
    if (!preconditioner)
        return;
    for (size_t k = 0; preconditioner->factors && k < preconditioner->n_classes; k++)
        cholesky_free(&preconditioner->factors[k]);
    memory_free(preconditioner->factors);
    memory_free(preconditioner->matrices);
    memory_free(preconditioner->zeroth);
    memory_free(preconditioner->shares);
    memory_free(preconditioner);
}

static int make_parts(struct preconditioner *preconditioner, struct error *err)
{
    size_t n = preconditioner->n_terms, n_classes = preconditioner->n_classes;
    preconditioner->factors =
        memory_new(n_classes, sizeof(*preconditioner->factors), err);
    preconditioner->matrices = memory_new_aligned(n_classes * n * n, sizeof(double), err);
    preconditioner->zeroth = memory_new_aligned(n, sizeof(double), err);
    preconditioner->shares = memory_new(n_classes, sizeof(double), err);
    if (!preconditioner->factors || !preconditioner->matrices ||
        !preconditioner->zeroth || !preconditioner->shares)
        return -1;
    for (size_t k = 0; k < n_classes; k++)
        if (cholesky_new(&preconditioner->factors[k], n, err) < 0)
            return -1;
    return 0;
}

static int new_preconditioner(void *context, void **made, struct error *err)
{
    struct likelihood *likelihood = context;
    const struct basis *basis = likelihood->basis;
    *made = NULL;
    if (!likelihood->loss->add_product ||
        preconditioner_cells(likelihood->design->n_rows, basis->n_terms,
                             likelihood->n_blocks, basis->is_sparse) == 0)
        return 0;
    struct preconditioner *preconditioner = memory_new(1, sizeof(*preconditioner), err);
    if (!preconditioner)
        return -1;
    preconditioner->likelihood = likelihood;
    preconditioner->n_blocks = likelihood->n_blocks;
    preconditioner->n_terms = basis->n_terms;
    preconditioner->n_classes =
        likelihood->loss->in_classes ? likelihood->n_blocks + 1 : 1;
    if (make_parts(preconditioner, err) < 0) {
        free_preconditioner(preconditioner);
        return -1;
    }
    *made = preconditioner;
    return 0;
}

static int find(void *made, const struct objective_point *point, struct error *err)
{
    struct preconditioner *preconditioner = made;
    struct likelihood *likelihood = preconditioner->likelihood;
    double n_rows = (double)likelihood->design->n_rows;
    double n_sampled =
        (double)preconditioner_rows((uint64_t)n_rows, preconditioner->n_terms);
    bool is_shared =
        preconditioner->n_classes > 1 && likelihood_is_flat(likelihood, point->beta);
    size_t n_samples = is_shared ? 1 : preconditioner->n_classes;
    preconditioner->kept = point->state;
    likelihood->n_passes += (double)n_samples * fmin(1, n_sampled / n_rows);
    if (is_shared)
        share_sums(preconditioner, point->beta);
    pool_run(likelihood->pool, preconditioner->n_classes,
             is_shared ? factor_class : find_class, preconditioner);
    return pool_check(likelihood->pool, err);
}

/* z[n_blocks × n_terms] = M⁻¹r. */
static void solve(void *made, const double *r, double *z)
{
    struct preconditioner *preconditioner = made;
    size_t n_terms = preconditioner->n_terms, n_blocks = preconditioner->n_blocks;
    bool has_zeroth = preconditioner->n_classes > n_blocks;
    double *zeroth = preconditioner->zeroth;
    memcpy(z, r, n_blocks * n_terms * sizeof(*z));
    for (size_t k = 0; k < n_blocks; k++)
        cholesky_solve(&preconditioner->factors[k + has_zeroth], z + k * n_terms);
    if (!has_zeroth)
        return;
    memset(zeroth, 0, n_terms * sizeof(*zeroth));
    for (size_t i = 0; i < n_blocks * n_terms; i++)
        zeroth[i % n_terms] -= r[i];
    cholesky_solve(&preconditioner->factors[0], zeroth);
    for (size_t i = 0; i < n_blocks * n_terms; i++)
        z[i] -= zeroth[i % n_terms];
}

const struct objective_preconditioner preconditioner_of_likelihood = {
    .make = new_preconditioner,
    .find = find,
    .solve = solve,
    .free = free_preconditioner};
