/*
 * U'r for columns whose coordinate may have to move, and a bound for the others: by
 * Cauchy and Schwarz
 *
 *   |u_j'r| ≤ |u_j'r₀| + ‖u_j‖·‖r - r₀‖
 *
 * so that a product with all columns, at r₀, tells for many r near it that a coordinate
 * which is 0 stays so. Where too many columns are not told by it, r becomes the next r₀.
 *
 * Ghaoui, Viallon and Rabbani, "Safe feature elimination in sparse supervised learning"
 * (2012), have the idea.
 */
#ifndef LOGITD_CORE_OPTIM_COLUMN_SCREEN_H
#define LOGITD_CORE_OPTIM_COLUMN_SCREEN_H

#include <stdbool.h>

#include "core/base/error.h"
#include "core/kernel/columns.h"

struct column_screen {
    double *residual; /* [n_rows] r₀ */
    double *product;  /* [n] U'r₀ */
    double *norm;     /* [n] ‖u_j‖ */
    bool has_product;
    /* product[n] = U'r where rows tell it sooner than columns do; NULL: by columns. */
    void (*multiply)(void *context, const double *residual, double *product);
    void *context;
    /* Of the last product: coordinates that are not 0 or not proven to be within l1. */
    size_t *alive; /* [n], ascending */
    size_t n_alive;
};

int column_screen_new(struct column_screen *screen, const struct columns *columns,
                      struct error *err) MUST_CHECK;
void column_screen_free(struct column_screen *screen); /* all-zero is fine */

/* product[n] = U'r of those that are alive; of the others it is what it was at r₀, and
 * both are within l1_j; or, if wanted, of all. */
void column_screen_product(struct column_screen *screen, const struct columns *columns,
                           const double *residual, const double *beta, const double *l1,
                           bool is_all_wanted, double *product);
#endif
