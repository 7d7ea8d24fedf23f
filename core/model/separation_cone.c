#include "core/model/separation_cone.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/separation_pairs.h"
#include "core/model/separation_rows.h"
#include "core/optim/cone.h"
#include "core/optim/vectors.h"

/* A growth of less than this share of the lengths of pair and direction is rounding. */
#define ROUNDING 1e-10

/* The pair that is most extreme on a worker, as its vector. */
struct extreme {
    double growth; /* for vector and direction of length 1 */
    size_t block, number;
    double *a; /* [n] */
};

struct search {
    const struct estimation *estimation;
    const bool *may_move;
    const double *gone;
    size_t n, n_moving;
    double *direction;        /* [n] the caller's */
    double length;            /* of the direction */
    bool only_growing;        /* the sum is of pairs that grow */
    struct extreme *extremes; /* [n_threads] */
    double *sums;             /* [n + 1] */
    double *moving;           /* [n_moving] */
};

static void free_search(struct search *search)
{
    size_t n_threads = pool_n_threads(search->estimation->pool);
    for (size_t t = 0; search->extremes && t < n_threads; t++)
        memory_free(search->extremes[t].a);
    memory_free(search->extremes);
    memory_free(search->sums);
    memory_free(search->moving);
}

static int make_search(struct search *search, struct error *err)
{
    size_t n_threads = pool_n_threads(search->estimation->pool);
    search->extremes = memory_new(n_threads, sizeof(*search->extremes), err);
    for (size_t t = 0; search->extremes && t < n_threads; t++) {
        search->extremes[t].a = memory_new(search->n, sizeof(double), err);
        if (!search->extremes[t].a)
            return -1;
    }
    search->sums = memory_new(search->n + 1, sizeof(double), err);
    search->moving = memory_new(search->n_moving, sizeof(double), err);
    return search->extremes && search->sums && search->moving ? 0 : -1;
}

/* ---- a pair's vector ---- */

/* Entry `at` of the pair's row; which column it is. */
static double entry(const struct separation_pair *pair, size_t at, size_t *column)
{
    const struct gram_rows *rows = pair->rows;
    *column = rows->x ? at : rows->columns[rows->starts[pair->row] + at];
    return rows->x ? rows->x[pair->row * rows->stride + at]
                   : rows->values[rows->starts[pair->row] + at];
}

static size_t n_entries(const struct separation_pair *pair)
{
    const struct gram_rows *rows = pair->rows;
    return rows->x ? rows->n_columns
                   : rows->starts[pair->row + 1] - rows->starts[pair->row];
}

/* Of û of both classes; 0: it never grows. */
static double length_of(const struct separation_pair *pair)
{
    double sum = pair->rows->intercept;
    for (size_t i = 0, column; i < n_entries(pair); i++) {
        double u = entry(pair, i, &column);
        sum += u * u;
    }
    return sqrt(sum);
}

/* a += factor·(û at class y, -û at class k) along what may move. */
static void add_vector(const struct search *search, const struct separation_pair *pair,
                       double factor, double *a)
{
    const struct basis *basis = search->estimation->likelihood.basis;
    const size_t classes[] = {pair->y, pair->k};
    for (size_t side = 0; side < 2; side++) {
        double share = side == 0 ? factor : -factor;
        size_t first = (classes[side] - 1) * basis->n_terms;
        if (classes[side] == 0)
            continue;
        if (basis->intercept && search->may_move[first])
            a[first] += share;
        for (size_t i = 0, column; i < n_entries(pair); i++) {
            double u = entry(pair, i, &column);
            size_t at = first + basis->intercept + column;
            if (search->may_move[at])
                a[at] += share * u;
        }
    }
}

static bool is_gone(const struct search *search, const struct separation_pair *pair)
{
    const struct separation_growth *gone = &pair->growth[1];
    return search->gone && gone->value > SEPARATION_ROWS_ROUNDING * gone->size;
}

/* ---- the sum of all, or of those that grow; and who of them grows least ---- */

static void keep_extreme(const struct search *search, struct extreme *extreme,
                         const struct separation_pair *pair, double growth, double length)
{
    bool is_tie = growth == extreme->growth;
    bool is_earlier = pair->block < extreme->block ||
                      (pair->block == extreme->block && pair->number < extreme->number);
    if (growth > extreme->growth || (is_tie && !is_earlier))
        return;
    extreme->growth = growth;
    extreme->block = pair->block;
    extreme->number = pair->number;
    memset(extreme->a, 0, search->n * sizeof(double));
    add_vector(search, pair, 1 / length, extreme->a);
}

static void add_pair(void *context, const struct separation_pair *pair, size_t worker,
                     double *sums)
{
    struct search *search = context;
    double length = length_of(pair);
    double growth = pair->growth[0].value / length / search->length;
    if (!(length > 0) || is_gone(search, pair))
        return;
    if (search->only_growing && !(growth > ROUNDING))
        return;
    add_vector(search, pair, 1 / length, sums);
    sums[search->n]++;
    if (search->only_growing)
        keep_extreme(search, &search->extremes[worker], pair, pair->growth[0].value,
                     length);
}

static void look_for_least(void *context, const struct separation_pair *pair,
                           size_t worker, double *sums)
{
    struct search *search = context;
    double length = length_of(pair);
    (void)sums;
    if (length > 0 && !is_gone(search, pair))
        keep_extreme(search, &search->extremes[worker], pair,
                     pair->growth[0].value / length / search->length, length);
}

/* The sums have n + 1 numbers, or none. The least of all workers is then the first's. */
static int pass(struct search *search, separation_pairs_fn *look, const double *direction,
                size_t n_sums, struct error *err)
{
    size_t n_threads = pool_n_threads(search->estimation->pool);
    const struct separation_pairs pairs = {.estimation = search->estimation,
                                           .directions = {direction, search->gone},
                                           .look = look,
                                           .context = search};
    for (size_t t = 0; t < n_threads; t++) {
        search->extremes[t].growth = INFINITY;
        search->extremes[t].block = search->extremes[t].number = SIZE_MAX;
    }
    search->length = direction ? vectors_norm(direction, search->n) : 1;
    if (separation_pairs_run(&pairs, n_sums, search->sums, err) < 0)
        return -1;
    struct extreme *first = &search->extremes[0];
    for (size_t t = 1; t < n_threads; t++) {
        struct extreme *other = &search->extremes[t];
        if (other->growth > first->growth ||
            (other->growth == first->growth &&
             (other->block > first->block ||
              (other->block == first->block && other->number > first->number))))
            continue;
        struct extreme left = *first;
        *first = *other;
        *other = left;
    }
    return 0;
}

/* ---- the cone ---- */

static void gather(const struct search *search, const double *whole, double *moving)
{
    for (size_t i = 0; i < search->n; i++)
        if (search->may_move[i])
            *moving++ = whole[i];
}

static void scatter(const struct search *search, const double *moving, double *whole)
{
    for (size_t i = 0; i < search->n; i++)
        whole[i] = search->may_move[i] ? *moving++ : 0;
}

static int find_violated(void *context, const double *delta, double *a, bool *found,
                         struct error *err)
{
    struct search *search = context;
    scatter(search, delta, search->direction);
    if (pass(search, look_for_least, search->direction, 1, err) < 0)
        return -1;
    *found = search->extremes[0].growth < -ROUNDING;
    gather(search, search->extremes[0].a, a);
    return 0;
}

/* The nearest point to the mean of all pairs, or of those that grow along the direction;
 * *found: it is not 0. */
static int project(struct search *search, bool only_growing, bool *found,
                   struct error *err)
{
    const struct cone_oracle oracle = {.violated = find_violated, .context = search};
    search->only_growing = only_growing;
    *found = false;
    if (pass(search, add_pair, only_growing ? search->direction : NULL, search->n + 1,
             err) < 0)
        return -1;
    double n_pairs = search->sums[search->n];
    if (n_pairs == 0)
        return 0;
    for (size_t i = 0; i < search->n; i++)
        search->sums[i] /= n_pairs;
    gather(search, search->sums, search->moving);
    if (cone_project(&oracle, search->n_moving, search->moving, err) < 0)
        return -1;
    scatter(search, search->moving, search->direction);
    *found = vectors_norm(search->direction, search->n) > 0;
    return 0;
}

/* Once more from those that grow: few may be outweighed by many that do not, and with
 * them what is left of the sum by rounding. */
static int find(struct search *search, bool *found, struct error *err)
{
    if (project(search, false, found, err) < 0 ||
        (*found && project(search, true, found, err) < 0))
        return -1;
    if (!*found)
        return 0;
    search->only_growing = true;
    if (pass(search, add_pair, search->direction, search->n + 1, err) < 0)
        return -1;
    double least = search->extremes[0].growth;
    *found = isfinite(least);
    for (size_t i = 0; *found && i < search->n; i++)
        search->direction[i] /= least;
    return 0;
}

int separation_cone_find(const struct estimation *estimation, const bool *may_move,
                         const double *gone, double *direction, bool *found,
                         struct error *err)
{
    struct search search = {.estimation = estimation,
                            .may_move = may_move,
                            .gone = gone,
                            .n = estimation->likelihood.n,
                            .direction = direction};
    *found = false;
    for (size_t i = 0; i < search.n; i++)
        search.n_moving += may_move[i];
    if (search.n_moving == 0)
        return 0;
    int status = make_search(&search, err);
    if (status == 0)
        status = find(&search, found, err);
    free_search(&search);
    return status;
}
