#include "core/model/row_slices.h"

#include "core/kernel/product.h"

#define SLICE_CELLS ((size_t)1 << 17) /* less is not worth waking a thread */
#define LEAST_SLICE 64U
/* A panel of k: as many rows as are fast together, unless they are so long that who wants
 * the work to end would wait for them. */
#define PANEL_ROWS 128U
#define LEAST_PANEL_ROWS 8U
#define PANEL_CELLS ((size_t)1 << 20)

struct task {
    const struct row_slices *slices;
    size_t n_each; /* rows, or columns, of a slice */
    const double *v;
    double *out;
    double scale, shift; /* of k, which is out */
};

static size_t slice_of(size_t n_across)
{
    size_t n = SLICE_CELLS / (n_across > 0 ? n_across : 1);
    return n < LEAST_SLICE ? LEAST_SLICE : n;
}

static size_t panel_of(size_t n_columns)
{
    size_t n = PANEL_CELLS / (n_columns > 0 ? n_columns : 1);
    return n < LEAST_PANEL_ROWS ? LEAST_PANEL_ROWS : n > PANEL_ROWS ? PANEL_ROWS : n;
}

static void run(struct task *task, size_t n, pool_block_fn *slice)
{
    pool_run(task->slices->pool, (n + task->n_each - 1) / task->n_each, slice, task);
}

/* Of a slice: how many of n. */
static size_t length(const struct task *task, size_t first, size_t n)
{
    return n - first < task->n_each ? n - first : task->n_each;
}

/* ---- with vectors ---- */

static void multiply_slice(void *context, size_t slice, size_t worker)
{
    const struct task *task = context;
    const struct row_slices *slices = task->slices;
    size_t first = slice * task->n_each;
    (void)worker;
    product_by_vector(length(task, first, slices->n_rows), slices->n_columns,
                      slices->x + first * slices->n_columns, task->v, task->out + first);
}

void row_slices_multiply(const struct row_slices *slices, const double *v, double *out)
{
    struct task task = {
        .slices = slices, .n_each = slice_of(slices->n_columns), .v = v, .out = out};
    run(&task, slices->n_rows, multiply_slice);
}

static void transpose_slice(void *context, size_t slice, size_t worker)
{
    const struct task *task = context;
    const struct row_slices *slices = task->slices;
    size_t first = slice * task->n_each;
    (void)worker;
    product_by_transpose(slices->n_rows, length(task, first, slices->n_columns),
                         slices->x + first, slices->n_columns, task->v,
                         task->out + first);
}

void row_slices_transpose(const struct row_slices *slices, const double *v, double *out)
{
    struct task task = {
        .slices = slices, .n_each = slice_of(slices->n_rows), .v = v, .out = out};
    run(&task, slices->n_columns, transpose_slice);
}

/* ---- with each other ---- */

/* Rows of the lower triangle; the longest ones first, so that threads end together. */
static void square_panel(void *context, size_t block, size_t worker)
{
    const struct task *task = context;
    size_t m = task->slices->n_rows, last = (m - 1) / task->n_each;
    size_t first = (last - block) * task->n_each, n = length(task, first, m);
    (void)worker;
    product_of_rows(task->slices->n_columns, task->slices->x, first, n, task->out, m);
    for (size_t i = first; i < first + n; i++) {
        double *k = task->out + i * m, own = task->v ? task->v[i] : 0;
        for (size_t j = 0; j <= i; j++)
            k[j] = task->scale * (k[j] - own - (task->v ? task->v[j] : 0)) + task->shift;
    }
}

/* The rows of a panel beyond the diagonal, from the columns below. */
static void mirror_panel(void *context, size_t block, size_t worker)
{
    const struct task *task = context;
    size_t m = task->slices->n_rows, first = block * task->n_each;
    size_t end = first + length(task, first, m);
    (void)worker;
    for (size_t i = first; i < m; i++)
        for (size_t j = first; j < end && j < i; j++)
            task->out[j * m + i] = task->out[i * m + j];
}

void row_slices_square(const struct row_slices *slices, double scale, const double *cross,
                       double shift, double *k)
{
    struct task task = {.slices = slices,
                        .n_each = panel_of(slices->n_columns),
                        .v = cross,
                        .out = k,
                        .scale = scale,
                        .shift = shift};
    run(&task, slices->n_rows, square_panel);
    run(&task, slices->n_rows, mirror_panel);
}
