#include "core/model/basis_find.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/dependence.h"
#include "core/kernel/twofold.h"
#include "core/model/basis_column.h"
#include "core/model/basis_sample.h"
#include "core/model/gram_room.h"
#include "core/model/raw_terms.h"

#define ALIASED 1e-11 /* share of a column's length below which nothing is left of it */
/* A column of which less than this share of its squared length is left gets mixed. */
#define MIXED 1e-5
#define GREATEST_CURVATURE 0.25 /* of a row's loss: p(1-p) */
#define MOST_ROUNDS 8

/* ---- all of them, round by round ---- */

struct finding {
    struct basis *basis;
    const struct design *design;
    const struct survey *survey;
    const struct estimate_options *options;
    struct pool *pool;
    struct gram_room *rooms; /* [n_threads] */
    double *gram;            /* [(1+d)²] at most, of intercept and active columns */
    double *squares;         /* [1+d] its diagonal, before penalties are added */
    double *direction;       /* [d] */
    struct dependence dependence;
    double *coefficients; /* [1+d] */
    bool is_raw;          /* rows are taken as they lie (raw_terms.h) */
};

static bool load(const struct finding *finding, struct row_chunk *chunk,
                 const struct design_block *rows, size_t *next)
{
    return finding->is_raw ? row_chunk_view(chunk, rows, next)
                           : row_chunk_load(chunk, finding->basis, rows, next);
}

static void add_gram(void *context, size_t block, size_t worker, double *sums)
{
    struct finding *finding = context;
    struct gram_room *room = &finding->rooms[worker];
    struct design_block rows;
    size_t next = 0;
    design_block(finding->design, block, &rows);
    while (!pool_is_over(finding->pool) && load(finding, &room->chunk, &rows, &next))
        gram_room_add(room, finding->basis, sums);
}

static int sum_gram(struct finding *finding, struct error *err)
{
    size_t n = finding->basis->n_terms;
    if (pool_sum(finding->pool, finding->design->n_blocks, n * n, add_gram, finding,
                 finding->gram, err) < 0)
        return -1;
    for (size_t i = 0; i < n * n; i++)
        finding->gram[i] /= finding->survey->sum_weights;
    const struct stop stop = pool_stop(finding->pool);
    return stop_check(&stop, err);
}

/* The mean of v; where it overflows, the middle stands for it and is the centre. */
static double mean_of(const struct finding *finding, size_t j)
{
    const struct basis *basis = finding->basis;
    double mean = finding->survey->sums[j] / finding->survey->sum_weights;
    return isfinite(mean) ? mean * basis->factor[j] - basis->centre[j] : 0;
}

static void find_spread(const struct finding *finding)
{
    struct basis *basis = finding->basis;
    size_t n = basis->n_terms;
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i], row = i + basis->intercept;
        double mean = mean_of(finding, j);
        basis->spread[j] = sqrt(fmax(0, finding->gram[row * (n + 1)] - mean * mean));
    }
}

/* Of sparse rows with all columns, as they lie if that is exact enough. */
static int try_raw(struct finding *finding, bool *served, struct error *err)
{
    const struct basis *basis = finding->basis;
    *served = false;
    finding->is_raw = raw_terms_are_in_range(basis);
    if (!finding->is_raw)
        return 0;
    int status = sum_gram(finding, err);
    finding->is_raw = false;
    if (status < 0)
        return -1;
    raw_terms_take_hessian(basis, finding->gram, finding->squares);
    find_spread(finding);
    *served = raw_terms_serve(basis);
    return 0;
}

static int find_gram(struct finding *finding, bool is_first, struct error *err)
{
    bool served = false;
    if (is_first && finding->design->storage == DESIGN_CSR_F64 &&
        try_raw(finding, &served, err) < 0)
        return -1;
    return served ? 0 : sum_gram(finding, err);
}

/* Columns to a length near 1, and with them their cross-products: at first all, then
 * those that are mixed. */
static void normalise(struct finding *finding, bool is_first)
{
    struct basis *basis = finding->basis;
    size_t n = basis->n_terms;
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t row = i + basis->intercept,
               at = basis_mixed_place(basis, basis->columns[i]);
        double power = basis_column_power(sqrt(finding->gram[row * (n + 1)]));
        if (at < basis->n_mixed)
            basis->mix_factor[at] *= power;
        else
            power = is_first ? basis_column_rescale(basis, basis->columns[i], power) : 1;
        for (size_t k = 0; k <= row; k++)
            finding->gram[row * n + k] *= power;
        for (size_t k = row; k < n; k++)
            finding->gram[k * n + row] *= power;
    }
}

/*
 * Adds what the penalty contributes to the Hessian, in proportion: a column that it holds
 * is not dependent on others however alike they are, and makes up for no other.
 */
static void add_penalty(struct finding *finding)
{
    const struct basis *basis = finding->basis;
    size_t n = basis->n_terms;
    double *w = finding->coefficients, *v = finding->direction;
    for (size_t i = 0; i < n; i++)
        finding->squares[i] = finding->gram[i * (n + 1)];
    bool is_penalised = finding->options->l2 > 0;
    for (size_t i = 0;
         is_penalised && i < basis->n_active && !pool_is_over(finding->pool); i++) {
        double *row = finding->gram + (i + basis->intercept) * n + basis->intercept;
        memset(w, 0, basis->n_active * sizeof(*w));
        w[i] = 1;
        basis_spread_weights(basis, w, v);
        for (size_t j = 0; j < basis->n_columns; j++)
            v[j] *= basis->penalty[j] / GREATEST_CURVATURE;
        basis_gather(basis, v, w);
        for (size_t j = 0; j <= i; j++)
            row[j] += w[j];
    }
}

/* Does a penalty hold the direction in which v_j grows and its combination makes up for
 * it? */
static bool is_penalised(const struct basis *basis, size_t j)
{
    size_t at = basis_mixed_place(basis, j);
    bool is = basis->penalty[j] > 0;
    for (size_t k = 0; !is && at < basis->n_mixed && k < j; k++)
        is =
            fabs(basis->mix[at][k]) > ALIASED && basis->penalty[k] > 0; /* not rounding */
    return is;
}

static void remove_column(struct basis *basis, size_t j)
{
    size_t n = 0, at = basis_mixed_place(basis, j);
    for (size_t i = 0; i < basis->n_active; i++)
        if (basis->columns[i] != j)
            basis->columns[n++] = basis->columns[i];
    basis->n_active = n;
    basis->n_terms = n + basis->intercept;
    if (at == basis->n_mixed)
        return;
    memory_free(basis->mix[at]);
    for (basis->n_mixed--; at < basis->n_mixed; at++) {
        basis->mixed[at] = basis->mixed[at + 1];
        basis->mix[at] = basis->mix[at + 1];
        basis->mix_factor[at] = basis->mix_factor[at + 1];
    }
    basis->mix[at] = NULL;
}

/* A place among the mixed columns, in their order, with all coefficients 0. */
static int insert_mixed(struct basis *basis, size_t j, size_t *place, struct error *err)
{
    double *a = memory_new_aligned(basis->n_columns, sizeof(double), err);
    size_t at = basis->n_mixed;
    if (!a)
        return -1;
    for (; at > 0 && basis->mixed[at - 1] > j; at--) {
        basis->mixed[at] = basis->mixed[at - 1];
        basis->mix[at] = basis->mix[at - 1];
        basis->mix_factor[at] = basis->mix_factor[at - 1];
    }
    basis->mixed[at] = j;
    basis->mix[at] = a;
    basis->mix_factor[at] = 1;
    basis->n_mixed++;
    *place = at;
    return 0;
}

/* a += share · (u of this column in terms of v). */
static void add_combination(const struct basis *basis, size_t column, double share,
                            double *a)
{
    size_t at = basis_mixed_place(basis, column);
    if (at == basis->n_mixed) {
        a[column] += share;
        return;
    }
    share *= basis->mix_factor[at];
    a[column] += share;
    for (size_t k = 0; k < column; k++)
        a[k] -= share * basis->mix[at][k];
}

/* Takes its projection on the kept columns off the candidate. */
static int mix_column(struct finding *finding, size_t j, size_t row, struct error *err)
{
    struct basis *basis = finding->basis;
    const struct dependence *dependence = &finding->dependence;
    size_t at = basis_mixed_place(basis, j);
    if (at == basis->n_mixed && insert_mixed(basis, j, &at, err) < 0)
        return -1;
    dependence_coefficients(dependence, finding->gram, row, finding->coefficients);
    for (size_t i = 0; i < dependence->n_kept; i++) {
        size_t kept = dependence->kept[i];
        if (kept < basis->intercept)
            continue; /* means are 0 already */
        add_combination(basis, basis->columns[kept - basis->intercept],
                        finding->coefficients[i] / basis->mix_factor[at], basis->mix[at]);
    }
    return 0;
}

/* Nothing is left of a column: nothing tells its coefficient, or a penalty alone. */
static int exhaust_column(struct basis *basis, size_t j, struct error *err)
{
    size_t at = basis_mixed_place(basis, j);
    if (!is_penalised(basis, j)) {
        basis->aliased[j] = true;
        return 0;
    }
    if (at == basis->n_mixed && insert_mixed(basis, j, &at, err) < 0)
        return -1;
    basis->mix_factor[at] = 0;
    return 0;
}

enum verdict { KEEP, LEAVE, MIX, EXHAUSTED };

static enum verdict judge_column(struct finding *finding, size_t j, size_t row)
{
    struct basis *basis = finding->basis;
    size_t at = basis_mixed_place(basis, j);
    double factor = at < basis->n_mixed ? basis->mix_factor[at] : 1;
    double square = finding->squares[row];
    double whole = hypot(basis->spread[j], mean_of(finding, j) + basis->centre[j]);
    if (factor == 0)
        return LEAVE;
    double least = is_penalised(basis, j) ? 0 : ALIASED * whole;
    if (!(sqrt(square) / factor > least))
        return EXHAUSTED;
    double pivot = dependence_pivot(&finding->dependence, finding->gram, row);
    return pivot >= MIXED ? KEEP : MIX;
}

static int judge_columns(struct finding *finding, bool *changed, struct error *err)
{
    struct basis *basis = finding->basis;
    *changed = false;
    if (basis->intercept && dependence_pivot(&finding->dependence, finding->gram, 0) > 0)
        dependence_keep(&finding->dependence, 0);
    const struct stop stop = pool_stop(finding->pool);
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i], row = i + basis->intercept;
        if (stop_check(&stop, err) < 0)
            return -1;
        enum verdict verdict = judge_column(finding, j, row);
        if (verdict == KEEP)
            dependence_keep(&finding->dependence, row);
        if ((verdict == MIX && mix_column(finding, j, row, err) < 0) ||
            (verdict == EXHAUSTED && exhaust_column(basis, j, err) < 0))
            return -1;
        *changed = *changed || verdict == MIX;
    }
    for (size_t j = 0; j < basis->n_columns; j++)
        if (basis->aliased[j])
            remove_column(basis, j);
    return 0;
}

static int find_round(struct finding *finding, bool is_first, bool *changed,
                      struct error *err)
{
    if (find_gram(finding, is_first, err) < 0)
        return -1;
    if (is_first)
        find_spread(finding);
    normalise(finding, is_first);
    for (size_t j = 0; is_first && j < finding->basis->n_columns; j++)
        basis_column_penalise(finding->basis, finding->options, j);
    add_penalty(finding);
    if (dependence_new(&finding->dependence, finding->basis->n_terms, err) < 0)
        return -1;
    int status = judge_columns(finding, changed, err);
    dependence_free(&finding->dependence);
    return status;
}

/* ---- the whole ---- */

static int make_finding(struct finding *finding, struct error *err)
{
    size_t d = finding->basis->n_columns, n_cells;
    if (!memory_product(d + 1, d + 1, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    finding->rooms = gram_room_new_all(pool_n_threads(finding->pool), finding->design,
                                       finding->basis, err);
    finding->gram = memory_new_aligned(n_cells, sizeof(double), err);
    finding->squares = memory_new(d + 1, sizeof(double), err);
    finding->coefficients = memory_new(d + 1, sizeof(double), err);
    finding->direction = memory_new(d, sizeof(double), err);
    return finding->rooms && finding->gram && finding->squares && finding->coefficients &&
                   finding->direction
               ? 0
               : -1;
}

static void free_finding(struct finding *finding)
{
    gram_room_free_all(finding->rooms, pool_n_threads(finding->pool));
    memory_free(finding->gram);
    memory_free(finding->squares);
    memory_free(finding->coefficients);
    memory_free(finding->direction);
}

/* All columns, as they lie. */
static void place_columns(struct finding *finding)
{
    struct basis *basis = finding->basis;
    for (size_t j = 0; j < basis->n_columns; j++) {
        basis_column_place(basis, finding->survey, j, true);
        basis->columns[j] = j;
    }
    basis->n_active = basis->n_columns;
    basis->n_terms = basis->n_columns + basis->intercept;
}

static int find_rounds(struct finding *finding, struct error *err)
{
    struct basis *basis = finding->basis;
    bool changed = true;
    for (int round = 0; changed && round < MOST_ROUNDS; round++)
        if (find_round(finding, round == 0, &changed, err) < 0)
            return -1;
    basis_refer(basis, NULL);
    return 0;
}

/* By its cross-products over all rows. */
static int find_by_pass(struct finding *finding, struct error *err)
{
    place_columns(finding);
    int status = make_finding(finding, err);
    if (status == 0)
        status = find_rounds(finding, err);
    free_finding(finding);
    return status;
}

int basis_find(struct basis *basis, const struct design *design,
               const struct survey *survey, const struct estimate_options *options,
               struct pool *pool, struct error *err)
{
    struct basis made = {0};
    struct finding finding = {.basis = &made,
                              .design = design,
                              .survey = survey,
                              .options = options,
                              .pool = pool};
    const struct basis_sample_limits limits = {MIXED, GREATEST_CURVATURE};
    bool is_found = false;
    int status = basis_new(&made, options->intercept, design->n_columns, err);
    if (status == 0)
        status =
            basis_sample(&made, design, survey, options, &limits, pool, &is_found, err);
    if (status == 0 && !is_found)
        status = find_by_pass(&finding, err);
    if (status < 0) {
        basis_free(&made);
        return -1;
    }
    *basis = made;
    return 0;
}
