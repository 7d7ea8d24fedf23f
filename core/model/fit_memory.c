#include "core/model/fit_memory.h"

#include "core/base/memory.h"
#include "core/data/design.h"
#include "core/model/firth.h"
#include "core/model/firth_rows.h"
#include "core/model/likelihood_margins.h"
#include "core/model/likelihood_part.h"
#include "core/model/preconditioner.h"
#include "core/model/row_matrix.h"
#include "core/model/sample_start.h"
#include "core/model/tallies.h"
#include "core/model/term_metric.h"
#include "core/optim/working_set.h"

/* Of p numbers, that a method without a Hessian holds; with two copies of its state while
 * a checkpoint is kept. */
#define N_VECTORS 110U
#define N_VECTORS_AT_ONCE 12U /* the same of each fit of a search among rates */

/* Partial sums of the pool. */
static size_t n_partial(const struct algorithm_task *task, size_t n_threads)
{
    size_t n = 0;
    for (uint64_t rows = task->n_rows / DESIGN_BLOCK_ROWS; rows > 0; rows /= 2)
        n += n_threads;
    return n;
}

/* Matrices that an estimate may hold at once. Of p×p, p coefficients: two Hessians, their
 * sums and a factor while it searches, two more in the limit of separated data;
 * afterwards covariance and Hessian on their way to the columns as given; and the partial
 * sums of the pool. Where nothing is p×p, the same many of d×d, d columns, for a basis
 * that mixes them; or of what a working set has. */
static size_t n_matrices(const struct algorithm_task *task, size_t n_threads)
{
    return 7 + n_partial(task, n_threads);
}

/* Of Firth's penalty: two matrices, and while Newton's Hessian is formed p×p×p numbers
 * twice, and as partial sums. */
static size_t firth_cells(const struct algorithm_task *task, size_t p, size_t n_threads)
{
    size_t n_sums, square, n_cells;
    size_t n = n_matrices(task, n_threads);
    if (!task->is_firth)
        return 0;
    if (!firth_rows_n_sums(p, p <= FIRTH_WHOLE, &n_sums) ||
        !memory_product(n_sums, n, &n_cells) || !memory_product(p, p, &square) ||
        !memory_product(square, 2, &square) || !memory_sum(n_cells, square, &n_cells))
        return SIZE_MAX;
    return n_cells;
}

/* Of p numbers: directions, pairs of lbfgs; of each fit in lock-step its points, what its
 * method remembers, and sums. */
static bool count_vectors(const struct algorithm_task *task, size_t n_sums, size_t *n)
{
    size_t n_of_each;
    return memory_product(task->n_at_once, N_VECTORS_AT_ONCE + n_sums, &n_of_each) &&
           memory_sum(N_VECTORS + n_sums, n_of_each, n);
}

/* Coefficients that a step under |w| moves at once: hardly more of them than there are
 * rows are other than 0. */
static size_t set_size(const struct algorithm_task *task, size_t p)
{
    size_t most = p < WORKING_SET_MOST ? p : WORKING_SET_MOST;
    return task->n_rows < most / 2 ? 2 * (size_t)task->n_rows : most;
}

/* With |w| the columns of a set are copied (likelihood_part.h): values and places. */
static size_t part_cells(const struct algorithm_task *task)
{
    size_t n;
    if (!task->has_l1 || task->n_terms < LIKELIHOOD_PART_LEAST ||
        !memory_product((size_t)task->n_rows, task->n_terms, &n))
        return 0;
    n = n / 4 < LIKELIHOOD_PART_MOST ? n / 4 : LIKELIHOOD_PART_MOST;
    return 2 * n;
}

/* With |w| and few rows all columns are copied (likelihood_margins.h), too. Of sparse
 * ones those that are filled by half and more become whole. */
static size_t column_cells(const struct algorithm_task *task)
{
    bool is_sparse = task->n_entries > 0;
    uint64_t n_entries = task->n_entries;
    if (!task->has_l1 || task->n_blocks > 1 || task->n_terms < LIKELIHOOD_MARGINS_LEAST ||
        task->n_rows / LIKELIHOOD_MARGINS_ROWS > task->n_terms ||
        n_entries > LIKELIHOOD_MARGINS_MOST ||
        (!is_sparse && task->n_rows > LIKELIHOOD_MARGINS_MOST_DENSE))
        return 0;
    if (!is_sparse)
        return (size_t)task->n_rows * task->n_terms;
    n_entries = 2 * n_entries + task->n_rows;
    return (size_t)n_entries + (size_t)n_entries / 2;
}

static bool keeps_rows(const struct algorithm *algorithm)
{
    return !algorithm->solver->needs_hessian && !algorithm->solver->is_first_order;
}

/* With few rows, of these and of their products with each other (row_space.h). */
static size_t row_cells(const struct algorithm_task *task,
                        const struct algorithm *algorithm)
{
    bool may_be = keeps_rows(algorithm) && task->n_blocks == 1 && !task->has_l1;
    return may_be ? row_matrix_cells(task->n_rows, task->n_terms) : 0;
}

/* Sparse rows may be counted (tallies.h); a sample's, too. */
static bool may_be_tallied(const struct algorithm_task *task,
                           const struct algorithm *algorithm)
{
    return task->n_entries > 0 && task->n_blocks == 1 && algorithm->is_tallied;
}

/* Beyond those of the Hessian's own size. */
static size_t n_tally_matrices(const struct algorithm_task *task,
                               const struct algorithm *algorithm, size_t n_threads)
{
    double n =
        TALLY_MOST_SUMS + (TALLY_MOST_SUMS - 1) * (double)n_partial(task, n_threads);
    return may_be_tallied(task, algorithm) ? (size_t)n + 1 : 0;
}

/* And the preconditioner's factors. Numbers, not bytes. */
static size_t estimate_cells(const struct algorithm_task *task,
                             const struct algorithm *algorithm, size_t n_threads)
{
    size_t n = n_matrices(task, n_threads), p, n_cells, n_vectors = 0, n_solving = 0;
    if (!memory_product(task->n_blocks, task->n_terms, &p) ||
        !count_vectors(task, n, &n_vectors) || !memory_product(p, n_vectors, &n_vectors))
        return SIZE_MAX;
    if (keeps_rows(algorithm))
        n_solving =
            preconditioner_cells(task->n_rows, task->n_terms, task->n_blocks, false);
    /* The other one is a sum over rows. */
    if (keeps_rows(algorithm) && n_solving == 0 &&
        !memory_product(term_metric_cells(task->n_terms, task->n_blocks), n, &n_solving))
        return SIZE_MAX;
    size_t side = algorithm->is_dense    ? p
                  : task->has_l1         ? set_size(task, p)
                  : algorithm->is_scaled ? 0
                                         : task->n_terms;
    size_t n_squares = n + n_tally_matrices(task, algorithm, n_threads);
    if (!memory_product(side, side, &n_cells) ||
        !memory_product(n_cells, n_squares, &n_cells) ||
        !memory_sum(n_cells, n_vectors, &n_cells) ||
        !memory_sum(n_cells, n_solving, &n_cells) ||
        !memory_sum(n_cells, part_cells(task), &n_cells) ||
        !memory_sum(n_cells, column_cells(task), &n_cells) ||
        !memory_sum(n_cells, row_cells(task, algorithm), &n_cells) ||
        !memory_sum(n_cells, firth_cells(task, p, n_threads), &n_cells))
        return SIZE_MAX;
    return n_cells;
}

size_t fit_memory_bytes(const struct algorithm_task *task, size_t n_threads)
{
    struct algorithm algorithm;
    size_t n_bytes, n_order = 0;
    if (!algorithm_choose(task, &algorithm))
        return SIZE_MAX;
    /* The order of the rows, of a method that shuffles them. */
    if ((algorithm.solver->in_batches &&
         !memory_product((size_t)task->n_rows, sizeof(size_t), &n_order)) ||
        !memory_product(estimate_cells(task, &algorithm, n_threads), sizeof(double),
                        &n_bytes) ||
        !memory_sum(n_bytes, n_order, &n_bytes))
        return SIZE_MAX;
    return n_bytes;
}

size_t fit_memory_array_bytes(const struct algorithm_task *task, size_t n_folds,
                              uint64_t n_held_out)
{
    struct algorithm algorithm;
    size_t n_cells, n_copied = 0, n_bytes, n_of_row = 0;
    if (!algorithm_choose(task, &algorithm))
        return SIZE_MAX;
    if (keeps_rows(&algorithm))
        n_of_row += 2 * (task->n_blocks + 1); /* of two points the probabilities */
    if (n_folds > 0)
        n_of_row += 2;
    if (may_be_tallied(task, &algorithm))
        n_of_row += 2 * TALLIES_ROW_BYTES / sizeof(double);
    if (task->of_numbers) /* numeric_response.h */
        n_of_row += 2;
    return memory_product((size_t)task->n_rows, n_of_row, &n_cells) &&
                   memory_product((size_t)n_held_out, task->of_numbers ? 2 : 0,
                                  &n_copied) &&
                   memory_sum(n_cells, n_copied, &n_cells) &&
                   memory_product(n_cells, sizeof(double), &n_bytes) &&
                   memory_sum(n_bytes, sample_start_bytes(task), &n_bytes)
               ? n_bytes
               : SIZE_MAX;
}
