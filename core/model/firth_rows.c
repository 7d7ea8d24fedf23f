#include "core/model/firth_rows.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

/* The derivatives of p(1-p) by the margin, without cancellation in its tails. */
struct bending {
    double first, second;
};

static struct bending bending_at(double z)
{
    double e = exp(-fabs(z)), w = e / ((1 + e) * (1 + e)), s = (1 - e) / (1 + e);
    return (struct bending){.first = z > 0 ? -w * s : w * s, .second = w * (1 - 6 * w)};
}

/* û of one row, dense, with its intercept. */
static void spread_row(const struct gram_rows *rows, size_t i, double *u)
{
    size_t n_terms = rows->n_columns + rows->intercept;
    double *x = u + rows->intercept;
    if (rows->intercept)
        u[0] = 1;
    if (rows->x) {
        memcpy(x, rows->x + i * rows->stride, rows->n_columns * sizeof(*x));
        return;
    }
    memset(x, 0, (n_terms - rows->intercept) * sizeof(*x));
    for (size_t at = rows->starts[i]; at < rows->starts[i + 1]; at++)
        x[rows->columns[at]] = rows->values[at];
}

/* u'Gu; product[p] = Gu. */
static double square_of(const double *inverse, const double *u, size_t p, double *product)
{
    double square = 0;
    for (size_t r = 0; r < p; r++) {
        double sum = 0;
        for (size_t s = 0; s < p; s++)
            sum += inverse[r * p + s] * u[s];
        product[r] = sum;
        square += sum * u[r];
    }
    return square;
}

static void add_bend(const double *u, size_t p, double second, double first, double *bend)
{
    double *thirds = bend + p * p;
    for (size_t r = 0; r < p; r++)
        for (size_t s = 0; s <= r; s++) {
            double product = u[r] * u[s], share = first * product;
            double *of = thirds + (r * p + s) * p;
            bend[r * p + s] += second * product;
            for (size_t t = 0; t <= s; t++)
                of[t] += share * u[t];
        }
}

static void add_chunk(const struct firth_rows *rows, size_t worker, double *sums)
{
    struct likelihood_room *room = &rows->likelihood->rooms[worker];
    struct gram_rows loaded = row_chunk_rows(&room->chunk, rows->likelihood->basis);
    size_t p = rows->likelihood->n;
    double *u = rows->scratch + worker * 2 * p, *z = room->curvature;
    memcpy(z, room->chunk.offset, loaded.n_rows * sizeof(*z));
    gram_add_margins(&loaded, rows->beta, z, 1);
    for (size_t i = 0; i < loaded.n_rows; i++) {
        struct bending bending = bending_at(z[i]);
        double weight = room->chunk.weights[i];
        spread_row(&loaded, i, u);
        double square = square_of(rows->inverse, u, p, u + p);
        for (size_t r = 0; r < p; r++)
            sums[r] += weight * bending.first * square * u[r];
        if (rows->has_bend)
            add_bend(u, p, weight * bending.second * square, weight * bending.first,
                     sums + p);
    }
}

static void add_block(void *context, size_t block, size_t worker, double *sums)
{
    const struct firth_rows *rows = context;
    const struct likelihood *likelihood = rows->likelihood;
    struct likelihood_room *room = &likelihood->rooms[worker];
    struct design_block loaded;
    size_t next = 0;
    design_block(likelihood->design, block, &loaded);
    while (!solver_is_over(&likelihood->hooks->watch) &&
           row_chunk_load(&room->chunk, likelihood->basis, &loaded, &next))
        add_chunk(rows, worker, sums);
}

bool firth_rows_n_sums(size_t p, bool has_bend, size_t *n_sums)
{
    size_t square, cube;
    *n_sums = p;
    if (!has_bend)
        return true;
    return memory_product(p, p, &square) && memory_product(square, p, &cube) &&
           memory_sum(square, cube, n_sums) && memory_sum(*n_sums, p, n_sums);
}

int firth_rows_sum(const struct firth_rows *rows, double *sums, struct error *err)
{
    const struct likelihood *likelihood = rows->likelihood;
    size_t n_sums;
    if (!firth_rows_n_sums(likelihood->n, rows->has_bend, &n_sums))
        return error_no_memory(err, SIZE_MAX);
    if (pool_sum(likelihood->pool, likelihood->design->n_blocks, n_sums, add_block,
                 (void *)rows, sums, err) < 0)
        return -1;
    return solver_is_over(&likelihood->hooks->watch)
               ? error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked")
               : 0;
}
