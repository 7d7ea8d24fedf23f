/*
 * How near the kernels of rows come to what this machine gives. For each width and
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
#include "core/kernel/class_rows.h"
#include "core/kernel/gram.h"
#include "core/kernel/gram_classes.h"
#include "core/kernel/loss_rows.h"
#include "core/kernel/narrow_rows.h"
#include "core/kernel/row_products.h"
#include "core/kernel/softmax_rows.h"
#include "core/kernel/tally_rows.h"

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
    /* Of several classes: [n_columns × N_CLASSES], twice [n_rows × N_CLASSES]. */
    double *terms, *class_z, *class_residual;
    struct tally_rows places;
    struct gram_rows entries;
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

/* ---- kernels of several classes, of places and of entries ---- */

#define N_CLASSES 7U
#define N_PLACES 34U /* a9a's */
#define PLACE_STRIDE 40U
#define PLACE_LEVELS 16U
#define N_ENTRIES 12U
#define N_WEIGHTS (3 * GRAM_CLASSES_WIDTH) /* pairs of seven classes */
#define N_TERMS 55U

static void find_class_margins(const struct bench *bench, const double *x)
{
    (void)x;
    class_rows_of(bench->set)
        ->margins(bench->n_rows, bench->n_columns, bench->u, bench->stride, N_CLASSES,
                  bench->terms, bench->class_z, N_CLASSES);
}

static void multiply_classes(const struct bench *bench, const double *x)
{
    (void)x;
    class_rows_of(bench->set)
        ->product(bench->n_rows, bench->n_columns, bench->u, bench->stride, N_CLASSES,
                  bench->class_residual, N_CLASSES, bench->terms);
}

static void lose_classes(const struct bench *bench, const double *x)
{
    (void)x;
    softmax_rows_of(bench->set)
        ->losses(bench->n_rows, N_CLASSES, bench->class_z, bench->y, bench->h,
                 bench->class_residual);
}

static void weigh_places(const struct bench *bench, const double *x)
{
    (void)x;
    tally_rows_of(bench->set)->weigh(&bench->places, bench->h, bench->sums, NULL, NULL);
}

static void cross_entries(const struct bench *bench, const double *x)
{
    (void)x;
    gram_classes_of(bench->set)
        ->cross(&bench->entries, N_WEIGHTS, bench->class_residual, bench->sums);
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

static struct bench start(enum instructions set, size_t n_columns, const double *x)
{
    return (struct bench){.set = set,
                          .peak = measure_peak(set),
                          .from_memory = measure_reading(set, x, MEMORY_CELLS),
                          .from_cache = measure_reading(set, x, CACHE_CELLS),
                          .n_columns = n_columns,
                          .x = x};
}

static void run(enum instructions set, size_t n_columns, const double *x)
{
    size_t stride = gram_stride(n_columns), n_rows = CACHE_CELLS / stride;
    struct bench bench = start(set, n_columns, x);
    bench.n_rows = n_rows < 64 ? 64 : n_rows;
    bench.stride = stride;
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

/* Rows of 54 columns and seven classes, as covtype's. */
static void run_classes(enum instructions set, const double *x)
{
    enum { COLUMNS = 54 };
    struct bench bench = start(set, COLUMNS, x);
    bench.n_rows = 64;
    bench.n_chunks = 1024;
    bench.stride = gram_stride(COLUMNS);
    bench.u = numbers(bench.n_rows * bench.stride);
    bench.y = numbers(bench.n_rows);
    bench.h = numbers(bench.n_rows);
    bench.terms = numbers(COLUMNS * N_CLASSES);
    bench.class_z = numbers(bench.n_rows * N_CLASSES);
    bench.class_residual = numbers(bench.n_rows * N_CLASSES);
    for (size_t i = 0; i < bench.n_rows; i++)
        bench.y[i] = (double)(i % N_CLASSES);
    double n_products = 2.0 * COLUMNS * N_CLASSES, bytes = 8.0 * COLUMNS;
    print_kernel(&bench, "loss of 7 classes", lose_classes, 40.0 * N_CLASSES,
                 24.0 * N_CLASSES, bench.from_cache);
    print_kernel(&bench, "product of 7", multiply_classes, n_products, bytes,
                 bench.from_cache);
    print_kernel(&bench, "margins of 7", find_class_margins, n_products, bytes,
                 bench.from_cache);
    double *const made[] = {bench.u,     bench.y,       bench.h,
                            bench.terms, bench.class_z, bench.class_residual};
    for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
        memory_free(made[i]);
}

/* Rows of places in tables, as a9a's, and of entries with a weight for each pair of seven
 * classes. What they add to is loaded and stored. */
static void run_sparse(enum instructions set, const double *x)
{
    static uint16_t places[MOST_ROWS * PLACE_STRIDE];
    static uint64_t starts[MOST_ROWS + 1];
    static uint32_t columns[MOST_ROWS * N_ENTRIES];
    struct bench bench = start(set, N_PLACES, x);
    bench.n_rows = MOST_ROWS;
    bench.n_chunks = 16;
    bench.h = numbers(MOST_ROWS);
    bench.class_residual = numbers(MOST_ROWS * N_WEIGHTS);
    bench.sums = numbers(N_TERMS * (N_TERMS + 1) / 2 * N_WEIGHTS);
    for (size_t i = 0; i < MOST_ROWS; i++) {
        for (size_t t = 0; t < N_PLACES; t++)
            places[i * PLACE_STRIDE + t] =
                (uint16_t)(t * PLACE_LEVELS + (i * 7 + t * 5) % PLACE_LEVELS);
        for (size_t k = 0; k < N_ENTRIES; k++)
            columns[i * N_ENTRIES + k] = (uint32_t)(k * 4 + (i + k) % 4);
        starts[i + 1] = (i + 1) * N_ENTRIES;
    }
    bench.places = (struct tally_rows){.n_rows = MOST_ROWS,
                                       .n_tables = N_PLACES,
                                       .n_parts = N_PLACES,
                                       .stride = PLACE_STRIDE,
                                       .places = places};
    print_kernel(&bench, "weights into 34 places", weigh_places, N_PLACES,
                 18.0 * N_PLACES, bench.from_cache);
    bench.n_columns = N_ENTRIES;
    bench.entries = (struct gram_rows){.n_rows = MOST_ROWS,
                                       .n_columns = N_TERMS - 1,
                                       .starts = starts,
                                       .columns = columns,
                                       .values = x,
                                       .intercept = true};
    double n_pairs = (N_ENTRIES + 1) * (N_ENTRIES + 2) / 2;
    print_kernel(&bench, "pairs of 12 entries, 24 weights", cross_entries,
                 2 * n_pairs * N_WEIGHTS, 16 * n_pairs * N_WEIGHTS, bench.from_cache);
    memory_free(bench.h);
    memory_free(bench.class_residual);
    memory_free(bench.sums);
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
    for (enum instructions set = 0; set <= best; set++) {
        instructions_limit(set);
        run_classes(set, x);
        run_sparse(set, x);
    }
    memory_free(x);
    return 0;
}
