#include "tests/support/recession_cone.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

#define MOST_CONSTRAINTS 64
#define MOST_RAYS 2048

/* A direction, and which constraints it does not move. */
struct ray {
    int64_t x[RECESSION_CONE_TERMS];
    uint64_t still;
};

struct finding {
    size_t n; /* of coefficients that are free */
    size_t n_constraints;
    int64_t constraints[MOST_CONSTRAINTS][RECESSION_CONE_TERMS];
    size_t n_rays, n_made;
    struct ray *rays, *made;
    uint64_t taken; /* constraints that the rays obey */
};

/* ---- whole numbers ---- */

/* Libcheck writes down each assertion that holds; these are millions. */
static void demand(bool holds)
{
    if (!holds)
        ck_abort_msg("beyond what the double description has room for");
}

static int64_t times(int64_t a, int64_t b)
{
    int64_t product;
    demand(!__builtin_mul_overflow(a, b, &product));
    return product;
}

static int64_t minus(int64_t a, int64_t b)
{
    int64_t difference;
    demand(!__builtin_sub_overflow(a, b, &difference));
    return difference;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return llabs(a);
}

static void reduce(int64_t *x, size_t n)
{
    int64_t divisor = 0;
    for (size_t i = 0; i < n; i++)
        divisor = common_divisor(divisor, x[i]);
    for (size_t i = 0; divisor > 1 && i < n; i++)
        x[i] /= divisor;
}

static int64_t dot(const int64_t *a, const int64_t *b, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum = minus(sum, -times(a[i], b[i]));
    return sum;
}

/* x ← a·x - b·y, reduced. */
static void combine(int64_t *x, int64_t a, int64_t b, const int64_t *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = minus(times(a, x[i]), times(b, y[i]));
    reduce(x, n);
}

/* ---- rows of rank ---- */

/* Rows found independent, each with a place where it alone is not 0. */
struct echelon {
    size_t n, n_rows;
    int64_t rows[RECESSION_CONE_TERMS][MOST_CONSTRAINTS];
    size_t pivots[RECESSION_CONE_TERMS];
};

/* Keeps the vector [n] if it is independent of those kept. */
static bool keep_if_independent(struct echelon *echelon, const int64_t *vector)
{
    int64_t *x = echelon->rows[echelon->n_rows];
    memcpy(x, vector, echelon->n * sizeof(*x));
    reduce(x, echelon->n);
    for (size_t r = 0; r < echelon->n_rows; r++) {
        size_t p = echelon->pivots[r];
        if (x[p] != 0)
            combine(x, echelon->rows[r][p], x[p], echelon->rows[r], echelon->n);
    }
    for (size_t p = 0; p < echelon->n; p++)
        if (x[p] != 0) {
            echelon->pivots[echelon->n_rows++] = p;
            return true;
        }
    return false;
}

/* ---- constraints ---- */

static bool has_weight(const struct design *design, size_t row)
{
    return !design->weights || design->weights[row] > 0;
}

/* 1 for the intercept, then the columns. */
static int64_t cell(const struct design *design, const struct estimate_options *options,
                    size_t row, size_t term)
{
    if (options->intercept && term == 0)
        return 1;
    double x = design->x[row * design->n_columns + term - options->intercept];
    demand(x == (double)(int64_t)x);
    return (int64_t)x;
}

static bool is_penalised(const struct estimate_options *options, size_t term)
{
    return options->l2 > 0 && term >= options->intercept &&
           (!options->factors || options->factors[term - options->intercept] > 0);
}

/* A column of the rows, and below it a row of its own where a penalty decides. */
static void find_aliased(struct recession_cone *cone, const struct design *design,
                         const struct estimate_options *options)
{
    size_t n_terms = options->intercept + design->n_columns;
    struct echelon echelon = {.n = design->n_rows + n_terms};
    ck_assert_uint_le(echelon.n, MOST_CONSTRAINTS);
    for (size_t term = 0; term < n_terms; term++) {
        int64_t column[MOST_CONSTRAINTS] = {0};
        for (size_t i = 0; i < design->n_rows; i++)
            column[i] = has_weight(design, i) ? cell(design, options, i, term) : 0;
        column[design->n_rows + term] = is_penalised(options, term);
        bool is_aliased = !keep_if_independent(&echelon, column);
        for (size_t at = term; at < cone->n; at += n_terms)
            cone->aliased[at] = is_aliased;
    }
}

/* Which coefficient each free one is. */
static size_t find_free(const struct recession_cone *cone, const struct design *design,
                        const struct estimate_options *options, size_t *free)
{
    size_t n = 0;
    for (size_t i = 0; i < cone->n; i++)
        if (!cone->aliased[i] &&
            !is_penalised(options, i % (options->intercept + design->n_columns)))
            free[n++] = i;
    return n;
}

static void add_constraint(struct finding *finding, const int64_t *vector)
{
    int64_t *x = finding->constraints[finding->n_constraints];
    bool is_zero = true;
    memcpy(x, vector, finding->n * sizeof(*x));
    reduce(x, finding->n);
    for (size_t i = 0; i < finding->n; i++)
        is_zero = is_zero && x[i] == 0;
    for (size_t c = 0; c < finding->n_constraints; c++)
        if (memcmp(finding->constraints[c], x, finding->n * sizeof(*x)) == 0)
            return;
    demand(finding->n_constraints < MOST_CONSTRAINTS - 1);
    finding->n_constraints += !is_zero;
}

/* Returns whether it is one that nothing can move. */
static bool add_pair(struct finding *finding, const struct design *design,
                     const struct estimate_options *options, const size_t *free,
                     size_t row, size_t y, size_t k)
{
    size_t n_terms = options->intercept + design->n_columns;
    int64_t vector[RECESSION_CONE_TERMS] = {0};
    bool is_zero = true;
    for (size_t i = 0; i < finding->n; i++) {
        size_t class = free[i] / n_terms + 1;
        int64_t sign = (class == y) - (class == k);
        vector[i] = sign * cell(design, options, row, free[i] % n_terms);
        is_zero = is_zero && vector[i] == 0;
    }
    add_constraint(finding, vector);
    return is_zero;
}

/* Returns whether some constraint cannot grow whatever the direction. */
static bool add_constraints(struct finding *finding, const struct design *design,
                            const struct estimate_options *options, const size_t *free)
{
    size_t n_classes = options->family == FAMILY_BINOMIAL ? 2 : design->n_classes;
    bool has_zero = false;
    for (size_t i = 0; i < design->n_rows; i++)
        for (size_t y = 0; has_weight(design, i) && y < n_classes; y++) {
            bool is_share = n_classes == 2 && design->y[i] > 0 && design->y[i] < 1;
            for (size_t k = 0; k < n_classes; k++)
                if (k != y && (is_share || design->y[i] == (double)y) &&
                    add_pair(finding, design, options, free, i, y, k))
                    has_zero = true;
        }
    return has_zero;
}

/* ---- double description ---- */

static int64_t growth(const struct finding *finding, const struct ray *ray, size_t c)
{
    return dot(finding->constraints[c], ray->x, finding->n);
}

static void keep_ray(struct finding *finding, const struct ray *ray)
{
    demand(finding->n_made < MOST_RAYS);
    finding->made[finding->n_made++] = *ray;
}

/* No other ray is still wherever both are. */
static bool are_adjacent(const struct finding *finding, size_t a, size_t b)
{
    uint64_t still = finding->rays[a].still & finding->rays[b].still;
    for (size_t r = 0; r < finding->n_rays; r++)
        if (r != a && r != b && (finding->rays[r].still & still) == still)
            return false;
    return true;
}

static void meet(struct finding *finding, const struct ray *up, const struct ray *down,
                 size_t c)
{
    struct ray ray = *up;
    combine(ray.x, -growth(finding, down, c), -growth(finding, up, c), down->x,
            finding->n);
    ray.still = 0;
    for (size_t i = 0; i < finding->n_constraints; i++)
        if (((finding->taken >> i & 1) || i == c) && growth(finding, &ray, i) == 0)
            ray.still |= (uint64_t)1 << i;
    keep_ray(finding, &ray);
}

static void take_constraint(struct finding *finding, size_t c)
{
    finding->n_made = 0;
    for (size_t a = 0; a < finding->n_rays; a++) {
        struct ray ray = finding->rays[a];
        int64_t grown = growth(finding, &ray, c);
        if (grown == 0)
            ray.still |= (uint64_t)1 << c;
        if (grown >= 0)
            keep_ray(finding, &ray);
        for (size_t b = 0; grown > 0 && b < finding->n_rays; b++)
            if (growth(finding, &finding->rays[b], c) < 0 && are_adjacent(finding, a, b))
                meet(finding, &ray, &finding->rays[b], c);
    }
    struct ray *left = finding->rays;
    finding->rays = finding->made;
    finding->made = left;
    finding->n_rays = finding->n_made;
    finding->taken |= (uint64_t)1 << c;
}

/* All constraints but one of n independent ones, solved for pivots: in the column of a
 * pivot only its own row is not 0. */
static void solve_others(const struct finding *finding, const size_t *chosen,
                         size_t which, struct echelon *solved)
{
    for (size_t i = 0; i < finding->n; i++) {
        if (i == which)
            continue;
        keep_if_independent(solved, finding->constraints[chosen[i]]);
        size_t last = solved->n_rows - 1, p = solved->pivots[last];
        for (size_t r = 0; r < last; r++)
            if (solved->rows[r][p] != 0)
                combine(solved->rows[r], solved->rows[last][p], solved->rows[r][p],
                        solved->rows[last], finding->n);
    }
}

/* The one direction that all solved rows are orthogonal to. */
static void find_orthogonal(const struct echelon *solved, int64_t *x)
{
    bool is_pivot[RECESSION_CONE_TERMS] = {false};
    size_t open = 0;
    for (size_t r = 0; r < solved->n_rows; r++)
        is_pivot[solved->pivots[r]] = true;
    while (is_pivot[open])
        open++;
    x[open] = 1;
    for (size_t r = 0; r < solved->n_rows; r++) {
        int64_t pivot = solved->rows[r][solved->pivots[r]];
        int64_t whole = times(solved->rows[r][open], x[open]);
        x[open] = times(x[open], pivot / common_divisor(pivot, whole));
    }
    for (size_t r = 0; r < solved->n_rows; r++)
        x[solved->pivots[r]] =
            -times(solved->rows[r][open], x[open]) / solved->rows[r][solved->pivots[r]];
}

/* The ray along which one of n independent constraints grows alone. */
static void add_first_ray(struct finding *finding, const size_t *chosen, size_t which)
{
    struct echelon solved = {.n = finding->n};
    struct ray ray = {0};
    solve_others(finding, chosen, which, &solved);
    find_orthogonal(&solved, ray.x);
    reduce(ray.x, finding->n);
    if (growth(finding, &ray, chosen[which]) < 0)
        for (size_t i = 0; i < finding->n; i++)
            ray.x[i] = -ray.x[i];
    for (size_t i = 0; i < finding->n; i++)
        if (i != which)
            ray.still |= (uint64_t)1 << chosen[i];
    finding->rays[finding->n_rays++] = ray;
}

static void find_rays(struct finding *finding)
{
    struct echelon echelon = {.n = finding->n};
    size_t chosen[RECESSION_CONE_TERMS], n_chosen = 0;
    for (size_t c = 0; c < finding->n_constraints && n_chosen < finding->n; c++)
        if (keep_if_independent(&echelon, finding->constraints[c]))
            chosen[n_chosen++] = c;
    ck_assert_uint_eq(n_chosen, finding->n); /* the cone is pointed */
    for (size_t i = 0; i < n_chosen; i++)
        add_first_ray(finding, chosen, i);
    for (size_t i = 0; i < n_chosen; i++)
        finding->taken |= (uint64_t)1 << chosen[i];
    for (size_t c = 0; c < finding->n_constraints; c++)
        if (!(finding->taken >> c & 1))
            take_constraint(finding, c);
}

/* ---- the answer ---- */

static void tell(struct recession_cone *cone, const struct finding *finding,
                 const size_t *free, bool has_zero)
{
    uint64_t still = ~(uint64_t)0;
    for (size_t r = 0; r < finding->n_rays; r++) {
        still &= finding->rays[r].still;
        for (size_t i = 0; i < finding->n; i++) {
            cone->may_rise[free[i]] |= finding->rays[r].x[i] > 0;
            cone->may_fall[free[i]] |= finding->rays[r].x[i] < 0;
        }
    }
    cone->verdict = finding->n_rays == 0      ? RECESSION_NONE
                    : still == 0 && !has_zero ? RECESSION_COMPLETE
                                              : RECESSION_QUASI;
}

void recession_cone_find(struct recession_cone *cone, const struct design *design,
                         const struct estimate_options *options)
{
    struct finding finding;
    size_t n_classes = options->family == FAMILY_BINOMIAL ? 2 : design->n_classes;
    size_t free_ones[RECESSION_CONE_TERMS];
    struct ray *rays = memory_new(2 * (size_t)MOST_RAYS, sizeof(*rays), NULL);
    ck_assert_ptr_nonnull(rays);
    *cone = (struct recession_cone){.n = (n_classes - 1) *
                                         (options->intercept + design->n_columns)};
    ck_assert_uint_lt(cone->n, RECESSION_CONE_TERMS);
    finding = (struct finding){.rays = rays, .made = rays + MOST_RAYS};
    find_aliased(cone, design, options);
    finding.n = find_free(cone, design, options, free_ones);
    bool has_zero = add_constraints(&finding, design, options, free_ones);
    find_rays(&finding);
    tell(cone, &finding, free_ones, has_zero);
    memory_free(rays);
}
