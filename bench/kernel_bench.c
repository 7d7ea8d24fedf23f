/*
 * How near the kernels of dense rows come to what this machine gives. For each width and
 * each level of instructions: nanoseconds a row, operations and bytes for a second, and
 * the fraction of the limit, which is the multipliers' peak or reading, whichever takes
 * longer, as measured in the same run: reading from memory for rows as they are given,
 * from the first cache for what lies there.
 *
 * CPU time of one thread, the best of many turns. What else runs on the machine takes
 * from both sides.
 */
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/memory.h"
#include "core/kernel/affine.h"
#include "core/kernel/gram.h"
#include "core/kernel/loss_rows.h"
#include "core/kernel/narrow_rows.h"
#include "core/kernel/row_products.h"

#define TURNS 40
#define MEMORY_CELLS ((size_t)8 << 20) /* 64 MiB of rows as they are given */
#define CACHE_CELLS 3072U              /* 24 KiB of a chunk of them */
#define MOST_ROWS 1024U
#define PEAK_ROUNDS 20000U

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double *numbers(size_t n)
{
    struct error err = {0};
    double *made = memory_new_aligned(n, sizeof(double), &err);
    if (!made) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    for (size_t i = 0; i < n; i++)
        made[i] = (double)(i * 2654435761U % 1000) / 1000;
    return made;
}

/* ---- what the machine gives ---- */

typedef double vector_of_2 __attribute__((vector_size(16)));
typedef double vector_of_4 __attribute__((vector_size(32)));
typedef double vector_of_8 __attribute__((vector_size(64)));

/* Twelve chains, which stay in registers: no loop over them that might not be unrolled.
 */
#define CHAINS 12U
#define EACH_CHAIN(of)                                                                   \
    of(0);                                                                               \
    of(1);                                                                               \
    of(2);                                                                               \
    of(3);                                                                               \
    of(4);                                                                               \
    of(5);                                                                               \
    of(6);                                                                               \
    of(7);                                                                               \
    of(8);                                                                               \
    of(9);                                                                               \
    of(10);                                                                              \
    of(11)
#define START(k) vector chain##k = factor * k
#define KEEP(k) __asm__ volatile("" : "+x"(chain##k))

#define STEP_PLAIN(k) chain##k = chain##k * factor + factor
__attribute__((noinline)) static void multiply_plain(void)
{
    typedef vector_of_2 vector;
    vector factor = {0.5, 0.5};
    EACH_CHAIN(START);
    for (size_t i = 0; i < PEAK_ROUNDS; i++) {
        EACH_CHAIN(STEP_PLAIN);
    }
    EACH_CHAIN(KEEP);
}

#define STEP_AVX2(k) chain##k = _mm256_fmadd_pd(chain##k, factor, factor)
__attribute__((noinline, target("avx2,fma"))) static void multiply_avx2(void)
{
    typedef vector_of_4 vector;
    vector factor = {0.5, 0.5, 0.5, 0.5};
    EACH_CHAIN(START);
    for (size_t i = 0; i < PEAK_ROUNDS; i++) {
        EACH_CHAIN(STEP_AVX2);
    }
    EACH_CHAIN(KEEP);
}

#define STEP_AVX512(k) chain##k = _mm512_fmadd_pd(chain##k, factor, factor)
__attribute__((noinline, target("avx512f"))) static void multiply_avx512(void)
{
    typedef vector_of_8 vector;
    vector factor = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    EACH_CHAIN(START);
    for (size_t i = 0; i < PEAK_ROUNDS; i++) {
        EACH_CHAIN(STEP_AVX512);
    }
    EACH_CHAIN(KEEP);
}

/* Of two operations each. */
static double measure_peak(enum instructions set)
{
    static void (*const variants[INSTRUCTIONS_N])(void) = {multiply_plain, multiply_avx2,
                                                           multiply_avx512};
    static const double lanes[INSTRUCTIONS_N] = {2, 4, 8};
    double best = 1;
    for (int turn = 0; turn < TURNS; turn++) {
        double start = cpu_seconds();
        variants[set]();
        double taken = cpu_seconds() - start;
        best = taken < best ? taken : best;
    }
    return 2 * lanes[set] * CHAINS * PEAK_ROUNDS / best;
}

/* Bytes for a second, read by the sum of the widest rows. */
static double measure_reading(enum instructions set, const double *x, size_t n_cells)
{
    enum { COLUMNS = 64 };
    size_t n_rows = n_cells / COLUMNS, repeats = MEMORY_CELLS / n_cells;
    double product[COLUMNS] = {0}, *v = numbers(n_rows), best = 1;
    for (int turn = 0; turn < TURNS / 4; turn++) {
        double start = cpu_seconds();
        for (size_t i = 0; i < repeats; i++)
            row_products_of(set)->sum(n_rows, COLUMNS, x, COLUMNS, v, product);
        double taken = cpu_seconds() - start;
        best = taken < best ? taken : best;
    }
    memory_free(v);
    return (double)(repeats * n_rows * COLUMNS) * sizeof(double) / best;
}

/* ---- kernels ---- */

struct bench {
    enum instructions set;
    double peak, from_memory, from_cache;
    size_t n_columns, n_rows, stride;
    size_t n_chunks;   /* of rows as they are given */
    const double *x;   /* these */
    double *u;         /* a chunk of them, [n_rows × stride] */
    double *z, *y, *h; /* [n_rows] */
    double *residual, *curvature;
    double *scratch, *sums; /* [n_rows × (n_columns + 8)], [(n_columns + 1)²] */
    double *narrow;         /* the scratch of narrow rows */
};

typedef void kernel_fn(const struct bench *bench, const double *x);

static void place(const struct bench *bench, const double *x)
{
    affine_rows(bench->n_rows, bench->n_columns, x, bench->y, bench->h, bench->u,
                bench->stride);
}

static void find_margins(const struct bench *bench, const double *x)
{
    (void)x;
    row_products_of(bench->set)
        ->margins(bench->n_rows, bench->n_columns, bench->u, bench->stride, bench->h,
                  bench->residual);
}

static void sum_rows(const struct bench *bench, const double *x)
{
    (void)x;
    row_products_of(bench->set)
        ->sum(bench->n_rows, bench->n_columns, bench->u, bench->stride, bench->h,
              bench->sums);
}

static void lose(const struct bench *bench, const double *x)
{
    (void)x;
    loss_rows_best()->binomial(bench->n_rows, bench->z, bench->y, bench->h,
                               bench->residual, bench->curvature);
}

static void multiply(const struct bench *bench, const double *x)
{
    struct gram_rows rows = {.n_rows = bench->n_rows,
                             .n_columns = bench->n_columns,
                             .x = bench->u,
                             .stride = bench->stride,
                             .intercept = true};
    (void)x;
    gram_add(&rows, bench->h, 1, bench->scratch, bench->sums, bench->n_columns + 1);
}

/* All that a Newton step does with a row. */
static void pass(const struct bench *bench, const double *x)
{
    place(bench, x);
    find_margins(bench, x);
    lose(bench, x);
    sum_rows(bench, x);
    struct gram_rows rows = {.n_rows = bench->n_rows,
                             .n_columns = bench->n_columns,
                             .x = bench->u,
                             .stride = bench->stride,
                             .ahead = x + bench->n_rows * bench->n_columns,
                             .n_ahead = bench->n_rows * bench->n_columns * sizeof(*x),
                             .intercept = true};
    gram_add(&rows, bench->h, 1, bench->scratch, bench->sums, bench->n_columns + 1);
}

/* The same at once, of few columns. */
static void pass_narrowly(const struct bench *bench, const double *x)
{
    double loss = 0, misplaced = 0;
    const struct narrow_rows rows = {.n_rows = bench->n_rows,
                                     .n_columns = bench->n_columns,
                                     .x = x,
                                     .stride = bench->n_columns,
                                     .factor = bench->y,
                                     .centre = bench->h,
                                     .y = bench->y,
                                     .intercept = true};
    const struct narrow_rows_sums sums = {.loss = &loss,
                                          .misplaced = &misplaced,
                                          .gradient = bench->residual,
                                          .hessian = bench->sums};
    narrow_rows_add(&rows, bench->h, bench->narrow, &sums);
}

/* ---- the table ---- */

static double time_row(const struct bench *bench, kernel_fn *kernel)
{
    double best = 1;
    for (int turn = 0; turn < TURNS / 4; turn++) {
        double start = cpu_seconds();
        for (size_t chunk = 0; chunk < bench->n_chunks; chunk++)
            kernel(bench, bench->x + chunk * bench->n_rows * bench->n_columns);
        double taken = cpu_seconds() - start;
        best = taken < best ? taken : best;
    }
    return best / (double)(bench->n_chunks * bench->n_rows);
}

/* Of a row: operations, bytes, and how fast these could be had. */
static void print_kernel(const struct bench *bench, const char *name, kernel_fn *kernel,
                         double n_operations, double n_bytes, double reading)
{
    static const char *const sets[INSTRUCTIONS_N] = {"plain", "avx2", "avx512"};
    double seconds = time_row(bench, kernel), by_operations = n_operations / bench->peak;
    double by_bytes = n_bytes / reading;
    double least = by_operations > by_bytes ? by_operations : by_bytes;
    printf("| %zu | %s | %s | %.2f | %.1f | %.1f | %.0f %% of %s |\n", bench->n_columns,
           sets[bench->set], name, 1e9 * seconds, 1e-9 * n_operations / seconds,
           1e-9 * n_bytes / seconds, 100 * least / seconds,
           by_operations > by_bytes      ? "the multipliers"
           : reading < bench->from_cache ? "memory"
                                         : "the cache");
}

static void print_kernels(const struct bench *bench)
{
    double d = (double)bench->n_columns, bytes = 8 * d;
    double of_gram = (d + 1) * (d + 2), cache = bench->from_cache;
    print_kernel(bench, "affine", place, 2 * d, bytes, bench->from_memory);
    print_kernel(bench, "margins", find_margins, 2 * d, bytes, cache);
    print_kernel(bench, "loss", lose, 50, 24, cache);
    print_kernel(bench, "sum", sum_rows, 2 * d, bytes, cache);
    print_kernel(bench, "gram", multiply, of_gram, bytes, cache);
    print_kernel(bench, "all of them", pass, 6 * d + 50 + of_gram, bytes,
                 bench->from_memory);
    if (bench->n_columns > NARROW_ROWS_MOST_COLUMNS)
        return;
    struct bench whole = *bench; /* it cuts blocks of rows by itself */
    whole.n_rows = NARROW_ROWS_MOST;
    whole.n_chunks = MEMORY_CELLS / (whole.n_rows * whole.n_columns);
    print_kernel(&whole, "at once", pass_narrowly, 6 * d + 50 + of_gram, bytes,
                 bench->from_memory);
}

static void run(enum instructions set, size_t n_columns, const double *x)
{
    size_t stride = gram_stride(n_columns), n_rows = CACHE_CELLS / stride;
    struct bench bench = {.set = set,
                          .peak = measure_peak(set),
                          .from_memory = measure_reading(set, x, MEMORY_CELLS),
                          .from_cache = measure_reading(set, x, CACHE_CELLS),
                          .n_columns = n_columns,
                          .n_rows = n_rows < 64 ? 64 : n_rows,
                          .stride = stride,
                          .x = x};
    size_t n = n_rows > MOST_ROWS ? n_rows : MOST_ROWS;
    bench.n_chunks = MEMORY_CELLS / (bench.n_rows * n_columns);
    bench.u = numbers(bench.n_rows * stride);
    bench.z = numbers(n);
    bench.y = numbers(n);
    bench.h = numbers(n);
    bench.residual = numbers(n);
    bench.curvature = numbers(n);
    bench.scratch = numbers(bench.n_rows * (n_columns + 8));
    bench.sums = numbers((n_columns + 1) * (n_columns + 1));
    bench.narrow = numbers(NARROW_ROWS_SCRATCH);
    print_kernels(&bench);
    double *const made[] = {bench.u,       bench.z,        bench.y,
                            bench.h,       bench.residual, bench.curvature,
                            bench.scratch, bench.sums,     bench.narrow};
    for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
        memory_free(made[i]);
}

static void print_machine(enum instructions set, const double *x)
{
    printf("reading: %.1f GB/s from memory, %.1f from the first cache; multipliers:",
           1e-9 * measure_reading(set, x, MEMORY_CELLS),
           1e-9 * measure_reading(set, x, CACHE_CELLS));
    for (enum instructions i = 0; i <= set; i++)
        printf("%s %.1f", i > 0 ? "," : "", 1e-9 * measure_peak(i));
    printf(" GFLOP/s (plain, avx2, avx512)\n\n");
}

int main(void)
{
    static const size_t widths[] = {3, 10, 23, 30, 108};
    enum instructions best = instructions_best();
    double *x = numbers(MEMORY_CELLS + MOST_ROWS * 128);
    print_machine(best, x);
    printf("| columns | instructions | kernel | ns a row | GFLOP/s | GB/s | reached |\n"
           "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++)
        for (enum instructions set = 0; set <= best; set++) {
            instructions_limit(set);
            run(set, widths[i], x);
        }
    memory_free(x);
    return 0;
}
