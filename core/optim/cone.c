#include "core/optim/cone.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/vectors.h"

/* A share of the lengths of the vectors that r is a sum of, below which it is rounding.
 */
#define NOTHING_LEFT 1e-13
/* A member that lies in the span of the active ones but for this share is one of them. */
#define DEPENDENT 1e-10
#define MOST_ROUNDS(n) (100 + 20 * (n))

struct projection {
    const struct cone_oracle *oracle;
    size_t n, n_active;
    const double *b;
    double *r;           /* [n] */
    double *members;     /* [n × n] the active ones, a row each */
    double *orthonormal; /* [n × n] a basis of them, a row each */
    double *triangle; /* [n × n] member i = Σ_{j≤i} triangle[i][j]·orthonormal j */
    double *multipliers; /* [n] μ */
    double *wanted;      /* [n] μ without its sign */
    double *products;    /* [n] */
};

static void free_projection(struct projection *projection)
{
    memory_free(projection->r);
    memory_free(projection->members);
    memory_free(projection->orthonormal);
    memory_free(projection->triangle);
    memory_free(projection->multipliers);
    memory_free(projection->wanted);
    memory_free(projection->products);
}

static int make_projection(struct projection *projection, struct error *err)
{
    size_t n = projection->n, n_cells;
    if (!memory_product(n, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    projection->r = memory_new(n, sizeof(double), err);
    projection->members = memory_new(n_cells, sizeof(double), err);
    projection->orthonormal = memory_new(n_cells, sizeof(double), err);
    projection->triangle = memory_new(n_cells, sizeof(double), err);
    projection->multipliers = memory_new(n, sizeof(double), err);
    projection->wanted = memory_new(n, sizeof(double), err);
    projection->products = memory_new(n, sizeof(double), err);
    return projection->r && projection->members && projection->orthonormal &&
                   projection->triangle && projection->multipliers &&
                   projection->wanted && projection->products
               ? 0
               : -1;
}

/* ---- the active members ---- */

/* Takes off v what it has of the first `count` orthonormal ones, adding it to row. */
static void take_off(const struct projection *projection, size_t count, double *v,
                     double *row)
{
    size_t n = projection->n;
    for (int twice = 0; twice < 2; twice++)
        for (size_t j = 0; j < count; j++) {
            const double *q = projection->orthonormal + j * n;
            double product = vectors_dot(q, v, n);
            vectors_add(-product, q, v, n);
            row[j] += product;
        }
}

/* Row `at` of the basis from member `at`; false if the rows before span it. */
static bool orthonormalise(struct projection *projection, size_t at)
{
    size_t n = projection->n;
    double *q = projection->orthonormal + at * n, *row = projection->triangle + at * n;
    const double *member = projection->members + at * n;
    double length = vectors_norm(member, n);
    memcpy(q, member, n * sizeof(*q));
    memset(row, 0, n * sizeof(*row));
    take_off(projection, at, q, row);
    row[at] = vectors_norm(q, n);
    if (!(row[at] > DEPENDENT * length))
        return false;
    for (size_t i = 0; i < n; i++)
        q[i] /= row[at];
    return true;
}

static void leave(struct projection *projection, size_t at)
{
    size_t n = projection->n, n_behind = projection->n_active - at - 1;
    memmove(projection->members + at * n, projection->members + (at + 1) * n,
            n_behind * n * sizeof(double));
    memmove(projection->multipliers + at, projection->multipliers + at + 1,
            n_behind * sizeof(double));
    projection->n_active--;
    for (size_t i = at; i < projection->n_active; i++)
        orthonormalise(projection, i);
}

/* ---- r and μ ---- */

/* r = b less what the active members span. */
static void find_rest(struct projection *projection)
{
    memcpy(projection->r, projection->b, projection->n * sizeof(double));
    memset(projection->products, 0, projection->n * sizeof(double));
    take_off(projection, projection->n_active, projection->r, projection->products);
}

/* The multipliers that this takes, of any sign: b - r = -Σ μ_i a_i, by substitution. */
static void find_wanted(struct projection *projection)
{
    size_t n = projection->n;
    for (size_t i = projection->n_active; i-- > 0;) {
        double sum = -projection->products[i];
        for (size_t k = i + 1; k < projection->n_active; k++)
            sum -= projection->triangle[k * n + i] * projection->wanted[k];
        projection->wanted[i] = sum / projection->triangle[i * (n + 1)];
    }
}

/* As far towards the wanted multipliers as none turns negative; whoever stops it leaves.
 * True if there. */
static bool move(struct projection *projection)
{
    double share = 1;
    size_t first = projection->n_active;
    for (size_t i = 0; i < projection->n_active; i++) {
        double from = projection->multipliers[i], to = projection->wanted[i];
        if (to <= 0 && from / (from - to) < share) {
            share = from / (from - to);
            first = i;
        }
    }
    for (size_t i = 0; i < projection->n_active; i++)
        projection->multipliers[i] +=
            share * (projection->wanted[i] - projection->multipliers[i]);
    if (first == projection->n_active)
        return true;
    leave(projection, first);
    return false;
}

static void solve(struct projection *projection)
{
    do {
        find_rest(projection);
        find_wanted(projection);
    } while (!move(projection));
}

/* ---- the whole ---- */

/* r is 0, but for the rounding of what it is the sum of. */
static bool is_nothing(const struct projection *projection)
{
    double size = 1;
    for (size_t i = 0; i < projection->n_active; i++)
        size += projection->multipliers[i];
    return vectors_norm(projection->r, projection->n) <= NOTHING_LEFT * size;
}

static int project(struct projection *projection, struct error *err)
{
    size_t n = projection->n;
    find_rest(projection);
    for (size_t round = 0; round < MOST_ROUNDS(n) && !is_nothing(projection); round++) {
        bool found;
        if (projection->n_active == n)
            break;
        if (projection->oracle->violated(projection->oracle->context, projection->r,
                                         projection->members + projection->n_active * n,
                                         &found, err) < 0)
            return -1;
        if (!found || !orthonormalise(projection, projection->n_active))
            return 0;
        projection->multipliers[projection->n_active++] = 0;
        solve(projection);
    }
    memset(projection->r, 0, n * sizeof(double));
    return 0;
}

int cone_project(const struct cone_oracle *oracle, size_t n, double *b, struct error *err)
{
    struct projection projection = {.oracle = oracle, .n = n, .b = b};
    int status = make_projection(&projection, err);
    if (status == 0)
        status = project(&projection, err);
    if (status == 0)
        memcpy(b, projection.r, n * sizeof(double));
    free_projection(&projection);
    return status;
}
