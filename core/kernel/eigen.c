/*
 * Small matrices go to LAPACK as a whole. Of a larger one the reduction A = Q T Q', which
 * takes the time, is made here, as dsytrd and dlatrd do (Dongarra, Sorensen and
 * Hammarling, "Block reduction of matrices to condensed forms", 1989), so that it can be
 * stopped: row i, from the last one up, becomes a reflector v_i, and with
 *
 *   w_i = τ (A v_i - V W' v_i - W V' v_i),  w_i -= τ/2 (w_i'v_i) v_i
 *
 * a panel of rows takes V W' + W V' off what is above it at once. V lies in the rows of A
 * that are done, W beside it.
 *
 * Lanczos: with orthonormal v_1…v_k of the space that a vector and its products with A
 * span, V A V' is tridiagonal, and where (θ, s) is its greatest eigenvalue with vector s,
 * A has an eigenvalue within β_k |s_k| of θ, the length of what A makes of the vector V's
 * beyond θ times it (Parlett, "The Symmetric Eigenvalue Problem", 1980, chapter 13).
 */
#include "core/kernel/eigen.h"

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define WHOLE 512U /* rows that LAPACK gets in one call */
#define PANEL 32U  /* else so many at a time */
/* Of larger numbers squares would overflow, of smaller ones vanish. */
#define MOST 1e100
#define LEAST 1e-100
#define NOTHING 1e-200 /* beside either, by far; its inverse does not overflow */

#define WORK_A_ROW                                                                       \
    26U /* dsyevr's least, of doubles; it works unblocked for so few rows */
#define INTEGERS_A_ROW 10U

/* Of Lanczos: for fewer rows than this many the whole takes no longer. */
#define LEAST_ROWS 64U
#define MOST_STEPS 48U
#define STEPS_A_LOOK 12U
#define CLOSE 1e-9
#define SEED 0x656967656eU /* any will do */

struct room {
    double *values, *work;
    lapack_int *integers;
};

static void free_room(struct room *room)
{
    memory_free(room->values);
    memory_free(room->work);
    memory_free(room->integers);
}

/* ---- the whole by LAPACK ---- */

static int all_values(size_t n, double *a, const struct room *room, size_t n_work,
                      double ends[2])
{
    lapack_int size = (lapack_int)n, n_found = 0, unused[2];
    if (LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, 'N', 'A', 'U', size, a, size, 0, 0, 0, 0, 0,
                            &n_found, room->values, NULL, size, unused, room->work,
                            (lapack_int)n_work, room->integers,
                            (lapack_int)(n * INTEGERS_A_ROW)) != 0)
        return -1;
    ends[0] = room->values[0];
    ends[1] = room->values[n - 1];
    return 0;
}

/* ---- the reduction ---- */

struct reduction {
    size_t n;
    double *a;                     /* [n × n] */
    double *w;                     /* [PANEL × n] */
    double *diagonal, *off;        /* [n] of T */
    double product[PANEL];         /* V'v or W'v */
    size_t first, n_later;         /* the panel; of its rows those that are done */
    const double *v_rows, *w_rows; /* these */
};

/* x -= V' p or W' p of the rows that are done. */
static void take_off(const struct reduction *r, const double *rows, const double *p,
                     size_t stride, size_t n, double *x)
{
    cblas_dgemv(CblasRowMajor, CblasTrans, (blasint)r->n_later, (blasint)n, -1, rows,
                (blasint)r->n, p, (blasint)stride, 1, x, 1);
}

/* What the later rows take off row i, its diagonal included. */
static void update_row(const struct reduction *r, size_t i)
{
    double *row = r->a + i * r->n;
    if (r->n_later == 0)
        return;
    take_off(r, r->v_rows, r->w_rows + i, r->n, i + 1, row);
    take_off(r, r->w_rows, r->v_rows + i, r->n, i + 1, row);
}

/* x[n] becomes v with (1 - τ v v') x = (0, …, 0, β), v's last being 1. Returns τ. */
static double reflect(size_t n, double *x, double *beta)
{
    double alpha = x[n - 1], rest = cblas_dnrm2((blasint)n - 1, x, 1);
    x[n - 1] = 1;
    *beta = alpha;
    if (rest <= NOTHING) {
        memset(x, 0, (n - 1) * sizeof(*x));
        return 0;
    }
    *beta = -copysign(hypot(alpha, rest), alpha);
    cblas_dscal((blasint)n - 1, 1 / (alpha - *beta), x, 1);
    return (*beta - alpha) / *beta;
}

static void make_w(struct reduction *r, size_t i, double tau, double *w)
{
    const double *v = r->a + i * r->n;
    blasint n = (blasint)r->n, later = (blasint)r->n_later, size = (blasint)i;
    cblas_dsymv(CblasRowMajor, CblasLower, size, tau, r->a, n, v, 1, 0, w, 1);
    if (later > 0) {
        cblas_dgemv(CblasRowMajor, CblasNoTrans, later, size, tau, r->w_rows, n, v, 1, 0,
                    r->product, 1);
        take_off(r, r->v_rows, r->product, 1, i, w);
        cblas_dgemv(CblasRowMajor, CblasNoTrans, later, size, tau, r->v_rows, n, v, 1, 0,
                    r->product, 1);
        take_off(r, r->w_rows, r->product, 1, i, w);
    }
    cblas_daxpy(size, -tau / 2 * cblas_ddot(size, w, 1, v, 1), v, 1, w, 1);
}

static void reduce_row(struct reduction *r, size_t i)
{
    double *w = r->w + (i - r->first) * r->n;
    update_row(r, i);
    r->diagonal[i] = r->a[i * (r->n + 1)];
    if (i > 0)
        make_w(r, i, reflect(i, r->a + i * r->n, &r->off[i - 1]), w);
    r->v_rows = r->a + i * r->n;
    r->w_rows = w;
    r->n_later++;
}

/* Of the rows above the panel. */
static void update_rest(const struct reduction *r)
{
    if (r->first > 0)
        cblas_dsyr2k(CblasRowMajor, CblasLower, CblasTrans, (blasint)r->first,
                     (blasint)r->n_later, -1, r->v_rows, (blasint)r->n, r->w_rows,
                     (blasint)r->n, 1, r->a, (blasint)r->n);
}

static int reduce(struct reduction *r, const struct stop *stop, struct error *err)
{
    for (size_t end = r->n; end > 0; end = r->first) {
        r->first = end > PANEL ? end - PANEL : 0;
        r->n_later = 0;
        for (size_t i = end; i-- > r->first;) {
            if (stop_check(stop, err) < 0)
                return -1;
            reduce_row(r, i);
        }
        update_rest(r);
    }
    return 0;
}

/* ---- the ends of what is tridiagonal ---- */

/* By bisection: the k-th value from below, from 1. */
static int find_value(const struct reduction *r, size_t k, const struct room *room,
                      double *value)
{
    lapack_int n = (lapack_int)r->n, n_found = 0, n_blocks = 0, at = (lapack_int)k;
    lapack_int *blocks = room->integers, *splits = blocks + n, *work = splits + n;
    if (LAPACKE_dstebz_work('I', 'E', n, 0, 0, at, at, 0, r->diagonal, r->off, &n_found,
                            &n_blocks, room->values, blocks, splits, room->work,
                            work) != 0 ||
        n_found != 1)
        return -1;
    *value = room->values[0];
    return 0;
}

static double greatest_size(size_t n, const double *a)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            most = fmax(most, fabs(a[i * n + j]));
    return most;
}

/* Back from a size that squares can be taken of. */
static double rescale(size_t n, double *a)
{
    double size = greatest_size(n, a);
    if (size == 0 || (size >= LEAST && size <= MOST))
        return 1;
    for (size_t i = 0; i < n * n; i++)
        a[i] /= size;
    return size;
}

static int find_ends(size_t n, double *a, const struct stop *stop,
                     const struct room *room, double ends[2], struct error *err)
{
    struct reduction r = {.n = n,
                          .a = a,
                          .diagonal = room->work + 4 * n,
                          .off = room->work + 5 * n,
                          .w = room->work + 6 * n};
    double unit = rescale(n, a);
    if (reduce(&r, stop, err) < 0)
        return -1;
    if (find_value(&r, 1, room, &ends[0]) < 0 || find_value(&r, n, room, &ends[1]) < 0)
        return error_set(err, ERROR_INTERNAL,
                         "the eigenvalues of a matrix were not found");
    ends[0] *= unit;
    ends[1] *= unit;
    return 0;
}

/* ---- both ---- */

int eigen_extremes(size_t n, double *a, const struct stop *stop, double *least,
                   double *greatest, struct error *err)
{
    /* A block of 64 columns is what dsytrd likes. */
    size_t n_work = n * (WORK_A_ROW + 64);
    double ends[2];
    struct room room = {.values = memory_new(n, sizeof(double), err),
                        .work = memory_new(n_work, sizeof(double), err),
                        .integers =
                            memory_new(n * INTEGERS_A_ROW, sizeof(lapack_int), err)};
    int result = -1;
    if (room.values && room.work && room.integers) {
        if (n > WHOLE)
            result = find_ends(n, a, stop, &room, ends, err);
        else if ((result = all_values(n, a, &room, n_work, ends)) < 0)
            error_set(err, ERROR_INTERNAL, "the eigenvalues of a matrix were not found");
    }
    if (result == 0) {
        *least = ends[0];
        *greatest = ends[1];
    }
    free_room(&room);
    return result;
}

/* ---- the greatest alone ---- */

struct lanczos {
    size_t n, n_steps;
    const double *a;
    double *vectors;                              /* [(MOST_STEPS + 1) × n] */
    double diagonal[MOST_STEPS], off[MOST_STEPS]; /* of the tridiagonal matrix */
};

static void scale_to_unit(size_t n, double *v, double length)
{
    cblas_dscal((blasint)n, 1 / length, v, 1);
}

static void draw_first(struct lanczos *lanczos)
{
    struct random random = random_start(SEED, 0);
    for (size_t i = 0; i < lanczos->n; i++)
        lanczos->vectors[i] = 0.5 + random_uniform(&random);
    scale_to_unit(lanczos->n, lanczos->vectors,
                  cblas_dnrm2((blasint)lanczos->n, lanczos->vectors, 1));
}

/* Takes off what lies along the vectors so far; twice, which is enough. */
static void straighten(const struct lanczos *lanczos, double *w)
{
    double along[MOST_STEPS];
    blasint n = (blasint)lanczos->n, k = (blasint)lanczos->n_steps + 1;
    for (int i = 0; i < 2; i++) {
        cblas_dgemv(CblasRowMajor, CblasNoTrans, k, n, 1, lanczos->vectors, n, w, 1, 0,
                    along, 1);
        cblas_dgemv(CblasRowMajor, CblasTrans, k, n, -1, lanczos->vectors, n, along, 1, 1,
                    w, 1);
    }
}

/* False: nothing is left, the space is A's own. */
static bool take_step(struct lanczos *lanczos)
{
    size_t n = lanczos->n, k = lanczos->n_steps;
    double *v = lanczos->vectors + k * n, *w = v + n;
    cblas_dsymv(CblasRowMajor, CblasLower, (blasint)n, 1, lanczos->a, (blasint)n, v, 1, 0,
                w, 1);
    lanczos->diagonal[k] = cblas_ddot((blasint)n, v, 1, w, 1);
    double length = cblas_dnrm2((blasint)n, w, 1);
    straighten(lanczos, w);
    lanczos->off[k] = cblas_dnrm2((blasint)n, w, 1);
    lanczos->n_steps++;
    if (lanczos->off[k] <= CLOSE * length) {
        lanczos->off[k] = 0;
        return false;
    }
    scale_to_unit(n, w, lanczos->off[k]);
    return true;
}

/* Is an eigenvalue known? */
static bool look_at_ends(const struct lanczos *lanczos, double *greatest)
{
    double diagonal[MOST_STEPS], off[MOST_STEPS], work[2 * MOST_STEPS];
    double vectors[MOST_STEPS * MOST_STEPS];
    size_t k = lanczos->n_steps;
    memcpy(diagonal, lanczos->diagonal, sizeof(diagonal));
    memcpy(off, lanczos->off, sizeof(off));
    if (LAPACKE_dstev_work(LAPACK_COL_MAJOR, 'V', (lapack_int)k, diagonal, off, vectors,
                           (lapack_int)k, work) != 0)
        return false;
    *greatest = diagonal[k - 1];
    double rest = lanczos->off[k - 1] * fabs(vectors[k * k - 1]);
    return *greatest > 0 && rest <= CLOSE * *greatest;
}

static bool find_greatest(struct lanczos *lanczos, double *greatest)
{
    draw_first(lanczos);
    for (;;) {
        bool goes_on = take_step(lanczos);
        if ((lanczos->n_steps % STEPS_A_LOOK == 0 || !goes_on) &&
            look_at_ends(lanczos, greatest))
            return true;
        if (!goes_on || lanczos->n_steps == MOST_STEPS)
            return false;
    }
}

int eigen_greatest(size_t n, double *a, const struct stop *stop, double *greatest,
                   struct error *err)
{
    struct lanczos lanczos = {.n = n, .a = a};
    double size = greatest_size(n, a), least, found;
    bool is_found = false;
    if (n >= LEAST_ROWS && size >= LEAST && size <= MOST) {
        lanczos.vectors = memory_new_aligned(n * (MOST_STEPS + 1), sizeof(double), err);
        if (!lanczos.vectors || stop_check(stop, err) < 0) {
            memory_free(lanczos.vectors);
            return -1;
        }
        is_found = find_greatest(&lanczos, &found);
        memory_free(lanczos.vectors);
    }
    if (!is_found)
        return eigen_extremes(n, a, stop, &least, greatest, err);
    *greatest = found;
    return 0;
}
