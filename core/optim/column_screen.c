#include "core/optim/column_screen.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

/* Of all columns, one in so many may be multiplied by itself. */
#define FEW_SHARE 16U
/* What sums may be off, over l1. */
#define NOISE 1e-9

void column_screen_free(struct column_screen *screen)
{
    memory_free(screen->residual);
    memory_free(screen->product);
    memory_free(screen->norm);
    memory_free(screen->alive);
    *screen = (struct column_screen){0};
}

int column_screen_new(struct column_screen *screen, const struct columns *columns,
                      struct error *err)
{
    struct column_screen made = {0};
    double *ones = memory_new_aligned(columns->n_rows, sizeof(double), err);
    made.residual = memory_new_aligned(columns->n_rows, sizeof(double), err);
    made.product = memory_new_aligned(columns->n, sizeof(double), err);
    made.norm = memory_new_aligned(columns->n, sizeof(double), err);
    made.alive = memory_new(columns->n, sizeof(size_t), err);
    if (!ones || !made.residual || !made.product || !made.norm || !made.alive) {
        memory_free(ones);
        column_screen_free(&made);
        return -1;
    }
    for (size_t i = 0; i < columns->n_rows; i++)
        ones[i] = 1;
    for (size_t j = 0; j < columns->n; j++)
        made.norm[j] = sqrt(columns_square(columns, j, ones));
    memory_free(ones);
    *screen = made;
    return 0;
}

static double distance(const double *a, const double *b, size_t n)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(squares);
}

/* Those that are alive so far from r₀. */
static void find_alive(struct column_screen *screen, size_t n, double far,
                       const double *beta, const double *l1)
{
    size_t n_alive = 0;
    for (size_t j = 0; j < n; j++) {
        double bound = fabs(screen->product[j]) + screen->norm[j] * far;
        screen->alive[n_alive] = j;
        n_alive += beta[j] != 0 || !(bound <= l1[j] * (1 - NOISE));
    }
    screen->n_alive = n_alive;
}

static void renew(struct column_screen *screen, const struct columns *columns,
                  const double *residual)
{
    if (screen->multiply)
        screen->multiply(screen->context, residual, screen->product);
    else
        columns_product(columns, residual, screen->product);
    memcpy(screen->residual, residual, columns->n_rows * sizeof(*residual));
    screen->has_product = true;
}

void column_screen_product(struct column_screen *screen, const struct columns *columns,
                           const double *residual, const double *beta, const double *l1,
                           bool is_all_wanted, double *product)
{
    double far = distance(residual, screen->residual, columns->n_rows);
    bool is_there = screen->has_product && far == 0;
    bool is_told = screen->has_product && !is_there && !is_all_wanted;
    if (is_told) {
        find_alive(screen, columns->n, far, beta, l1);
        is_told = screen->n_alive <= columns->n / FEW_SHARE;
    }
    if (!is_told && !is_there)
        renew(screen, columns, residual);
    if (!is_told)
        find_alive(screen, columns->n, 0, beta, l1);
    memcpy(product, screen->product, columns->n * sizeof(*product));
    for (size_t k = 0; is_told && k < screen->n_alive; k++)
        product[screen->alive[k]] = columns_dot(columns, screen->alive[k], residual);
}
